"""What worlds made of cells have in common: where a move leads, and the picture."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # (rows down, columns right) of up, right, down, left
PIXELS = 32  # a cell's side in the rendered picture
GOAL, AGENT, LINE = (230, 159, 0), (0, 114, 178), (225, 225, 225)


def neighbours(cells: np.ndarray, moves: Sequence[tuple[int, int]] = MOVES) -> Int[Tensor, "cell move"]:
    """The cell that each move leads to; the same one where a wall ("#") or the edge is in the way. `cells`: characters [row, column]."""
    rows, columns = cells.shape
    table = np.empty((rows, columns, len(moves)), np.int64)
    for row, column in np.ndindex(rows, columns):
        for action, (down, right) in enumerate(moves):
            i, j = row + down, column + right
            free = 0 <= i < rows and 0 <= j < columns and cells[i, j] != "#"
            table[row, column, action] = i * columns + j if free else row * columns + column
    return torch.from_numpy(table.reshape(rows * columns, len(moves)))


def within_reach(cells: np.ndarray, start: int) -> set[int]:
    """The cells that a walk from `start` can come to without passing a pit ("x")."""
    table, reached, new = neighbours(cells), set[int](), {start}
    while new:
        reached |= new
        new = {int(cell) for here in new if cells.flat[here] != "x" for cell in table[here]} - reached
    return reached


def picture(colours: Sequence[tuple[int, int, int]], columns: int, agent: int) -> np.ndarray:
    """An RGB picture, 32 pixels a cell: the cells in their colours, with a line around each, and the agent as a blue disc."""
    cells = np.full((len(colours), PIXELS, PIXELS, 3), LINE, np.uint8)
    cells[:, 1:-1, 1:-1] = np.array(colours, np.uint8)[:, None, None]
    y, x = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
    cells[agent, x**2 + y**2 < (PIXELS / 4) ** 2] = AGENT
    return cells.reshape(-1, columns, PIXELS, PIXELS, 3).swapaxes(1, 2).reshape(-1, columns * PIXELS, 3)
