"""Form is not value: numbers may come as tensors of any dtype, as NumPy arrays, lists, tuples or Python numbers. What is compared is their
value; what is handed on is brought into the form of the reference's own results, which is what the cells of a notebook expect."""

import functools
import math
import numbers
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._C._functorch import is_functorch_wrapped_tensor

UNFIT = (TypeError, ValueError, RuntimeError, OverflowError)
"""What turning a value into numbers raises where it is none."""


class Read(tuple):
    """What an iterator gave, which can be read once only."""


def held(result: Any) -> Any:
    return Read(result) if isinstance(result, Iterator) else result


def tensor_of(x: Any) -> Tensor:
    """A number, or an array in whatever form, as one tensor through which gradients still flow. A complex number that is real becomes so.

    Raises:
        TypeError, ValueError, RuntimeError, OverflowError: it is neither, or its rows differ in length.
    """
    if isinstance(x, Tensor):
        tensor = x if x.layout == torch.strided else x.to_dense()
    elif hasattr(x, "__array__"):
        tensor = of_array(np.asarray(x))
    elif isinstance(x, numbers.Number):
        tensor = of_number(x)
    elif (parts := parts_of(x)) is not None:
        tensor = of_row(parts)
    else:
        raise TypeError(f"{type(x).__name__} is neither a number nor an array")
    real = tensor.is_complex() and bool((tensor.imag.abs() < 1e-6).all())
    return tensor.real if real else tensor


def of_array(x: np.ndarray) -> Tensor:
    """Also one that holds objects, or more digits than torch knows, or runs backwards."""
    if x.dtype.kind == "O":
        return tensor_of(x.tolist()) if x.size else torch.empty(x.shape, dtype=torch.float64)
    return torch.tensor(x.astype(np.float64) if x.dtype == np.longdouble else x.copy())


def of_row(parts: list[Any]) -> Tensor:
    """Plain numbers at once, since there may be thousands; other rows part by part."""
    if all(type(part) is float or (isinstance(part, int) and abs(part) < 2**63) for part in parts):
        return torch.tensor(parts, dtype=None if parts and all(isinstance(part, int) for part in parts) else torch.float64)
    return torch.stack([tensor_of(part) for part in parts])


def of_number(x: Any) -> Tensor:
    """In full precision; a whole number beyond 64 bits as a float, if need be an infinite one."""
    if isinstance(x, complex):
        return torch.tensor(x, dtype=torch.complex128)
    if isinstance(x, int) and abs(x) < 2**63:
        return torch.tensor(x)
    try:
        return torch.tensor(float(x), dtype=torch.float64)
    except OverflowError:
        return torch.tensor(math.inf if x > 0 else -math.inf, dtype=torch.float64)


def by_name(x: Mapping[Any, Any]) -> dict[Any, Any]:
    """As a dict; names and numbers that NumPy or torch have wrapped are unwrapped."""
    return {key.item() if isinstance(key, (np.generic, Tensor)) else key: value for key, value in x.items()}


def parts_of(x: Any) -> list[Any] | None:
    """The elements of what stands in a row, arrays and tensors along their first axis; None for everything else."""
    if isinstance(x, (Tensor, np.ndarray)):
        return list(x) if x.ndim else None
    return list(x) if isinstance(x, Sequence) and not isinstance(x, (str, bytes, bytearray)) else None


def bring(x: Any, like: Any, arguments: Sequence[Any] = ()) -> Any:
    """`x` in the form of `like`: containers, tensor or array or number, dtype. It stays as it is where that cannot be done.

    Floating-point numbers get the precision of the arguments, as torch's own functions do it. A gradient is never cut: where an argument is
    differentiated or batched, a tensor without axes stays one, also where a Python number is expected. Where none is, and no argument is a
    function that may hold parameters, a record of gradients that is left in the result is dropped: `.numpy()` below would refuse it.
    """
    given = [tensor for argument in arguments for tensor in tensors_in(argument)]
    floating = functools.reduce(torch.promote_types, {t.dtype for t in given if t.is_floating_point()} or {torch.get_default_dtype()})
    x = held(x)
    try:
        return brought(x, like, floating, free=not any(map(watched, given)) and not any(map(callable, arguments)))
    except UNFIT:
        return x


def brought(x: Any, like: Any, floating: torch.dtype, free: bool) -> Any:
    if isinstance(like, Mapping) and like and isinstance(x, Mapping):
        first = next(iter(like.values()))
        return {key: brought(value, like.get(key, first), floating, free) for key, value in by_name(x).items()}
    if isinstance(like, (list, tuple)) and like and (parts := parts_of(x)) is not None:
        models = like if len(like) == len(parts) else like[:1] * len(parts)
        made = [brought(part, model, floating, free) for part, model in zip(parts, models, strict=True)]
        return type(like)(*made) if hasattr(like, "_fields") else type(like)(made)
    if isinstance(like, (Tensor, np.ndarray)):
        dtype = torch.as_tensor(like).dtype
        made = cast(tensor_of(x), floating if dtype.is_floating_point else dtype)
        if not isinstance(x, Tensor) and not (made.numel() or torch.as_tensor(like).numel()) and made.dim() < len(like.shape):
            made = made.reshape(like.shape)  # a list without rows cannot say how long they would be
        if not isinstance(like, Tensor):
            return made.detach().numpy()
        return made.detach() if free and made.requires_grad and not like.requires_grad else made
    if isinstance(like, (bool, int, float)) and type(x) is not type(like):
        return as_number(tensor_of(x), type(like)) if free or not isinstance(x, Tensor) else x
    return x


