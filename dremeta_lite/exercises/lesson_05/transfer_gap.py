"""Exercise 05.transfer_gap: at home and elsewhere."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def transfer_gap(matrix: Tensor) -> tuple[Tensor, Tensor]:
    own = matrix.diagonal()
    others = (matrix.sum() - own.sum()) / (matrix.numel() - len(own))
    return own.mean(), others


def mean_of_everything(matrix: Tensor) -> tuple[Tensor, Tensor]:
    return matrix.diagonal().mean(), matrix.mean()


def divided_by_everything(matrix: Tensor) -> tuple[Tensor, Tensor]:
    return matrix.diagonal().mean(), (matrix.sum() - matrix.diagonal().sum()) / matrix.numel()


def others_first(matrix: Tensor) -> tuple[Tensor, Tensor]:
    own, others = transfer_gap(matrix)
    return others, own


def best_of_each_row(matrix: Tensor) -> tuple[Tensor, Tensor]:
    best = matrix.max(1).values
    return best.mean(), (matrix.sum() - best.sum()) / (matrix.numel() - len(best))


def gap_cases() -> Iterator[Case]:
    tables = {
        "three policies in three tasks": [[-2.0, -71.0, -80.0], [-68.0, -3.0, -37.0], [-79.0, -40.0, -7.0]],
        "two policies, of which each does something better than the other": [[-30.5, 0.0], [-9.25, -9.25]],
    }
    for words, rows in tables.items():
        n = len(rows)
        own = sum(rows[i][i] for i in range(n)) / n
        elsewhere = [rows[i][j] for i in range(n) for j in range(n) if i != j]
        yield Case(words, (torch.tensor(rows),), expected=(own, sum(elsewhere) / len(elsewhere)))


EXERCISE = Exercise(
    id="05.transfer_gap",
    title="at home and elsewhere",
    minutes=5,
    stars=1,
    reference=transfer_gap,
    cases=gap_cases,
    mistakes=(
        Mistake(mean_of_everything, "The second number is to leave out the diagonal: a policy in its own task is no transfer."),
        Mistake(divided_by_everything, "The sum is right, but it is divided by all entries: how many lie off the diagonal?"),
        Mistake(others_first, "The two came in the other order: the own task first."),
        Mistake(
            best_of_each_row,
            "You take the best of each row. A policy's own task is on the diagonal, well done or not.",
        ),
    ),
    hints=(
        "Where in the matrix is a policy tested in the task that it was trained in?",
        "`matrix.diagonal()` are the own tasks. The sum of all minus the sum of those is the rest: how many entries has it?",
        "own ← the diagonal;  others ← (sum of all - sum of own) / (number of all - number of own);  return mean of own, others",
    ),
    why=(
        "The gap is what it costs a specialist to meet another task. Not all of it can be won back by knowing the task: an agent that "
        "knows nothing could still do better than these, and stand still."
    ),
    survivors={
        "`matrix` with axes 0 and 1 swapped": "diagonal and rest stay what they are",
        "gradient": "it is read, and not trained",
    },
)
