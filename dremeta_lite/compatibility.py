"""What suits a family of tasks: which policy its actions ask for, and which learners have to refuse it, in one sentence that says why."""

import functools
import inspect
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete

from dremeta_lite.episodes import OutsideFamily
from dremeta_lite.policies import CategoricalCNN, CategoricalMLP, GaussianMLP
from dremeta_lite.tasks.family import LAST_SEED, MANY, TaskFamily, checked_device, checked_family, checked_task, shown, whole
from dremeta_lite.tasks.grid import GridWorld

WIDEST, NARROWEST = 15.0, 0.02
"""Beyond this, or with 0 far outside, a fresh Gaussian policy, around 0 ± 0.6, explores little of a box, or nearly always leaves it."""
LAYER = 10_000
CHOSEN: ContextVar[str | None] = ContextVar("device", default=None)


@contextmanager
def on_device(device: str | None) -> Iterator[None]:
    """Every learner that is made in here lives on this device, whatever it is told; where it is told if None."""
    before = CHOSEN.set(device)
    try:
        yield
    finally:
        CHOSEN.reset(before)


def entrance(init: Callable[..., None]) -> Callable[..., None]:
    """A learner's constructor that looks at its arguments first, by name and type: one sentence for whatever cannot be right.

    `Learner` puts it around the constructor of every kind of learner. `family`, `seed`, `device`, `hidden`, `task` and `tasks` mean the
    same in all of them; any other whole number is a count, from 1 up. Numbers of NumPy become Python's. Raises ValueError.
    """
    signature = inspect.signature(init)

    @functools.wraps(init)
    def checked(self: Any, *arguments: Any, **options: Any) -> None:
        try:
            bound = signature.bind(self, *arguments, **options)
        except TypeError:
            return init(self, *arguments, **options)  # Python says best which argument is missing or too many
        given = bound.arguments
        if CHOSEN.get() is not None and "device" in signature.parameters:
            given["device"] = CHOSEN.get()
        if "family" in given:
            given["family"] = suitable(given["family"], type(self).__name__)
        for name, value in given.items():
            parameter = signature.parameters[name]
            if parameter.kind is parameter.VAR_KEYWORD:  # hyperparameters, which have bounds of their own
                continue
            if value is not None or parameter.default is not None:  # None is as good as nothing where it is the default
                kind = None if parameter.default in (0, -1) else parameter.annotation  # what may be 0 is no count
                given[name] = argument(name, value, kind, given.get("family"))
        return init(*bound.args, **bound.kwargs)

    return checked


def argument(name: str, value: Any, kind: Any, family: TaskFamily | None) -> Any:
    """One argument of a learner, checked and in Python's own type. Raises ValueError."""
    if name == "seed":
        return whole(name, value, 0, LAST_SEED)
    if name == "device":
        return checked_device(value)
    if name in ("task", "tasks") and family is not None:
        return checked_task(family, value, None if name == "task" else MANY)
    if name == "hidden":
        row = value.ndim if isinstance(value, np.ndarray) else isinstance(value, Sequence) and not isinstance(value, str)
        if not row:
            raise ValueError(f"hidden must be the widths of the hidden layers, such as (32, 32), got {shown(value)}")
        return tuple(whole("each width in hidden", width, 1, LAYER) for width in value)
    if kind in (int, int | None):
        return whole(name, value, 1, LAYER if name in ("memory", "latent") else 10**6)
    if kind is float and not (isinstance(value, (int, float, np.number)) and math.isfinite(value)):
        raise ValueError(f"{name} must be a finite number, got {shown(value)}")
    return value


