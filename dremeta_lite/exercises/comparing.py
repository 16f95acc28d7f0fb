"""Is this what was expected? If not: what is different, in a sentence that a student can act on."""

import copy
import itertools
import numbers
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dremeta_lite.episodes import Episodes
from dremeta_lite.exercises.forms import UNFIT, by_name, parts_of, tensor_of

LARGEST_SHOWN = 24  # values of an array or a container that a message shows one by one
DEEPEST_SHOWN = 4  # containers within containers
LONGEST_SHOWN = 120  # characters


def fresh(x: Any) -> Any:
    """A copy that shares no memory: tensors (whether they want gradients is kept), arrays, generators with their state, episodes, and
    containers of these. Everything else, functions above all, is passed on as it is."""
    if isinstance(x, Tensor):
        return x.detach().clone().requires_grad_(x.requires_grad)
    if isinstance(x, torch.Generator):
        return x.clone_state()
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, Episodes):
        return copy.copy(x)
    if isinstance(x, Mapping):
        return type(x)({key: fresh(value) for key, value in x.items()})  # type: ignore[call-arg]
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(fresh, x))
    if isinstance(x, (list, tuple)):
        return type(x)(map(fresh, x))
    return x


def difference(expected: Any, got: Any, tolerance: float | None) -> str | None:
    """What is wrong with `got`, or None. Values count, and how they are arranged: keys, lengths and shapes. Their form does not: dtype,
    tensor or array or list, a number or a tensor without axes. With `tolerance=None` the arrangement alone is compared."""
    if got is None and expected is not None:
        return f"Expected {show(expected)}, but nothing came back (None). Is there a `return`?"
    if isinstance(expected, Mapping):
        return of_mappings(expected, got, tolerance)
    if isinstance(expected, (list, tuple)):
        return of_sequences(expected, got, tolerance)
    if isinstance(expected, (Tensor, np.ndarray, np.generic, numbers.Number)):
        return of_values(expected, got, tolerance)
    if isinstance(expected, torch.Generator):
        return None  # it is meant to move on
    return None if type(expected) is type(got) and expected == got else f"Expected {show(expected)}, got {show(got)}."


def of_mappings(expected: Mapping[Any, Any], got: Any, tolerance: float | None) -> str | None:
    if not isinstance(got, Mapping):
        return f"Expected a dict with {', '.join(map(repr, expected))}, got {show(got)}."
    got = by_name(got)
    for key in {**expected, **got}:
        if key not in got or key not in expected:
            return f"The entry {key!r} is {'missing' if key not in got else 'one too many'}: expected {', '.join(map(repr, expected))}."
        if found := difference(expected[key], got[key], tolerance):
            return f"In {key!r}: {found}"
    return None


def of_sequences(expected: Sequence[Any], got: Any, tolerance: float | None) -> str | None:
    parts = parts_of(got)
    if parts is None or len(parts) != len(expected):
        one = "one tensor, " if isinstance(got, Tensor) and got.ndim else ""
        return f"Expected {len(expected)} things, {show(expected)}, got {one}{show(got)}."
    names = getattr(expected, "_fields", [f"part {i} of {len(expected)}" for i in range(1, len(expected) + 1)])
    for name, a, b in zip(names, expected, parts, strict=True):
        if found := difference(a, b, tolerance):
            return f"In {name}: {found}"
    return None


def of_values(expected: Any, got: Any, tolerance: float | None) -> str | None:
    a = tensor_of(expected).detach().cpu()
    wanted = f"Expected {kind_of(expected, a)}, got {show(got)}."
    try:
        b = tensor_of(got).detach().cpu()
    except UNFIT:
        return wanted
    if not (b.numel() or isinstance(got, (Tensor, np.ndarray))) and b.shape == a.shape[: b.ndim]:
        b = b.reshape(a.shape)  # lists do not say what is behind an axis without entries
    if b.is_complex() or a.shape != b.shape:
        return wanted if b.is_complex() or not (a.ndim and b.ndim) else f"Expected shape {tuple(a.shape)}, got shape {tuple(b.shape)}."
    if tolerance is None:
        whole = a.is_floating_point() or bool((b == b.round()).all())
        return None if whole else f"Expected whole numbers, got {show(got)}."
    same = close(a, b, tolerance)
    if same.all():
        return None
    found = of_many(a, b, same) if a.numel() > LARGEST_SHOWN else of_few(a, b, same)
    coarse = b.dtype in (torch.float16, torch.bfloat16) and close(a, b, 2 * torch.finfo(b.dtype).eps).all()
    return f"{found} That is as near as {str(b.dtype)[6:]} can come: it keeps three digits. Compute with float32." if coarse else found


