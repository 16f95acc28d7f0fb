"""Exercise 02.1 · p(s'|s, a) from counts · 10 minutes, ★★☆

1. Of all the times that s and a occurred, what share was followed by s'? Which axis has to sum to 1?
2. Count into `counts[s, a, s2]`, then divide by `counts.sum(2)`. Rows with sum 0 have a value of their own.
3. counts ← zeros;  for each (s, a, s2): counts[s, a, s2] += 1;  P ← 1/n_states everywhere;  where the row's sum is not 0: P ← counts / sum

Counting is learning: this is the estimate of largest likelihood, for a world small enough to count. It tells nothing about a pair that was
never tried. A network guesses there, too, and does not tell that it guesses; an ensemble can.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def estimate_transitions(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    counts = torch.zeros(n_states, n_actions, n_states)
    for s, a, s2 in torch.stack([state, action, next_state], 1).tolist():
        counts[s, a, s2] += 1
    total = counts.sum(2)
    P = torch.full((n_states, n_actions, n_states), 1 / n_states)
    P[total > 0] = counts[total > 0] / total[total > 0].unsqueeze(1)
    return P


def counted(state: Tensor, action: Tensor, next_state: Tensor, n_states: int, n_actions: int) -> Tensor:
    flat = (state * n_actions + action) * n_states + next_state
    return torch.bincount(flat, minlength=n_states * n_actions * n_states).view(n_states, n_actions, n_states).float()


def cases() -> Cases:
    t, seen = 1 / 3, zip((0, 0, 1), (2, 1, 0), (0, 0, 2), (0, 0, 1), (1, 0, 1), (0, 1, 2), (1, 0, 0), (1, 0, 0), (1, 0, 1), strict=True)
    expected = [[[0, 2 * t, t], [0, 0, 1]], [[0.5, 0.5, 0], [t, t, t]], [[t, t, t], [1, 0, 0]]]
    yield case("nine transitions between 3 states, with pairs that were never tried", *map(list, seen), 3, 2, expected=expected)
    yield case("a single transition of 2 states and 1 action", [1], [0], [1], 2, 1, expected=[[[0.5, 0.5]], [[0.0, 1.0]]])
    none = torch.zeros(3, 0, dtype=torch.long)
    yield case("no transition at all, 4 states", *none, 4, 2, expected=[[[0.25] * 4] * 2] * 4)


MISTAKES = """
# You divide by the number of all transitions. How often did *this* s and a occur?
    counted(state, action, next_state, n_states, n_actions) / len(state)
# A pair that was never tried gives 0 / 0. What does the text ask for there?
    P[total > 0] = counts[total > 0] / total[total > 0].unsqueeze(1) → P = counts / total.unsqueeze(2)
1 / n_states → 0.0  # The rows of pairs that were never tried sum to 0. The text asks for 1/n_states there.
# A transition that was seen twice counts once here. `counts[state, action, next_state] += 1` adds 1 to each place only once, however often
# the place is named. Use a loop, or `index_put_` with `accumulate=True`.
    += 1 → = 1
torch.zeros → torch.ones  # You count every transition once more than it was seen. That is a prior; asked for are the shares alone.
# You divide by the sum over s. The sum to divide by runs over s', the last axis.
    counts.sum(2) → counts.sum(0).expand_as(counts)
    .unsqueeze(1) →
"""

EXERCISE = exercise(estimate_transitions, cases, MISTAKES, survivors={"+= 1 → += 2": "only the ratio of the counts matters"})
