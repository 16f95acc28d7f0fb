"""Views: what is drawn of learners, agents and tasks, in parts that `lab.parts` describes."""

import importlib
from typing import Any

from dremeta_lite.tasks.family import TaskFamily


def own(family: TaskFamily[Any], what: str) -> Any:
    """The class of this name in the file that a family names for its pictures (`TaskFamily.pictures`); None if it has none."""
    return getattr(importlib.import_module(f"{__name__}.{family.pictures}"), what, None) if family.pictures else None
