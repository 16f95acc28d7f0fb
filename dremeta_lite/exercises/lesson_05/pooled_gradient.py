"""Exercise 05.5 · the pooled gradient · 8 minutes, ★★☆

1. p(T) says how often a task comes, not how long we looked at it. So what is averaged first?
2. For each task: the sum of its masked gradients, divided by how many there are. Keep an axis with `keepdim=True`.
3. total ← sum over trajectories of gradients · mask;  per_task ← total / number of trajectories;  return mean over tasks

∇ of the mean over tasks is the mean over tasks of ∇. Throwing all trajectories into one heap is another objective: it weighs a task by how
much of it was seen.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def pooled_gradient(gradients: Tensor, mask: Tensor) -> Tensor:
    total = (gradients * mask.unsqueeze(2)).sum(1)
    per_task = total / mask.sum(1, keepdim=True)
    return per_task.mean(0)


def cases() -> Cases:
    nothing = [900.0, -900.0]  # where there is no trajectory, there are leftovers
    tables = {
        "one task with four trajectories, one with two, one with one": [
            [[1.0, 2.0], [3.0, -1.0], [0.5, 0.0], [2.5, 4.0]],
            [nothing, [-8.0, 1.0], nothing, [-6.0, 3.0]],
            [[0.7, 0.2], nothing, nothing, nothing],
        ],
        "two tasks with three trajectories each": [[[1.0, 0.3], [2.0, 0.1], [4.0, -0.7]], [[-1.0, 5.0], [0.0, 2.0], [0.4, 1.0]]],
        "a single task": [[[1.0, 0.3], [2.0, 0.1], nothing]],
    }
    mean = lambda rows: [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    for words, rows in tables.items():
        expected = mean([mean([g for g in task if g is not nothing]) for task in rows])
        yield case(words, rows, [[float(g is not nothing) for g in task] for task in rows], expected=expected)


MISTAKES = """
# A task with more trajectories counts more here. Tasks are to count alike: average in each first.
    (gradients * mask.unsqueeze(2)).sum((0, 1)) / mask.sum()
mean(0) → sum(0)  # That is the sum over the tasks; the average keeps its size whatever their number.
gradients.mean((0, 1))  # There are entries without a trajectory, and what stands in them counts here. Look at the mask.
(gradients * mask.unsqueeze(2)).mean((0, 1))  # The entries without a trajectory are zero now, but they are still counted in the mean.
"""

EXERCISE = exercise(pooled_gradient, cases, MISTAKES, survivors={"gradient": "it is a gradient already"})
