"""A meta-batch in shares: their gradients add up to that of the whole, and who computes them changes nothing."""

from collections.abc import Callable

import pytest
import torch
from torch.func import grad

from dremeta_lite.inner.policy_gradient import Experience
from dremeta_lite.learner_state import State
from dremeta_lite.meta import MAML, SplitMAML
from dremeta_lite.meta.split_maml import piece_of, weighted_sum
from dremeta_lite.networks import detach
from dremeta_lite.tasks import HiddenGoal, Navigation2D
from dremeta_lite.workers import Inline, Processes, Workers

SMALL = {"hidden": (8,), "tasks": 5, "trajectories": 4, "inner_steps": 2}


def test_the_gradients_of_the_shares_add_up_to_that_of_all_tasks() -> None:
    """5 tasks in shares of 2, 2 and 1, with the experience that their workers play: the same objective over all of it at once."""
    learner = SplitMAML(Navigation2D(), 3, shares=3, **SMALL)
    tasks = learner.family.sample_tasks(5, torch.Generator().manual_seed(1))
    shares = learner.split_tasks(tasks)
    assert [len(share.tasks.goal) for share in shares] == [2, 2, 1] and torch.cat([share.tasks.goal for share in shares]).equal(tasks.goal)
    played: list[tuple[Experience, ...]] = []
    for share in shares:
        alone = MAML(share.family, 0, **{**share.options, "tasks": len(share.tasks.goal)})
        alone.set_parameters(share.parameters)
        alone.rng.manual_seed(share.seed)
        played.append(alone.sample_experience(detach(alone.theta), share.tasks)[0])
    whole = tuple(Experience(*(torch.cat(x) for x in zip(*stage, strict=True))) for stage in zip(*played, strict=True))
    expected = grad(learner.objective(whole))(detach(learner.learned))
    found = weighted_sum([piece_of(share).gradient for share in shares], [0.4, 0.4, 0.2])
    for name, g in expected.items():
        assert g.abs().max() > 1e-4 or name != "weight0"
        torch.testing.assert_close(found[name], g, rtol=1e-5, atol=1e-6)


class Backwards(Inline):
    """The last share is ready first."""

    def each(self, function, inputs, tick=lambda: None):
        yield from reversed(list(super().each(function, inputs, tick)))


@pytest.mark.parametrize("family", [Navigation2D(), HiddenGoal(3)], ids=["own baselines", "a shared baseline"])
def test_whoever_computes_the_numbers_are_the_same(family: Navigation2D, same_state: Callable[[State, State], bool]) -> None:
    """Bit for bit: gradients are added in the order of the shares, not of the results."""

    def trained(workers: Workers | None) -> tuple[list[dict[str, float]], State]:
        learner = SplitMAML(family, 2, workers=workers, **SMALL)
        return [learner.step() for _ in range(2)], learner.state_dict()

    numbers, state = trained(None)
    kinds: list[Workers] = [Backwards()]
    if family.name == "Navigation2D":
        kinds.append(Processes(2))
    for workers in kinds:
        with workers:
            again, there = trained(workers)
        assert again == numbers and same_state(there, state)


def test_it_learns_as_maml_does() -> None:
    """In 13 iterations the return after adaptation comes from -33 to -13 with MAML (three seeds, within 2)."""
    learner = SplitMAML(Navigation2D(), 0, shares=2)
    for _ in range(13):
        numbers = learner.step()
    assert numbers["return_last"] > -17 and numbers.keys() == MAML(Navigation2D(), 0, tasks=2, trajectories=2).step().keys()
