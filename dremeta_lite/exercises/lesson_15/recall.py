"""Exercise 15.4 · bind and recall · 12 minutes, ★★★

1. How can one matrix hold several pairs of a key and a value, so that each key brings its own value back?
2. An outer product k vᵀ gives v back to its own key, if that has length 1: (k vᵀ)ᵀ k = v (k · k). To a key at a right angle it gives 0.
3. M ← Σ counts · k vᵀ (`keys.T @ values`, with rows that do not count set to 0);  return Mᵀ query

The memory has one size, however much is bound in it. Keys that are not at right angles bring back a mixture: that is its limit.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Case, Cases, exercise
from dremeta_lite.exercises.properties import gradient_flows


def recall(keys: Tensor, values: Tensor, counts: Tensor, query: Tensor) -> Tensor:
    bound = torch.where(counts[:, None], values, 0.0)
    memory = keys.T @ bound
    return memory.T @ query


def by_hand(keys: list, values: list, query: list) -> Tensor:
    """As attention would have it: each value, weighed by how well its key fits."""
    fits = [sum(k * q for k, q in zip(key, query, strict=True)) for key in keys]
    return torch.tensor([sum(fit * value[i] for fit, value in zip(fits, values, strict=True)) for i in range(len(values[0]))])


def cases() -> Cases:
    right_angles, values = [[1.0, 0.0], [0.0, 1.0]], [[2.0, -1.0, 0.5], [4.0, 3.0, -2.0]]
    skew, more = [[0.6, 0.8], [0.8, -0.6], [1.0, 0.0]], [*values, [-1.0, 0.25, 5.0]]
    for words, keys, bound, extra, query in (
        ("one pair, asked for by its own key", right_angles[:1], values[:1], 0, [1.0, 0.0]),
        ("two keys at right angles, the second is asked for", right_angles, values, 0, [0.0, 1.0]),
        ("three keys, not all at right angles", skew, more, 0, [0.6, 0.8]),
        ("the same key twice: both values come back", [skew[0], skew[0]], values, 0, [0.6, 0.8]),
        ("two rows do not count", skew, more, 2, [0.0, -1.0]),
        ("a query that is no key", skew, more, 0, [0.3, -0.7]),
        ("nothing was bound", [], [], 2, [0.6, 0.8]),
    ):
        rows = torch.tensor([*keys, *[[5.0, -9.0], [7.0, 3.0]][:extra]])
        filled = torch.tensor([*bound, *[[50.0, 30.0, -80.0], [9.0, -7.0, 1.0] if keys else [float("nan")] * 3][:extra]])
        counts = torch.tensor([True] * len(keys) + [False] * extra)
        expected = by_hand(keys, bound, query) if keys else torch.zeros(3)
        yield Case(words, (rows, filled, counts, torch.tensor(query)), expected=expected)


MISTAKES = """
bound = torch.where(counts[:, None], values, 0.0) → bound = values  # Rows whose `counts` is False were never bound: leave them out.
# NaN times 0 is NaN: rows that do not count have to be replaced, not multiplied away. Use torch.where.
    torch.where(counts[:, None], values, 0.0) → values * counts[:, None]
# That is the value of the key that fits best. The memory is one matrix, and what comes back is a sum.
    memory = keys @ query
    return torch.where(counts[:, None], values, 0.0)[memory.masked_fill(~counts, -torch.inf).argmax()]
# Every value counts the same in your answer. Each should come back as far as its key fits the query: k · query.
    torch.where(counts[:, None], values, 0.0).sum(0)
# You divide by the lengths of query and keys. Fast weights do not: a query that is twice as long brings back twice as much.
    fits = torch.nn.functional.cosine_similarity(keys, query[None], dim=1)
    return torch.where(counts[:, None], values, 0.0).T @ fits
# You have taken a softmax over the keys. Fast weights have none: what fits twice comes back twice.
    fits = (keys @ query).masked_fill(~counts, -torch.inf).softmax(0)
    return torch.where(counts[:, None], values, 0.0).T @ torch.nan_to_num(fits)
# That is attention with a softmax, which has no sum to take where nothing is bound. Fast weights weigh by k · query alone.
    torch.where(counts[:, None], values, 0.0).T @ (keys @ query).masked_fill(~counts, -torch.inf).softmax(0)
# That is the attention of transformers, with a root and a softmax. Fast weights weigh by k · query alone.
    fits = (keys @ query / len(query) ** 0.5).masked_fill(~counts, -torch.inf).softmax(0)
    return torch.where(counts[:, None], values, 0.0).T @ fits
# You take the mean over all rows. The memory is a *sum*: each pair adds to it.
    memory.T @ query → memory.T @ query / len(keys)
# You take the mean over the rows that count; where nothing is bound that is 0/0. The memory is a *sum*.
    memory.T @ query → memory.T @ query / counts.sum()
# The mean of what was bound is not the sum: later tries must not fade the earlier ones.
    memory.T @ query → memory.T @ query / counts.sum().clamp(min=1)
"""

EXERCISE = exercise(recall, cases, MISTAKES, gradient_flows(recall, cases, "keys", "values", "query"))
