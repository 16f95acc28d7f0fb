"""Exercise 12.1 · what a motor did · 8 minutes, ★★☆

1. A motor that is wired the wrong way round shows in neither the action nor the change alone. In which combination does it?
2. The products of every change with every action: `change[:, :, None] * action[:, None, :]`, laid flat. The world clips actions to [-1, 1].
3. d ← after - before;  a ← clip(action);  return [d, a, d ⊗ a] side by side

A network that has to multiply by itself learns far more slowly. With the products, one weight reads off the sign of the motor.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def effects(before: Tensor, action: Tensor, after: Tensor) -> Tensor:
    change, action = after - before, action.clamp(-1, 1)
    products = (change[:, :, None] * action[:, None, :]).flatten(1)
    return torch.cat([change, action, products], -1)


def cases() -> Cases:
    before, after, action = [[0.0, 0.5, 1.0], [1.0, 0.0, -1.0]], [[0.5, 0.0, 2.0], [1.0, -2.0, 0.0]], [[0.5, -1.0], [-0.25, 0.75]]
    first = [0.5, -0.5, 1.0, 0.5, -1.0, 0.25, -0.5, -0.25, 0.5, 0.5, -1.0]
    second = [0.0, -2.0, 1.0, -0.25, 0.75, 0.0, 0.0, 0.5, -1.5, -0.25, 0.75]
    yield case("two steps, three numbers, two motors", before, action, after, expected=[first, second])
    reached, hard = [[0.4, -0.2], [0.4, 0.0], [1.0, 2.0]], [[3.0], [-7.0], [0.5]]
    expected = [[0.4, -0.2, 1.0, 0.4, -0.2], [0.4, 0.0, -1.0, -0.4, 0.0], [1.0, 2.0, 0.5, 0.5, 1.0]]
    yield case("one motor, asked for more than it can do", [[0.0] * 2] * 3, hard, reached, expected=expected)


MISTAKES = """
after - before → before - after  # The change is after - before; yours has the wrong sign.
after - before → after  # You take the state after the step. The motor shows in the change.
action.clamp(-1, 1) → action  # The world clips the action to [-1, 1]. The product has to hold what the motor was really given.
# The world clips before anything else. You clip in the product alone: the action beside it has to be clipped as well.
    change, action = after - before, action.clamp(-1, 1) → change = after - before
    action[:, None, :] → action.clamp(-1, 1)[:, None, :]
# You clip the action that stands alone. In the product, too, stands what the motor was really given.
    change, action = after - before, action.clamp(-1, 1) → change = after - before
    [change, action, products] → [change, action.clamp(-1, 1), products]
# You multiply each number with one motor. Every change belongs with every motor: n · m products.
    (change[:, :, None] * action[:, None, :]).flatten(1) → change * action.sum(-1, keepdim=True)
# The order is turned round: for each number in turn, its products with all motors.
    change[:, :, None] * action[:, None, :] → change[:, None, :] * action[:, :, None]
[change, action, products] → [change, action]  # The products are missing, and they alone tell how the motor is wired.
[change, action, products] → [action, change, products]  # First the changes, then the actions, then the products.
"""

SURVIVORS = {"gradient": "nothing differentiates what a memory is fed", "products], -1 → products], +1": "the last axis is axis 1"}
EXERCISE = exercise(effects, cases, MISTAKES, survivors=SURVIVORS)