def close(a: Tensor, b: Tensor, tolerance: float) -> Tensor:
    return torch.isclose(b.double(), a.double(), rtol=tolerance, atol=tolerance, equal_nan=True)


def kind_of(x: Any, values: Tensor) -> str:
    if values.ndim:
        return f"a {'NumPy array' if isinstance(x, np.ndarray) else 'tensor'} of shape {tuple(values.shape)}"
    return f"{'True or False' if values.dtype == torch.bool else 'a number'}, {number(values)}"


def of_few(a: Tensor, b: Tensor, same: Tensor) -> str:
    """Both in full, and the first place where they differ."""
    where = tuple(int(i) for i in (~same).nonzero()[0])
    wanted, found = told_apart(a[where], b[where])
    if not a.ndim:
        return f"Expected {wanted}, got {found}."
    place = f" At {list(where)}: expected {wanted}, got {found}." if a.numel() > 1 or show(a) == show(b) else ""
    return f"Expected {show(a)}, got {show(b)}.{place}"


def of_many(a: Tensor, b: Tensor, same: Tensor) -> str:
    """How many differ, and the place where they differ most: a nan or an infinity on one side alone is farther than every number."""
    apart = (a.double() - b.double()).abs().nan_to_num(torch.inf).masked_fill(same, -1.0)
    where = tuple(int(i) for i in np.unravel_index(int(apart.argmax()), tuple(apart.shape)))
    wrong, count = int((~same).sum()), a.numel()
    which = {1: f"1 of the {count} values differs,", count: f"all {count} values differ, most"}
    begin = f"The shape {tuple(a.shape)} is right, but {which.get(wrong, f'{wrong} of the {count} values differ, most')}"
    wanted, found = told_apart(a[where], b[where])
    return f"{begin} at {list(where)}: expected {wanted}, got {found}."


def show(x: Any, depth: int = 0) -> str:
    """A value in few words: small tensors in full, large ones by their shape."""
    if isinstance(x, (Tensor, np.ndarray)):
        kind = "a tensor" if isinstance(x, Tensor) else "an array"
        if getattr(x, "is_meta", False) or (x.ndim and (0 in x.shape or np.prod(x.shape) > LARGEST_SHOWN)):
            return f"{kind} of shape {tuple(x.shape)}"
        return nested((tensor_of(x).detach().cpu() if isinstance(x, Tensor) else x).tolist())
    if isinstance(x, (numbers.Number, np.generic)):
        return number(x)
    if isinstance(x, (Mapping, list, tuple)):
        return container(x, depth)
    text = f"the function {x.__name__}" if callable(x) and hasattr(x, "__name__") else in_text(x, repr)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def container(x: Mapping[Any, Any] | Sequence[Any], depth: int) -> str:
    """Its first elements, and those of what is in it, but not for ever: it may be large, or contain itself."""
    few = itertools.islice(x.items() if isinstance(x, Mapping) else x, LARGEST_SHOWN)
    shown = (lambda y: show(y, depth + 1)) if depth < DEEPEST_SHOWN else lambda _: "…"
    inside = [f"{show(y[0])}: {shown(y[1])}" if isinstance(x, Mapping) else shown(y) for y in few]
    text = ", ".join([*inside, *(["…"] if len(x) > LARGEST_SHOWN else [])])
    return f"{{{text}}}" if isinstance(x, Mapping) else f"[{text}]" if isinstance(x, list) else f"({text})"


def nested(values: Any) -> str:
    return f"[{', '.join(map(nested, values))}]" if isinstance(values, list) else number(values)


def told_apart(x: Any, y: Any) -> tuple[str, str]:
    """Two numbers, with more than five digits where they need them to look different."""
    shown = [(number(x, digits), number(y, digits)) for digits in (5, 8, 17)]
    return next((pair for pair in shown if pair[0] != pair[1]), shown[0])


def number(x: Any, digits: int = 5) -> str:
    """A number as a person would write it: five digits, and no trailing zeros."""
    value = x.item() if isinstance(x, (Tensor, np.generic)) else x
    if isinstance(value, int) and value.bit_length() > 64:
        return f"a whole number of about {round(value.bit_length() * 0.30103)} digits"
    return f"{value:.{digits}g}" if isinstance(value, float) else in_text(value, str)


def in_text(x: Any, way: Callable[[Any], str]) -> str:
    """`str` or `repr` of something that may have its own, which fails."""
    try:
        return way(x)
    except Exception as error:
        return f"something of type {name_of(x)} that cannot be shown ({name_of(error)})"


def name_of(x: Any) -> str:
    return type.__dict__["__name__"].__get__(type(x))  # its own class may say something else, or nothing
