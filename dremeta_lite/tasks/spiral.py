"""SpiralMaze: a corridor that winds, and goals most of which nobody can reach."""

from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.tasks.family import Counted, Rewards, TaskFamily
from dremeta_lite.tasks.navigation import NavigationTask, Vector

LAYOUT = (".....", "####.", "...#.", ".###.", ".....")
MOVES = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))  # right, left, down, up


class SpiralMaze(TaskFamily[NavigationTask]):
    """Reach a goal that you are told, in a corridor that winds. It pays only there, and most goals lie where nobody can get.

    ## Description
    A point moves in a corridor of 17 cells, one unit wide, that begins at the top left. The agent is told its goal. A goal is any place in
    a square of side 45 around the maze: fewer than one in a hundred lie in the corridor.

    ## Action Space
    `Discrete(4)`: half a unit to the right, to the left, down or up, with noise on each axis (standard deviation 0.05). A wall stops the
    point on that axis.

    ## Observation Space
    `Box(-2, 2, (20,), float32)`: of each of x, y, goal x and goal y, in units of 2 around the middle of the maze, v (kept in ±2);
    then sin(πv/2), sin(πv) of each; then cos(πv/2), cos(πv) of each.

    ## Rewards
    +1 for the step that comes within half a unit of the goal, else 0.

    ## Starting State
    The first cell, (0, 0), ± 0.2 on each axis. x grows to the right, y downwards.

    ## Episode End
    1. Termination: within half a unit of the goal.
    2. Truncation: 50 steps have passed.

    ## Task Parameters
    `goal`: two coordinates, uniform in the square of side 45 around the middle, (2, 2).

    ## Arguments
    `side`: of that square, in units; with 5 the square is the maze itself.

    ## Source
    This course's own small maze. The question, and sparse rewards: Florensa, Held, Geng and Abbeel: Automatic Goal Generation for
    Reinforcement Learning Agents. ICML 2018, arXiv 1705.06366.
    """

    name = "SpiralMaze"
    observation_space: Box = Box(-2.0, 2.0, (20,), np.float32)
    action_space: Discrete = Discrete(len(MOVES))
    horizon = 50
    reach, step_length, noise, start_noise, middle = 0.5, 0.5, 0.05, 0.2, 2.0

    def __init__(self, side: float = 45.0) -> None:
        self.side = side
        self.free = torch.tensor([[cell == "." for cell in row] for row in LAYOUT], device="cpu")
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> NavigationTask:
        """The task of an environment that was given none: the goal at the end of the first passage."""
        return NavigationTask(torch.tensor([4.0, 0.0], device="cpu"))

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> NavigationTask:
        """Draw `n` goals [task, 2] from the square."""
        unit = torch.rand(n, 2, generator=rng, device=rng.device)
        return NavigationTask((self.middle + self.side * (unit - 0.5)).to(device))

    def reachable_tasks(self, each: int, rng: torch.Generator, device: torch.device | str = "cpu") -> NavigationTask:
        """So many goals in each cell of the corridor: what an agent is judged on."""
        cells = self.free.nonzero().flip(-1).repeat(each, 1)
        return NavigationTask((cells + torch.rand(cells.shape, generator=rng, device=rng.device) - 0.5).to(device))

    def inside(self, place: Vector) -> Bool[Tensor, "*batch"]:
        """Whether a place lies in the corridor."""
        column, row = (place + 0.5).floor().long().unbind(-1)
        in_maze = ((torch.stack([column, row]) >= 0) & (torch.stack([column, row]) < len(LAYOUT))).all(0)
        return in_maze & self.free.to(place.device)[row.clamp(0, 4), column.clamp(0, 4)]

    def initial(self, rng: torch.Generator, params: NavigationTask | None = None) -> Vector:
        goal = (params or self.default_params).goal
        return self.start_noise * (2 * torch.rand(goal.shape, generator=rng, device=rng.device).to(goal) - 1)

    def transition(self, state: Vector, action: Counted, rng: Any = None, params: NavigationTask | None = None) -> Vector:
        """s' = s + ½ (direction of a) + noise, first along x, then along y; an axis along which a wall is met stays as it is."""
        if rng is None:
            raise ValueError("moves in a SpiralMaze are noisy: give a generator")
        step = self.step_length * torch.tensor(MOVES, device=state.device)[action]
        step = step + self.noise * torch.randn(step.shape, generator=rng, device=rng.device).to(step)
        for axis in (0, 1):
            moved = state + step * torch.eye(2, device=state.device)[axis]
            state = torch.where(self.inside(moved)[..., None], moved, state)
        return state

    def reward(self, state: Vector, action: Counted, next_state: Vector, rng: Any = None, params: NavigationTask | None = None) -> Rewards:
        return self.terminal(next_state, rng, params).to(next_state.dtype)

    def terminal(self, state: Vector, rng: Any = None, params: NavigationTask | None = None) -> Bool[Tensor, "*batch"]:
        return (state - (params or self.default_params).goal).norm(dim=-1) < self.reach

    def observation(self, state: Vector, rng: Any = None, params: NavigationTask | None = None) -> Float[Tensor, "*batch 20"]:
        goal = (params or self.default_params).goal
        v = (torch.cat(torch.broadcast_tensors(state, goal), -1) - self.middle) / 2
        waves = (v[..., None] * torch.pi * torch.tensor([0.5, 1.0], device=v.device)).flatten(-2)
        return torch.cat([v.clamp(-2, 2), waves.sin(), waves.cos()], -1)
