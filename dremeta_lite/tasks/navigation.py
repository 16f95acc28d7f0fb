"""Navigation2D: walk to a goal that you cannot see."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily

Vector = Float[Tensor, "*batch 2"]  # a place in the plane, or a step


class NavigationTask(NamedTuple):
    """A task is a goal, in the plane. Shape [..., 2]."""

    goal: Tensor


@runtime_checkable
class HasGoal(Protocol):
    """Any task with a goal in the plane: that of a variant of this family too."""

    @property
    def goal(self) -> Tensor: ...


class Navigation2D(TaskFamily[NavigationTask]):
    """Walk to a goal that you cannot see.

    ## Description
    A point starts at the origin of the plane. Somewhere in a unit square around it lies a goal. The agent observes its own position only;
    the one hint at the goal is the reward. So one fixed policy can do little: it has to try, and to adapt. This is the 2D navigation of
    Finn et al. (2017), section 5.3, with the details of the code published with it: the reward is minus the *plain* distance, not the
    squared one.

    ## Action Space
    `Box(-1, 1, (2,), float32)`: the direction and speed of one step. Values beyond ±1 are clipped, and ±1 moves the point by ±0.1.

    | Num | Action | Min | Max | Unit |
    |-----|--------|-----|-----|------|
    | 0 | speed along x | -1 | 1 | 0.1 plane units a step |
    | 1 | speed along y | -1 | 1 | 0.1 plane units a step |

    ## Observation Space
    `Box(-10, 10, (2,), float32)`

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0 | position x | -10 | 10 | plane units |
    | 1 | position y | -10 | 10 | plane units |

    (100 steps of at most 0.1 cannot lead further than 10.)

    ## Rewards
    Minus the distance to the goal after the step: r = -|s' - goal|. Standing still for a whole episode returns about -38 on average.

    ## Starting State
    Always the origin.

    ## Episode End
    1. Termination: the point is within 0.01 of the goal on both axes.
    2. Truncation: 100 steps have passed.

    ## Task Parameters
    `goal`: two coordinates, uniform in [-0.5, 0.5]².

    ## Source
    Finn, Abbeel and Levine: Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks. ICML 2017, arXiv 1703.03400.
    """

    name = "Navigation2D"
    pictures = "replaying_plane"
    observation_space: Box = Box(-10.0, 10.0, (2,), np.float32)
    action_space: Box = Box(-1.0, 1.0, (2,), np.float32)
    horizon = 100
    max_speed = 0.1
    goal_radius = 0.01
    goal_range = 0.5

    def get_default_params(self, **kwargs: Any) -> NavigationTask:
        """The task of an environment that was given none: a goal at (0.3, 0.4), half a plane unit away."""
        return NavigationTask(torch.tensor([0.3, 0.4], device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> NavigationTask:
        """Draw `n` goals uniformly from the square; `goal` has shape [task, 2]."""
        unit = torch.rand(n, 2, generator=rng, device=rng.device)
        return NavigationTask(((unit * 2 - 1) * self.goal_range).to(device))

    def initial(self, rng: torch.Generator | None, params: HasGoal | None = None) -> Vector:
        return torch.zeros_like((params or self.default_params).goal)

    def transition(self, state: Vector, action: Vector, rng: Any = None, params: HasGoal | None = None) -> Vector:
        """s' = s + 0.1 · clip(a, -1, 1)"""
        return state + self.max_speed * action.clamp(-1, 1)

    def reward(self, state: Vector, action: Vector, next_state: Vector, rng: Any = None, params: HasGoal | None = None) -> Rewards:
        """r = -|s' - goal|"""
        return -(next_state - (params or self.default_params).goal).square().sum(-1).sqrt()

    def terminal(self, state: Vector, rng: Any = None, params: HasGoal | None = None) -> Bool[Tensor, "*batch"]:
        return ((state - (params or self.default_params).goal).abs() < self.goal_radius).all(-1)

    def best_action(self, state: Vector, task: HasGoal) -> Vector:
        """The action of an agent that knows the task: straight to the goal, on each axis with the largest step that does not overshoot."""
        return (task.goal - state) / self.max_speed

    def render_init(self, params: HasGoal | None = None, **kwargs: Any) -> list[np.ndarray]:
        """An empty trail: the rendered picture shows where the point has been."""
        return []

    def render_image(
        self, state: Tensor, render_state: list[np.ndarray], params: HasGoal | None = None
    ) -> tuple[list[np.ndarray], np.ndarray]:
        """An RGB picture (256, 256, 3) of the plane from -1 to 1: grey trail, orange goal, blue point."""
        trail = [*render_state, state.detach().cpu().numpy()]
        goal = (params or self.default_params).goal.detach().cpu().numpy()
        x, y = np.meshgrid(np.linspace(-1, 1, 256), np.linspace(1, -1, 256))
        image = np.full((256, 256, 3), 255, np.uint8)
        dots = [(spot, 0.012, (190, 190, 190)) for spot in trail[:-1]] + [(goal, 0.05, (230, 159, 0)), (trail[-1], 0.035, (0, 114, 178))]
        for centre, radius, colour in dots:
            image[(x - centre[0]) ** 2 + (y - centre[1]) ** 2 < radius**2] = colour
        return trail, image
