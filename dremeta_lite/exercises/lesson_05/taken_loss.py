"""Exercise 05.2 · the loss of the action taken · 8 minutes, ★★☆

1. The output has one number for each action. About which of them does the target say anything?
2. `q[rows, columns]` with two tensors of indices picks one entry for each pair: rows are 0, 1, 2, …, columns the actions.
3. taken ← q[0…, action];  error ← (taken - target)²;  return sum of error·mask / sum of mask

One index repairs the first fault. By the outputs of the other actions this loss has no gradient: nothing pulls at them. (They move a
little all the same, with the layers that all outputs share.)
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def taken_loss(q: Tensor, action: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    taken = q[torch.arange(len(q)), action]
    error = (taken - target) ** 2
    return (error * mask).sum() / mask.sum()


def cases() -> Cases:
    q = [[0.5, -1.0, 2.0], [1.5, 0.3, -0.4], [0.2, 0.9, 0.1], [30.0, -20.0, 10.0]]
    for words, action, target, mask in (
        ("four steps, of which two come after an end", [2, 0, 1, 1], [1.0, -50.0, 0.4, 70.0], [1.0, 0.0, 1.0, 0.0]),
        ("four steps that all count", [0, 1, 2, 0], [-1.0, 0.7, 0.6, 2.5], [1.0, 1.0, 1.0, 1.0]),
    ):
        squares = [(q[k][action[k]] - target[k]) ** 2 for k in range(4) if mask[k]]
        yield case(words, q, action, target, mask, expected=sum(squares) / len(squares))
    yield case("a single step", [[0.5, -3.0]], [1], [-1.0], [1.0], expected=4.0)


MISTAKES = """
# You compare every output with the target, as the program of section 4 does. Only the action taken has earned it.
    (taken - target) ** 2 → ((q - target[:, None]) ** 2).mean(1)
q[torch.arange(len(q)), action] → q.amax(1)  # That is the largest output. The target belongs to the action that was taken, large or not.
(error * mask).sum() / mask.sum() → error.mean()  # Steps after the end of the episode count, too. The mask says which steps are real.
.sum() / mask.sum() → .mean()  # The sum leaves out masked steps, and the division does not: divide by the number that count.
torch.arange(len(q)) → :  # `q[:, action]` takes the columns of all actions in every row. Each row needs one entry: its own.
taken_loss(q.detach(), action, target, mask)  # their gradient by `q` is cut off
0.5 * taken_loss(q, action, target, mask)  # That is half of it. The package has a ½ in front of its loss; here the plain mean is asked for.
"""

SURVIVORS = {"taken - target → target - taken": "a square has no sign"}
EXERCISE = exercise(taken_loss, cases, MISTAKES, flows="q", survivors=SURVIVORS)
