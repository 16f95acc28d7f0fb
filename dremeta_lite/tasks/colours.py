"""Colours: objects fall, one colour pays, and which one is hidden. What is seen is a picture."""

from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.tasks.family import Rewards, TaskFamily, whole
from dremeta_lite.tasks.skirmish import COLOURS, RGB

State = Int[Tensor, "*batch state"]
Move = Int[Tensor, "*#batch"]
SIDE = 8


class ColoursTask(NamedTuple):
    """A task is a colour: `pays` [..., colour] is 1 for the one that pays, and 0 for the others."""

    pays: Tensor


class Colours(TaskFamily[ColoursTask]):
    """Catch what falls, and find out which colour pays.

    ## Description
    On a field of 8 × 8 cells an object of each colour falls, side by side, a cell in each step. A paddle at the bottom catches the one
    that comes down on it. One colour pays, which differs from task to task; nothing that is seen tells which. Two waves make an episode.

    ## Action Space
    `Discrete(3)`: the paddle moves one cell to the left (0), stays (1), or moves one cell to the right (2). At a wall it stays.

    ## Observation Space
    `Box(0, 1, (colours + 1, 8, 8), float32)`: a picture; row 0 is at the top.

    | Channel | Pixel | Min | Max |
    |---------|-------|-----|-----|
    | 0 | the paddle is here | 0 | 1 |
    | 1, 2, … | an object of the first, second, … colour is here | 0 | 1 |

    ## Rewards
    1 in the step in which an object of the paying colour comes down on the paddle; else 0.

    ## Starting State
    The paddle in any column; the objects of each wave in any columns, but not in the same one; uniform.

    ## Episode End
    1. Termination: never.
    2. Truncation: 15 steps have passed. The waves come down in steps 7 and 15. A trial has 3 episodes.

    ## Task Parameters
    `pays`: one of the colours, equally likely. The default task is the first of them.

    ## Source
    Our own. A paddle below what falls ("catch"): Mnih et al.: Recurrent Models of Visual Attention. NeurIPS 2014, arXiv 1406.6247.

    Args:
        colours: how many there are, 2 to 4.
    """

    name = "Colours"
    action_space: Discrete = Discrete(3)
    waves, episodes, horizon = 2, 3, 2 * SIDE - 1
    task_limits = {"pays": (0.0, 1.0)}  # noqa: RUF012
    distributions = ("pays",)

    def __init__(self, colours: int = 2) -> None:
        self.colours = whole("colours", colours, 2, len(COLOURS))
        self.observation_space: Box = Box(0.0, 1.0, (colours + 1, SIDE, SIDE), np.float32)
        super().__init__()

    def get_default_params(self, **kwargs: Any) -> ColoursTask:
        """The first colour pays."""
        return ColoursTask(torch.eye(self.colours, device="cpu")[0])

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> ColoursTask:
        """Draw `n` colours; `pays` has shape [task, colour]."""
        colour = torch.randint(self.colours, (n,), generator=rng, device=rng.device)
        return ColoursTask(torch.eye(self.colours, device=rng.device)[colour].to(device))

    def initial(self, rng: torch.Generator, params: ColoursTask | None = None) -> State:
        """[..., 2 + waves · colours]: the paddle's column, the time, and in which columns the objects of each wave fall."""
        pays = (params or self.default_params).pays
        front = pays.shape[:-1]
        paddle = torch.randint(SIDE, (*front, 1), generator=rng, device=rng.device)
        falls = torch.rand(*front, self.waves, SIDE, generator=rng, device=rng.device).argsort(-1)[..., : self.colours]
        return torch.cat([paddle, torch.zeros_like(paddle), falls.flatten(-2)], -1).to(pays.device)

    def transition(self, state: State, action: Move, rng: Any = None, params: ColoursTask | None = None) -> State:
        """The paddle moves, and time goes on."""
        paddle = (state[..., 0] + action - 1).clamp(0, SIDE - 1)
        rest = state[..., 1:].expand(*paddle.shape, -1)
        return torch.cat([torch.stack([paddle, rest[..., 0] + 1], -1), rest[..., 1:]], -1)

    def falling(self, state: State) -> tuple[Int[Tensor, "*batch"], Int[Tensor, "*batch colour"]]:
        """The row that the objects are in, and the column of each."""
        time, (first, second) = state[..., 1], state[..., 2:].chunk(self.waves, -1)
        return time % SIDE, torch.where((time < SIDE).unsqueeze(-1), first, second)

    def reward(self, state: State, action: Move, next_state: State, rng: Any = None, params: ColoursTask | None = None) -> Rewards:
        """1 for an object of the paying colour that has come down on the paddle."""
        row, columns = self.falling(next_state)
        caught = (columns == next_state[..., :1]) & (row == SIDE - 1).unsqueeze(-1)
        return (caught * (params or self.default_params).pays).sum(-1)

    def terminal(self, state: State, rng: Any = None, params: ColoursTask | None = None) -> Bool[Tensor, "*batch"]:
        return torch.zeros(state.shape[:-1], dtype=torch.bool, device=state.device)

    def observation(self, state: State, rng: Any = None, params: ColoursTask | None = None) -> Float[Tensor, "*batch channel 8 8"]:
        """The picture."""
        row, columns = self.falling(state)
        x, places = torch.cat([state[..., :1], columns], -1), torch.arange(SIDE, device=state.device)
        y = torch.stack([torch.full_like(row, SIDE - 1), *[row] * self.colours], -1)
        here = (y.unsqueeze(-1) == places).unsqueeze(-1) & (x.unsqueeze(-1) == places).unsqueeze(-2)
        return here.to(torch.get_default_dtype())

    def best_action(self, observation: Float[Tensor, "*batch channel 8 8"], task: ColoursTask) -> Int[Tensor, "*batch"]:
        """Towards the object that pays, for somebody who is told; of several, to the leftmost."""
        across = observation.amax(-2)
        pays = (across[..., 1:, :] * task.pays.unsqueeze(-1)).amax(-2)
        return 1 + (pays.argmax(-1) - across[..., 0, :].argmax(-1)).sign()

    def render_image(self, state: Tensor, render_state: None, params: ColoursTask | None = None) -> tuple[None, np.ndarray]:
        """An RGB picture, 20 pixels a cell: the paddle black, the objects in their colours."""
        image = np.full((SIDE, SIDE, 3), 255, np.uint8)
        for plane, colour in zip(self.observation(state.detach().cpu()).bool().numpy(), ((34, 34, 34), *RGB), strict=False):
            image[plane] = colour
        return None, image.repeat(20, 0).repeat(20, 1)
