"""Finding a goal from distances: an agent that computes what others have to learn.

In Navigation2D the reward is minus the distance to the goal. Distances from three points that are not on one line say where it is:

    |g - p_k|² = d_k²    minus the same for p_0:    2 (p_k - p_0) · g = |p_k|² - |p_0|² - (d_k² - d_0²),    k = 1, 2

two linear equations for the two coordinates of the goal g. Source: trilateration, as in surveying.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need
from dremeta_lite.tasks import MirroredNavigation2D, Navigation2D, TaskFamily
from dremeta_lite.trials import Agent, Seen

LOOKOUTS = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0))
"""Where distances are measured, in steps from the origin: each can be reached in one step from the one before, and from the start."""


def locate(points: Float[Tensor, "3 2"], distance: Float[Tensor, "*n 3"]) -> Float[Tensor, "*n 2"]:
    """The place that has these distances from three points.
    Raises torch.linalg.LinAlgError: the points are on one line, and two places have the same distances."""
    squares = points.square().sum(-1) - distance.square()
    ways, unequal = 2 * (points[1:] - points[0]), squares[..., 1:] - squares[..., :1]
    return torch.linalg.solve(ways, unequal.unsqueeze(-1)).squeeze(-1)


class Trilateration(Agent):
    """Measures three distances in its first steps, computes the goal, and walks straight there; in later episodes at once.

    It knows what no learner is told: that rewards are distances, and how far a step leads. Three steps are spent on finding out, and none
    is wasted afterwards: a yardstick close to the best possible.

    Attributes:
        distance: what has been measured [task, 3]; NaN where nothing has yet.
        goal: where the goal is [task, 2]; NaN until it is known.

    Raises:
        ValueError: the family is not Navigation2D, or its controls may be reversed.
    """

    def __init__(self, family: TaskFamily, device: torch.device | str = "cpu") -> None:
        need(isinstance(family, Navigation2D), "Trilateration", "distances to a goal in the plane as rewards", family, "none")
        steady = not isinstance(family, MirroredNavigation2D)
        need(steady, "Trilateration", "controls that do what they say", family, "some that may be reversed")
        self.family, self.step = family, Navigation2D.max_speed
        self.points = torch.tensor(LOOKOUTS, device=device) * self.step

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.distance = self.points.new_full((n, len(LOOKOUTS)), torch.nan)
        self.goal = self.points.new_full((n, 2), torch.nan)

    def act(self, observation: Tensor) -> Tensor:
        lookout = self.points[self.measured().clamp(max=len(LOOKOUTS) - 1)]
        aim = torch.where(self.goal.isnan(), lookout, self.goal)
        return ((aim - observation) / self.step).clamp(-1, 1)

    def see(self, step: Seen) -> None:
        done = self.measured()
        rows = (step.counts & (done < len(LOOKOUTS))).nonzero().flatten()
        self.distance[rows, done[rows]] = -step.reward[rows]
        self.goal = locate(self.points, self.distance)

    def measured(self) -> Tensor:
        """How many distances each row has measured [task]."""
        return (~self.distance.isnan()).sum(-1)
