"""Exercise 12.3 · a new task in the middle of a trial · 6 minutes, ★☆☆

1. Each trial has a draw of its own, uniform in [0, 1). With which draws does something happen that has chance p?
2. `torch.where(condition, x, y)`. The condition is [trial], the tasks are [trial, number]: it needs an axis more.
3. switched ← draw < p;  return where(switched[:, None], new, old)

Nothing else is changed in training. The memory has to find out by itself that what it knows may be out of date.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def switch_tasks(old: Tensor, new: Tensor, draw: Tensor, chance: float) -> Tensor:
    return torch.where((draw < chance)[:, None], new, old)


def cases() -> Cases:
    old, new, draw = [[1.0, 0.2], [-0.7, 0.9], [1.4, 0.5]], [[-1.2, 0.3], [0.6, 0.4], [-0.8, 1.0]], [0.5, 0.01, 0.3]
    yield case("a chance of 0.02, the draws 0.5, 0.01 and 0.3", old, new, draw, 0.02, expected=[old[0], new[1], old[2]])
    yield case("a chance of 0.4, the same draws", old, new, draw, 0.4, expected=[old[0], new[1], new[2]])
    yield case("a chance of 0", old, new, [0.0, 0.9, 0.0], 0.0, expected=old)
    far = [[1e6, -1e6], [0.5, 0.1]], [[0.7, 0.3], [-1e6, 1e6]]
    yield case("what is not taken is far off", *far, [0.0, 0.7], 0.1, expected=[[0.7, 0.3], [0.5, 0.1]])
    words = "as many trials as numbers, and a draw that is just p"
    yield case(words, old[:2], new[:2], [0.25, 0.05], 0.25, expected=[old[0], new[1]])


MISTAKES = """
draw < chance → draw > chance  # That switches nearly all of them: a draw is below p with chance p.
draw < chance → draw <= chance  # With a chance of 0 a draw of 0 would switch. It happens if draw < p.
(draw < chance)[:, None], new, old → (draw < chance)[:, None], old, new  # Where it happens the new task takes the place of the old one.
(draw < chance)[:, None] → (draw < chance).any()  # All trials switch as soon as one does. Each has a draw of its own.
(draw < chance)[:, None] → draw[0] < chance  # One draw decides for all trials. Each has a draw of its own.
# Select with `torch.where`, do not subtract: where `old` is huge, `new - old` loses the digits of `new`, and rounding is left.
    old + (new - old) * (draw < chance)[:, None]
(1 - chance) * old + chance * new  # That mixes the two tasks. A task is either the old one or the new one: `draw` says which.
# The axis is in the wrong place: the numbers of a task are switched one by one, and not trial by trial.
    (draw < chance)[:, None] → (draw < chance)[None, : old.shape[1]] if len(old) == old.shape[1] else (draw < chance)[:, None]
"""

EXERCISE = exercise(switch_tasks, cases, MISTAKES, survivors={"gradient": "nothing differentiates which task there is"})
