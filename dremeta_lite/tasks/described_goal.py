"""DescribedGoal: the hidden goal, with a sentence about it in words that the agent has always known."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask

DESCRIPTIONS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "nothing": lambda row, column: 0 * row,
    "colour": lambda row, column: (row + column) % 2,
    "half": lambda row, column: (column > 2).long(),
    "row": lambda row, column: row,
}
"""What is said of a goal, as the number of a word: nothing; the colour of its cell, if the grid were a chessboard; whether it lies in the
left three columns or in the right two; its row, from the top."""


class DescribedGoal(HiddenGoal):
    """The hidden goal, with a sentence about it in words that the agent has always known.

    ## Description
    `HiddenGoal`, but each observation also says something about the goal, the same in the whole trial. Unlike the words of a hidden
    language, these mean the same in all tasks, so what they mean is learned over tasks. All else is as in `HiddenGoal`.

    ## Observation Space
    `Box(0, 1, (30,))`: the one-hot code of the agent's cell, and then that of the word, of which there are at most five.

    ## Arguments
    `says`: "nothing", "colour", "half" or "row", see `DESCRIPTIONS`.

    ## Source
    Our own, on the grid of Zintgraf et al. (2020).
    """

    name = "DescribedGoal"
    pictures = ""

    def __init__(self, says: str = "row") -> None:
        super().__init__()
        if says not in DESCRIPTIONS:
            raise ValueError(f"says must be one of {', '.join(DESCRIPTIONS)}, got {says!r}")
        self.says = says
        self.observation_space: Any = Box(0, 1, (self.n_cells + self.size,), np.float32)

    def word(self, goal: Int[Tensor, "*batch"]) -> Int[Tensor, "*batch"]:
        """The number of the word that is said of a goal."""
        return DESCRIPTIONS[self.says](goal // self.size, goal % self.size)

    def observation(
        self, state: Int[Tensor, "*batch"], rng: Any = None, params: HiddenGoalTask | None = None
    ) -> Float[Tensor, "*batch obs"]:
        """The agent's cell and the word, in one-hot codes."""
        word = self.word((params or self.default_params).goal).expand(state.shape)
        codes = torch.nn.functional.one_hot(state, self.n_cells), torch.nn.functional.one_hot(word, self.size)
        return torch.cat(codes, -1).to(torch.get_default_dtype())
