"""Exercise 09.1 · from a change of speed to the next state · 5 minutes, ★☆☆

1. Which speed moves the pole in this step: the one before the change, or the one after it?
2. The new speed is `(state[..., 1] + change).clamp(-limit, limit)`; the new angle needs it. `torch.stack([…, …], -1)` joins the two.
3. speed ← clip(θ̇ + change);  return (θ + dt · speed, speed)

Only the change differs from pendulum to pendulum. What is the same in all of them need not be learned, so do not let a network learn it.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def next_state(state: Tensor, change: Tensor, dt: float, limit: float) -> Tensor:
    speed = (state[..., 1] + change).clamp(-limit, limit)
    return torch.stack([state[..., 0] + dt * speed, speed], -1)


def cases() -> Cases:
    states, changed = [[3.0, 1.0], [-1.0, -2.0], [0.5, 0.0]], [[3.15, 1.5], [-1.175, -1.75], [0.4, -1.0]]
    yield case("three pendulums, dt = 0.1, limit 8", states, [0.5, 0.25, -1.0], 0.1, 8.0, expected=changed)
    fast, stopped = [[[0.0, 7.5], [1.0, -7.5]]], [[[0.4, 8.0], [0.6, -8.0]]]
    yield case("two that reach the limit of 8, dt = 0.05, with an axis in front", fast, [[2.0, -90.0]], 0.05, 8.0, expected=stopped)
    yield case("one alone, with a limit of 3", [2.0, -2.5], torch.tensor(-1.0), 0.5, 3.0, expected=[0.5, -3.0])


MISTAKES = """
+ dt * speed, → + dt * state[..., 1],  # The angle moves with the old speed. In this pendulum it moves with the new one.
.clamp(-limit, limit) →  # The limit is missing: a speed beyond it is stopped there, and the angle moves with what is left.
# You clip the change. It is the speed that has a limit, after the change.
    (state[..., 1] + change).clamp(-limit, limit) → state[..., 1] + change.clamp(-limit, limit)
+ change) → + dt * change)  # `change` is that of a whole step already: it is not to be multiplied by dt again.
+ dt * speed, → + speed,  # The angle changes by dt times the speed: the speed is in radians a second.
[state[..., 0] + dt * speed, speed] → [speed, state[..., 0] + dt * speed]  # The angle comes first, then the speed.
"""

EXERCISE = exercise(next_state, cases, MISTAKES, survivors={"gradient": "CEM asks for no gradient"})
