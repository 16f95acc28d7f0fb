"""Wrong answers of five kinds, made by machine from the reference of any exercise, so that none can forget one.

- **cut**: the gradient, in the result, in an argument, or in any expression of the source.
- **unstable**: the formula as it stands in the book, for the form of it that survives large numbers.
- **unmasked**: a mask left out, wherever the source uses one.
- **fixed**: a size, such as a length, is what it was in the first case.
- **altered**: an argument ignored, taken as in the first case, swapped with another, turned round or transposed; a mask of which only the
  number counts; a loop that ends early; the result turned round.
"""

import ast
import dataclasses
import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from mutation import Change, body, mutants, setter
from torch import Tensor

from dremeta_lite.exercises import Case, Exercise
from dremeta_lite.exercises.comparing import difference, fresh
from dremeta_lite.exercises.judging import examine
from dremeta_lite.exercises.watching import Meter, Stopped, in_thread

Answer = Callable[..., Any]
FEW = 8  # rounds that a loop gets which ends early
LOUD = 3  # times the largest number that counts
SECONDS = 2.0  # that an answer gets
MANY = 100  # numbers in a tensor, each of which would have to be tried


def passes(exercise: Exercise, answer: Answer) -> bool:
    """What `judge` would say, without a copy of the process for each of the many: an answer may leave notes behind."""
    quick, meter = dataclasses.replace(exercise, mistakes=()), Meter()
    try:
        return in_thread(lambda: examine(quick, answer, meter), meter, SECONDS, 2.0).outcome == "right"
    except (Stopped, Exception):
        return False


def survivors(exercise: Exercise) -> set[str]:
    """The wrong answers that its check lets pass, and the tensors in which nothing would be noticed."""
    reference, cut, found = exercise.reference, Cut(), set(quiet(exercise))
    if carries_gradient(exercise) and any(passes(exercise, answer) for answer in cut_outside(reference)):
        found.add("gradient")
    for name, answer in mutants(reference, cuts, cut=cut):
        cut.used = False
        if passes(exercise, answer) and cut.used:
            found.add(name)
    naive = {"naive_exp": torch.exp} | {f"naive_{name}": definition for name, definition in NAIVE.items()}
    for changes, names in ((unstable, naive), (unmasked, {}), (ended_early, {"first": first})):
        found |= {name for name, answer in mutants(reference, changes, **names) if passes(exercise, answer)}
    size = AsFirst()
    for name, answer in mutants(reference, fixed, as_first=size):
        size.first = None
        if passes(exercise, answer) and size.first is not None:
            found.add(name)
    for what, group in itertools.groupby(altered(exercise), key=lambda each: each[0]):
        words = {f"{what} {words}": passes(exercise, answer) for _, words, answer in group}
        found |= (
            {f"{what} does not count"} if len(words) > 1 and all(words.values()) else {name for name, passed in words.items() if passed}
        )
    return found


class Cut:
    """Detaches, and notes whether there was anything to cut."""

    used = False

    def __call__(self, x: Any) -> Any:
        if isinstance(x, Tensor):
            self.used = self.used or x.requires_grad
            return x.detach()
        return x


def mapped(change: Callable[[Any], Any], x: Any) -> Any:
    """The same structure, with everything in it changed."""
    if isinstance(x, dict):
        return {key: mapped(change, value) for key, value in x.items()}
    return type(x)(mapped(change, each) for each in x) if type(x) in (list, tuple) else change(x)


def on_tensors(change: Callable[[Tensor], Any]) -> Answer:
    return lambda x: mapped(lambda each: change(each) if isinstance(each, Tensor) else each, x)


def carries_gradient(exercise: Exercise) -> bool:
    """Whether the reference's result can be differentiated by any argument."""
    case = next(iter(exercise.cases()))
    arguments = on_tensors(lambda x: x.clone().requires_grad_(x.is_floating_point()))(case.arguments)
    return any(x.requires_grad for x in tensors(exercise.reference(*arguments)))


def cut_outside(reference: Answer) -> Iterator[Answer]:
    """What goes out or comes in is detached, or rebuilt from its numbers, or nothing is recorded."""
    yield lambda *a: on_tensors(Tensor.detach)(reference(*a))
    yield lambda *a: on_tensors(lambda x: torch.tensor(x.tolist()))(reference(*a))
    yield lambda *a: reference(*on_tensors(Tensor.detach)(a))
    yield torch.no_grad()(reference)


def cuts(tree: ast.Module) -> Iterator[Change]:
    """Any one expression of the source is detached, by a function `cut`."""
    for node, name, i in expressions(tree):
        of_its_length = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
        if not of_its_length and not isinstance(get(node, name, i), (ast.Slice, ast.Tuple, ast.Constant, ast.Lambda)):
            yield putter(node, name, i, call("cut", get(node, name, i)))


