"""Families of tasks: what the agent learns, and what changes from task to task."""

from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

__all__ = ["Navigation2D", "NavigationTask", "TaskFamily"]
