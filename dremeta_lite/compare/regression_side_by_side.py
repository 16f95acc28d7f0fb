"""Several algorithms that learn a start, trained side by side: from the same first θ, on the same tasks, with the same sliders."""

from collections.abc import Sequence
from typing import Any

import torch

from dremeta_lite.compare.side_by_side import Several
from dremeta_lite.meta.regression import ALGORITHMS, RegressionHyper, RegressionLearner
from dremeta_lite.tasks.sinusoid import Sinusoid


class RegressionSideBySide(Several):
    """One `RegressionLearner` for each algorithm; an iteration is one of each of them.

    Args:
        algorithms: which; all of `ALGORITHMS` if empty.
        seed, device, hyper: as for each of the learners, who share them.
    """

    hyper: RegressionHyper

    def __init__(
        self, family: Sinusoid, algorithms: Sequence[str] = (), seed: int = 0, device: torch.device | str = "cpu", **hyper: Any
    ) -> None:
        super().__init__()
        self.family, self.seed, self.device = family, seed, torch.device(device)
        self.learners = {each: RegressionLearner(family, each, seed, device, **hyper) for each in algorithms or ALGORITHMS}
        self.hyper = next(iter(self.learners.values())).hyper
        for learner in self.learners.values():
            learner.hyper = self.hyper
        self.last_good = self.state_dict()

    def advance(self) -> dict[str, float]:
        """One iteration of each; numbers are called `after_` and `before_` + the algorithm."""
        numbers = {}
        for name, learner in self.learners.items():
            learner.iteration = self.iteration
            found = learner.advance()
            numbers |= {f"before_{name}": found["loss_before"], f"after_{name}": found["loss_after"]}
            self.heartbeat()
        return numbers

    def identity(self) -> dict[str, str]:
        return super().identity() | {"algorithms": ", ".join(self.learners)}
