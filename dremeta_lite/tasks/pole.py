"""PoleOnCart: balance a pole on a cart whose motor may be wired the wrong way round."""

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily

State = Float[Tensor, "*batch 4"]  # position, speed, tilt, spin
Push = Float[Tensor, "*batch 1"]


class PoleTask(NamedTuple):
    """A task is a motor and a weight; each is a tensor [...] without axes of its own."""

    gain: Tensor
    """What the motor makes of the force that is asked for; a negative one is wired the wrong way round."""
    head: Tensor
    """The mass at the tip of the pole, in kg."""


class PoleOnCart(TaskFamily[PoleTask]):
    """Balance a pole on a cart whose motor may be wired the wrong way round.

    ## Description
    A cart rolls on a straight track and carries a pole on a joint, all without friction; at the tip of the pole sits a weight. The pole
    falls unless the cart is moved under it in time. What is hidden is the motor's gain, which may be negative, and the weight of the head.
    Where the gain is negative, what would catch the pole throws it over. A fall ends nothing: in the next step the pole is put up again.

    ## State
    Position x of the cart (m), its speed v (m/s), tilt θ of the pole (rad, 0 is upright, positive to the right), its spin θ̇ (rad/s).

    ## Action Space
    `Box(-1, 1, (1,), float32)`. Values beyond ±1 are clipped.

    | Num | Action | Min | Max | Unit |
    |-----|--------|-----|-----|------|
    | 0 | force that is asked for | -1 | 1 | 20 N |

    ## Observation Space
    `Box(-10, 10, (4,), float32)`: the state in units of `scale`, so that a network sees numbers near 1; clipped.

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0 | position of the cart | -10 | 10 | 2.5 m |
    | 1 | its speed | -10 | 10 | 3 m/s |
    | 2 | tilt of the pole | -10 | 10 | 0.5 rad |
    | 3 | its spin | -10 | 10 | 2 rad/s |

    ## Transition
    Two steps of h = 0.02 s of v' = v + h v̇, θ̇' = θ̇ + h θ̈ and then x' = x + h v', θ' = θ + h θ̇', where with F = 20 · gain · a

        m v̇ + p cos θ θ̈ = F + p θ̇² sin θ        p cos θ v̇ + J θ̈ = p g sin θ

    and m is the mass of cart, rod and head together, p = rod · L/2 + head · L, J = rod · L²/3 + head · L². A pole that has fallen is put up
    instead, whatever is done: at rest, in the middle of the track, tilted by 0.1 to the side to which it fell.

    ## Rewards
    r = 0.05 - 0.05 min(|x|, 2) - 0.1 |θ|, of the state after the step, and -1 more if the pole has fallen in it. At best 5 an episode.

    ## Starting State
    In the middle of the track; θ uniform in [-0.15, 0.15], v and θ̇ uniform in [-0.2, 0.2].

    ## Episode End
    1. Termination: never. A fall is |θ| > 0.5 or |x| > 2.5.
    2. Truncation: 100 steps (4 seconds) have passed.

    ## Task Parameters
    `gain` in ±[0.5, 1.5], with either sign in half of the tasks; `head` uniform in [0.1, 1] kg. The default task is 1 and 0.5.

    ## Source
    Equations of motion: Lagrange's, for a rod with a point mass at its tip. The task distribution is this course's own.
    """

    name = "PoleOnCart"
    observation_space: Box = Box(-10.0, 10.0, (4,), np.float32)
    action_space: Box = Box(-1.0, 1.0, (1,), np.float32)
    horizon = 100
    time_step, substeps = 0.02, 2  # seconds; so many to a step
    cart, rod, length, gravity, force = 1.0, 0.3, 0.8, 9.81, 20.0  # kg, kg, m, m/s², N
    tilt, track, put_up = 0.5, 2.5, 0.1  # beyond which it has fallen (rad, m); how it is put up again (rad)
    scale = (2.5, 3.0, 0.5, 2.0)
    task_limits = {"head": (0.0, 1e3)}  # noqa: RUF012

    def get_default_params(self, **kwargs: Any) -> PoleTask:
        """A motor that does what it is told, and a head of half a kilogram."""
        return PoleTask(torch.tensor(1.0, device="cpu"), torch.tensor(0.5, device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> PoleTask:
        """Draw `n` motors and weights; both tensors have shape [task]."""
        unit = torch.rand(3, n, generator=rng, device=rng.device)
        gain = torch.where(unit[0] < 0.5, -1.0, 1.0) * (0.5 + unit[1])
        return PoleTask(gain.to(device), (0.1 + 0.9 * unit[2]).to(device))

    def initial(self, rng: torch.Generator, params: PoleTask | None = None) -> State:
        gain = (params or self.default_params).gain
        unit = 2 * torch.rand(*gain.shape, 4, generator=rng, device=rng.device).to(gain) - 1
        return unit * unit.new_tensor([0.0, 0.2, 0.15, 0.2])

    def transition(self, state: State, action: Push, rng: Any = None, params: PoleTask | None = None) -> State:
        """Two steps of 0.02 s; or the pole is put up again."""
        task = params or self.default_params
        force = self.force * task.gain * action[..., 0].clamp(-1, 1)
        moved = state
        for _ in range(self.substeps):
            x, v, angle, spin = moved.unbind(-1)
            speed_up, spin_up = self.accelerations(moved, force, task)
            v, spin = v + self.time_step * speed_up, spin + self.time_step * spin_up
            moved = torch.stack([x + self.time_step * v, v, angle + self.time_step * spin, spin], -1)
        nothing = torch.zeros_like(state[..., 0])
        up = torch.stack([nothing, nothing, self.put_up * state[..., 2].sign(), nothing], -1)
        return torch.where(self.fallen(state)[..., None], up, moved)

    def inertia(self, task: PoleTask) -> tuple[Tensor, Tensor, Tensor]:
        """m, p and J of the equations of motion: kg, kg m and kg m²."""
        mass = self.cart + self.rod + task.head
        lever = self.rod * self.length / 2 + task.head * self.length
        return mass, lever, self.rod * self.length**2 / 3 + task.head * self.length**2

    def accelerations(self, state: State, force: Float[Tensor, "*batch"], task: PoleTask) -> tuple[Tensor, Tensor]:
        """v̇ and θ̈: the two equations of motion, solved for them."""
        mass, lever, moment = self.inertia(task)
        sin, cos, spin = state[..., 2].sin(), state[..., 2].cos(), state[..., 3]
        push, pull = force + lever * spin**2 * sin, lever * self.gravity * sin
        determinant = mass * moment - (lever * cos) ** 2
        return (moment * push - lever * cos * pull) / determinant, (mass * pull - lever * cos * push) / determinant

    def fallen(self, state: State) -> Bool[Tensor, "*batch"]:
        """Whether the pole lies, or the cart has left its track."""
        return (state[..., 2].abs() > self.tilt) | (state[..., 0].abs() > self.track)

    def reward(self, state: State, action: Push, next_state: State, rng: Any = None, params: PoleTask | None = None) -> Rewards:
        """r = 0.05 - 0.05 min(|x|, 2) - 0.1 |θ| - fall, after the step"""
        away, lean = next_state[..., 0].abs().clamp(max=2), next_state[..., 2].abs()
        return 0.05 - 0.05 * away - 0.1 * lean - self.fallen(next_state).to(away.dtype)

    def terminal(self, state: State, rng: Any = None, params: PoleTask | None = None) -> Bool[Tensor, "*batch"]:
        return torch.zeros_like(state[..., 0], dtype=torch.bool)

    def observation(self, state: State, rng: Any = None, params: PoleTask | None = None) -> State:
        """The state in units of `scale`."""
        return (state / state.new_tensor(self.scale)).clamp(-10, 10)

    def render_image(self, state: Tensor, render_state: None, params: PoleTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture (200, 400, 3) of the track from -2.5 to 2.5 m: grey track, dark cart, orange pole with its true tilt."""
        place, _, angle, _ = state.detach().cpu().tolist()
        x, y = np.meshgrid(np.linspace(-2.5, 2.5, 400), np.linspace(2.0, -0.5, 200))
        image = np.full((200, 400, 3), 255, np.uint8)
        image[np.abs(y + 0.12) < 0.02] = (200, 200, 200)
        image[(np.abs(x - place) < 0.2) & (np.abs(y) < 0.1)] = (34, 34, 34)
        tip = self.length * np.array([np.sin(angle), np.cos(angle)])
        along = np.clip(((x - place) * tip[0] + y * tip[1]) / self.length**2, 0, 1)
        image[(x - place - along * tip[0]) ** 2 + (y - along * tip[1]) ** 2 < 0.05**2] = (230, 159, 0)
        return None, image
