"""The notebook side: everything live that a student sees. The only floor that knows IPython, ipywidgets and matplotlib."""

import importlib
from typing import Any

_HOMES = {"LivePanel": "panel", "Picture": "picture", "View": "picture", "Runner": "runner", "pause_all": "runner"}

__all__ = ["LivePanel", "Picture", "Runner", "View", "pause_all"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import the public names when they are used: the runner and the picture need no IPython."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
