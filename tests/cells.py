"""Which cells of a notebook need which: by the names that they make and use."""

import ast
from collections.abc import Iterable, Sequence

SCOPES = ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def makes(source: str) -> set[str]:
    """The names that a cell binds: what it assigns, imports and defines."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {(node.asname or node.name).partition(".")[0] for node in nodes if isinstance(node, ast.alias)}
    return names | {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def uses(source: str) -> set[str]:
    """The names that a cell reads from the cells before it: all that it reads without having bound them first."""
    return needed_by(ast.parse(source), set())


def needed_by(node: ast.AST, bound: set[str]) -> set[str]:
    """The names that a piece of code reads, in the order in which it runs, but for those `bound` by then; what it binds is added to them.
    What functions and comprehensions bind stays inside them."""
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            return {node.id} - bound
        bound.add(node.id)
        return set()
    inside = bound
    if isinstance(node, SCOPES):
        bound |= {node.name} if isinstance(node, ast.FunctionDef | ast.ClassDef) else set()
        inside = bound | {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
    elif isinstance(node, ast.alias):
        bound.add((node.asname or node.name).partition(".")[0])
    return {name for part in in_order(node) for name in needed_by(part, inside)}


def in_order(node: ast.AST) -> Iterable[ast.AST]:
    """The parts of a piece of code as they run: a value before the name that it gets, the loops of a comprehension before its result. What
    a cell adds to with `+=`, it reads."""
    parts = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return [ast.Name(node.target.id, ast.Load()), node.value, node.target]
    first = ("value", "iter", "generators", "context_expr")
    early = [each for field in first for each in listed(getattr(node, field, None))]
    return early + [part for part in parts if part not in early]


def listed(field: object) -> list[ast.AST]:
    return [each for each in (field if isinstance(field, list) else [field]) if isinstance(each, ast.AST)]


def needed_for(wanted: set[str], cells: list[str]) -> list[str]:
    """The cells with one of these texts in them, and those above that make what they use."""
    needed: list[str] = []
    names: set[str] = set()
    for cell in reversed(cells):
        texts = {node.value for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Constant)}
        if makes(cell) & names or texts & wanted:
            names |= uses(cell)
            needed.insert(0, cell)
    return needed


def follows_from(changed: list[str], cells: Sequence[str]) -> list[int]:
    """The places of the cells that have to run again after some were changed, where all have run before: these, those that use what such a
    cell makes, and those whose names would mean something else by then, since another cell gives them away, too."""
    made, used = [makes(cell) for cell in cells], [uses(cell) for cell in cells]
    again = {i for i, cell in enumerate(cells) if cell in changed}
    size = 0
    while len(again) > size:
        size = len(again)
        for i in range(len(cells)):
            for name in used[i]:
                makers = [k for k in range(len(cells)) if name in made[k]]
                maker = max((k for k in makers if k < i), default=None)
                if maker is None:
                    continue
                if maker in again:
                    again.add(i)
                elif i in again and (makers[-1] > maker or again & set(makers)):
                    again.add(maker)
    return sorted(again)
