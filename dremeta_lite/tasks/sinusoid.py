"""Sinusoid: say what a wave is worth at x, after a few points of it. Learning to learn without an agent and a world."""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily, whole

LOWEST_AMPLITUDE, HIGHEST_AMPLITUDE = 0.1, 5.0
REACH = 5.0
Number = Float[Tensor, "*batch 1"]  # x as a state, ŷ as an action


class SinusoidTask(NamedTuple):
    """A task is a wave y = amplitude · sin(x - phase). Both have shape [...]; the phase is in radians."""

    amplitude: Tensor
    phase: Tensor


class Points(NamedTuple):
    """Points of one wave, or of many: what supervised learning learns from."""

    x: Float[Tensor, "*task n 1"]
    y: Float[Tensor, "*task n 1"]

    def split(self, n: int) -> tuple["Points", "Points"]:
        """The first n points, and the others: support and query."""
        return Points(self.x[..., :n, :], self.y[..., :n, :]), Points(self.x[..., n:, :], self.y[..., n:, :])


class Sinusoid(TaskFamily[SinusoidTask]):
    """Say what a wave is worth at x, after a few points of it.

    ## Description
    Each task is a sine wave y = A sin(x - φ) with an amplitude A and a phase φ of its own. A learner sees K points (x, y) of it and has
    to say y at other x. This is the regression of Finn et al. (2017), section 5.1, and its tasks are theirs: here learning to learn can
    be looked at without exploration, noise and returns. What is learned from are mostly `sample_points`, and what is measured is the
    squared error.

    It is an environment, too. In each step some x is asked, the action is the answer, and the reward says how wrong it was, though not in
    which direction. The next x does not depend on the answer: so this is no more than a contextual bandit with a continuous action.

    ## Action Space
    `Box(-10, 10, (1,), float32)`: the answer ŷ. It is not clipped. The checkers of Gymnasium and of Stable-Baselines3 recommend [-1, 1];
    this is in the unit of y, whose error is squared, and `gymnasium.wrappers.RescaleAction(env, -1.0, 1.0)` gives what they recommend.

    | Num | Action | Min | Max | Unit |
    |-----|--------|-----|-----|------|
    | 0 | ŷ | -10 | 10 | - |

    ## Observation Space
    `Box(-5, 5, (1,), float32)`

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0 | x, where the wave is asked for | -5 | 5 | radians |

    ## Rewards
    Minus the squared error, r = -(y - ŷ)². To say 0 everywhere costs 4.25 a step on average over tasks.

    ## Starting State
    x uniform in [-5, 5], as in every later step.

    ## Episode End
    1. Termination: never.
    2. Truncation: `points` steps have passed. A trial has two episodes: one to find out, and one to show.

    ## Task Parameters
    `amplitude` uniform in [0.1, 5], `phase` uniform in [0, π]. The default task is 1, 0.

    ## Source
    Finn, Abbeel and Levine: Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks. ICML 2017, arXiv 1703.03400, section 5.1.
    The sign of the phase is that of the code published with it.

    Args:
        points: how many points an episode has.

    Raises:
        ValueError: fewer than one point.
    """

    name = "Sinusoid"
    observation_space: Box = Box(-REACH, REACH, (1,), np.float32)
    action_space: Box = Box(-10.0, 10.0, (1,), np.float32)
    episodes = 2

    def __init__(self, points: int = 10) -> None:
        self.horizon = whole("points of a Sinusoid", points)
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> SinusoidTask:
        """y = sin(x)."""
        return SinusoidTask(torch.tensor(1.0, device="cpu"), torch.tensor(0.0, device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> SinusoidTask:
        """Draw `n` waves; both tensors have shape [task]."""
        unit = torch.rand(2, n, generator=rng, device=rng.device)
        amplitude = LOWEST_AMPLITUDE + (HIGHEST_AMPLITUDE - LOWEST_AMPLITUDE) * unit[0]
        return SinusoidTask(amplitude.to(device), (math.pi * unit[1]).to(device))

    def value(self, x: Float[Tensor, "*#batch"], task: SinusoidTask) -> Float[Tensor, "..."]:
        """y = A sin(x - φ)"""
        return task.amplitude * torch.sin(x - task.phase)

    def sample_points(self, tasks: SinusoidTask, n: int, rng: torch.Generator) -> Points:
        """n points of each wave, at x uniform in [-5, 5]; tensors [task, n, 1]."""
        x = self.draw_x((*tasks.phase.shape, n), rng, tasks.phase)
        return self.points_at(x, tasks)

    def points_at(self, x: Float[Tensor, "*#task n"], tasks: SinusoidTask) -> Points:
        """The points of each wave at given x."""
        y = self.value(x, SinusoidTask(*(p[..., None] for p in tasks)))
        return Points(x.expand(y.shape)[..., None], y[..., None])

    def draw_x(self, shape: tuple[int, ...], rng: torch.Generator | None, like: Tensor) -> Tensor:
        """x uniform in [-5, 5]. Raises ValueError: there is no generator to draw from."""
        if rng is None:
            raise ValueError("each x of a Sinusoid is drawn at random: give a torch.Generator")
        return (torch.rand(shape, generator=rng, device=rng.device).to(like) * 2 - 1) * REACH

    def initial(self, rng: torch.Generator | None, params: SinusoidTask | None = None) -> Number:
        phase = (params or self.default_params).phase
        return self.draw_x((*phase.shape, 1), rng, phase)

    def transition(self, state: Number, action: Number, rng: Any = None, params: SinusoidTask | None = None) -> Number:
        """Another x, whatever was answered."""
        return self.draw_x(tuple(state.shape), rng, state)

    def reward(self, state: Number, action: Number, next_state: Number, rng: Any = None, params: SinusoidTask | None = None) -> Rewards:
        """r = -(y - ŷ)², at the x before the step"""
        return -((self.value(state[..., 0], params or self.default_params) - action[..., 0]) ** 2)

    def terminal(self, state: Number, rng: Any = None, params: SinusoidTask | None = None) -> Bool[Tensor, "*batch"]:
        return torch.zeros_like(state[..., 0], dtype=torch.bool)

    def render_image(self, state: Tensor, render_state: None, params: SinusoidTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture (256, 256, 3), x and y from -5 to 5: the wave in grey, and a blue line at the x that is asked for."""
        task = params or self.default_params
        amplitude, phase = float(task.amplitude), float(task.phase)
        x, y = np.meshgrid(np.linspace(-REACH, REACH, 256), np.linspace(REACH, -REACH, 256))
        image = np.full((256, 256, 3), 255, np.uint8)
        image[np.abs(x - float(state[0])) < 0.03] = (0, 114, 178)
        slope = amplitude * np.cos(x - phase)
        image[np.abs(y - amplitude * np.sin(x - phase)) < 0.06 * np.sqrt(1 + slope**2)] = (110, 110, 110)  # as thick where it is steep
        return None, image


def least_squares(points: Points) -> SinusoidTask:
    """The wave through some points of each task, by linear least squares: y = a sin x + b cos x with a = A cos φ and b = -A sin φ.

    For whoever knows that the task is a wave of period 2π, two points are enough: the error of the others is 0. An oracle.
    """
    features = torch.cat([points.x.sin(), points.x.cos()], -1).double()
    a, b = torch.linalg.lstsq(features, points.y.double()).solution[..., 0].to(points.y.dtype).unbind(-1)
    return SinusoidTask(torch.hypot(a, b), torch.atan2(-b, a))
