"""Which cells of a notebook need which: by the names that they make and use."""

import ast


def makes(source: str) -> set[str]:
    """The names that a cell binds: what it assigns, imports and defines."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {(node.asname or node.name).partition(".")[0] for node in nodes if isinstance(node, ast.alias)}
    return names | {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def uses(source: str) -> set[str]:
    """The names that a cell reads."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


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


def follows_from(changed: list[str], cells: list[str]) -> list[int]:
    """The places of the cells that are changed, or use what a cell above makes that must run again. Those that only call what is changed
    would not do: cells give one name to several things in turn."""
    again: list[int] = []
    names: set[str] = set()
    for i, cell in enumerate(cells):
        if cell in changed or uses(cell) & names:
            again.append(i)
            names |= makes(cell)
    return again
