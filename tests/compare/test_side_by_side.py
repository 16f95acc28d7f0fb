"""Several learners side by side: each trains as it would alone, and all are judged alike."""

from collections.abc import Callable

import pytest
import torch

from dremeta_lite.compare.scores import play_agents
from dremeta_lite.compare.side_by_side import SideBySide
from dremeta_lite.inner.specialists import Specialists
from dremeta_lite.learner_state import State
from dremeta_lite.meta import MAML
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.tasks import HiddenGoal, Navigation2D
from dremeta_lite.world.bayes_optimal import BayesOptimal, bayes_optimal_plan

FAMILY = HiddenGoal()


def two(seed: int = 0) -> SideBySide:
    """Two learners that are small enough for a test."""
    small = {"memory": 8, "hidden": (8,), "trials": 8}
    return SideBySide({"keeps": RL2(FAMILY, seed, **small), "wipes": RL2(FAMILY, seed, wipe=True, **small)}, judged=10, judge_every=2)


def test_each_trains_as_it_would_alone(same_state: Callable[[State, State], bool]) -> None:
    both, alone = two(), RL2(FAMILY, 0, memory=8, hidden=(8,), trials=8)
    for _ in range(3):
        both.step()
        alone.step()
    assert same_state(both.learners["keeps"].state_dict(), alone.state_dict())
    assert both.env_steps == {"keeps": 3 * 8 * 60, "wipes": 3 * 8 * 60} and all(both.cpu_seconds.values())


def test_they_are_judged_now_and_then_in_the_same_tasks() -> None:
    both = two()
    first = both.step()
    assert both.step() == first, "the second iteration is not judged anew"
    assert both.step() != first
    tasks = FAMILY.held_out_tasks(10)
    expected = play_agents(FAMILY, {"keeps": both.learners["keeps"].agent()}, tasks)  # type: ignore[attr-defined]
    torch.testing.assert_close(both.episode_returns["keeps"], expected["keeps"])


def test_training_goes_on_bit_for_bit(same_state: Callable[[State, State], bool]) -> None:
    through, resumed = two(), two(seed=1)
    through.step()
    resumed.load_state_dict(through.state_dict())
    assert through.step() == resumed.step()
    states = ({name: x for name, x in each.state_dict().items() if not name.startswith("cpu_seconds")} for each in (through, resumed))
    assert same_state(*states)


def test_a_state_that_one_of_them_refuses_changes_none(same_state: Callable[[State, State], bool]) -> None:
    both, other = two(), two(seed=1)
    before = both.state_dict()
    broken = other.state_dict() | {"learners.wipes.rng": torch.zeros_like(before["learners.wipes.rng"])}
    with pytest.raises(ValueError, match="random generator"):
        both.load_state_dict(broken)
    assert same_state(both.state_dict(), before)


def test_the_judgement_of_the_bayes_optimal_agent_is_the_computed_optimum() -> None:
    """Over all goals once, the mean return is the expectation itself: no tolerance but rounding."""
    returns = play_agents(FAMILY, {"best": BayesOptimal(FAMILY)}, FAMILY.all_tasks())["best"]
    assert returns.sum().item() == pytest.approx(bayes_optimal_plan(FAMILY).value, abs=1e-4)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one learner"):
        SideBySide({})
    with pytest.raises(ValueError, match="b learns Navigation2D, and the first one HiddenGoal"):
        SideBySide({"a": RL2(FAMILY, memory=8), "b": MAML(Navigation2D())})
    for turns in ({"b": 2}, {"a": 0}):
        with pytest.raises(ValueError, match="turns gives learners of a a whole number from 1 up"):
            SideBySide({"a": RL2(FAMILY, memory=8)}, turns=turns)
    family = Navigation2D()
    with pytest.raises(ValueError, match=r"Specialists\) has no agent"):
        SideBySide({"a": Specialists(family, family.held_out_tasks(2))})


def test_in_a_turn_each_does_its_own_number_of_iterations(same_state: Callable[[State, State], bool]) -> None:
    small = {"memory": 8, "hidden": (8,), "trials": 8}
    make = lambda: RL2(FAMILY, 0, **small)
    both, alone, tasks = SideBySide({"a": make(), "b": make()}, turns={"b": 2}, tasks=FAMILY.all_tasks()), make(), FAMILY.all_tasks()
    both.step()
    for iteration in range(2):
        alone.step()
        assert same_state(both.learners["ab"[iteration]].state_dict(), alone.state_dict())
    expected = play_agents(FAMILY, {"b": alone.agent()}, tasks)["b"]
    torch.testing.assert_close(both.episode_returns["b"], expected)
