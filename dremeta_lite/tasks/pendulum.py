"""Pendulum: swing a pole up that is too heavy to be lifted, and hold it there."""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily

STARTS = ("random", "hanging")
State = Float[Tensor, "*batch 2"]  # angle and angular velocity
Torque = Float[Tensor, "*batch 1"]


class PendulumTask(NamedTuple):
    """A task is a pendulum and its motor: four numbers, each of shape [...]."""

    mass: Tensor
    length: Tensor
    gravity: Tensor
    gain: Tensor
    """What the motor makes of the torque that is asked for; a negative one is wired the wrong way round."""


class Pendulum(TaskFamily[PendulumTask]):
    """Swing a pole up that is too heavy to be lifted, and hold it there.

    ## Description
    A pole hangs on a motor. The motor is too weak to lift it in one go: it has to be swung, back and forth, with more speed each time. With
    the default task this is Gymnasium's `Pendulum-v1`, number for number. The tasks differ in their *dynamics*: mass, length, gravity and
    motor. The reward is the same in all of them.

    ## State
    The angle θ (0 is upright, positive is counter-clockwise) and the angular velocity θ̇. The angle goes on growing over several turns.

    ## Action Space
    `Box(-2, 2, (1,), float32)`. Values beyond ±2 are clipped. The checkers of Gymnasium and of Stable-Baselines3 recommend [-1, 1]; this is
    a torque in N m, as in `Pendulum-v1`, and `gymnasium.wrappers.RescaleAction(env, -1.0, 1.0)` gives what they recommend.

    | Num | Action | Min | Max | Unit |
    |-----|--------|-----|-----|------|
    | 0 | torque | -2 | 2 | N m |

    ## Observation Space
    `Box([-1, -1, -8], [1, 1, 8], (3,), float32)`

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0 | cos θ (height of the tip, in lengths) | -1 | 1 | |
    | 1 | sin θ | -1 | 1 | |
    | 2 | angular velocity θ̇ | -8 | 8 | rad/s |

    ## Transition
    With torque u, clipped, and steps of 0.05 s; θ̇' is clipped to ±8:

        θ̇' = θ̇ + 0.05 · (3 gravity / (2 length) · sin θ + 3 / (mass length²) · gain · u)        θ' = θ + 0.05 · θ̇'

    ## Rewards
    r = -(θ² + 0.1 θ̇² + 0.001 u²), of the state *before* the step and the torque that was asked for, with θ brought into [-π, π). At best
    0 a step; at worst -16.3.

    ## Starting State
    `Pendulum(start="random")`, as Gymnasium has it: θ uniform in [-π, π), θ̇ uniform in [-1, 1). `Pendulum(start="hanging")`: at rest,
    hanging down; then the task is the swing-up, and nothing about the start is random.

    ## Episode End
    1. Termination: never.
    2. Truncation: 200 steps (10 seconds) have passed.

    ## Task Parameters
    `mass` uniform in [0.5, 1.5] kg, `length` in [0.7, 1.3] m, `gravity` in [6, 14] m/s², and `gain` in ±[0.6, 1.4], with either sign in
    half of the tasks. The default task is 1, 1, 10, 1.

    ## Source
    Gymnasium's `Pendulum-v1`. The task distribution is this course's own.

    Args:
        start: "random" or "hanging".

    Raises:
        ValueError: there is no such start.
    """

    name = "Pendulum"
    observation_space: Box = Box(np.array([-1, -1, -8], np.float32), np.array([1, 1, 8], np.float32))
    action_space: Box = Box(-2.0, 2.0, (1,), np.float32)
    horizon = 200
    time_step = 0.05
    max_torque = 2.0
    max_velocity = 8.0
    task_limits = {"mass": (1e-3, 1e3), "length": (1e-3, 1e3)}  # noqa: RUF012

    def __init__(self, start: str = "random") -> None:
        if start not in STARTS:
            raise ValueError(f'start must be "random" or "hanging", got {start!r}')
        self.start = start
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> PendulumTask:
        """Gymnasium's pendulum: 1 kg, 1 m, 10 m/s², and a motor that does what it is told."""
        return PendulumTask(*(torch.tensor(x, device="cpu") for x in (1.0, 1.0, 10.0, 1.0)))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> PendulumTask:
        """Draw `n` pendulums; every tensor has shape [task]."""
        unit = torch.rand(5, n, generator=rng, device=rng.device)
        sign = torch.where(unit[4] < 0.5, -1.0, 1.0)
        mass, length, gravity, gain = 0.5 + unit[0], 0.7 + 0.6 * unit[1], 6 + 8 * unit[2], sign * (0.6 + 0.8 * unit[3])
        return PendulumTask(*(x.to(device) for x in (mass, length, gravity, gain)))

    def initial(self, rng: torch.Generator | None, params: PendulumTask | None = None) -> State:
        like = (params or self.default_params).mass
        if self.start == "hanging":
            return torch.stack([torch.full_like(like, math.pi), torch.zeros_like(like)], -1)
        if rng is None:
            raise ValueError('a random start needs a torch.Generator; or take Pendulum(start="hanging")')
        unit = torch.rand(*like.shape, 2, generator=rng, device=rng.device).to(like)
        return (2 * unit - 1) * unit.new_tensor([math.pi, 1.0])

    def transition(self, state: State, action: Torque, rng: Any = None, params: PendulumTask | None = None) -> State:
        """θ̇' = θ̇ + dt (3g/(2l) sin θ + 3/(ml²) gain u),  θ' = θ + dt θ̇'"""
        task = params or self.default_params
        angle, velocity = state.unbind(-1)
        gravity = 3 * task.gravity / (2 * task.length) * angle.sin()
        motor = 3 / (task.mass * task.length**2) * task.gain * self.torque(action)
        velocity = (velocity + (gravity + motor) * self.time_step).clamp(-self.max_velocity, self.max_velocity)
        return torch.stack([angle + velocity * self.time_step, velocity], -1)

    def torque(self, action: Torque) -> Float[Tensor, "*batch"]:
        """What is asked of the motor: the action, clipped."""
        return action[..., 0].clamp(-self.max_torque, self.max_torque)

    def reward(self, state: State, action: Torque, next_state: State, rng: Any = None, params: PendulumTask | None = None) -> Rewards:
        """r = -(θ² + 0.1 θ̇² + 0.001 u²), before the step"""
        return -(wrap(state[..., 0]) ** 2 + 0.1 * state[..., 1] ** 2 + 0.001 * self.torque(action) ** 2)

    def terminal(self, state: State, rng: Any = None, params: PendulumTask | None = None) -> Bool[Tensor, "*batch"]:
        return torch.zeros_like(state[..., 0], dtype=torch.bool)

    def observation(self, state: State, rng: Any = None, params: PendulumTask | None = None) -> Float[Tensor, "*batch 3"]:
        """(cos θ, sin θ, θ̇): an angle and the same angle a turn later look the same."""
        angle, velocity = state.unbind(-1)
        return torch.stack([angle.cos(), angle.sin(), velocity], -1)

    def render_image(self, state: Tensor, render_state: None, params: PendulumTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture (256, 256, 3), two metres to either side: a blue pole as long as the task's, on a dark axle."""
        length = float((params or self.default_params).length)
        tip_x, tip_y = (length * c for c in tip(float(state[0])))
        x, y = np.meshgrid(np.linspace(-2, 2, 256), np.linspace(2, -2, 256))
        along = np.clip((x * tip_x + y * tip_y) / length**2, 0, 1)  # the nearest point of the pole, as a fraction of its length
        image = np.full((256, 256, 3), 255, np.uint8)
        image[(x - along * tip_x) ** 2 + (y - along * tip_y) ** 2 < 0.1**2] = (0, 114, 178)
        image[x**2 + y**2 < 0.05**2] = (34, 34, 34)
        return None, image


def wrap(angle: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The same angle in [-π, π)."""
    return torch.remainder(angle + math.pi, 2 * math.pi) - math.pi


def tip(angle: float) -> tuple[float, float]:
    """Where the tip of a pole of length 1 is, to the right and up: straight up at angle 0, to the left at π/2."""
    return -math.sin(angle), math.cos(angle)