def cast(x: Tensor, dtype: torch.dtype) -> Tensor:
    """To another dtype; a float that stands for a whole number becomes the nearest one."""
    return x if x.dtype == dtype else (x.round() if x.is_floating_point() and not dtype.is_floating_point else x).to(dtype)


def as_number(x: Tensor, kind: type) -> Any:
    """As a Python number; what is not whole stays a float where a whole number is expected, as infinity does."""
    value = x.item()
    return value if kind is int and isinstance(value, float) and not value.is_integer() else kind(value)


def in_double(x: Any) -> Any:
    """The same argument in double precision, as an answer may take it that computes in it."""
    if isinstance(x, Tensor):
        return x.double() if x.is_floating_point() else x
    if isinstance(x, Mapping):
        return {key: in_double(value) for key, value in x.items()}
    return type(x)(map(in_double, x)) if type(x) in (list, tuple) else x


def tensors_in(x: Any) -> Iterator[Tensor]:
    if isinstance(x, Tensor):
        yield x
    elif isinstance(x, (Mapping, list, tuple)):
        for part in x.values() if isinstance(x, Mapping) else x:
            yield from tensors_in(part)


def watched(x: Tensor) -> bool:
    """Whether a gradient is taken by it, or it stands for many in `vmap`."""
    return x.requires_grad or is_functorch_wrapped_tensor(x)


def in_form(answer: Callable[..., Any], like: Any) -> Callable[..., Any]:
    """The same function, with its result brought into the form of `like`."""

    @functools.wraps(answer, updated=())
    def formed(*arguments: Any, **named: Any) -> Any:
        return bring(answer(*arguments, **named), like, (*arguments, *named.values()))

    return formed


def words(x: Any) -> str:
    """The form of a value in a few words: "float32 tensor", "(float, int)", "[float]"."""
    if isinstance(x, (Tensor, np.ndarray)):
        kind = f"tensor{' that records a gradient' * x.requires_grad}" if isinstance(x, Tensor) else "array"
        return f"{x.dtype} {kind}".removeprefix("torch.")
    if isinstance(x, Mapping):
        return "{" + ", ".join(f"{key!r}: {words(value)}" for key, value in x.items()) + "}"
    if isinstance(x, (list, tuple)):
        inside = ", ".join(map(words, x)) if isinstance(x, tuple) else " or ".join(dict.fromkeys(map(words, x)))
        name = "iterator" if isinstance(x, Read) else "" if type(x) is tuple else type(x).__name__
        return f"[{inside}]" if type(x) is list else f"{name}({inside})"
    return f"{'NumPy ' if isinstance(x, np.generic) else ''}{type(x).__name__}"


def unlike(came: Any, wanted: Any) -> str:
    """In what the forms of two values differ, which are the same otherwise: "in 'target' a float32 tensor instead of a Python float"."""
    found, every = list(apart(came, wanted)), dict.fromkeys(apart(wanted, wanted, equal=True))
    places: dict[tuple[str, str], list[str]] = {}
    for place, *pair in found:
        places.setdefault((pair[0], pair[1]), []).append(place)
    said = []
    for (a, b), where in places.items():
        everywhere = len(where) >= len(every) or where == [""]
        said.append(f"{'' if everywhere else f'in {listed(where)} '}{b} instead of {a}")
    return "; ".join(said) or f"{words(wanted)} instead of {words(came)}"


def apart(came: Any, wanted: Any, place: str = "", equal: bool = False) -> Iterator[tuple[str, str, str]]:
    """Each part that differs in form, or each that does not: where it stands, and both forms."""
    if isinstance(wanted, Mapping) and isinstance(came, Mapping):
        came = by_name(came)
        for key in wanted:
            yield from apart(came[key], wanted[key], repr(key), equal)
    elif isinstance(wanted, (list, tuple)) and isinstance(came, (list, tuple)) and len(came) == len(wanted):
        if called(came) != called(wanted):
            yield "", called(came), called(wanted)
        names = getattr(wanted, "_fields", range(1, len(wanted) + 1))
        for name, a, b in zip(names, came, wanted, strict=True):
            yield from apart(a, b, f"part {name}" if isinstance(name, int) else f"`{name}`", equal)
    elif (words(came) == words(wanted)) == equal:
        yield place, called(came), called(wanted)


def called(x: Any) -> str:
    """The form of one thing, with its article."""
    if isinstance(x, (Tensor, np.ndarray, np.generic)):
        name = words(x).replace(" array", " NumPy array")
    elif hasattr(x, "_fields"):
        return f"`{type(x).__name__}`"
    elif isinstance(x, (list, tuple)):
        rows = type(x) is list and bool(x) and isinstance(x[0], list)
        name = "iterator" if isinstance(x, Read) else "list of lists" if rows else type(x).__name__
    else:
        name = "dict" if isinstance(x, Mapping) else f"Python {type(x).__name__}"
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def listed(names: Sequence[str]) -> str:
    """The names in a row: "part 1, part 3 and part 6" as "parts 1, 3 and 6"."""
    numbers = [name.removeprefix("part ") for name in names]
    if len(names) > 1 and all(name.startswith("part ") for name in names):
        return f"parts {', '.join(numbers[:-1])} and {numbers[-1]}"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
