"""Exercise 05.4 · support and query · 6 minutes, ★☆☆

1. Which of the three axes is to be cut: task, trajectory or time?
2. `x[:, :n]` keeps all of the first axis, and the first n of the second. `int` rounds down; `max` and `min` keep n in bounds.
3. n ← share · number, rounded down, at least 1, at most number - 1;  support ← the first n along axis 1;  query ← the rest

Both halves have all tasks, and no trajectory is in both. In notebook 06 the query even comes from new episodes, played with φ.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def support_query(trajectories: Tensor, share: float) -> tuple[Tensor, Tensor]:
    number = trajectories.shape[1]
    n = min(max(int(share * number), 1), number - 1)
    return trajectories[:, :n], trajectories[:, n:]


def cases() -> Cases:
    for tasks, number, time, share, n in (
        (3, 5, 4, 0.4, 2),
        (2, 8, 3, 0.75, 6),
        (2, 6, 2, 0.45, 2),
        (2, 4, 6, 0.1, 1),
        (2, 3, 5, 1.0, 2),
        (2, 4, 3, 0.3, 1),
    ):
        numbered = [[[100.5 * i + 10 * j + t for t in range(time)] for j in range(number)] for i in range(tasks)]
        halves = [task[:n] for task in numbered], [task[n:] for task in numbered]
        tried = f"{tasks} tasks, {number} trajectories each, share = {share:g}: {n} support and {number - n} query"
        yield case(tried, numbered, share, expected=halves)


MISTAKES = """
# You split the tasks. Every task needs both: trajectories to adapt to, and others to be judged by.
    trajectories.shape[1] → len(trajectories)
    trajectories[:, :n], trajectories[:, n:] → trajectories[:n], trajectories[n:]
trajectories[:, n:] → trajectories  # The query still has the support in it: φ would be judged on what it was fitted to.
trajectories[:, :n], trajectories[:, n:] → trajectories[:, n:], trajectories[:, :n]  # The two came in the other order: the support first.
# You cut every episode in two. Whole trajectories go to one side or the other.
    trajectories.shape[1] → trajectories.shape[2]
    trajectories[:, :n], trajectories[:, n:] → trajectories[:, :, :n], trajectories[:, :, n:]
# With an extreme share one side is empty: each needs at least one trajectory.
    min(max(int(share * number), 1), number - 1) → int(share * number)
# The support always gets its one trajectory. With share = 1 nothing is left for the query: it needs one, too.
    min(max(int(share * number), 1), number - 1) → max(int(share * number), 1)
int(share * number) → math.ceil(share * number)  # You round up. The text says down: of 1.2 trajectories one is support.
int(share * number) → round(share * number)  # You round to the nearest whole number. The text says down: 2.7 trajectories are two.
"""

EXERCISE = exercise(support_query, cases, MISTAKES, survivors={"gradient": "it divides data, not parameters"})
