"""What the memory of RL² is told: each way against the numbers written out one by one."""

import math
from typing import Any

import pytest
import torch

from dremeta_lite.learner import generator
from dremeta_lite.meta.input_encoding import Effects, Moves, Pairs, Pushes
from dremeta_lite.meta.rl2 import RECIPES, RL2, with_horizon
from dremeta_lite.meta.rl2_network import MLPPerState, PolicyPerState, RL2Network
from dremeta_lite.tasks import Bandit, HiddenGoal, HiddenLanguage, Navigation2D, Pendulum, RandomMDP
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Seen, play_trial

SMALL = RandomMDP(3, 2, episodes=2)


class Six(RandomMDP):
    horizon = 6


YES = torch.tensor([True])


def test_pairs_say_what_was_done_where_and_what_it_brought() -> None:
    step = Seen(torch.tensor([2]), torch.tensor([1]), torch.tensor([0.7]), torch.tensor([0]), YES, YES)
    pair = [0, 0, 0, 0, 0, 1]  # state 2, action 1
    expected = [*(0.7 * x for x in pair), *(0.3 * x for x in pair), 0.9, 1, 0, 0, 1, 0.4]
    found = Pairs(SMALL).encode(step, torch.tensor([0.4, 0.9]))
    torch.testing.assert_close(found, torch.tensor([expected]))
    assert Pairs(SMALL).size == len(expected)


def test_moves_are_counted_in_steps() -> None:
    """From (0.1, 0.2) to (0.2, 0.15), with an action that the world clips; 0.3 away from the goal."""
    step = Seen(torch.tensor([[0.1, 0.2]]), torch.tensor([[1.7, -0.5]]), torch.tensor([-0.3]), torch.tensor([[0.2, 0.15]]), ~YES, YES)
    expected = [-3, 1.5, -6, -4.5, 1, -0.5, 2, 1.5, 1, -0.5, -3, 9, 6.25, 0]
    moves = Moves(Navigation2D())
    torch.testing.assert_close(moves.encode(step, torch.zeros(2)), torch.tensor([expected]))
    torch.testing.assert_close(moves.show(torch.tensor([0.1, 0.2])), torch.tensor([1.0, 2.0]))
    assert moves.size == len(expected)


def test_at_first_the_memory_keeps_a_mean_and_a_count_for_each_pair() -> None:
    """Rewards 2 and -1 for one pair, and other pairs before, between and after: h ← h/2 + tanh(r/2)/2, and h ← 3h/4 + tanh(1)/4.
    Twelve steps a trial are two for each of the six pairs."""
    network = RL2Network(Six(3, 2), 2, memory=16, encoding="pairs")
    theta, memory = network.init(generator(0)), network.blank(1)
    for s, a, r in [(0, 1, 5.0), (1, 0, 2.0), (2, 1, -3.0), (1, 0, -1.0), (1, 1, 4.0)]:
        step = Seen(torch.tensor([s]), torch.tensor([a]), torch.tensor([r]), torch.tensor([0]), ~YES, YES)
        memory = network.remember(theta, memory, step, torch.tensor([0.5, 0.5]))
    mean = math.tanh(1) / 2 / 2 + math.tanh(-0.5) / 2
    count = math.tanh(1) / 4 * 3 / 4 + math.tanh(1) / 4
    assert memory[0, 2].item() == pytest.approx(mean, abs=0.01)  # what does not concern it still wears it off, a little
    assert memory[0, 6 + 2].item() == pytest.approx(count, abs=0.01)
    assert memory[0, 3].item() == pytest.approx(math.tanh(2) / 2, abs=0.01)
    assert memory[0, 4].abs().item() < 0.01


def test_a_memory_with_less_room_than_pairs_is_made_all_the_same() -> None:
    assert RL2Network(SMALL, 2, memory=5, encoding="pairs").init(generator(0))["see"].shape == (18, 15)


def test_each_state_has_outputs_of_its_own() -> None:
    mlp, rng = MLPPerState(4, 3, 2, hidden=(5,)), generator(2)
    params = {name: torch.randn(p.shape, generator=rng) for name, p in mlp.init(rng).items()}
    h, state = torch.randn(6, 4, generator=rng), torch.tensor([0, 1, 2, 2, 1, 0])
    found = mlp.forward(params, torch.cat([h, torch.eye(3)[state]], -1))
    for row, s in enumerate(state.tolist()):
        whole = torch.tanh(h[row] @ params["weight0"] + params["bias0"]) @ params["weight1"] + params["bias1"]
        torch.testing.assert_close(found[row], whole[2 * s : 2 * s + 2])


