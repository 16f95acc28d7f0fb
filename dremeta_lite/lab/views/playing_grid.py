"""The grid while a person walks in it."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from dremeta_lite.lab.parts import Part
from dremeta_lite.lab.views.grid import GridMap
from dremeta_lite.tasks.grid import GridWorld


class PlayMap(Part):
    """The map with the agent, and perhaps the goal.

    Args:
        family: the grid.
    """

    moves = np.arange(4)
    """The actions that go up, right, down and left."""

    def __init__(self, family: GridWorld) -> None:
        self.family = family

    def setup(self, axes: Axes) -> list[Artist]:
        self.axes, self.map = axes, GridMap(axes, self.family, "You are the black dot")
        return self.map.artists()

    def show(self, path: np.ndarray, goal: Any) -> None:
        """Set the states so far, and the goal, if it may be seen."""
        self.map.show(agent=int(path[-1]), goal=None if goal is None else int(goal))
