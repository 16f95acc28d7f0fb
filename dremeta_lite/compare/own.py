"""A learner that a student has built, fit for a live panel, and beside one of ours.

    Own(family, start, step, hyper=…)       keeps θ, Adam and the random draws; `step` does the rest
    Beside(yours, ours, "return")           an iteration of each in turn; a slider moves both

`step(learner)` is one iteration of the training loop: any callable that is given the `Own` and returns θ, a dict of tensors, and a dict of
numbers. It finds `learner.theta`, `learner.rng` and `learner.hyper` there, and `learner.climb(gradient)`, which is Adam's step uphill.
"""

import numbers
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from dremeta_lite.compare.side_by_side import Several
from dremeta_lite.hyper import HyperParameters, Real
from dremeta_lite.learner import GradientLearner, Learner, generator
from dremeta_lite.learner_state import State
from dremeta_lite.networks import Params, detach
from dremeta_lite.tasks.family import TaskFamily, shown

Start = Callable[[torch.Generator], Params]
OwnStep = Callable[["Own"], tuple[Params, Mapping[str, float]]]


class StepError(ValueError):
    """What is wrong with a step that a student has written, in a sentence. A notebook shows it without our part of the traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"StepError: {self}"]


class OwnHyper(HyperParameters):
    """What Adam needs, and all that has a slider where the student declares nothing else."""

    learning_rate = Real(5e-3, low=1e-5, high=0.1, symbol="β", scale="log", help="Adam's step size")


class Own(GradientLearner):
    """A learner of a student's making. One step is tried out at once, and undone, so that a mistake shows before there is a panel.

    Args:
        family: whose tasks are played.
        start: makes fresh parameters, by name, from a random generator.
        step: see above.
        seed: as of every `Learner`.
        hyper: the knobs, of which a copy is made. The one called `learning_rate` or `meta_lr` is Adam's step size.
        parts: what a picture asks of a learner besides, by name, such as `policy`.

    Raises:
        StepError: the first step fails, or gives back something else than θ and numbers.
    """

    def __init__(
        self, family: TaskFamily, start: Start, step: OwnStep, seed: int = 0, hyper: HyperParameters | None = None, **parts: Any
    ) -> None:
        self.family, self.seed, self.device, self.own_step = family, seed, torch.device("cpu"), step
        self.hyper = OwnHyper() if hyper is None else type(hyper)(**hyper.values())
        vars(self).update(parts)
        rng = generator(seed)
        super().__init__(start(rng), rng)
        self.theta = detach(self.learned)  # the same numbers, without a record of gradients
        before = self.state_dict()
        try:
            self.advance()
        except StepError:
            raise
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"line {last.lineno}, in {last.name}: {last.line}"
            raise StepError(f"the first step of your learner raised {type(error).__name__}: {error} ({where})") from error
        self.load_state_dict(before)

    def advance(self) -> dict[str, float]:
        """One iteration of the student's own."""
        answer = self.own_step(self)
        if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not all(isinstance(part, Mapping) for part in answer):
            raise StepError(f"a step returns two dicts, θ (tensors by name) and numbers by name; yours returned {shown(answer)}")
        theta, told = answer
        self.demand_layout(theta, "θ that your step returned")
        for name, x in told.items():
            if not isinstance(x, (numbers.Real, Tensor)) or (isinstance(x, Tensor) and x.numel() != 1):
                raise StepError(f"the number {name!r} of your step must be a single number, got {shown(x)}")
        self.set_parameters({name: theta[name].detach().to(p.dtype).clone() for name, p in self.learned.items()})
        return {name: float(x) for name, x in told.items()}

    def climb(self, gradient: Mapping[str, Tensor]) -> Params:
        """One step of Adam uphill; returns the new θ."""
        self.demand_layout(gradient, "gradient that climb() was given")
        rates = [getattr(self.hyper, name) for name in ("meta_lr", "learning_rate") if name in self.hyper.names()]
        self.ascend({name: g.detach() for name, g in gradient.items()}, [*rates, OwnHyper().learning_rate][0])
        return self.theta

    def demand_layout(self, given: Any, what: str) -> None:
        """Raises StepError: these are no tensors of the names and shapes of θ."""
        for name, p in self.learned.items():
            x = given.get(name) if isinstance(given, Mapping) else None
            if not isinstance(x, Tensor) or x.shape != p.shape:
                got = f"{tuple(x.shape)}" if isinstance(x, Tensor) else "none"
                raise StepError(f"the {what} needs a tensor of shape {tuple(p.shape)} called {name!r}, and has {got}")


class Beside(Several):
    """Yours and ours, an iteration of each in turn. The hyperparameters are the student's.

    Args:
        shown: the numbers that are compared, by their names in both; the numbers of this learner are called "yours return", "ours return".
        shared: names of hyperparameters that ours follows, too.
    """

    def __init__(self, yours: Own, ours: Learner, *shown: str, shared: Sequence[str] = ()) -> None:
        super().__init__()
        self.yours, self.ours, self.shown, self.shared = yours, ours, shown, shared
        self.learners = {"yours": yours, "ours": ours}
        self.family, self.seed, self.device, self.hyper = yours.family, yours.seed, yours.device, yours.hyper
        self.last_good: State = self.state_dict()

    def advance(self) -> dict[str, float]:
        for name in self.shared:
            setattr(self.ours.hyper, name, getattr(self.hyper, name))
        row: dict[str, float] = {}
        for who, learner in self.learners.items():
            learner.heartbeat = self.heartbeat
            told = learner.step()
            if missing := [name for name in self.shown if name not in told]:
                raise StepError(f"the picture shows {missing[0]!r}, and the numbers of {who} are {', '.join(told) or 'none'}")
            row |= {f"{who} {name}": told[name] for name in self.shown}
        return row
