"""Navigation2D with another p(T): goals that a function draws, such as a ring, or a generator that was learned."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

Goals = Float[Tensor, "_ 2"]
Draw = Callable[[int, torch.Generator], Goals]
"""Draws so many goals, in plane units."""
RADIUS, WIDTH = 0.4, 0.02


def ring(n: int, rng: torch.Generator) -> Goals:
    """Goals in all directions alike, at a distance of 0.4 ± 0.02 plane units from the start."""
    angle = 2 * math.pi * torch.rand(n, generator=rng, device=rng.device)
    distance = RADIUS + WIDTH * torch.randn(n, generator=rng, device=rng.device)
    return distance[:, None] * torch.stack([angle.cos(), angle.sin()], -1)


def some(goals: Goals, n: int, rng: torch.Generator) -> Goals:
    """n of the goals, drawn with replacement; none of none."""
    row = torch.randint(max(len(goals), 1), (n if len(goals) else 0,), generator=rng, device=rng.device)
    return goals[row.to(goals.device)]


class NavigationTo(Navigation2D):
    """Walk to a goal that you cannot see, drawn by a function of your own. All else, states, actions, rewards and ends, is `Navigation2D`.

    ## Task Parameters
    `goal`: two coordinates, as `draw` draws them; by default on a ring.

    ## Arguments
    `draw`: from a number and a generator to so many goals [n, 2].
    """

    name = "NavigationTo"

    def __init__(self, draw: Draw = ring) -> None:
        super().__init__()
        self.draw = draw

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> NavigationTask:
        """Draw `n` goals; `goal` has shape [task, 2]."""
        return NavigationTask(self.draw(n, rng).to(device))