@pytest.mark.parametrize(("family", "encoding", "says"), [
    (HiddenGoal(3), "moves", "needs a walk in the plane, and HiddenGoal"),
    (Navigation2D(), "pairs", "needs states and actions to count, and Navigation2D"),
    (Navigation2D(), "pushes", "needs a pendulum, and Navigation2D"),
    (Bandit(3), "effects", "needs observations and actions that are real numbers, and Bandit"),
    (Bandit(3), "songs", "encoding is one of plain, pairs, moves, pushes, effects, nothing, got 'songs'"),
])  # fmt: skip
def test_an_input_encoding_that_does_not_suit_is_refused(family: TaskFamily, encoding: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        RL2(family, encoding=encoding)


def test_logits_of_their_own_in_each_state_need_states_and_no_pairs() -> None:
    with pytest.raises(ValueError, match="needs states and actions to count, and Navigation2D"):
        RL2(Navigation2D(), per_state=True)
    options: list[dict[str, Any]] = [
        {},
        {"per_state": False, "hidden": (8,)},
        {"encoding": "plain"},
        {"encoding": "plain", "per_state": True},
    ]
    actors = [RL2(HiddenLanguage(), **each).network.actor for each in options]
    assert [isinstance(actor, PolicyPerState) for actor in actors] == [True, False, False, True]


def test_pushes_tell_what_the_motor_did_and_what_gravity_did() -> None:
    """With the motor reversed only the sign of a·d turns, where nothing else moves the pole."""
    family = Pendulum()
    for gain in (1.0, -1.0):
        task = family.default_params._replace(gain=torch.tensor(gain))
        state, action = torch.tensor([0.0, 0.0]), torch.tensor([1.0])
        following = family.transition(state, action, None, task)
        here, there = (family.observation(x)[None] for x in (state, following))
        flag = torch.tensor([False])
        told = Pushes(family).encode(Seen(here, action[None], torch.zeros(1), there, flag, ~flag), torch.zeros(2))
        change = 0.15 * gain
        expected = [*family.observation(following).div(torch.tensor([1, 1, 8.0])).tolist(), 0.5, 0.25, change, 0.5 * change, 0.0, 0.0]
        assert told[0].tolist() == pytest.approx(expected, abs=1e-6)
        assert told.shape == (1, Pushes(family).size)


def test_effects_say_which_way_a_motor_moves_each_number() -> None:
    before, after = torch.tensor([[0.1, -0.2]]), torch.tensor([[0.4, -0.4]])
    step = Seen(before, torch.tensor([[0.5, -3.0]]), torch.tensor([0.7]), after, ~YES, YES)
    change, action = [0.3, -0.2], [0.5, -1.0]  # clipped, as the world does it
    expected = [0.4, -0.4, *change, *action, *(d * a for d in change for a in action), 0.7]
    effects = Effects(Navigation2D())
    torch.testing.assert_close(effects.encode(step, torch.zeros(2)), torch.tensor([expected]))
    assert effects.size == len(expected)


def test_settings_come_from_the_recipe_unless_they_are_given() -> None:
    learner, recipe = RL2(SMALL), RECIPES["RandomMDP"]
    assert isinstance(learner.network.encoding, Pairs) and learner.network.memory == recipe["memory"]
    assert learner.hyper.learning_rate == recipe["learning_rate"]
    given = RL2(SMALL, encoding="plain", memory=9, learning_rate=0.02)
    assert not isinstance(given.network.encoding, Pairs) and (given.network.memory, given.hyper.learning_rate) == (9, 0.02)
    assert RL2(HiddenGoal(3)).network.memory == 64


def test_training_practises_in_short_episodes_and_the_agent_plays_whole_ones() -> None:
    family = Navigation2D()
    learner = RL2(family, episodes=2, trials=3, memory=8, practice=7)
    assert learner.step()["env_steps"] <= 3 * 2 * 7
    agent = learner.agent()
    trial = play_trial(family, family.held_out_tasks(3), agent, generator(0), 2)
    assert trial.reward.shape == (3, 2, 100) and agent.memories().shape == (3, 2, 100, 8)
    assert family.horizon == 100 and with_horizon(family, 300).horizon == 100
    with pytest.raises(ValueError, match=r"practice must be a whole number .*, got 0"):
        RL2(family, practice=0)


def test_told_in_pairs_it_gets_to_know_a_small_world_within_a_trial() -> None:
    """Seeds 0 to 2 after 60 iterations: 11.5, 13.8, 15.0; 11.3, 13.8, 14.9; 11.5, 13.8, 14.9 an episode. On these 1000 tasks PSRL gets
    9.9, 11.9, 13.6, and planning in the exact posterior mean 10.1, 14.5, 15.9."""
    family = RandomMDP(4, 3, episodes=3)
    learner = RL2(family, 0, trials=64, iterations=60, memory=32, learning_rate=2e-2)
    for _ in range(60):
        learner.step()
    first, _, last = play_trial(family, family.held_out_tasks(1000), learner.agent(), generator(7)).returns().mean(0).tolist()
    assert last > 14.3 and last > first + 2.5


def test_told_in_moves_it_walks_towards_the_goal_for_longer_than_it_practised() -> None:
    """Seeds 0 to 2 after 60 iterations: -33, -47 and -32 in two episodes of 100 steps (200 tasks); standing still returns -76."""
    family = Navigation2D()
    learner = RL2(family, 0, episodes=2, trials=64, iterations=60, memory=32, learning_rate=1e-2, practice=20)
    for _ in range(60):
        learner.step()
    trial = play_trial(family, family.held_out_tasks(200), learner.agent(), generator(7), 2)
    assert trial.returns().sum(1).mean() > -70
