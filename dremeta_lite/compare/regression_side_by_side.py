"""Several algorithms that learn a start, trained side by side: from the same first θ, on the same tasks, with the same sliders."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dremeta_lite.learner import Learner
from dremeta_lite.learner_state import State
from dremeta_lite.meta.regression import ALGORITHMS, RegressionHyper, RegressionLearner
from dremeta_lite.tasks.sinusoid import Sinusoid


class RegressionSideBySide(Learner):
    """One `RegressionLearner` for each algorithm; an iteration is one of each of them.

    Args:
        family: the tasks.
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

    def state_dict(self) -> State:
        states = {name: learner.state_dict() for name, learner in self.learners.items()}
        own = {f"{name}.{part}": x for name, state in states.items() for part, x in state.items()}
        return own | {"iteration": torch.tensor(self.iteration, device="cpu")}

    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        if "iteration" not in state:
            raise ValueError("the state lacks 'iteration', which this learner needs")
        before = self.state_dict()
        try:
            self._restore(state)
        except ValueError:  # one of them has refused: the others go back to where they were
            self._restore(before)
            raise
        self.iteration = int(state["iteration"])

    def _restore(self, state: Mapping[str, torch.Tensor]) -> None:
        for name, learner in self.learners.items():
            learner.load_state_dict({part.removeprefix(f"{name}."): x for part, x in state.items() if part.startswith(f"{name}.")})
