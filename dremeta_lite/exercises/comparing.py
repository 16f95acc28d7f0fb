"""Is this what was expected? If not: what is different, in a sentence that a student can act on."""

import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

LARGEST_SHOWN = 24  # values of an array that a message shows one by one


def fresh(x: Any) -> Any:
    """A copy that shares no memory: tensors (whether they want gradients is kept), arrays, generators with their state, and containers of
    these. Everything else, functions above all, is passed on as it is."""
    if isinstance(x, Tensor):
        return x.detach().clone().requires_grad_(x.requires_grad)
    if isinstance(x, torch.Generator):
        return x.clone_state()
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, Mapping):
        return type(x)({key: fresh(value) for key, value in x.items()})  # type: ignore[call-arg]
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(fresh, x))
    if isinstance(x, (list, tuple)):
        return type(x)(map(fresh, x))
    return x


def difference(expected: Any, got: Any, tolerance: float) -> str | None:
    """What is wrong with `got`, or None. Kind, shape, dtype and device are compared before values, and containers part by part."""
    if got is None and expected is not None:
        return f"Expected {show(expected)}, but nothing came back (None). Is there a `return`?"
    if isinstance(expected, Mapping):
        return of_mappings(expected, got, tolerance)
    if isinstance(expected, (list, tuple)):
        return of_sequences(expected, got, tolerance)
    if isinstance(expected, (Tensor, np.ndarray)):
        return of_arrays(expected, got, tolerance)
    if isinstance(expected, numbers.Number):
        return of_numbers(expected, got, tolerance)
    if isinstance(expected, torch.Generator):
        return None  # it is meant to move on
    return None if type(expected) is type(got) and expected == got else f"Expected {show(expected)}, got {show(got)}."


def of_mappings(expected: Mapping[Any, Any], got: Any, tolerance: float) -> str | None:
    if not isinstance(got, Mapping):
        return f"Expected a dict with {', '.join(map(repr, expected))}, got {show(got)}."
    for key in {**expected, **got}:
        if key not in got or key not in expected:
            return f"The entry {key!r} is {'missing' if key not in got else 'one too many'}: expected {', '.join(map(repr, expected))}."
        if found := difference(expected[key], got[key], tolerance):
            return f"In {key!r}: {found}"
    return None


def of_sequences(expected: Sequence[Any], got: Any, tolerance: float) -> str | None:
    if not isinstance(got, (list, tuple)) or len(got) != len(expected):
        one = "one tensor, " if isinstance(got, Tensor) and got.ndim else ""
        return f"Expected {len(expected)} things, {show(expected)}, got {one}{show(got)}."
    for i, (a, b) in enumerate(zip(expected, got, strict=True)):
        if found := difference(a, b, tolerance):
            return f"In part {i}: {found}"
    return None


def of_arrays(expected: Tensor | np.ndarray, got: Any, tolerance: float) -> str | None:
    kind = "tensor" if isinstance(expected, Tensor) else "NumPy array"
    if type(got) is not type(expected):
        return f"Expected a {kind} of shape {tuple(expected.shape)}, got {show(got)}."
    for what, wanted, came in (
        ("shape", tuple(expected.shape), tuple(got.shape)),
        ("dtype", expected.dtype, got.dtype),
        ("device", getattr(expected, "device", None), getattr(got, "device", None)),
    ):
        if wanted != came:
            return f"Expected {what} {wanted}, got {what} {came}."
    a, b = (torch.as_tensor(x).detach().cpu() for x in (expected, got))
    same = torch.isclose(b.double(), a.double(), rtol=tolerance, atol=tolerance, equal_nan=True)
    if same.all():
        return None
    return of_many(a, b, same) if a.numel() > LARGEST_SHOWN else of_few(a, b, same)


def of_few(a: Tensor, b: Tensor, same: Tensor) -> str:
    """Both in full, and the first place where they differ."""
    where = tuple(int(i) for i in (~same).nonzero()[0])
    place = f" At {list(where)}: expected {number(a[where])}, got {number(b[where])}." if a.numel() > 1 else ""
    return f"Expected {show(a)}, got {show(b)}.{place}"


def of_many(a: Tensor, b: Tensor, same: Tensor) -> str:
    """How many differ, and the place where they differ most: a nan or an infinity on one side alone is farther than every number."""
    apart = (a.double() - b.double()).abs().nan_to_num(torch.inf).masked_fill(same, -1.0)
    where = tuple(int(i) for i in torch.unravel_index(apart.argmax(), apart.shape))
    wrong, count = int((~same).sum()), a.numel()
    which = {1: f"1 of the {count} values differs,", count: f"all {count} values differ, most"}
    begin = f"The shape {tuple(a.shape)} is right, but {which.get(wrong, f'{wrong} of the {count} values differ, most')}"
    return f"{begin} at {list(where)}: expected {number(a[where])}, got {number(b[where])}."


def of_numbers(expected: Any, got: Any, tolerance: float) -> str | None:
    if isinstance(got, (Tensor, np.ndarray)) and got.ndim == 0:
        got = got.item()
    if not isinstance(got, (numbers.Number, np.generic)) or isinstance(expected, bool) != isinstance(got, (bool, np.bool_)):
        return f"Expected {'True or False' if isinstance(expected, bool) else 'a number'}, {number(expected)}, got {show(got)}."
    if isinstance(expected, numbers.Integral) and not isinstance(got, (numbers.Integral, np.bool_)) and tolerance == 0:
        return f"Expected the whole number {expected}, got {number(got)}."
    close = bool(np.isclose(float(got), float(expected), rtol=tolerance, atol=tolerance, equal_nan=True))  # type: ignore[arg-type]
    return None if close else f"Expected {number(expected)}, got {number(got)}."


def show(x: Any) -> str:
    """A value in few words: small tensors in full, large ones by their shape."""
    if isinstance(x, (Tensor, np.ndarray)):
        kind = "a tensor" if isinstance(x, Tensor) else "an array"
        if x.ndim and (0 in x.shape or np.prod(x.shape) > LARGEST_SHOWN):
            return f"{kind} of shape {tuple(x.shape)}"
        values = x.detach().cpu() if isinstance(x, Tensor) else torch.as_tensor(x)
        return nested(values.tolist())
    if isinstance(x, numbers.Number):
        return number(x)
    if isinstance(x, Mapping):
        return "{" + ", ".join(f"{key!r}: {show(value)}" for key, value in x.items()) + "}"
    if isinstance(x, (list, tuple)):
        inside = ", ".join(map(show, x))
        return f"[{inside}]" if isinstance(x, list) else f"({inside})"
    text = f"the function {x.__name__}" if callable(x) and hasattr(x, "__name__") else repr(x)
    return text if len(text) <= 120 else text[:119] + "…"


def nested(values: Any) -> str:
    return f"[{', '.join(map(nested, values))}]" if isinstance(values, list) else number(values)


def number(x: Any) -> str:
    """A number as a person would write it: five digits, and no trailing zeros."""
    value = x.item() if isinstance(x, (Tensor, np.generic)) else x
    return f"{value:.5g}" if isinstance(value, float) else str(value)