def unmasked(tree: ast.Module) -> Iterator[Change]:
    """Of everything that chooses, one side alone."""
    for node, name, i in expressions(tree):
        old = get(node, name, i)
        for kept in sides(old):
            yield putter(node, name, i, kept)


def sides(node: ast.AST) -> list[ast.expr]:
    """What is left of a product, of a choice, or of a selection, if one part of it is forgotten."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.BitAnd, ast.BitOr, ast.Sub, ast.Add)):
        return [node.left, node.right]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return list(node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "where" and len(node.args) == 3:
            return node.args[1:]
        if node.func.attr in ("masked_fill", "clamp", "nan_to_num"):
            return [node.func.value]
    return []


def unstable(tree: ast.Module) -> Iterator[Change]:
    """The stable functions of torch by their definitions."""
    for node, name, i in expressions(tree):
        old = get(node, name, i)
        if isinstance(old, ast.Call):
            called = old.func.attr if isinstance(old.func, ast.Attribute) else getattr(old.func, "id", "")
            if called in NAIVE:
                owner = old.func.value if isinstance(old.func, ast.Attribute) else None
                ours = [] if owner is None or ast.unparse(owner) in ("torch", "F", "torch.nn.functional", "math") else [owner]
                yield putter(node, name, i, ast.Call(ast.Name(f"naive_{called}", ast.Load()), [*ours, *old.args], old.keywords))
            inside = old.func.value if isinstance(old.func, ast.Attribute) and not old.args else old.args[0] if old.args else None
            if called == "exp" and isinstance(inside, ast.BinOp) and isinstance(inside.op, ast.Sub):
                above, below = call("naive_exp", inside.left), call("naive_exp", inside.right)
                yield putter(node, name, i, ast.BinOp(above, ast.Div(), below))


def naive_softmax(x: Tensor, dim: int = -1) -> Tensor:
    return x.exp() / x.exp().sum(dim, keepdim=True)


def naive_variance(x: Tensor, dim: Any = None, correction: int = 1, **_: Any) -> Tensor:
    """E[x²] - E[x]², and then the correction."""
    every = tuple(range(x.ndim)) if dim is None else dim
    n = x.numel() / max(x.mean(every).numel(), 1)
    return (x.square().mean(every) - x.mean(every).square()) * n / (n - correction)


NAIVE: dict[str, Answer] = {
    "softmax": naive_softmax,
    "log_softmax": lambda x, dim=-1: x.softmax(dim).log(),
    "logsumexp": lambda x, dim, keepdim=False: x.exp().sum(dim, keepdim=keepdim).log(),
    "logsigmoid": lambda x: x.sigmoid().log(),
    "sigmoid": lambda x: x.exp() / (1 + x.exp()),
    "softplus": lambda x: (1 + x.exp()).log(),
    "var": naive_variance,
    "std": lambda x, *a, **k: naive_variance(x, *a, **k).sqrt(),
    "lgamma": lambda x: x.lgamma().exp().log(),
    "expm1": lambda x: x.exp() - 1,
    "log1p": lambda x: (1 + x).log(),
}


class AsFirst:
    """Says of a whole number what it was when it was asked for first."""

    first: int | None = None

    def __call__(self, x: Any) -> Any:
        if type(x) is not int:
            return x
        self.first = x if self.first is None else self.first
        return self.first


def fixed(tree: ast.Module) -> Iterator[Change]:
    """A number that is asked for, by a call or an attribute, stays as it was at first, by a function `as_first`."""
    for node, name, i in expressions(tree):
        if isinstance(get(node, name, i), (ast.Call, ast.Subscript, ast.Attribute)):
            yield putter(node, name, i, call("as_first", get(node, name, i)))


def ended_early(tree: ast.Module) -> Iterator[Change]:
    """A loop takes the first few only, by a function `first`."""
    for node in body(tree):
        if isinstance(node, (ast.For, ast.comprehension)):
            yield setter(node, "iter", call("first", node.iter))


def first(x: Any) -> Any:
    return x[:FEW] if isinstance(x, (Tensor, list, tuple)) else list(itertools.islice(x, FEW))


def altered(exercise: Exercise) -> Iterator[tuple[str, str, Answer]]:
    """One argument is changed before the call, or the result after it: what, how, and the answer that does it."""
    reference, calls = exercise.reference, [case.arguments for case in exercise.cases()]
    parameters = list(inspect.signature(reference).parameters.values())
    alone = sum(bool(tensors(argument)) for argument in calls[0]) == 1
    for i, parameter in enumerate(parameters):
        for words, change in changes_of([arguments[i] for arguments in calls]):
            if not (alone and "reverse" in words):  # the order of a single tensor's numbers may mean nothing
                yield f"`{parameter.name}`", words, lambda *a, i=i, c=change: reference(*a[:i], mapped(c, a[i]), *a[i + 1 :])
    for i, j in itertools.combinations(range(len(parameters)), 2):
        if parameters[i].annotation == parameters[j].annotation:
            swap = lambda *a, i=i, j=j: reference(*(a[j if k == i else i if k == j else k] for k in range(len(a))))
            yield f"`{parameters[i].name}` and `{parameters[j].name}`", "swapped", swap
    for words, change in turned([part for arguments in calls for part in tensors(reference(*fresh(arguments)))]):
        yield "the result", words, lambda *a, c=change: mapped(c, reference(*a))


def changes_of(values: list[Any]) -> Iterator[tuple[str, Answer]]:
    """What can be done to an argument that has these values in the cases."""
    parts, one = tensors(values), values[0]
    if type(one) in (bool, int, float):
        yield "as in the first case", lambda x: one
    if isinstance(one, bool):
        yield "turned round", lambda x: not x
    elif isinstance(one, float):
        yield from (("0", lambda x: 0.0), ("1", lambda x: 1.0), ("squared", lambda x: x * x), ("negative", lambda x: -x))
    elif isinstance(one, int):
        yield from (("one too large", lambda x: x + 1), ("one too small", lambda x: x - 1))
    elif parts:
        yield from (("all 0", torch.zeros_like), ("all 1", torch.ones_like))
        if all(map(of_zeros_and_ones, parts)):
            yield "with its ones first", ones_first
        if parts[0].dtype == torch.bool:
            yield "turned round", torch.logical_not
        elif parts[0].is_floating_point() and not all(map(of_zeros_and_ones, parts)):
            yield from (("negative", torch.neg), ("rounded", torch.round))
        yield from turned(parts)


def turned(parts: list[Tensor]) -> Iterator[tuple[str, Answer]]:
    """What can be done to the axes of these tensors."""
    axes = range(max((part.ndim for part in parts), default=0))
    yield from ((f"in reverse along axis {i}", lambda x, i=i: x.flip(i) if x.ndim > i else x) for i in axes)
    for i, j in itertools.combinations(axes, 2):
        yield f"with axes {i} and {j} swapped", lambda x, i=i, j=j: x.transpose(i, j) if x.ndim > j else x


def ones_first(x: Tensor) -> Tensor:
    """What counts, as many of it, but along its last axis at the beginning."""
    return x.sort(dim=-1, descending=True).values if x.ndim else x


def of_zeros_and_ones(x: Tensor) -> bool:
    return bool(((x == 0) | (x == 1)).all())


def tensors(x: Any) -> list[Tensor]:
    found: list[Tensor] = []
    mapped(lambda each: found.append(each) if isinstance(each, Tensor) else None, x)
    return found


def expressions(tree: ast.Module) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where in the body expressions stand: the node that holds one, its field, and the place in it if that is a list."""
    for node in body(tree):
        for name, value in ast.iter_fields(node):
            for i, each in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(each, ast.expr) and isinstance(getattr(each, "ctx", ast.Load()), ast.Load):
                    yield node, name, i


