"""Skirmish, seen as a picture: the same battles, and nothing is given in numbers."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.tasks.skirmish import ENEMIES, Skirmish, SkirmishTask, State, units

SIDE = 12
Picture = Float[Tensor, "*batch 6 12 12"]


class SkirmishPixels(Skirmish):
    """The battles of `Skirmish`, which says all the rules, seen from above on 12 × 12 cells.

    ## Description
    Everything happens as in Skirmish, at places between the cells too. The picture says in which cell a unit stands, and no more. As there,
    which colour the medic wears is hidden.

    ## Action Space
    `Discrete(8)`: one order for all marines, as in Skirmish.

    ## Observation Space
    `Box(0, 3, (6, 12, 12), float32)`: a picture; row 0 is at the top.

    | Channel | Pixel | Min | Max | Unit |
    |---------|-------|-----|-----|------|
    | 0 | health of the marines in this cell, together | 0 | 3 | 45 points |
    | 1 to 4 | health of the blue, orange, green, pink enemy, if it is in this cell | 0 | 1 | 30 points |
    | 5 | time, in the lower left cell; else 0 | 0 | 1 | 14 steps |

    ## Transition, Rewards, Starting State, Episode End, Task Parameters, Source
    As in Skirmish.
    """

    name = "SkirmishPixels"
    observation_space: Box = Box(0.0, 3.0, (2 + ENEMIES, SIDE, SIDE), np.float32)

    def observation(self, state: State, rng: Any = None, params: SkirmishTask | None = None) -> Picture:
        """The picture."""
        now = units(state)
        pixels = state.new_zeros(*state.shape[:-1], 2 + ENEMIES, SIDE * SIDE)
        pixels[..., 0, :].scatter_add_(-1, cells(now.at), now.health / self.strength)
        pixels[..., 1:-1, :].scatter_(-1, cells(now.foes_at).unsqueeze(-1), now.foes.unsqueeze(-1) / self.foe_strength)
        pixels[..., -1, -SIDE] = now.time[..., 0] / self.horizon
        return pixels.unflatten(-1, (SIDE, SIDE))

    def best_action(self, observation: Picture, task: SkirmishTask) -> Int[Tensor, "*batch"]:
        """As in Skirmish."""
        return self.target_of_choice(observation[..., 1:-1, :, :].sum((-2, -1)), task)


def cells(at: Float[Tensor, "*batch unit 2"]) -> Int[Tensor, "*batch unit"]:
    """The number of the cell that each place is in, row by row from the top left."""
    column, row = at.long().clamp(0, SIDE - 1).unbind(-1)
    return (SIDE - 1 - row) * SIDE + column
