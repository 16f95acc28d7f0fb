"""Exercise 13.5 · reading an attention map · 8 minutes, ★★☆

1. Row i of a map is what step i attends to. Which columns are the paid steps?
2. A row counts if there is a paid step to look at: at it or before it. `paid.cumsum(0) > 0` says where.
3. return the attention on paid columns, summed over the whole map, divided by how many rows count; 0 if none does

A number for each head finds the one worth looking at. Rows without anything paid behind them say nothing about it.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def attention_on_paid(attention: Tensor, paid: Tensor) -> Tensor:
    counts = paid.cumsum(0) > 0
    return (attention * paid).sum() / counts.sum().clamp(min=1)


def cases() -> Cases:
    yes, no = True, False
    rows = [[1.0, 0, 0, 0], [0.25, 0.75, 0, 0], [0.125, 0.375, 0.5, 0], [0.1, 0.2, 0.3, 0.4]]
    some = {(no, yes, no, no): 1.325 / 3, (no, no, yes, yes): 0.6, (yes, no, no, yes): 1.875 / 4, (no, no, no, yes): 0.4}
    for paid, expected in (some | {(no, no, no, no): 0.0}).items():
        steps = ", ".join(f"step {i}" for i, x in enumerate(paid, 1) if x)
        yield case(f"paid: {steps or 'never'}", rows, list(paid), expected=expected)
    away = [[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.0, 0.0, 1.0]]
    yield case("paid: step 1, at which step 3 does not look at all", away, [yes, no, no], expected=1.75 / 3)
    yield case("a trial of two steps", [[1.0, 0.0], [0.6, 0.4]], [yes, yes], expected=1.0)


MISTAKES = """
/ counts.sum().clamp(min=1) → / len(paid)  # Rows with nothing paid to look at are counted as well. They say nothing about the head.
/ counts.sum().clamp(min=1) → / counts.sum()  # If nothing was ever paid, that is 0 / 0. The answer is then 0.
# A step may look at itself: divide by as many rows as there are from the first paid one on.
    counts = paid.cumsum(0) > 0 → counts = paid.cumsum(0) - paid.long() > 0
counts = paid.cumsum(0) > 0 → counts = paid  # You count only the rows that are paid themselves. Those after them can look back, too.
(attention * paid).sum() → (attention * ~paid).sum()  # That is what is left for steps that were not paid.
# You leave out rows that could look back at a paid step and do not. Their share is 0, and it counts.
    counts.sum().clamp(min=1) → ((attention * paid).sum(-1) > 0).sum().clamp(min=1)
# You look at the rows of paid steps alone. Those after them can look back, too.
    (attention * paid).sum() / counts.sum().clamp(min=1) → attention[paid][:, paid].sum() / paid.sum().clamp(min=1)
# The paid step itself has a paid one to look at: a row counts from the first paid step on, not only after it.
    counts = paid.cumsum(0) > 0 → counts = paid.cumsum(0) - paid.long() > 0
    (attention * paid).sum() → (attention * paid)[counts].sum()
(attention * paid).sum() → (attention * paid[:, None]).sum()  # Rows are queries, columns are keys: you picked the rows of paid steps.
"""

SURVIVORS = {"gradient": "a map is only looked at", "`attention` in reverse along axis 0": "a sum over the map knows no order"}
EXERCISE = exercise(attention_on_paid, cases, MISTAKES, survivors=SURVIVORS)
