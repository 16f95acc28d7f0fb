"""What everything that trains has in common: hyperparameters, `step()`, and a state that can be kept and brought back.

The live panel, a test and a script all drive the same `step()`. Nothing here knows about screens.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from traitlets import TraitError

from dremeta_lite import store
from dremeta_lite.compatibility import entrance, make_policy
from dremeta_lite.hyper import HyperParameters
from dremeta_lite.learner_state import State, Stateful, check_indices, check_same_layout, find_non_finite
from dremeta_lite.tasks.family import TaskFamily


class NotFinite(FloatingPointError):
    """Training produced a number that is not finite. Names the iteration, the quantity and the usual cause."""

    def __init__(self, iteration: int, quantity: str, value: float, cause: str) -> None:
        self.iteration, self.quantity, self.value, self.cause = iteration, quantity, value, cause
        super().__init__(
            f"Training stopped in iteration {iteration}: {quantity} became {value}. {cause} "
            f"The learner is back at its last good state, after iteration {iteration - 1}."
        )


class Learner(Stateful, ABC):
    """One thing that trains. Besides what a kind of learner says itself, all of them take these arguments, and keep them:

    Args:
        family: the tasks that it learns from.
        seed: of everything that is drawn: first parameters, tasks, actions.
        device: where every tensor of the learner lives. The draws are made on the CPU, so that a seed means the same run on every device.
        hyper: starting values of the hyperparameters, by name. They are read at every step, so a change takes effect in the next one.

    Raises:
        traitlets.TraitError: a hyperparameter is unknown or out of its bounds.

    Attributes:
        iteration: how many iterations have been completed.
        heartbeat: called inside long iterations; a live panel sets it, so that Pause need not wait for the end of one.
    """

    family: TaskFamily
    seed: int
    hyper: HyperParameters
    device: torch.device
    kept = ("iteration",)
    """The attributes that are its state, all that the next iteration depends on. A generator stands first: it is the one part that can
    still be refused."""
    cause = "The usual cause is a learning rate that is too large: make it smaller."

    def __init_subclass__(cls, **options: Any) -> None:
        """Every kind of learner has the same entrance."""
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = entrance(cls.__init__)

    def __init__(self) -> None:
        self.iteration = 0
        self.last_good: State = {}
        self.heartbeat: Callable[[], None] = quiet

    def __getstate__(self) -> dict[str, Any]:
        """What a copy takes along: not the panel that listens to this one."""
        return {**vars(self), "heartbeat": quiet}

    @abstractmethod
    def advance(self) -> dict[str, float]:
        """Do one iteration of the outermost loop and return its named numbers. `step` wraps it with the safety net."""

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state.
        Raises ValueError: a tensor is missing, is too many, or has another shape or type; the learner is then unchanged."""
        check_same_layout(self.state_dict(), state)
        super().load_state_dict(state)

    def step(self) -> dict[str, float]:
        """Do one iteration.

        Returns:
            the named numbers of this iteration, all finite.

        Raises:
            NotFinite: a number or a parameter is not finite; the learner is then back at its last good state.
        """
        before = self.state_dict()
        if find_non_finite(before) is None:  # else somebody has put a NaN there since the last iteration: do not go back to that
            self.last_good = before
        try:
            numbers = self.advance()
            self.iteration += 1
            after = self.state_dict()
            if found := find_non_finite({**numbers, **after}):
                raise NotFinite(self.iteration, *found, self.cause)
        except BaseException:
            self.load_state_dict(self.last_good or before)
            raise
        self.last_good = after
        return numbers

    def save(self, path: Path | str, **notes: str | float) -> None:
        """Write the whole state, so that training can go on where it stopped, with `notes` (origin, figures) in the metadata.

        Raises:
            ValueError: the state holds a number that is not finite, or the file has a note of that name already; nothing is written.
            OSError: the folder cannot be written; nothing is left behind.
        """
        own = {**self.identity(), "seed": self.seed, "hyper": self.hyper.values()}
        if taken := [name for name in notes if name in (*own, *store.OWN)]:
            raise ValueError(f"{path} was not written: the file itself says what {taken[0]!r} is. Give your note another name.")
        state = self.state_dict()
        if found := find_non_finite(state):
            raise ValueError(f"{path} was not written: {found[0]} holds {found[1]}. Go back to a good state first, and save that.")
        store.write(path, state, {**own, **notes})

    def load(self, path: Path | str) -> dict[str, Any]:
        """Bring back a saved state and its hyperparameters.

        Returns:
            the metadata of the file.

        Raises:
            store.StoreError: the file is missing, truncated, foreign, or of another learner, family or layout; nothing has changed then.
        """
        state, description = store.read(path)
        if found := find_non_finite(state):
            raise store.StoreError(f"{path} holds {found[1]} in {found[0]!r}: nothing can be trained from there. Make or copy it again.")
        for key, wanted in self.identity().items():
            if description.get(key) != wanted:
                raise store.StoreError(
                    f"{path} is for the {key} {description.get(key)!r}, and this is {wanted!r}: load it into its own kind."
                )
        try:
            hyper = type(self.hyper)(**description["hyper"])
            check_indices(self.family, state)
            self.load_state_dict(state)
        except (KeyError, TypeError, ValueError, TraitError) as error:
            raise store.StoreError(f"{path} does not fit this learner: {error}") from error
        self.hyper.change(**hyper.values())
        return description

    def identity(self) -> dict[str, str]:
        """What a file and a learner must agree on."""
        return {"learner": type(self).__name__, "family": self.family.name}


