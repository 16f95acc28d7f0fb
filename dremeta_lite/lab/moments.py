"""Looking back: what was learned at earlier moments of a training, so that a panel can show them again, or go on from one of them.

`Learner.step` makes a copy of the state after each iteration anyway, to fall back on. Some of these copies are kept here, evenly spread
over the training. A second learner, made like the first, is brought into such a state, and shown in its place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dremeta_lite.lab.orders import Change
from dremeta_lite.learner import Learner
from dremeta_lite.learner_state import State

MOST, FEWEST, ROOM = 120, 12, 64e6
"""How many moments are kept: as many as have room in so many bytes, and at least so few."""


class Moment(NamedTuple):
    """A learner as it was."""

    iteration: int
    """How many iterations had been completed."""
    state: State
    hyper: Mapping[str, float | int | bool]


class Moments:
    """Moments of a training, from its beginning on.

    Args:
        learner: as it is in the beginning.

    Attributes:
        kept: in their order.
    """

    def __init__(self, learner: Learner) -> None:
        first = learner.state_dict()
        self.most = int(min(max(ROOM / max(sum(x.nbytes for x in first.values()), 1), FEWEST), MOST))
        self.every, self.kept = 1, [Moment(learner.iteration, first, learner.hyper.values())]

    def keep(self, learner: Learner) -> None:
        """Keep an iteration that has just been completed, if it is its turn. Where there are too many, every other one goes."""
        if (learner.iteration - self.kept[0].iteration) % self.every == 0:
            self.kept.append(Moment(learner.iteration, learner.last_good, learner.hyper.values()))
        if len(self.kept) > self.most:
            self.every, self.kept = 2 * self.every, self.kept[::2]

    def nearest(self, iteration: int) -> Moment:
        """The one that is nearest to an iteration."""
        return min(self.kept, key=lambda moment: abs(moment.iteration - iteration))

    def rewind(self, iteration: int) -> None:
        """Drop what came after an iteration."""
        self.kept = [moment for moment in self.kept if moment.iteration <= iteration]


@dataclass(frozen=True)
class Then:
    """A training as it was: what a view has to know of a runner."""

    learner: Learner
    history: Sequence[Mapping[str, float]]
    changes: Sequence[Change]
    seed: int
    make_learner: Callable[[int], Learner]
    state: Literal["paused"] = "paused"


def up_to(iteration: int, history: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    """The history up to an iteration."""
    return [row for row in history if row["iteration"] <= iteration]


def made_by(iteration: int, changes: Sequence[Change]) -> list[Change]:
    """The changes that had taken effect when an iteration was completed."""
    return [each for each in changes if each.iteration < iteration]
