"""Games copied into tables: those of Gymnasium whose best returns are known, and what a replay finds out."""

from typing import Any

import gymnasium
import pytest
import torch
from gymnasium.spaces import Box, Discrete

from dremeta_lite.compare import Game, show_games
from dremeta_lite.exercises import find
from dremeta_lite.world import best_returns, copy_game, known_starts, replay, steps_a_second

CLIFF, LAKE, TAXI = Game("CliffWalking-v1", {"max_episode_steps": 100}), Game("FrozenLake-v1", {"is_slippery": False}), Game("Taxi-v4")


def test_the_cliffs_table_is_gymnasiums_own() -> None:
    """Its transition probabilities `P` are open; each action leads to one state."""
    game, env = copy_game(CLIFF.make), CLIFF.make().unwrapped
    rules: Any = env.P  # type: ignore[attr-defined]
    name = {n: int.from_bytes(key, "little") for key, n in game.number.items()}
    assert len(game.next) == 37 and name[game.starts[0]] == 36
    for state in range(37):
        for action in range(4):
            ((_, following, reward, ended),) = rules[name[state]][action]
            assert game.reward[state, action] == reward and game.ended[state, action] == ended
            assert ended or name[int(game.next[state, action])] == following
    assert replay(game, CLIFF.make)[1] == 0


@pytest.mark.parametrize(("steps", "best"), [(12, -12.0), (13, -13.0), (50, -13.0)])
def test_the_best_way_along_the_cliff_takes_thirteen_steps(steps: int, best: float) -> None:
    """Sutton and Barto 2018, example 6.6."""
    game = copy_game(CLIFF.make)
    values = best_returns(game, steps)
    assert values[game.starts[0]] == best
    torch.testing.assert_close(find("14.best_in").reference(game.next, game.reward, game.ended, steps), values)


def test_the_lake_pays_once_and_chance_on_it_is_found_by_the_replay() -> None:
    game = copy_game(LAKE.make)
    assert len(game.next) == 11 and best_returns(game, 6)[0] == 1 and best_returns(game, 5)[0] == 0, "the way takes six steps"
    slippery = Game("FrozenLake-v1").make
    taken, wrong = replay(copy_game(slippery), slippery)
    assert wrong > taken / 3


def test_what_cannot_be_copied_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="more than 100 states"):
        copy_game(TAXI.make, range(20), most=100)
    with pytest.raises(ValueError, match="after 0 s this game had shown"):
        copy_game(TAXI.make, seconds=0.0)
    with pytest.raises(ValueError, match=r"actions that are a choice, Discrete\(n\), got Box"):
        copy_game(lambda: gymnasium.make("Pendulum-v1"))


class Told(gymnasium.Env[Any, int]):
    """What is seen is a dictionary with a sentence in it, as in MiniGrid: two rooms, and a door that ends the game."""

    observation_space: Any = Box(0, 1)  # what `reset` gives is checked by nobody here
    action_space: Any = Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.room = 0
        return {"mission": "leave", "room": self.room}, {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        ended = self.room == 1 and action == 1
        self.room = action
        return {"mission": "leave", "room": self.room}, float(ended), ended, False, {}


def test_dictionaries_with_sentences_are_states_too() -> None:
    game = copy_game(Told)
    assert game.next.tolist() == [[0, 1], [0, 1]] and game.ended.tolist() == [[False, False], [False, True]]
    assert best_returns(game, 2).tolist() == [1, 1] and best_returns(game, 1).tolist() == [0, 1]
    assert replay(game, Told)[1] == 0 and steps_a_second(Told, 0.01)[0] > 0


def test_the_table_says_what_is_missing() -> None:
    """And what each game is like: the numbers are those of the tests above, and timings are only printed."""
    table = show_games([CLIFF, Game("Somewhere-v0", needs="no_such_module"), Game("FrozenLake-v1"), Game("Nope-v0"), Game("Pendulum-v1")])
    assert table.rows[0][0] == "CliffWalking-v1 max_episode_steps=100" and table.rows[0][-3:] == ["0 of 1000", "50 of 50", "-13.00"]
    assert table.rows[1][1] == table.rows[3][1] == "not here" and table.rows[2][-1] == "unknown" and table.rows[4][3] == "no"
    assert "Somewhere-v0 needs `no_such_module`, of the extra `games`." in table.note
    assert "Nope-v0: " in table.note and "Pendulum-v1: a game to be copied needs actions that are a choice" in table.note


def test_of_one_start_only_the_tasks_of_its_goal_are_known() -> None:
    """In Taxi nothing moves the hotel: one start leads to a quarter of the 400 states, those of its goal, and the replay finds no fault."""
    game = copy_game(TAXI.make)
    assert len(game.next) == 100 and replay(game, TAXI.make)[1] == 0
    assert 2 < known_starts(game, TAXI.make)[0] < 25


def test_minigrid_is_copied_where_it_is_installed() -> None:
    pytest.importorskip("minigrid", reason="the extra `games` is not installed")
    game = copy_game(Game("MiniGrid-DoorKey-5x5-v0", needs="minigrid").make)
    assert replay(game, Game("MiniGrid-DoorKey-5x5-v0").make)[1] == 0 and len(game.next) > 50
