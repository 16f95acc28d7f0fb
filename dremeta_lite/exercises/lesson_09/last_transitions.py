"""Exercise 09.4 · the last M transitions · 6 minutes, ★☆☆

1. An episode of 5 actions has 6 states. Which state belongs to the last action, and which one follows it?
2. The first action that is kept has the number `max(0, len(actions) - window)`. A slice may end at `-1`.
3. begin ← max(0, T - M);  return states from begin to the last but one, actions from begin, states from begin + 1

A window is the simplest way to forget. Too short, and noise or an unlucky moment decides; too long, and the past does.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def last_transitions(states: Tensor, actions: Tensor, window: int) -> tuple[Tensor, Tensor, Tensor]:
    begin = max(0, len(actions) - window)
    return states[begin:-1], actions[begin:], states[begin + 1 :]


def cases() -> Cases:
    states = torch.tensor([[k, 10.3 + k * k] for k in range(6)])
    actions = torch.tensor([[0.3, 7.0], [-1.0, 1.0], [2.0, 0.5], [0.0, 3.0], [1.5, 4.0]])
    for words, n, window, first in (
        ("the last 2 of 5", 5, 2, 3),
        ("all of them: M = 5", 5, 5, 0),
        ("fewer than M = 9", 5, 9, 0),
        ("the last of three", 3, 1, 2),
        ("M = 0", 5, 0, 5),
        ("nothing has happened yet", 0, 6, 0),
    ):
        kept = states[first:n], actions[first:n], states[first + 1 : n + 1]
        yield case(words, states[: n + 1], actions[:n], window, expected=kept)


MISTAKES = """
len(actions) - window) → 0)  # Everything is remembered. M says how many of the last transitions are kept.
# These are the first M. The window holds the last ones.
    states[begin:-1], actions[begin:], states[begin + 1 :] → states[:-1][:window], actions[:window], states[1:][:window]
# With fewer transitions than M a negative number counts from the end. All of them are kept then.
    max(0, len(actions) - window) → len(actions) - window
# A slice from -0 is everything, and M = 0 asks for nothing.
    states[begin:-1], actions[begin:], states[begin + 1 :] → states[:-1][-window:], actions[-window:], states[1:][-window:]
# The states are one step too late: the one before the action comes first, the one after it last.
    states[begin:-1], actions[begin:], states[begin + 1 :] → states[begin + 1 :], actions[begin:], states[begin + 1 :]
"""

EXERCISE = exercise(last_transitions, cases, MISTAKES, survivors={"gradient": "what happened is a constant"})