def quiet() -> None:
    """The heartbeat of a learner that nobody listens to."""


class GradientLearner(Learner):
    """A learner with parameters θ, moved by Adam, and one random generator that everything is drawn from.

    Attributes:
        learned: all that Adam moves, by name.
        theta: θ; the same, except where a learner learns more than θ.
    """

    kept = ("rng", "iteration")

    def __init__(self, learned: State, rng: torch.Generator) -> None:
        super().__init__()
        self.rng = rng
        self.learned = {name: p.clone().requires_grad_() for name, p in learned.items()}
        self.theta = self.learned
        self.optimiser = torch.optim.Adam(self.learned.values(), fused=True)  # one kernel: a fifth of the time, where tensors are small
        for p in self.learned.values():  # Adam's moments exist from the start, so that every state has the same layout
            self.optimiser.state[p] = {
                "step": torch.tensor(0.0, device="cpu"),
                "exp_avg": torch.zeros_like(p),
                "exp_avg_sq": torch.zeros_like(p),
            }
        self.last_good = self.state_dict()

    def ascend(self, gradient: Mapping[str, Tensor], learning_rate: float) -> None:
        """One Adam step uphill."""
        for name, p in self.learned.items():
            p.grad = -gradient[name]
        self.optimiser.param_groups[0]["lr"] = learning_rate
        self.optimiser.step()

    def descend(self, loss: Tensor, learning_rate: float) -> None:
        """One Adam step down the gradient of a loss of `learned`."""
        gradient = torch.autograd.grad(-loss, list(self.learned.values()))
        self.ascend(dict(zip(self.learned, gradient, strict=True)), learning_rate)

    def parameters(self) -> State:
        """A copy of what an agent plays with, by name: enough to bring it back, not enough to go on training."""
        return {name: p.detach().clone() for name, p in self.learned.items()}

    @torch.no_grad()
    def set_parameters(self, values: Mapping[str, Tensor]) -> None:
        """Bring back what `parameters` gave. Raises ValueError: it has another layout."""
        check_same_layout(self.parameters(), values)
        for name, p in self.learned.items():
            p.copy_(values[name])

    def state_dict(self) -> State:
        state = super().state_dict()
        for name, p in self.learned.items():
            state[f"theta.{name}"] = p.detach().clone()
            state |= {f"adam.{key}.{name}": value.clone() for key, value in self.optimiser.state[p].items()}
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        super().load_state_dict(state)
        with torch.no_grad():
            for name, p in self.learned.items():
                p.copy_(state[f"theta.{name}"])
                for key, value in self.optimiser.state[p].items():
                    value.copy_(state[f"adam.{key}.{name}"])


class PolicyLearner(GradientLearner):
    """A learner whose θ are the parameters of a policy, Gaussian or (where actions are a choice) categorical, on a family of tasks.

    Args:
        family, seed, device, hyper: as of every `Learner`.
        hidden, log_std: shape of the policy, and the first log standard deviation of a Gaussian one.
    """

    hyper_type: type[HyperParameters]

    def __init__(
        self,
        family: TaskFamily,
        seed: int = 0,
        device: torch.device | str = "cpu",
        hidden: Sequence[int] = (32, 32),
        log_std: float = -0.5,
        **hyper: Any,
    ) -> None:
        self.family, self.seed, self.device = family, seed, torch.device(device)
        self.hyper = self.hyper_type(**hyper)
        self.policy: Any = make_policy(family, hidden, device, log_std)  # of one type or the other
        rng = generator(seed)
        super().__init__(self.first(rng), rng)

    def first(self, rng: torch.Generator) -> State:
        """What Adam moves, as it is in the beginning: fresh parameters of the policy."""
        return self.policy.init(rng)


DRAWING: ContextVar[torch.device | str] = ContextVar("draws", default="cpu")


def generator(seed: int) -> torch.Generator:
    """A seeded random generator on the CPU, unless `draws_on` says otherwise: the same seed then draws the same numbers whatever the
    learner's device."""
    rng = torch.Generator(DRAWING.get())
    rng.manual_seed(seed)
    return rng


@contextmanager
def draws_on(device: torch.device | str) -> Iterator[None]:
    """Learners that are made in here make their draws on this device: on a GPU faster than on the CPU, where nothing has to travel then.
    A seed means another run there than on the CPU, and another one on every model of GPU."""
    before = DRAWING.set(device)
    try:
        yield
    finally:
        DRAWING.reset(before)


def devices() -> list[str]:
    """The names of the devices that torch can compute on here: the CPU and, where there are some, GPUs."""
    return ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count())), *["mps"] * torch.backends.mps.is_available()]


def describe_device(device: torch.device) -> str:
    """A device in words: `cpu, 1 thread` or `cuda (NVIDIA H200)`."""
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    threads: Any = torch.get_num_threads()
    return f"{device.type}, {threads} thread{'s' if threads != 1 else ''}"
