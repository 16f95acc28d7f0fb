"""Exercise 13.2 · the same, one token at a time · 10 minutes, ★★☆

1. What is still needed of earlier tokens when a new one comes: their queries, their keys, their values?
2. Append the new key and value first: the new token may look at itself. Is a mask needed?
3. keys, values ← with the new row at the end;  return softmax(keys · query / √d) · values, keys, values

A causal mask hides what has not happened. Whoever plays step by step has no future to hide, and computes one row instead of a square.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def cached_attention(query: Tensor, key: Tensor, value: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    keys, values = torch.cat([keys, key[None]]), torch.cat([values, value[None]])
    weights = (keys @ query / torch.tensor(len(query)).sqrt()).softmax(0)
    return weights @ values, keys, values


def cases() -> Cases:
    log2, log3 = torch.tensor([2.0, 3.0]).log()
    rows = torch.tensor([[1.25, 0.0, 2.5], [4.0, 3.75, 0.5], [7.0, -3.5, 1.0]])
    none = torch.zeros(0, 4), torch.zeros(0, 3)
    first = torch.tensor([1.5, 2.0, 3.5, 4.0])
    yield case("the first token", first, first + 1, rows[0], *none, expected=(rows[0], first[None] + 1, rows[:1]))
    query = torch.tensor([2 * log3, 0.0, 0.0, 0.0])  # √4 is 2
    keys = torch.tensor([[0.0, 5.5, 1.0, 0.0], [1.0, 2.0, 0.0, 3.5], [log2 / log3, 0.0, 4.5, 1.0]])
    mean = (rows[0] + 3 * rows[1] + 2 * rows[2]) / 6
    yield case("the third, with weights 1, 3 and 2", query, keys[2], rows[2], keys[:2], rows[:2], expected=(mean, keys, rows))
    short = log2[None], torch.ones(1), rows[1], torch.zeros(1, 1), rows[:1]
    yield case("keys of one number", *short, expected=((rows[0] + 2 * rows[1]) / 3, torch.tensor([[0.0], [1.0]]), rows[:2]))
    far = torch.tensor([[300.0], [100.0], [-200.0]])
    two = rows[:, :2]
    yield case("large scores", torch.tensor([4.0]), far[2], two[2], far[:2], two[:2], expected=(two[0], far, two))


MISTAKES = """
# The new token cannot look at itself: append its key and value before the softmax.
    weights = (keys @ query / torch.tensor(len(query)).sqrt()).softmax(0)
    return weights @ values, torch.cat([keys, key[None]]), torch.cat([values, value[None]])
return weights @ values, keys, values → return weights @ values, keys[:-1], values[:-1]  # The cache has not grown: hand back the new rows.
torch.cat([keys, key[None]]) → torch.cat([key[None], keys])  # The new key belongs at the end, in the order of time, as its value.
torch.cat([keys, key[None]]) → torch.cat([keys, query[None]])  # The cache keeps keys. A query asks once, and is gone.
keys @ query → keys @ key  # The newest token asks with its query. Its key is for those that come later, and for itself.
/ torch.tensor(len(query)).sqrt() →  # The scores are divided by √d, with d the length of a query.
/ torch.tensor(len(query)).sqrt() → / len(query)  # The scores are divided by √d, and you divide by d.
"""

EXERCISE = exercise(cached_attention, cases, MISTAKES, survivors={"gradient": "in play nothing is differentiated"})
