"""CartPole: keep a pole upright by pushing its cart to the left or to the right."""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily

State = Float[Tensor, "*batch 4"]  # position, velocity, angle, angular velocity


class CartPoleTask(NamedTuple):
    """A task is a pole, a planet and a motor. Each is a tensor [...] without axes of its own."""

    length: Tensor
    """Half the length of the pole, in metres."""
    gravity: Tensor
    """In m/s²."""
    push: Tensor
    """The force of action 1, in newtons; action 0 pushes with -push. A negative one means that the motor is wired the wrong way round."""


class CartPole(TaskFamily[CartPoleTask]):
    """Keep a pole upright by pushing its cart to the left or to the right.

    ## Description
    A pole stands on a cart, held by a joint without friction; the cart rolls on a track. The pole falls unless the cart is pushed under it
    in time. With the default task this is Gymnasium's `CartPole-v1`, equation by equation. The other tasks of the family change the pole,
    the planet and the motor: what is right with one motor is wrong with one that is wired the other way round.

    ## Action Space
    `Discrete(2)`

    | Num | Action |
    |-----|--------|
    | 0 | push with force -`push` (to the left in the default task) |
    | 1 | push with force +`push` (to the right in the default task) |

    ## Observation Space
    `Box(float32)` of four numbers, or with `hide_velocity=True` of the first and the third alone: one look then does not tell where things
    are going, and an agent has to remember.

    | Num | Observation | Min | Max | Unit |
    |-----|-------------|-----|-----|------|
    | 0 | position x of the cart | -4.8 | 4.8 | m |
    | 1 | its velocity | -20 | 20 | m/s |
    | 2 | angle θ of the pole, 0 is upright | -0.418 (-24°) | 0.418 (24°) | rad |
    | 3 | its angular velocity | -20 | 20 | rad/s |

    (An episode ends at half of these positions and angles. No force of the family reaches such speeds on the way; Gymnasium gives ±∞.)

    ## Rewards
    +1 for every step, the last one included: the return is the length of the episode.

    ## Starting State
    All four numbers uniform in [-0.05, 0.05].

    ## Episode End
    1. Termination: the cart has left [-2.4, 2.4] m, or the pole has tilted by more than 12°.
    2. Truncation: 500 steps (10 seconds) have passed. Gymnasium calls the environment solved at an average return of 475.

    ## Task Parameters
    `length`: log-uniform in [0.25, 2] m. `gravity`: uniform in [5, 15] m/s². `push`: +10 or -10 N, with equal probability.
    Default: Gymnasium's 0.5 m, 9.8 m/s² and 10 N.

    ## Source
    Barto, Sutton and Anderson: Neuronlike Adaptive Elements That Can Solve Difficult Learning Control Problems. IEEE Transactions on
    Systems, Man, and Cybernetics, 1983. Equations of motion: Florian: Correct equations for the dynamics of the cart-pole system, 2007,
    eq. 23 and 24 (without friction).
    """

    action_space: Discrete = Discrete(2)
    horizon = 500
    cart_mass, pole_mass = 1.0, 0.1  # kg
    seconds = 0.02  # in one step
    track, tilt = 2.4, math.radians(12)
    start_range = 0.05
    task_limits = {"length": (1e-3, 1e3)}  # noqa: RUF012
    length_range, gravity_range, force = (0.25, 2.0), (5.0, 15.0), 10.0

    def __init__(self, hide_velocity: bool = False) -> None:
        super().__init__()
        self.seen = [0, 2] if hide_velocity else [0, 1, 2, 3]
        self.name = "CartPoleHiddenVelocity" if hide_velocity else "CartPole"
        high = np.array([2 * self.track, 20, 2 * self.tilt, 20], np.float32)[self.seen]
        self.observation_space = Box(-high, high)

    def get_default_params(self, **kwargs: Any) -> CartPoleTask:
        """The task of an environment that was given none: Gymnasium's."""
        return CartPoleTask(*(torch.tensor(x, device="cpu") for x in (0.5, 9.8, 10.0)))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> CartPoleTask:
        """Draw `n` poles, planets and motors; each tensor has shape [task]."""
        unit = torch.rand(3, n, generator=rng, device=rng.device)
        shortest, longest = self.length_range
        lightest, heaviest = self.gravity_range
        length = shortest * (longest / shortest) ** unit[0]
        gravity = lightest + (heaviest - lightest) * unit[1]
        push = torch.where(unit[2] < 0.5, self.force, -self.force)
        return CartPoleTask(length.to(device), gravity.to(device), push.to(device))

    def initial(self, rng: torch.Generator, params: CartPoleTask | None = None) -> State:
        length = (params or self.default_params).length
        unit = torch.rand(*length.shape, 4, generator=rng, device=rng.device)
        return ((2 * unit - 1) * self.start_range).to(length)

    def transition(self, state: State, action: Int[Tensor, "*batch"], rng: Any = None, params: CartPoleTask | None = None) -> State:
        """s' = s + 0.02 s · ds/dt, Euler's method on Florian's equations of motion."""
        task = params or self.default_params
        _, speed, angle, spin = state.unbind(-1)
        sin, cos = torch.sin(angle), torch.cos(angle)
        mass = self.cart_mass + self.pole_mass
        lever = self.pole_mass * task.length
        force = torch.where(action == 1, task.push, -task.push)
        shove = (force + lever * spin**2 * sin) / mass
        spin_up = (task.gravity * sin - cos * shove) / (task.length * (4 / 3 - self.pole_mass * cos**2 / mass))
        speed_up = shove - lever * spin_up * cos / mass
        return state + self.seconds * torch.stack([speed, speed_up, spin, spin_up], -1)

    def reward(
        self, state: State, action: Int[Tensor, "*batch"], next_state: State, rng: Any = None, params: CartPoleTask | None = None
    ) -> Rewards:
        """r = 1"""
        return torch.ones_like(next_state[..., 0])

    def terminal(self, state: State, rng: Any = None, params: CartPoleTask | None = None) -> Bool[Tensor, "*batch"]:
        return (state[..., 0].abs() > self.track) | (state[..., 2].abs() > self.tilt)

    def observation(self, state: State, rng: Any = None, params: CartPoleTask | None = None) -> Float[Tensor, "*batch obs"]:
        """All four numbers, or position and angle alone."""
        return state if len(self.seen) == 4 else state[..., self.seen]

    def render_image(self, state: Tensor, render_state: None, params: CartPoleTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture (200, 400, 3) of the track from -2.4 to 2.4 m: grey track, dark cart, orange pole with its true tilt."""
        place, _, angle, _ = state.detach().cpu().tolist()
        length = 2 * (params or self.default_params).length.item()
        x, y = np.meshgrid(np.linspace(-2.4, 2.4, 400), np.linspace(2.0, -0.4, 200))
        image = np.full((200, 400, 3), 255, np.uint8)
        across, along = x - place, y - 0.1
        up = along * math.cos(angle) + across * math.sin(angle)
        aside = across * math.cos(angle) - along * math.sin(angle)
        image[np.abs(y + 0.1) < 0.01] = (190, 190, 190)
        image[(np.abs(across) < 0.25) & (np.abs(y) < 0.1)] = (34, 34, 34)
        image[(np.abs(aside) < 0.04) & (up > 0) & (up < length)] = (213, 94, 0)
        return None, image


def hidden_velocity() -> CartPole:
    """The family in which the agent sees neither velocity."""
    return CartPole(hide_velocity=True)
