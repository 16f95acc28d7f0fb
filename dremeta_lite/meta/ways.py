"""Several ways to a start, trained side by side: from the same first θ, on the same tasks, with the same sliders."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dremeta_lite.learner import Learner, State
from dremeta_lite.meta.regression import WAYS, RegressionHyper, RegressionLearner
from dremeta_lite.tasks.sinusoid import Sinusoid


class Ways(Learner):
    """One `RegressionLearner` a way; an iteration is one of each of them.

    Args:
        family: the tasks.
        ways: which; all of `WAYS` if empty.
        seed, device, hyper: as for each of the learners, who share them.
    """

    hyper: RegressionHyper

    def __init__(self, family: Sinusoid, ways: Sequence[str] = (), seed: int = 0, device: torch.device | str = "cpu", **hyper: Any) -> None:
        super().__init__()
        self.family, self.seed, self.device = family, seed, torch.device(device)
        self.learners = {way: RegressionLearner(family, way, seed, device, **hyper) for way in ways or WAYS}
        self.hyper = next(iter(self.learners.values())).hyper
        for learner in self.learners.values():
            learner.hyper = self.hyper
        self.last_good = self.state_dict()

    def advance(self) -> dict[str, float]:
        """One iteration of each; numbers are called `after_` and `before_` + the way."""
        numbers = {}
        for way, learner in self.learners.items():
            learner.iteration = self.iteration
            found = learner.advance()
            numbers |= {f"before_{way}": found["loss_before"], f"after_{way}": found["loss_after"]}
            self.heartbeat()
        return numbers

    def identity(self) -> dict[str, str]:
        return super().identity() | {"ways": ", ".join(self.learners)}

    def state_dict(self) -> State:
        states = {way: learner.state_dict() for way, learner in self.learners.items()}
        own = {f"{way}.{name}": x for way, state in states.items() for name, x in state.items()}
        return own | {"iteration": torch.tensor(self.iteration, device="cpu")}

    def load_state_dict(self, state: Mapping[str, torch.Tensor]) -> None:
        parts = {way: {name.removeprefix(f"{way}."): x for name, x in state.items() if name.startswith(f"{way}.")} for way in self.learners}
        if "iteration" not in state:
            raise ValueError("the state lacks 'iteration', which this learner needs")
        before = self.state_dict()
        try:
            for way, learner in self.learners.items():
                learner.load_state_dict(parts[way])
        except ValueError:
            self._put_back(before)
            raise
        self.iteration = int(state["iteration"])

    def _put_back(self, state: Mapping[str, torch.Tensor]) -> None:
        for way, learner in self.learners.items():
            learner.load_state_dict({name.removeprefix(f"{way}."): x for name, x in state.items() if name.startswith(f"{way}.")})
