"""The state of a learner as named tensors: what it may hold, and whether another one fits it."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm

from dremeta_lite.tasks.family import TaskFamily

State = dict[str, Tensor]
COUNTS = {"iteration", "step", "elapsed", "visits", "count"}  # whatever their type; other whole numbers count, too, or are indices
LARGEST = 1e15


def restore(rng: torch.Generator, state: Tensor) -> None:
    """Bring a generator back to a state that its `get_state` gave.
    Raises ValueError: it is no such state; the generator is then unchanged."""
    try:
        rng.set_state(state.cpu())
    except RuntimeError as error:
        raise ValueError(f"'rng' is not the state of a random generator: {error}") from error


def kept_by(owner: Any, names: Sequence[str]) -> State:
    """Attributes as one state, copied: tensors, numbers, generators, and, with their name and a dot before each of theirs, what has a state
    of its own, and dicts and named tuples of all these. What is None, or not there yet, while its owner is made, is left out."""
    return {key: x for name in names for key, x in copied(name, getattr(owner, name, None)).items()}


def copied(name: str, value: Any) -> State:
    """One value of that name as a state, see `kept_by`."""
    if isinstance(value, Tensor):
        return {name: value.clone()}
    if isinstance(value, torch.Generator):
        return {name: value.get_state()}
    if isinstance(value, int | float):
        return {name: torch.tensor(value, dtype=torch.float64 if isinstance(value, float) else None, device="cpu")}
    if hasattr(value, "state_dict"):
        return {f"{name}.{key}": x for key, x in value.state_dict().items()}
    return {} if value is None else {key: x for part, each in fields_of(value) for key, x in copied(f"{name}.{part}", each).items()}


def bring_back(owner: Any, names: Sequence[str], state: Mapping[str, Tensor]) -> None:
    """Give the attributes what `kept_by` has kept. Raises ValueError: what belongs to a generator is no state of one."""
    for name in names:
        setattr(owner, name, brought_back(name, getattr(owner, name), state))


def brought_back(name: str, value: Any, state: Mapping[str, Tensor]) -> Any:
    """What stands in a state in the place of this value. What has a state of its own gets that, and stays the same object."""
    if isinstance(value, torch.Generator):
        restore(value, state[name])
    elif hasattr(value, "load_state_dict"):
        value.load_state_dict(part(state, name))
    elif isinstance(value, Tensor):
        return state[name].to(value.device).clone()
    elif isinstance(value, int | float):
        return type(value)(state[name])
    elif value is not None:
        return type(value)(**{key: brought_back(f"{name}.{key}", each, state) for key, each in fields_of(value)})
    return value


class Stateful:
    """Has a state: its attributes named in `kept`."""

    kept: Sequence[str] = ()

    def state_dict(self) -> State:
        """The state as named tensors, copied; see `kept_by`."""
        return kept_by(self, self.kept)

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a state."""
        bring_back(self, self.kept, state)


def fields_of(value: Any) -> Iterable[tuple[str, Any]]:
    """The values of a dict or of a named tuple, by name."""
    return (value if isinstance(value, Mapping) else value._asdict()).items()


def part(state: Mapping[str, Tensor], name: str) -> State:
    """The tensors of a state whose names begin with this one and a dot, without it."""
    return {key.removeprefix(f"{name}."): x for key, x in state.items() if key.startswith(f"{name}.")}


def find_non_finite(quantities: Mapping[str, Tensor | float]) -> tuple[str, float] | None:
    """The first quantity that is not finite: its name and the value found in it."""
    real = [x for x in quantities.values() if isinstance(x, Tensor) and x.is_floating_point() and x.numel()]
    numbers = all(math.isfinite(x) for x in quantities.values() if not isinstance(x, Tensor))
    if numbers and (not real or get_total_norm(real, math.inf).isfinite()):  # a GPU is waited for once, not for each tensor
        return None
    for name, x in quantities.items():
        if isinstance(x, Tensor):
            if x.is_floating_point() and not x.isfinite().all():
                return name, x[~x.isfinite()].flatten()[0].item()
        elif not math.isfinite(x):
            return name, x
    return None


def check_same_layout(expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    """Compare names, shapes and types of two states, and look whether what counts can be a count.
    Raises ValueError: naming the first tensor that is missing, unexpected, shaped or typed otherwise, or counts what cannot be."""
    for name in {**expected, **given}:
        if name not in given:
            raise ValueError(f"the state lacks {name!r}, which this learner needs")
        if name not in expected:
            raise ValueError(f"the state holds {name!r}, which this learner does not know")
        if expected[name].shape != given[name].shape:
            raise ValueError(f"{name!r} has shape {tuple(given[name].shape)}; this learner needs {tuple(expected[name].shape)}")
        if expected[name].dtype != given[name].dtype:
            raise ValueError(f"{name!r} holds {given[name].dtype}; this learner needs {expected[name].dtype}")
        if wrong := impossible(name, given[name]):
            raise ValueError(f"{name!r} holds {wrong}")


def check_indices(family: TaskFamily, state: Mapping[str, Tensor]) -> None:
    """Look whether what points to cells (or other counted states) and to actions points to such as the family has.
    Raises ValueError: naming the first tensor that does not."""
    actions = getattr(family.action_space, "n", LARGEST)
    states = getattr(family, "n_cells", getattr(family.observation_space, "n", LARGEST))
    many = {"action": actions, "state": states}
    for name, x in state.items():
        n = many.get(re.split(r"[./]", name)[-1], LARGEST)
        if not x.is_floating_point() and (x >= n).any():
            raise ValueError(f"{name!r} holds {x.max().item()}; {family.name} has {n} of these, counted from 0")


def impossible(name: str, x: Tensor) -> str:
    """What a tensor of a state holds that it cannot, and what it must be; empty if all is well."""
    words = set(re.split(r"[./]", name))
    if words & COUNTS or not (x.is_floating_point() or x.dtype == torch.bool):
        wrong, bound = (x < 0) | (x > LARGEST) | (x != x.round()), f"a whole number from 0 to {LARGEST:g}"
    else:
        wrong, bound = (x < 0) & ("exp_avg_sq" in words), "0 or more, as the mean of squares that it is"
    return f"{x[wrong][0].item():g}; it must be {bound}" if wrong.any() else ""
