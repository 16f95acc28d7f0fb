"""Exercise 05.1 · at home and elsewhere · 5 minutes, ★☆☆

1. Where in the matrix is a policy tested in the task that it was trained in?
2. `matrix.diagonal()` are the own tasks. The sum of all minus the sum of those is the rest: how many entries has it?
3. own ← the diagonal;  others ← (sum of all - sum of own) / (number of all - number of own);  return mean of own, others

The gap is what it costs a specialist to meet another task. Not all of it can be won back by knowing the task: an agent that knows nothing
could still do better than these, and stand still.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def transfer_gap(matrix: Tensor) -> tuple[Tensor, Tensor]:
    own = matrix.diagonal()
    others = (matrix.sum() - own.sum()) / (matrix.numel() - len(own))
    return own.mean(), others


def cases() -> Cases:
    for words, rows in (
        ("three policies in three tasks", [[-2.0, -71.0, -80.0], [-68.0, -3.0, -37.0], [-79.0, -40.0, -7.0]]),
        ("two policies, of which each does something better than the other", [[-30.5, 0.0], [-9.25, -9.25]]),
    ):
        n = len(rows)
        own, elsewhere = ([rows[i][j] for i in range(n) for j in range(n) if (i == j) == same] for same in (True, False))
        yield case(words, rows, expected=(sum(own) / n, sum(elsewhere) / len(elsewhere)))


MISTAKES = """
matrix.diagonal().mean(), matrix.mean()  # The second number is to leave out the diagonal: a policy in its own task is no transfer.
(matrix.numel() - len(own)) → matrix.numel()  # The sum is right, but it is divided by all entries: how many lie off the diagonal?
own.mean(), others → others, own.mean()  # The two came in the other order: the own task first.
matrix.diagonal() → matrix.max(1).values  # You take the best of each row. A policy's own task is on the diagonal, well done or not.
"""

SURVIVORS = {"`matrix` with axes 0 and 1 swapped": "diagonal and rest stay what they are", "gradient": "it is read, and not trained"}
EXERCISE = exercise(transfer_gap, cases, MISTAKES, survivors=SURVIVORS)