def get(node: ast.AST, name: str, i: int | None) -> Any:
    return getattr(node, name) if i is None else getattr(node, name)[i]


def putter(node: ast.AST, name: str, i: int | None, new: ast.expr) -> Change:
    return setter(node, name, new) if i is None else lambda: getattr(node, name).__setitem__(i, new)


def call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def quiet(exercise: Exercise) -> Iterator[str]:
    """The tensors of which some numbers do not count (behind a mask, in padding), and nothing stands there that would be noticed.

    A number does not count if the reference gives the same whether it is very large or very small.
    """
    loud, found = set(), set()
    names = list(inspect.signature(exercise.reference).parameters)
    for case in exercise.cases():
        for i, name in enumerate(names):
            for part, ignored in zip(tensors(case.arguments[i]), uncounted(exercise, case, i), strict=True):
                if ignored.any() and not of_zeros_and_ones(part):
                    found.add(name)
                    if ignored.all() or part[ignored].abs().max() > LOUD * part[~ignored].abs().max():
                        loud.add(name)
    yield from (f"`{name}` is quiet where it does not count" for name in names if name in found - loud)


def uncounted(exercise: Exercise, case: Case, i: int) -> Iterator[Tensor]:
    """For each tensor in argument i, which of its numbers do not count."""
    expected = outcome(exercise, case.arguments)
    for k, part in enumerate(tensors(case.arguments[i])):
        ignored = torch.zeros(part.shape, dtype=torch.bool)
        for place in range(part.numel() if part.is_floating_point() and part.numel() <= MANY else 0):
            same = []
            for value in (1e3, -1e3):
                arguments = fresh(case.arguments)
                tensors(arguments[i])[k].view(-1)[place] = value
                same.append(outcome(exercise, arguments))
            ignored.view(-1)[place] = all(difference(expected, each, 1e-5) is None for each in same)
        yield ignored


def outcome(exercise: Exercise, arguments: tuple[Any, ...]) -> Any:
    try:
        return exercise.reference(*fresh(arguments))
    except (RuntimeError, ValueError, IndexError) as error:
        return str(error)
