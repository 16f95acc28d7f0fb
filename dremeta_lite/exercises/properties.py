"""Properties that several exercises share: what no single value shows. An exercise lists them under `properties`."""

import inspect
import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from dremeta_lite.exercises.comparing import fresh, number
from dremeta_lite.exercises.exercise import Case, Wrong
from dremeta_lite.exercises.forms import tensors_in
from dremeta_lite.exercises.watching import said
from dremeta_lite.networks import Params

STEP, LARGEST = 1e-3, 50.0
CUTS = "Is there a `detach`, `.data`, `no_grad`, `.item()` or NumPy on the way?"
NO_RECORD = "does not require grad and does not have a grad_fn"
INSIDE = "Tensor.requires_grad_()"
WITHOUT_NUMPY = "Cannot access data pointer of Tensor that doesn't have storage"


def advice(error: BaseException) -> str:
    """What to do about torch's complaint that a tensor has no gradient; empty for every other error."""
    if NO_RECORD in said(error):
        return (
            "The tensor is a plain one that records no gradient, so `torch.autograd.grad` and `.backward()` find none. "
            "`torch.func.grad(f)(x)` is the gradient of a function f at such an x."
        )
    if WITHOUT_NUMPY in said(error):
        return "Inside `grad` and `vmap` NumPy cannot read a tensor: stay in torch, also in your functions that are called here."
    return (
        "`torch.func.grad(f)(x)` can be differentiated once more; `requires_grad_()` cannot stand inside." if INSIDE in said(error) else ""
    )


def full_stop(text: str) -> str:
    """The text as a sentence: what torch says ends without one."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def central_differences(f: Callable[[Params], Tensor], theta: Params) -> Params:
    """The gradient of f at θ, a dict of tensors: each number is moved by 1e-5 up and down, in double precision. It has the dtypes of θ."""
    start = {name: p.double() for name, p in theta.items()}

    def slope(name: str, step: Tensor) -> Tensor:
        up, down = ({**start, name: start[name] + way * step.view_as(start[name])} for way in (1, -1))
        return (f(up) - f(down)) / (2 * step.sum())

    units = {name: 1e-5 * torch.eye(p.numel(), dtype=p.dtype) for name, p in start.items()}
    return {name: torch.stack([slope(name, step) for step in units[name]]).view_as(p).to(p.dtype) for name, p in theta.items()}


def turned_round(play: Callable[..., tuple[Tensor, ...]]) -> Callable[..., tuple[Tensor, ...]]:
    """What `play` returns, at every other call with its first axis backwards. No mean over it changes by that, but what comes from two
    plays does not fit together any more."""
    calls = itertools.count()

    def played(*arguments: Any) -> tuple[Tensor, ...]:
        turn = next(calls) % 2 == 1
        return tuple(x.flip(0) if turn else x for x in play(*arguments))

    return played


def gradient_flows(
    reference: Callable[..., Any], cases: Callable[[], Iterable[Case]], *names: str, func: bool = False
) -> Callable[[Callable[..., Any]], None]:
    """A property: the result can be differentiated by the parameters called `names`, as the cells below or the learner do.

    The answer's values have been found right by then, so their finite differences are the oracle. Cases with numbers too large for float32
    differences are left out. With `func` the derivative is taken by `torch.func.grad`, for what stands inside it below.
    """

    def property_of(answer: Callable[..., Any]) -> None:
        order = list(inspect.signature(reference).parameters)
        for case in cases():
            if all(x.abs().max() <= LARGEST for argument in case.arguments for x in parts(argument) if x.numel()):
                for name in names:
                    compare(answer, case, order.index(name), name, func)

    return property_of


def compare(answer: Callable[..., Any], case: Case, index: int, name: str, func: bool) -> None:
    arguments, direction = list(fresh(case.arguments)), slanted(case.arguments[index])
    at = moved(case.arguments[index], 3 * STEP * direction)  # a bit beside it: an edge, as that of a clip, has two slopes
    weights = torch.linspace(1, 2, sum(part.numel() for part in parts(answer(*fresh(case.arguments)))), dtype=torch.float64)

    def summed(x: Any) -> Tensor:
        """The result as one number, each part with a weight of its own."""
        arguments[index] = x
        return torch.cat([part.double().flatten() for part in parts(answer(*arguments))]) @ weights

    expected = float((summed(moved(at, STEP * direction)) - summed(moved(at, -STEP * direction))) / (2 * STEP))
    got, raised = 0.0, ""
    try:
        slopes = parts(torch.func.grad(summed)(at)) if func else by_autograd(summed, at)
        got = float(torch.cat([slope.flatten() for slope in slopes]).double() @ direction.double())
    except Exception as error:
        raised = f" {full_stop(f'Differentiating it raised {type(error).__name__}: {error}')} {advice(error)}".rstrip()
    if raised or not math.isclose(got, expected, rel_tol=0.02, abs_tol=0.02):
        fault = "not a number" if math.isnan(got) else "cut off" if raised or got == 0 else "cut off in part"
        why = "Is a 0 / 0 replaced on the way, or a root taken of 0? There the slope is no number." if math.isnan(got) else CUTS
        raise Wrong(
            f"The values are right, but their gradient by `{name}` is {fault}. Tried: {case.tried}.{raised} Along one direction finite "
            f"differences give a slope of {number(expected)}, and the gradient {number(got)}. {why} The gradient has to pass "
            "through your function."
        )


def slanted(x: Any) -> Tensor:
    """A direction in which to move all numbers in it, each by another step; those of a symmetric matrix symmetrically, since some
    functions read half of such a matrix."""
    steps = torch.linspace(0.5, 1, sum(part.numel() for part in parts(x))).split([part.numel() for part in parts(x)])
    return torch.cat(
        [
            (step.view(part.shape) + step.view(part.shape).mT).flatten() / 2 if symmetric(part) else step
            for part, step in zip(parts(x), steps, strict=True)
        ]
    )


def symmetric(x: Tensor) -> bool:
    return x.ndim == 2 and x.shape[0] == x.shape[1] and torch.equal(x, x.mT)


def by_autograd(f: Callable[[Any], Tensor], at: Any) -> list[Tensor]:
    """The gradient, without the second that the first use of `torch.func` takes. 0 where nothing flows."""
    leaves = [part.requires_grad_() for part in parts(at)]
    value = f(at)
    found = torch.autograd.grad(value, leaves, allow_unused=True) if value.requires_grad else [None] * len(leaves)
    return [torch.zeros_like(leaf) if slope is None else slope for leaf, slope in zip(leaves, found, strict=True)]


def parts(x: Any) -> list[Tensor]:
    """The float tensors in it."""
    return [part for part in tensors_in(x) if part.is_floating_point()]


def moved(x: Any, step: Tensor) -> Any:
    """A copy with all its numbers moved."""
    copy = fresh(x)
    for part, each in zip(parts(copy), step.split([part.numel() for part in parts(x)]), strict=True):
        part += each.view(part.shape)
    return copy
