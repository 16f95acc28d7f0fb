"""MiswiredArm: reach for a pose with two motors that may be reversed, and may be plugged into each other's sockets."""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily

State = Float[Tensor, "*batch 9"]  # two angles, two speeds, the target's two angles, those of the other target, steps since the last jump
Pair = Float[Tensor, "*batch 2"]


class ArmTask(NamedTuple):
    """A task is how the motors are wired, and what the hand carries."""

    wiring: Tensor
    """W [..., 2, 2]: what each motor (row) makes of the two numbers that are asked for. One number in each row and column is not 0."""
    payload: Tensor
    """The mass at the tip, in kg [...]."""


def wrapped(angle: Tensor) -> Tensor:
    """The same angle, in [-π, π)."""
    return torch.remainder(angle + math.pi, 2 * math.pi) - math.pi


class MiswiredArm(TaskFamily[ArmTask]):
    """Reach for a pose with two motors that may be reversed, and may be plugged into each other's sockets.

    ## Description
    An arm of two links lies on a table: it turns at the shoulder and at the elbow, and no gravity acts along the table. It is to hold its
    hand where a target pose has its own; in the middle of the episode the target jumps to another pose. What is hidden is the wiring of its
    two motors, of which there are eight kinds, their gains, and the mass that the hand carries.

    ## State
    Angles q₁ of the upper arm and q₂ of the elbow (rad), their speeds q̇ (rad/s), the angles of the target pose, those of the pose to which
    it jumps next, and the number of steps since the last jump.

    ## Action Space
    `Box(-1, 1, (2,), float32)`. Values beyond ±1 are clipped. Wired right, they are the torques of shoulder (5 Nm) and elbow (2.5 Nm).

    ## Observation Space
    `Box(-10, 10, (7,), float32)`

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0, 1 | how far shoulder and elbow have to turn | -π | π | rad |
    | 2 | distance d of the hand from the target's | 0 | 2 | m |
    | 3, 4 | speeds of shoulder and elbow | -10 | 10 | 1.5 rad/s |
    | 5, 6 | cosine and sine of the elbow's angle | -1 | 1 | |

    ## Transition
    Two steps of h = 0.02 s of q̇' = q̇ + h (M + h D)⁻¹ (τ - c - D q̇) and then q' = q + h q̇', with torques τ = (W a) ∘ (5, 2.5) Nm, friction
    D = 0.5 Nm s and, for rods of l = 0.5 m and m = 0.5 kg, a payload p and rotors of 0.02 kg m²:

        M = [[2 J + (m + 2 p) l² + 2 b cos q₂, J + p l² + b cos q₂], [J + p l² + b cos q₂, J + p l²]] + 0.02 · identity
        c = b sin q₂ (-2 q̇₁ q̇₂ - q̇₂², q̇₁²)        J = m l² / 3        b = (m / 2 + p) l²

    This is MuJoCo's integrator `implicitfast`. After every 50 steps the target and the pose to which it jumps change places.

    ## Rewards
    r = -d - 0.01 |a|² + 0.3 exp(-(d / 0.1 m)²), with d after the step, from the target before it.

    ## Starting State
    At rest; q₁ uniform in [-π, π], q₂ in 0.6 times that. Target poses: q₁ uniform in [-π, π], q₂ in [-2.5, 2.5].

    ## Episode End
    1. Termination: never.
    2. Truncation: 100 steps (4 seconds) have passed.

    ## Task Parameters
    `wiring`: straight or crossed, with equal probability; its two numbers in ±[0.6, 1.4]. `payload` uniform in [0.1, 0.5] kg. The default
    task is wired right, with gains of 1 and 0.3 kg.

    ## Source
    Equations of motion: Lagrange's, for two rods and a point mass (Spong, Hutchinson and Vidyasagar 2006, "Robot modeling and control",
    section 7.4). The task distribution is this course's own.
    """

    name = "MiswiredArm"
    observation_space: Box = Box(-10.0, 10.0, (7,), np.float32)
    action_space: Box = Box(-1.0, 1.0, (2,), np.float32)
    horizon = 100
    time_step, substeps, jump = 0.02, 2, 50  # seconds; so many to a step; steps from one jump of the target to the next
    length, mass, rotor, friction, torques = 0.5, 0.5, 0.02, 0.5, (5.0, 2.5)  # m, kg, kg m², Nm s, Nm
    fast = 1.5  # rad/s: speeds are seen in this unit, so that a network sees numbers near 1
    stiffness, damping = 30.0, 9.0  # of `best_action`, in 1/s² and 1/s; chosen on tasks that nobody is judged in
    task_limits = {"payload": (0.0, 1e3)}  # noqa: RUF012

    def get_default_params(self, **kwargs: Any) -> ArmTask:
        """Wired right, with 0.3 kg in the hand."""
        return ArmTask(torch.eye(2, device="cpu"), torch.tensor(0.3, device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> ArmTask:
        """Draw `n` wirings [task, 2, 2] and payloads [task]."""
        unit = torch.rand(6, n, generator=rng, device=rng.device)
        gains = torch.where(unit[:2] < 0.5, -1.0, 1.0) * (0.6 + 0.8 * unit[2:4])
        straight = torch.diag_embed(gains.T)
        wiring = torch.where((unit[4] < 0.5)[:, None, None], straight, straight.flip(-1))
        return ArmTask(wiring.to(device), (0.1 + 0.4 * unit[5]).to(device))

    def initial(self, rng: torch.Generator, params: ArmTask | None = None) -> State:
        payload = (params or self.default_params).payload
        unit = 2 * torch.rand(*payload.shape, 6, generator=rng, device=rng.device).to(payload) - 1
        pose, target, other = (unit * unit.new_tensor([math.pi, 0.6 * math.pi, *[math.pi, 2.5] * 2])).split(2, -1)
        return torch.cat([pose, torch.zeros_like(pose), target, other, torch.zeros_like(pose[..., :1])], -1)

    def transition(self, state: State, action: Pair, rng: Any = None, params: ArmTask | None = None) -> State:
        """Two steps of 0.02 s; after every 50 of its calls the target jumps."""
        task = params or self.default_params
        angles, speeds, target, other, steps = state.split([2, 2, 2, 2, 1], -1)
        torque = (task.wiring @ action.clamp(-1, 1).to(state)[..., None])[..., 0] * state.new_tensor(self.torques)
        for _ in range(self.substeps):
            inertia, drift = self.equations(angles, speeds, task)
            inertia = inertia + self.time_step * self.friction * torch.eye(2, dtype=state.dtype, device=state.device)
            speeds = speeds + self.time_step * solved(inertia, torque - drift - self.friction * speeds)
            angles = angles + self.time_step * speeds
        jumps = steps + 1 >= self.jump
        shown = torch.where(jumps, other, target), torch.where(jumps, target, other), torch.where(jumps, 0, steps + 1)
        return torch.cat([angles, speeds, *shown], -1)

    def equations(self, angles: Pair, speeds: Pair, task: ArmTask) -> tuple[Float[Tensor, "*batch 2 2"], Pair]:
        """M and c of the equations of motion M q̈ + c + D q̇ = τ, in kg m² and Nm."""
        (_, elbow), (v1, v2), payload = angles.unbind(-1), speeds.unbind(-1), task.payload
        rod, square = self.mass * self.length**2 / 3, self.length**2
        coupling = (self.mass / 2 + payload) * square
        fore, both = rod + payload * square, rod + (self.mass + payload) * square  # the forearm's; what it does to the shoulder
        corner = fore + coupling * elbow.cos()
        m11, m22 = both + corner + coupling * elbow.cos() + self.rotor, (fore + self.rotor).expand_as(corner)
        inertia = torch.stack([torch.stack([m11, corner], -1), torch.stack([corner, m22], -1)], -2)
        return inertia, (coupling * elbow.sin())[..., None] * torch.stack([-2 * v1 * v2 - v2**2, v1**2], -1)

    def hand(self, angles: Pair) -> Pair:
        """Where the hand is, in metres from the shoulder: l (cos q₁ + cos(q₁ + q₂), sin q₁ + sin(q₁ + q₂))."""
        along = torch.stack([angles[..., 0], angles.sum(-1)], -1)
        return self.length * torch.stack([along.cos().sum(-1), along.sin().sum(-1)], -1)

    def away(self, angles: Pair, target: Pair) -> Float[Tensor, "*batch"]:
        """d: how far the hand is from the target's, in metres."""
        return (self.hand(angles) - self.hand(target)).norm(dim=-1)

    def reward(self, state: State, action: Pair, next_state: State, rng: Any = None, params: ArmTask | None = None) -> Rewards:
        """r = -d - 0.01 |a|² + 0.3 exp(-(d / 0.1)²)"""
        d = self.away(next_state[..., :2], state[..., 4:6])
        return -d - 0.01 * action.clamp(-1, 1).square().sum(-1) + 0.3 * (-((d / 0.1) ** 2)).exp()

    def terminal(self, state: State, rng: Any = None, params: ArmTask | None = None) -> Bool[Tensor, "*batch"]:
        return torch.zeros_like(state[..., 0], dtype=torch.bool)

    def observation(self, state: State, rng: Any = None, params: ArmTask | None = None) -> Float[Tensor, "*batch 7"]:
        """What is seen of it: the table has no corners, so how the whole arm is turned does not matter."""
        angles, speeds, target = state[..., :2], state[..., 2:4], state[..., 4:6]
        elbow = torch.stack([angles[..., 1].cos(), angles[..., 1].sin()], -1)
        d = self.away(angles, target)[..., None]
        return torch.cat([wrapped(target - angles), d, (speeds / self.fast).clamp(-10, 10), elbow], -1)

    def best_action(self, observation: Float[Tensor, "*batch 7"], task: ArmTask) -> Pair:
        """What a controller does that is told wiring and payload: the torques for q̈ = k e - κ q̇, where e is how far to turn, by the
        equations of motion (*computed torque*, Spong et al. section 8.3), and from them the actions. Not the best that can be done."""
        speeds, elbow = self.fast * observation[..., 3:5], torch.atan2(observation[..., 6], observation[..., 5])
        inertia, drift = self.equations(torch.stack([elbow, elbow], -1), speeds, task)
        wanted = self.stiffness * observation[..., :2] - self.damping * speeds
        torque = (inertia @ wanted[..., None])[..., 0] + drift + self.friction * speeds
        return solved(task.wiring.to(torque), torque / torque.new_tensor(self.torques)).clamp(-1, 1)

    def render_image(self, state: Tensor, render_state: None, params: ArmTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture (300, 300, 3) of the table from -1.2 to 1.2 m: the target pose grey, the arm orange."""
        x, y = np.meshgrid(np.linspace(-1.2, 1.2, 300), np.linspace(1.2, -1.2, 300))
        image = np.full((300, 300, 3), 255, np.uint8)
        for angles, colour in ((state[4:6], (200, 200, 200)), (state[:2], (230, 159, 0))):
            angles = angles.detach().cpu()
            upper = self.length * np.array([angles[0].cos().item(), angles[0].sin().item()])
            for (x0, y0), (x1, y1) in (((0.0, 0.0), upper), (upper, self.hand(angles).numpy())):
                along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / self.length**2, 0, 1)
                image[(x - x0 - along * (x1 - x0)) ** 2 + (y - y0 - along * (y1 - y0)) ** 2 < 0.04**2] = colour
        return None, image


def solved(matrix: Float[Tensor, "*#batch 2 2"], right: Pair) -> Pair:
    """The x of matrix · x = right, by Cramer's rule."""
    (a, b), (c, d) = (row.unbind(-1) for row in matrix.unbind(-2))
    first, second = right.unbind(-1)
    return torch.stack([d * first - b * second, a * second - c * first], -1) / (a * d - b * c)[..., None]