def suitable(family: Any, learner: str) -> TaskFamily:
    """A family that learners can take; what single ones ask besides, they ask for themselves. Raises ValueError."""
    family = checked_family(family, learner)
    for what, space in (("actions", family.action_space), ("observations", family.observation_space)):
        has = f"{space} as {what}"
        need(isinstance(space, (Box, Discrete)), learner, f"{what} in a Box or Discrete space", family, has)
        if isinstance(space, Discrete):
            need(int(space.start) == 0, learner, f"{what} that are counted from 0", family, f"{has} (let its functions add the start)")
        elif isinstance(space, Box):
            bounded = bool(np.isfinite([space.low, space.high]).all()) or (what == "observations" and isinstance(family, OutsideFamily))
            need(bounded, learner, f"finite bounds of {what}", family, has)
            need(space.low.size > 0, learner, f"{what} of at least one number", family, has)
            real = what == "observations" or np.issubdtype(space.dtype, np.floating)
            need(real, learner, "actions that are real numbers or a choice", family, has)
            need(what == "observations" or space.low.ndim == 1, learner, "actions that are a row of numbers", family, has)
    whole(f"the horizon of {family.name}", family.horizon)
    whole(f"the number of episodes of {family.name}", family.episodes)
    return family


def make_policy(
    family: TaskFamily, hidden: Sequence[int], device: torch.device | str, log_std: float = -0.5
) -> CategoricalMLP | GaussianMLP:
    """The policy that fits a family's actions: categorical for a choice, with a convolution for pictures; Gaussian for real numbers."""
    if isinstance(family.action_space, Discrete):
        if len(family.observation_space.shape or ()) == 3:
            return CategoricalCNN(family.observation_space.shape, family.action_size, hidden, device)  # type: ignore[arg-type]
        return CategoricalMLP(family.observation_size, family.action_size, hidden, device)
    box: Any = family.action_space
    far = max(abs(box.low).max(), abs(box.high).max()) > WIDEST or max(box.low.max(), -box.high.min()) > 1
    if far or (box.high - box.low).min() < NARROWEST:
        warnings.warn(
            f"{family.name} has {box} as actions, and a fresh policy draws them around 0 ± {math.exp(log_std):.1f}: let the family scale "
            "them, as Navigation2D does, whose ±1 is a step of ±0.1.",
            stacklevel=2,
        )
    return GaussianMLP(family.observation_size, family.action_size, hidden, log_std, device)


def need(fits: bool, learner: str, needs: str, family: TaskFamily, has: str) -> None:
    """Refuse a family that a learner cannot learn.
    Raises ValueError: it does not fit. The message is one sentence: who needs what, and what the family has instead."""
    if not fits:
        raise ValueError(f"{learner} needs {needs}, and {family.name} has {has}.")


def need_choice(family: TaskFamily, learner: str) -> None:
    """Refuse actions that are no choice among a few. Raises ValueError."""
    need(isinstance(family.action_space, Discrete), learner, "actions to choose from", family, f"{family.action_space} as actions")


def need_real_actions(family: TaskFamily, learner: str) -> None:
    """Refuse actions that are no real numbers. Raises ValueError."""
    need(isinstance(family.action_space, Box), learner, "actions that are real numbers", family, f"{family.action_space} to choose from")


def need_rules(family: TaskFamily, learner: str) -> None:
    """Refuse a world that can only be played. Raises ValueError."""
    need(not isinstance(family, OutsideFamily), learner, "to see the states of the world", family, "only observations")


def need_certainty(family: TaskFamily, learner: str) -> None:
    """Refuse a family with real-valued actions that draws what comes next: its functions ask for a generator. Raises ValueError."""
    task = family.default_params
    state, action = family.initial(torch.Generator(), task), torch.zeros(family.action_size, device="cpu")
    try:
        family.transition(state, action, None, task)
    except ValueError:
        need(False, learner, "a world in which state and action say what comes next", family, "chance in it")


def need_numbers(family: TaskFamily, learner: str) -> None:
    """Refuse observations that are no vector of numbers, but a single number of a cell, or an image. Raises ValueError."""
    space = family.observation_space
    what = f'{space} as observations (a GridWorld made with observe="one_hot" gives numbers)'
    need(isinstance(space, Box) and len(space.shape) == 1, learner, "observations that are a vector of numbers", family, what)


def grid_world(family: TaskFamily, learner: str) -> GridWorld:
    """The family, as what it has to be: only a GridWorld can be written down as tables. Raises ValueError for another."""
    need(isinstance(family, GridWorld), learner, "the exact tables of a GridWorld", family, "none")
    return cast(GridWorld, family)
