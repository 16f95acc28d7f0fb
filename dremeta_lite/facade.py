"""Facades: a room names in one place what it offers, and a file of it is imported when one of its names is used."""

import ast
import importlib
import sys
from pathlib import Path
from typing import Any, Callable


def facade(room: str) -> "tuple[Callable[[str], Any], Callable[[], list[str]]]":
    """`__getattr__` and `__dir__` for the package called `room`, which import a name when it is used.

    The names are those that the package imports `if TYPE_CHECKING`: so they stand there once, as imports that editors and type checkers
    read, and importing the package stays cheap. The way is that of https://scientific-python.org/specs/spec-0001, stub files left out.
    """
    package = sys.modules[room]
    homes = {}  # type: dict[str, str]

    def names() -> "dict[str, str]":
        if not homes:
            for node in ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8")).body:
                if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                    lines = [line for line in node.body if isinstance(line, ast.ImportFrom)]
                    homes.update({name.name: str(line.module) for line in lines for name in line.names})
        return homes

    def __getattr__(name: str) -> Any:
        if name == "__all__":  # what `import *` asks for
            return sorted(names())
        if name.startswith("__") or name not in names():
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        try:
            value = getattr(importlib.import_module(homes[name]), name)
        except ModuleNotFoundError as error:
            if str(error.name).startswith("dremeta_lite"):
                raise
            raise ImportError(lacking(str(error.name))) from None
        setattr(package, name, value)
        return value

    return __getattr__, lambda: sorted({*vars(package), *names()})


def lacking(module: str) -> str:
    """What to say, in a notebook above all, of a Python without a package that the course needs."""
    return (
        "This Python ({}) has no {}, which the course needs. Open the notebook with `python3 -m dremeta_lite lab`, or choose the Python "
        'in its folder .venv as the kernel, or type in a cell: %pip install -r "{}"'.format(
            sys.executable, module, Path(__file__).absolute().parents[1] / "requirements.txt"
        )
    )
