"""The adapter for StarCraft II, against a playback of SMACv2's interface: what its source asks for is asked for here, and refused here."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from dremeta_lite.episodes import begin
from dremeta_lite.inner import PPO
from dremeta_lite.meta import RL2
from dremeta_lite.world.starcraft import NO_OP, STOP, StarCraftBattles, UnitBattle
from tests.conftest import seeded

UNITS, ENEMIES, LIMIT, FIRST_TARGET = 3, 2, 12, 6  # no-op, stop, four moves, then a target each, as in SMACv2


class Playback:
    """A battle in the manner of SMACv2, not of the game: unit i is out of reach of the enemies until it has moved i times to the north. The
    enemy whose number is the task's has to be shot twice, then all is won; one of the units dies in step 4."""

    def __init__(self, number: int = 0, continuing: bool = False, lost_at: int = 0) -> None:
        self.number, self.continuing, self.lost_at, self.closed = number, continuing, lost_at, False

    def get_env_info(self) -> Mapping[str, Any]:
        return {
            "state_shape": 7,
            "obs_shape": 4,
            "cap_shape": 0,
            "n_actions": FIRST_TARGET + ENEMIES,
            "n_agents": UNITS,
            "episode_limit": LIMIT,
        }

    def reset(self) -> None:
        self.time, self.hits, self.moved, self.alive = 0, 0, [0] * UNITS, [True] * UNITS

    def get_obs(self) -> list[np.ndarray]:
        return [
            np.array([alive, moved / 3, self.hits / 2, i], np.float32)
            for i, (alive, moved) in enumerate(zip(self.alive, self.moved, strict=True))
        ]

    def get_avail_actions(self) -> list[list[int]]:
        near = [moved >= i for i, moved in enumerate(self.moved)]
        living = [[0, 1, 1, 1, 0, 1] + [int(reach)] * ENEMIES for reach in near]  # no way to the east
        return [each if alive else [1] + [0] * (len(each) - 1) for each, alive in zip(living, self.alive, strict=True)]

    def step(self, actions: Sequence[int]) -> tuple[float, bool, Mapping[str, Any]]:
        for i, (may, action) in enumerate(zip(self.get_avail_actions(), actions, strict=True)):
            assert may[action] == 1, f"Agent {i} cannot perform action {action}"
        self.time += 1
        if self.time == self.lost_at:
            self.reset()
            return 0, True, {}
        self.moved = [moved + (action == 2) for moved, action in zip(self.moved, actions, strict=True)]
        shots = sum(action == FIRST_TARGET + self.number for action in actions)
        self.hits, won = self.hits + shots, self.hits + shots >= 2
        self.alive[2] = self.alive[2] and self.time < 4
        over = won or self.time >= LIMIT
        info = {"battle_won": won, "dead_allies": UNITS - sum(self.alive), "dead_enemies": int(won)}
        return float(shots + 10 * won), over, info | ({"episode_limit": True} if over and not won and self.continuing else {})

    def close(self) -> None:
        self.closed = True


def test_it_is_an_environment_that_gymnasium_accepts() -> None:
    check_env(UnitBattle(Playback()), skip_render_check=True)


@pytest.mark.parametrize("action", range(FIRST_TARGET + ENEMIES))
def test_any_order_is_possible_for_every_unit_at_any_time(action: int) -> None:
    """The playback refuses, as SMACv2 does, whatever a unit may not do; also of a dead one, and of one that is out of reach."""
    env = UnitBattle(Playback())
    env.reset()
    for _ in range(LIMIT):
        seen, _, over, cut, _ = env.step(action)
        assert seen.shape == (UNITS * 4,) and not cut
        if over:
            break
    assert over


def test_who_may_not_do_it_stops_and_who_is_dead_does_nothing() -> None:
    env, n = UnitBattle(Playback()), FIRST_TARGET + ENEMIES
    may = [[0, 1] + [0] * (n - 2), [0, 1] + [1] * (n - 2), [1] + [0] * (n - 1)]
    assert [env.possible(each, 4) for each in may] == [STOP, 4, NO_OP]


@pytest.mark.parametrize(
    ("options", "order", "ends"),
    [
        ({}, FIRST_TARGET, (2, True, False)),  # the first unit alone is near
        ({}, STOP, (LIMIT, True, False)),
        ({"continuing": True}, STOP, (LIMIT, False, True)),
        ({"lost_at": 3}, STOP, (3, False, True)),
    ],
    ids=["won", "time is over", "time is over, to be continued", "connection lost"],
)
def test_how_a_battle_ends(options: Any, order: int, ends: tuple[int, bool, bool]) -> None:
    env, n, over, cut = UnitBattle(Playback(**options)), 0, False, False
    env.reset()
    while not (over or cut):
        _, _, over, cut, info = env.step(order)
        n += 1
    assert (n, over, cut) == ends and info.get("battle_won", False) == (order == FIRST_TARGET)


def test_battles_of_a_task_all_have_what_is_hidden_in_it() -> None:
    family = StarCraftBattles(Playback, mixes=ENEMIES)
    tasks = family.sample_tasks(8, seeded(0))
    assert family.horizon == LIMIT and set(tasks.number.tolist()) == {0, 1}
    played = begin(family, tasks, seeded(1)).whole(lambda _: torch.full((8,), FIRST_TARGET), LIMIT)
    assert torch.equal(played.reward.sum(1), torch.where(tasks.number == 0, 12.0, 0.0))
    assert torch.equal(played.mask.sum(1), torch.where(tasks.number == 0, 2.0, float(LIMIT)))


def test_what_only_plays_can_train_on_it() -> None:
    family = StarCraftBattles(Playback, mixes=ENEMIES)
    for learner in (RL2(family, 0, episodes=2, trials=4, memory=8), PPO(family, seed=0, hidden=(8,), episodes=4, steps=16)):
        numbers = [learner.step() for _ in range(2)]
        assert all(math.isfinite(value) for row in numbers for value in row.values()) and numbers[0]["return"] >= 0
    with pytest.raises(ValueError, match="StarCraftBattles is an outside environment, whose rules cannot be asked"):
        family.transition(torch.zeros(4), torch.tensor(1), None)
