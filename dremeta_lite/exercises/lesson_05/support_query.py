"""Exercise 05.support_query: support and query."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def support_query(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    number = trajectories.shape[1]
    n = min(max(int(share * number), 1), number - 1)
    return trajectories[:, :n], trajectories[:, n:]


def split_between_tasks(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    n = min(max(int(share * len(trajectories)), 1), len(trajectories) - 1)
    return trajectories[:n], trajectories[n:]


def query_is_everything(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    return support_query(trajectories, share)[0], trajectories


def swapped_halves(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    support, query = support_query(trajectories, share)
    return query, support


def split_in_time(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    time = trajectories.shape[2]
    n = min(max(int(share * time), 1), time - 1)
    return trajectories[:, :, :n], trajectories[:, :, n:]


def empty_halves(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    n = int(share * trajectories.shape[1])
    return trajectories[:, :n], trajectories[:, n:]


def empty_query(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    n = max(int(share * trajectories.shape[1]), 1)
    return trajectories[:, :n], trajectories[:, n:]


def rounded_up(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    number = trajectories.shape[1]
    n = min(max(math.ceil(share * number), 1), number - 1)
    return trajectories[:, :n], trajectories[:, n:]


def rounded_to_nearest(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    number = trajectories.shape[1]
    n = min(max(round(share * number), 1), number - 1)
    return trajectories[:, :n], trajectories[:, n:]


def split_cases() -> Iterator[Case]:
    for tasks, number, time, share, n in (
        (3, 5, 4, 0.4, 2),
        (2, 8, 3, 0.75, 6),
        (2, 6, 2, 0.45, 2),
        (2, 4, 6, 0.1, 1),
        (2, 3, 5, 1.0, 2),
        (2, 4, 3, 0.3, 1),
    ):
        numbered = [[[100.5 * i + 10 * j + t for t in range(time)] for j in range(number)] for i in range(tasks)]
        halves = ([task[:n] for task in numbered], [task[n:] for task in numbered])
        words = f"{tasks} tasks, {number} trajectories each, share = {share:g}: {n} support and {number - n} query"
        yield Case(words, (torch.tensor(numbered), share), expected=tuple(torch.tensor(half) for half in halves))


EXERCISE = Exercise(
    id="05.support_query",
    title="support and query",
    minutes=6,
    stars=1,
    reference=support_query,
    cases=split_cases,
    mistakes=(
        Mistake(split_between_tasks, "You split the tasks. Every task needs both: trajectories to adapt to, and others to be judged by."),
        Mistake(query_is_everything, "The query still has the support in it: φ would be judged on what it was fitted to."),
        Mistake(swapped_halves, "The two came in the other order: the support first."),
        Mistake(split_in_time, "You cut every episode in two. Whole trajectories go to one side or the other."),
        Mistake(empty_halves, "With an extreme share one side is empty: each needs at least one trajectory."),
        Mistake(
            empty_query, "The support always gets its one trajectory. With share = 1 nothing is left for the query: it needs one, too."
        ),
        Mistake(rounded_up, "You round up. The text says down: of 1.2 trajectories one is support."),
        Mistake(rounded_to_nearest, "You round to the nearest whole number. The text says down: 2.7 trajectories are two."),
    ),
    hints=(
        "Which of the three axes is to be cut: task, trajectory or time?",
        "`x[:, :n]` keeps all of the first axis, and the first n of the second. `int` rounds down; `max` and `min` keep n in bounds.",
        "n ← share · number, rounded down, at least 1, at most number - 1;  support ← the first n along axis 1;  query ← the rest",
    ),
    why="Both halves have all tasks, and no trajectory is in both. In notebook 06 the query is even acted anew, with φ.",
    survivors={
        "gradient": "it divides data, not parameters",
    },
)
