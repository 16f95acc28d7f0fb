"""RL² with a transformer, and the learners that imitate in context."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite.agents.yardsticks import RandomActions
from dremeta_lite.inner.q_player import QPlayer
from dremeta_lite.learner import generator
from dremeta_lite.meta.dpt import DPT, Distilled, learning_histories
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.store import StoreError
from dremeta_lite.tasks import Bandit, HiddenGoal, HiddenGoalTask, Navigation2D, Pendulum, RandomMDP
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Trial, play_trial

SMALL: dict[str, Any] = {"memory": 8, "hidden": (6,), "trials": 4, "encoding": "plain"}
GRID = HiddenGoal(3)


class Short(Navigation2D):
    """Goals so near that an agent that walks about soon stands on one: episodes of different lengths."""

    horizon, goal_radius = 8, 0.15


def spoilt(learner: RL2) -> RL2:
    """Parameters moved off their special first values."""
    rng = generator(5)
    learner.set_parameters({name: p + 0.3 * torch.randn(p.shape, generator=rng) for name, p in learner.parameters().items()})
    return learner


@pytest.mark.parametrize("core", ["gru", "transformer"])
@pytest.mark.parametrize("wipe", [False, True])
@pytest.mark.parametrize("family", [GRID, Short(), Bandit(3, 5)], ids=lambda f: f.name)
def test_memories_from_what_is_written_down_are_those_it_played_with(family: TaskFamily, wipe: bool, core: str) -> None:
    learner = spoilt(RL2(family, episodes=3, core=core, **SMALL))
    agent = learner.agent(wipe=wipe)
    trial = play_trial(family, family.held_out_tasks(20), agent, generator(0), 3)
    happened = trial.mask > 0
    again = learner.network.memories(agent.theta, trial, wipe)
    torch.testing.assert_close(again[happened], agent.memories()[happened], atol=1e-5, rtol=1e-4)
    assert (again[:, 0, 0] == 0).all() and bool((again[:, 1:] != 0).any()) is not (wipe and family.horizon == 1)


def test_a_transformer_remembers_across_episodes_unless_it_is_wiped() -> None:
    for wipe in (False, True):
        learner = spoilt(RL2(GRID, core="transformer", wipe=wipe, **SMALL))
        trial, memory = learner.play(learner.theta, GRID.held_out_tasks(6))
        assert bool((memory[:, 1:, 0] == 0).all()) is wipe
        first = torch.autograd.grad(memory[:, -1, -1].sum(), learner.theta["place"])[0].abs().sum(-1)
        steps = GRID.horizon - 1 if wipe else trial.mask[0].numel() - 1
        assert (first[:steps] > 0).all() and (first[steps:] == 0).all()


def test_in_more_episodes_than_it_knows_each_is_played_like_the_last() -> None:
    learner = spoilt(RL2(GRID, episodes=2, core="transformer", **SMALL))
    agent = learner.agent()
    play_trial(GRID, GRID.held_out_tasks(6), agent, generator(0), 5)
    memory = agent.memories()
    for later in (2, 3, 4):
        assert torch.equal(memory[:, later, 0], memory[:, 1, 0])


@pytest.mark.parametrize("kind", [RL2, DPT])
def test_it_is_saved_and_goes_on_bit_for_bit(kind: Any, tmp_path: Path) -> None:
    learner = kind(GRID, core="transformer", **SMALL)
    learner.step()
    learner.save(tmp_path / "it.safetensors")
    numbers = [learner.step(), learner.step()]
    other = kind(GRID, seed=9, core="transformer", **SMALL)
    other.load(tmp_path / "it.safetensors")
    assert [other.step(), other.step()] == numbers
    with pytest.raises(StoreError):
        kind(GRID, core="gru", **SMALL).load(tmp_path / "it.safetensors")


def test_the_loss_of_dpt_is_that_of_a_classifier_told_the_best_action() -> None:
    learner = spoilt(DPT(GRID, **SMALL))
    tasks = GRID.held_out_tasks(5)
    trial, memory = learner.play(learner.theta, tasks)
    logits = learner.network.actor.forward(learner.theta, learner.network.situation(memory, trial.observation))
    best = torch.stack([GRID.best_action(trial.observation[i], HiddenGoalTask(tasks.goal[i])) for i in range(5)])
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 2), best.flatten())
    found = learner.objective(learner.theta, tasks, trial, memory)
    torch.testing.assert_close(-found["objective"], expected)


def histories(n: int = 6) -> Trial:
    return learning_histories(GRID, GRID.held_out_tasks(n), generator(0), 5, 2)


def test_histories_are_thinned_from_the_first_to_the_last_episode() -> None:
    tasks = GRID.held_out_tasks(6)
    every = play_trial(GRID, tasks, QPlayer(GRID, 4), generator(0), 5)
    assert torch.equal(histories().action, every.action[:, [0, 4]])
    assert torch.equal(learning_histories(GRID, tasks, generator(0), 5, 5, QPlayer(GRID, 4)).reward, every.reward)


def test_distillation_predicts_what_the_source_did() -> None:
    given = histories()
    assert given.mask.shape == (6, 2, GRID.horizon)
    learner = spoilt(Distilled(GRID, histories=given, **SMALL))
    trial, memory = learner.play(learner.theta, GRID.held_out_tasks(4))
    rows = [next(i for i in range(6) if torch.equal(given.action[i], row)) for row in trial.action]
    assert torch.equal(trial.reward, given.reward[rows])
    logits = learner.network.actor.forward(learner.theta, learner.network.situation(memory, trial.observation))
    found = learner.objective(learner.theta, None, trial, memory)["objective"]
    torch.testing.assert_close(-found, torch.nn.functional.cross_entropy(logits.flatten(0, 2), trial.action.flatten()))
    assert {"return", "surprise"} <= learner.step().keys()


def test_the_source_learns_each_table_by_itself() -> None:
    """Against Q-learning written out for one task."""
    tasks, source = GRID.held_out_tasks(3), QPlayer(GRID, 2, learning_rate=0.5, discount=0.8)
    trial = play_trial(GRID, tasks, source, generator(1), 4)
    for task in range(3):
        Q = torch.zeros(9, 5)
        for s, a, r, later in zip(*(x[task].flatten() for x in trial[:4]), strict=True):
            Q[s, a] += 0.5 * (r + 0.8 * Q[later].max() - Q[s, a])
        torch.testing.assert_close(source.Q[task], Q)


def test_the_source_gets_better_and_ends_with_the_shortest_way() -> None:
    family = HiddenGoal()
    tasks = HiddenGoalTask(family.goal_cells.repeat(10))
    each = play_trial(family, tasks, QPlayer(family), generator(0), 60).returns().mean(0)
    assert each[0] < 0 and each[-1] > 10.5 and each[10] < 0.5 * each[40]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: RL2(GRID, core="lstm"), "one of gru, eyes, places, transformer, got 'lstm'"),
        (lambda: RL2(GRID, core="transformer", memory=9), "cannot share a width of 9 evenly"),
        (lambda: DPT(Pendulum("hanging")), "needs a family that can say what is best"),
        (lambda: Distilled(GRID), "got none"),
        (lambda: Distilled(GRID, histories=Trial(*(x[..., :9] for x in histories()))), "got episodes of 9 steps"),
        (lambda: learning_histories(GRID, GRID.held_out_tasks(2), generator(0), 5, 6), "got kept=6"),
        (lambda: QPlayer(Navigation2D()), "needs states and actions to count"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        make()


def test_a_learner_is_imitated_where_nobody_can_say_what_is_best() -> None:
    family = RandomMDP()
    with pytest.raises(ValueError, match="best_action"):
        DPT(family)
    given = learning_histories(family, family.held_out_tasks(3), generator(0), episodes=2, kept=2, source=RandomActions(family))
    assert Distilled(family, histories=given, **SMALL).step()["surprise"] > 0
