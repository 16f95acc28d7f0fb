"""Wrong answers by machine: every function that differs from a reference by one small change of its source.

Such a change is what a slip of the pen makes: another operator, a constant off by one, two arguments swapped, a call left out, a branch
turned round. A check that lets one pass is either blind, or the changed function is right as well.
"""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

BINARY = {ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div, ast.Add], ast.Div: [ast.Mult], ast.Pow: [ast.Mult]}
BINARY |= {ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd], ast.MatMult: [ast.Mult], ast.FloorDiv: [ast.Div], ast.Mod: [ast.FloorDiv]}
COMPARE = {ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE]}
COMPARE |= {ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq]}
NAMES = {"max": "min", "min": "max", "amax": "amin", "argmax": "argmin", "argmin": "argmax", "maximum": "minimum", "minimum": "maximum"}
NAMES |= {"mean": "sum", "sum": "mean", "sin": "cos", "cos": "sin", "exp": "log", "zeros_like": "ones_like", "ones_like": "zeros_like"}
NAMES |= {"zeros": "ones", "ones": "zeros", "std": "var", "rand": "randn"}
DROPPED_CALLS = {"detach", "clone", "abs", "clamp", "float", "sqrt", "square", "flip", "exp", "log", "clip"}


Change = Callable[[], None]
Changes = Callable[[ast.Module], Iterator[Change]]


def mutants(function: Callable[..., Any], changes: Changes | None = None, **names: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each mutant with a description, "old line → new line". Only the body is changed: neither the docstring nor the annotations.

    Args:
        changes: what can be done to a tree, in a fixed order; slips of the pen by default.
        names: what the changed source may call besides.
    """
    changes = changes or slips
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    original = ast.unparse(tree).splitlines()
    count = sum(1 for _ in changes(tree))
    for index in range(count):
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        apply = next(change for i, change in enumerate(changes(tree)) if i == index)
        apply()
        ast.fix_missing_locations(tree)
        source = ast.unparse(tree)
        if source.splitlines() == original:
            continue
        namespace = {**function.__globals__, **names}
        exec(compile(source, f"<mutant {index}>", "exec"), namespace)
        yield describe(original, source.splitlines()), namespace[function.__name__]


def describe(old: list[str], new: list[str]) -> str:
    gone = [line.strip() for line in old if line not in new] or ["(nothing)"]
    come = [line.strip() for line in new if line not in old] or ["(left out)"]
    return f"{' '.join(gone)} → {' '.join(come)}"


def slips(tree: ast.Module) -> Iterator[Change]:
    """What a slip of the pen does to this tree; each is a function that does it."""
    for node in body(tree):
        yield from changes_of(node)
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    yield from left_out(function)


def body(tree: ast.Module) -> Iterator[ast.AST]:
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    for statement in function.body:
        types = annotations(statement)
        yield from (node for node in ast.walk(statement) if node not in types)


def annotations(statement: ast.stmt) -> set[ast.AST]:
    """What an inner function says of its types: a slip there changes no number."""
    said = [node.annotation for node in ast.walk(statement) if isinstance(node, ast.arg)]
    said += [node.returns for node in ast.walk(statement) if isinstance(node, ast.FunctionDef)]
    return {part for each in said if each is not None for part in ast.walk(each)}


def changes_of(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp):
        yield from (setter(node, "op", new()) for new in BINARY.get(type(node.op), []))
        if isinstance(node.op, (ast.Sub, ast.Div)):
            yield swapper(node)
    elif isinstance(node, ast.Compare):
        yield from (setter(node, "ops", [new()]) for new in COMPARE.get(type(node.ops[0]), []))
    elif isinstance(node, ast.Constant) and not isinstance(node.value, str) and node.value is not None:
        if isinstance(node.value, bool):
            yield setter(node, "value", not node.value)
        elif isinstance(node.value, (int, float)):
            yield setter(node, "value", node.value + 1)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield setter(node, "op", ast.UAdd())
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield setter(node, "attr", NAMES[node.attr])
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in NAMES:
        yield setter(node, "id", NAMES[node.id])
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        yield from neighbours_swapped(node, "elts")
    elif isinstance(node, ast.IfExp):
        yield setter(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Call):
        yield from changes_of_call(node)


def changes_of_call(node: ast.Call) -> Iterator[Change]:
    yield from neighbours_swapped(node, "args")
    for keyword in node.keywords:
        if keyword.arg not in (None, "generator", "device", "dtype"):
            yield setter(node, "keywords", [other for other in node.keywords if other is not keyword])
    if isinstance(node.func, ast.Attribute) and node.func.attr in DROPPED_CALLS:
        inner = node.func.value
        if not (isinstance(inner, ast.Name) and inner.id in ("torch", "np", "math")):
            yield lambda: replace(node, inner)


def neighbours_swapped(node: ast.AST, field: str) -> Iterator[Change]:
    """Two names that stand side by side in a call or a tuple, each in the other's place."""
    names = (ast.Name, ast.Attribute)
    found = getattr(node, field)
    for i, (one, next_one) in enumerate(itertools.pairwise(found)):
        if isinstance(one, names) and isinstance(next_one, names):
            yield setter(node, field, [*found[:i], next_one, one, *found[i + 2 :]])


def left_out(function: ast.FunctionDef) -> Iterator[Change]:
    """Statements left out, one at a time: those that no name depends on."""
    for node in ast.walk(function):
        for field in ("body", "orelse"):
            found = getattr(node, field, None)
            block: list[ast.stmt] = found if isinstance(found, list) else []
            for i, statement in enumerate(block):
                if isinstance(statement, (ast.AugAssign, ast.Expr)) and not isinstance(getattr(statement, "value", None), ast.Constant):
                    yield lambda block=block, i=i: block.__setitem__(i, ast.Pass())
                if isinstance(statement, ast.If):
                    yield setter(statement, "test", ast.UnaryOp(ast.Not(), statement.test))


def setter(node: ast.AST, field: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(node, field, value)


def swapper(node: ast.BinOp) -> Callable[[], None]:
    def swap() -> None:
        node.left, node.right = node.right, node.left

    return swap


def replace(node: ast.Call, inner: ast.expr) -> None:
    """`x.detach()` becomes `+x`, which is x."""
    node.func, node.args, node.keywords = ast.Name("(lambda x: x)", ast.Load()), [inner], []
