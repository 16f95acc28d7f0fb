"""MirroredNavigation2D: walk to a goal that you cannot see, with controls that may be reversed."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from dremeta_lite.tasks.navigation import Navigation2D, Vector


class MirroredTask(NamedTuple):
    """A task is a goal [..., 2] and a sign [..., 1]: +1 or -1, by which every action is multiplied."""

    goal: Tensor
    sign: Tensor


class MirroredNavigation2D(Navigation2D):
    """Walk to a goal that you cannot see, with controls that may be reversed.

    ## Description
    `Navigation2D`, except that in half of the tasks the controls are the wrong way round: an action to the left moves the point to the
    right. The agent sees neither the goal nor the sign. In `Navigation2D` one rule of movement suits all tasks, and only its target
    differs; here the rule that suits one half of the tasks is ruin in the other half, so their average teaches nothing.

    ## Action Space
    `Box(-1, 1, (2,), float32)`, as in `Navigation2D`: the direction and speed of one step, before the sign.

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

    ## Rewards
    Minus the distance to the goal after the step: r = -|s' - goal|.

    ## Starting State
    Always the origin.

    ## Episode End
    1. Termination: the point is within 0.01 of the goal on both axes.
    2. Truncation: 100 steps have passed.

    ## Task Parameters
    `goal`: two coordinates, uniform in [-0.5, 0.5]². `sign`: +1 or -1, with equal probability.

    ## Source
    This course's own variant of the 2D navigation of Finn et al. (2017), arXiv 1703.03400.
    """

    name = "MirroredNavigation2D"
    task_limits = {"sign": (-1.0, 1.0)}  # noqa: RUF012

    def get_default_params(self, **kwargs: Any) -> MirroredTask:
        """The task of an environment that was given none: a goal at (0.3, 0.4), and reversed controls."""
        return MirroredTask(torch.tensor([0.3, 0.4], device="cpu"), torch.tensor([-1.0], device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> MirroredTask:
        """Draw `n` goals [task, 2] and signs [task, 1]."""
        goal = super().sample_tasks(n, rng, device).goal
        heads = torch.rand(n, 1, generator=rng, device=rng.device) < 0.5
        return MirroredTask(goal, torch.where(heads, 1.0, -1.0).to(device))

    def transition(self, state: Vector, action: Vector, rng: Any = None, params: MirroredTask | None = None) -> Vector:
        """s' = s + 0.1 · clip(sign · a, -1, 1)"""
        task = params or self.get_default_params()
        return super().transition(state, task.sign * action, rng, task)

    def best_action(self, state: Vector, task: MirroredTask) -> Vector:
        """The action of an agent that knows the goal and the sign."""
        return task.sign * super().best_action(state, task)
