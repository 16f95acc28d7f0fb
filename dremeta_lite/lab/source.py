"""Code in notebooks: the lines that really run."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from IPython.display import Code

SHAPE = re.compile(r"^(\w+) = (?:Float|Int|Bool)\[.*\n", re.MULTILINE)


def show_code(*functions: Callable[..., Any]) -> Code:
    """The source of functions of the package. First, what the names of shapes stand for that their files have given some."""
    shown = "\n\n".join(inspect.getsource(f) for f in functions)
    files = "".join(dict.fromkeys(inspect.getsource(inspect.getmodule(f) or f) for f in functions))
    shapes = "".join(line[0] for line in SHAPE.finditer(files) if re.search(rf"\b{line[1]}\b", shown))
    return Code(f"{shapes}\n{shown}" if shapes else shown, language="python")
