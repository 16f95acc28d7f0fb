"""Exercise 05.6 · how sure is a mean over tasks? · 6 minutes, ★★☆

1. How many independent draws from p(T) are in the table: as many as episodes, or as many as tasks?
2. Average in each task first. Then it is a sample of as many numbers as there are tasks.
3. per_task ← mean over axis 1;  error ← std of per_task / √(number of tasks);  return mean of per_task, error

More episodes make each task's mean sharper; only more tasks tell about p(T). Hence the 100 held-out tasks of this course.
"""

import statistics

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def mean_and_error(returns: Tensor) -> tuple[Tensor, Tensor]:
    per_task = returns.mean(1)
    error = per_task.std() / len(per_task) ** 0.5
    return per_task.mean(), error


def cases() -> Cases:
    for words, rows in (
        ("three tasks, near and far, with two episodes each", [[-10.0, -12.0], [-40.0, -36.0], [-71.0, -69.0]]),
        ("five tasks with three episodes each", [[-3.0, -5, -1], [-8, -2, -2], [-9, -9, -6], [-1, 0, -2], [-7, -7, -1]]),
        ("three tasks that are hard for everybody, and differ little", [[-8001.5, -8000.5], [-8004.25, -8003.25], [-8002.0, -8002.5]]),
    ):
        means = [statistics.fmean(row) for row in rows]
        yield case(words, rows, expected=(statistics.fmean(means), statistics.stdev(means) / len(means) ** 0.5))


MISTAKES = """
returns.mean(1) → returns.flatten()  # Episodes of one task are no new draws from p(T): a thousand episodes of three tasks show three tasks.
/ len(per_task) ** 0.5 →  # That is how much tasks differ. The error of their *mean* shrinks with the root of their number.
returns.mean(1) → returns.mean(0)  # You averaged over the tasks first. But the tasks are what was drawn: average in each of them.
# The root of the number of tasks is right. The spread above it is that of single episodes: take that of the tasks' means.
    per_task.std() → returns.std()
# The spread is that of the tasks' means, as it should be. How many of *them* are there? Divide by the root of that number.
    len(per_task) → returns.numel()
std() → std(correction=0)  # The standard deviation of a sample divides by n - 1, which is what `std()` does by itself.
"""

EXERCISE = exercise(mean_and_error, cases, MISTAKES, survivors={"gradient": "it is read, and not trained"})
