"""Exercise 15.4 · bind and recall · 12 minutes, ★★★

1. How can one matrix hold several pairs of a key and a value, so that each key brings its own value back?
2. An outer product k vᵀ gives v back to its own key, if that has length 1: (k vᵀ)ᵀ k = v (k · k). To a key at a right angle it gives 0.
3. M ← Σ counts · k vᵀ (`keys.T @ values`, with rows that do not count set to 0 in both);  return Mᵀ query

The memory has one size, however much is bound in it. Keys that are not at right angles bring back a mixture: that is its limit.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def recall(keys: Tensor, values: Tensor, counts: Tensor, query: Tensor) -> Tensor:
    keys = torch.where(counts[:, None], keys, 0.0)
    values = torch.where(counts[:, None], values, 0.0)
    memory = keys.T @ values
    return memory.T @ query


def by_hand(keys: list, values: list, query: list) -> list[float]:
    """As attention would have it: each value, weighed by how well its key fits."""
    fits = [sum(k * q for k, q in zip(key, query, strict=True)) for key in keys]
    return [sum(fit * number for fit, number in zip(fits, column, strict=True)) for column in zip(*values, strict=True)]


def cases() -> Cases:
    right_angles, values = [[1.0, 0.0], [0.0, 1.0]], [[2.0, -1.0, 0.5], [4.0, 3.0, -2.0]]
    skew, more = [[0.6, 0.8], [0.8, -0.6], [2.0, 0.5]], [*values, [-1.0, 0.25, 5.0]]
    far, nan = [([5.0, -9.0], [50.0, 30.0, -80.0]), ([7.0, 3.0], [9.0, -7.0, 1.0])], float("nan")
    for words, keys, bound, extra, query in (
        ("one pair, asked for by its own key", right_angles[:1], values[:1], [], [1.0, 0.0]),
        ("two keys at right angles, the second is asked for", right_angles, values, [], [0.0, 1.0]),
        ("three keys, not all at right angles", skew, more, [], [0.6, 0.8]),
        ("the same key twice: both values come back", [skew[0], skew[0]], values, [], [0.6, 0.8]),
        ("two rows do not count", skew, more, far, [0.0, -1.0]),
        ("a query that is no key", skew, more, [], [0.3, -0.7]),
        ("nothing was bound, and the value that stands there is NaN", [], [], [([5.0, -9.0], [nan] * 3)], [0.6, 0.8]),
        ("nothing was bound, and the key that stands there is NaN", [], [], [([nan] * 2, [9.0, -7.0, 1.0])], [0.6, 0.8]),
    ):
        rows, filled = ([*(pair[i] for pair in extra), *each] for i, each in enumerate((keys, bound)))
        counts = [False] * len(extra) + [True] * len(keys)
        yield case(words, rows, filled, counts, query, expected=by_hand(keys, bound, query) or [0.0] * 3)


MISTAKES = """
# Rows whose `counts` is False were never bound: leave them out.
    keys = torch.where(counts[:, None], keys, 0.0) → pass
    values = torch.where(counts[:, None], values, 0.0) → pass
# NaN times 0 is NaN: rows that do not count have to be left out, or replaced by `torch.where`, not multiplied away.
    values = torch.where(counts[:, None], values, 0.0) → values = values * counts[:, None]
# 0 times NaN is NaN: leave out the rows that do not count (`keys[counts]`), and do not multiply them by 0.
    (values * counts[:, None]).T @ ((keys * counts[:, None]) @ query)
# A key that does not count may be NaN as well, and NaN times 0 is NaN: leave its row out, and not its value alone.
    keys = torch.where(counts[:, None], keys, 0.0) → pass
# That is the value of the key that fits best. The memory is one matrix, and what comes back is a sum.
    memory = keys @ query
    return torch.where(counts[:, None], values, 0.0)[memory.masked_fill(~counts, -torch.inf).argmax()]
# Every value counts the same in your answer. Each should come back as far as its key fits the query: k · query.
    torch.where(counts[:, None], values, 0.0).sum(0)
# You divide by the lengths of query and keys. Fast weights do not: a query that is twice as long brings back twice as much.
    torch.where(counts[:, None], values, 0.0).T @ torch.nn.functional.cosine_similarity(keys, query[None], dim=1)
# You have taken a softmax over the keys. Fast weights have none, and weigh by k · query alone: what fits twice comes back twice.
    torch.where(counts[:, None], values, 0.0).T @ (keys @ query).masked_fill(~counts, -torch.inf).softmax(0)
# That is the attention of transformers, with a root and a softmax. Fast weights weigh by k · query alone.
    torch.where(counts[:, None], values, 0.0).T @ (keys @ query / len(query) ** 0.5).masked_fill(~counts, -torch.inf).softmax(0)
memory.T @ query → memory.T @ query / len(keys)  # You take the mean over all rows. The memory is a *sum*: each pair adds to it.
# You take the mean over the rows that count; where nothing is bound that is 0/0. The memory is a *sum*.
    memory.T @ query → memory.T @ query / counts.sum()
# The mean of what was bound is not the sum: later tries must not fade the earlier ones.
    memory.T @ query → memory.T @ query / counts.sum().clamp(min=1)
"""

SET = "{0} = torch.where(counts[:, None], {0}, 0.0) → {0} = torch.where(counts[:, None], {0}, 1.0)"
SURVIVORS = {SET.format(rows): "it is multiplied by the 0 of the other" for rows in ("keys", "values")}
EXERCISE = exercise(recall, cases, MISTAKES, flows="keys values query", survivors=SURVIVORS)
