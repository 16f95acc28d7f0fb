"""Code in notebooks: the lines that really run."""

import inspect
from collections.abc import Callable
from typing import Any

from IPython.display import Code


def show_code(*functions: Callable[..., Any]) -> Code:
    """The source of functions of the package."""
    return Code("\n\n".join(inspect.getsource(f) for f in functions), language="python")
