"""Exercise 13.1 · a head that does not look ahead · 10 minutes, ★★☆

1. The score of query i and key j is q_i · k_j / √d. Which scores must not count?
2. Set the scores above the diagonal to -∞ before the softmax: `torch.ones(n, n).triu(1).bool()` says where they are.
3. scores ← q kᵀ / √d;  scores above the diagonal ← -∞;  return softmax over the keys · values

Masked after the softmax, the rows would no longer sum to 1, and the future would have taken its share.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def causal_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    scores = queries @ keys.T / torch.tensor(keys.shape[1]).sqrt()
    ahead = torch.ones(len(queries), len(keys)).triu(1).bool()
    return scores.masked_fill(ahead, -torch.inf).softmax(-1) @ values


def cases() -> Cases:
    log2, log3 = torch.tensor([2.0, 3.0]).log()
    values = torch.tensor([[1.0, 0.0, 2.0], [4.0, 3.0, 0.0], [7.0, -3.0, 1.0]])
    zero = torch.zeros(3, 4)
    mean = torch.stack([values[0], values[:2].mean(0), values.mean(0)])
    yield case("all scores are 0: a mean of what has been", zero, zero, values, expected=mean)
    expected = torch.stack([values[0], (values[0] + 3 * values[1]) / 4, (values[0] + 3 * values[1] + 2 * values[2]) / 6])
    for name, other, root in (("weights 1, 3 and 2", 0.5, 2), ("the same, beside numbers that nobody asks for", 1e4, 3)):
        asked, keys = torch.zeros(3, root**2), torch.full((3, root**2), other)
        asked[:, 0], keys[:, 0] = root * log3, torch.stack([0 * log2, log3 / log3, log2 / log3])
        asked[0] = -other  # the first token has nothing to choose from
        yield case(name, asked, keys, values, expected=expected)
    large, few = torch.tensor([[1e5], [-3000.0], [200.0]]), torch.tensor([[1.5, 2.0], [4.0, 3.0], [1e6, -1e6]])
    yield case("large scores", large, torch.tensor([[5.0], [7.0], [-9.0]]), few, expected=few[[0, 0, 1]])
    yield case("one token", torch.ones(1, 2), torch.ones(1, 2), values[:1], expected=values[:1])


MISTAKES = """
.masked_fill(ahead, -torch.inf) →  # Each token sees what comes after it. While it plays, that is not there yet: mask it.
.triu(1) → .triu()  # You hide the diagonal, too. A token may look at itself; the first one has nothing else.
.triu(1) → .tril(-1)  # You hide the past, and show the future. Rows are queries, and columns are keys.
# Zero is a score like any other: its share of the softmax is not 0. Only -∞ has none.
    .masked_fill(ahead, -torch.inf) → .masked_fill(ahead, 0.0)
# A large negative number is a score like any other: some scores are smaller. Only -∞ has no share, however large they are.
    .masked_fill(ahead, -torch.inf) → .masked_fill(ahead, -100.0)
# A token may look at itself. With the diagonal hidden the first one has nothing to look at, and gets a mean of everything.
    .triu(1) → .triu()
    -torch.inf → -1e9
queries @ keys.T → keys @ queries.T  # Rows are queries and columns are keys: you have it the other way round.
# Masked after the softmax: the rows do not sum to 1, since the future has taken its share.
    scores.masked_fill(ahead, -torch.inf).softmax(-1) → scores.softmax(-1).masked_fill(ahead, 0.0)
/ torch.tensor(keys.shape[1]).sqrt() →  # The scores are divided by √d, with d the length of a query.
/ torch.tensor(keys.shape[1]).sqrt() → / keys.shape[1]  # The scores are divided by √d, and you divide by d.
.softmax(-1) → .softmax(0)  # Each query has weights over the keys that sum to 1: that is the last axis.
# exp overflows for large scores, and ∞ / ∞ is no number. `softmax` takes the largest score out first.
    weights = (queries @ keys.T / torch.tensor(keys.shape[1]).sqrt()).exp().tril()
    return weights / weights.sum(-1, keepdim=True) @ values
"""

SURVIVORS = {"softmax(-1) → softmax(+1)": "the last axis is axis 1", "(keys.shape → (cut(keys).shape": "a shape has no gradient"}
EXERCISE = exercise(causal_attention, cases, MISTAKES, flows="queries keys values", survivors=SURVIVORS)
