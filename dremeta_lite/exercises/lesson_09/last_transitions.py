"""Exercise 09.4 · the last M transitions · 6 minutes, ★☆☆

1. An episode of 5 actions has 6 states. Which state belongs to the last action, and which one follows it?
2. The first action that is kept has the number `max(0, len(actions) - window)`. A slice may end at `-1`.
3. begin ← max(0, T - M);  return states from begin to the last but one, actions from begin, states from begin + 1

A window is the simplest way to forget. Too short, and noise or an unlucky moment decides; too long, and the past does.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Case, Cases, exercise


def last_transitions(states: Tensor, actions: Tensor, window: int) -> tuple[Tensor, Tensor, Tensor]:
    begin = max(0, len(actions) - window)
    return states[begin:-1], actions[begin:], states[begin + 1 :]


def cases() -> Cases:
    states = torch.tensor([[k, 10.3 + k * k] for k in range(6)])
    actions = torch.tensor([[0.3, 7.0], [-1.0, 1.0], [2.0, 0.5], [0.0, 3.0], [1.5, 4.0]])
    rows = [(states[k], actions[k], states[k + 1]) for k in range(5)]
    for words, window, kept in (("the last 2 of 5", 2, rows[3:]), ("all of them: M = 5", 5, rows), ("fewer than M = 9", 9, rows)):
        yield Case(words, (states, actions, window), expected=tuple(torch.stack(part) for part in zip(*kept, strict=True)))
    fewer = states[:4], actions[:3], 1
    yield Case("the last of three", fewer, expected=(states[2:3], actions[2:3], states[3:4]))
    yield Case("M = 0", (states, actions, 0), expected=(states[:0], actions[:0], states[:0]))
    yield Case("nothing has happened yet", (states[:1], actions[:0], 6), expected=(states[:0], actions[:0], states[:0]))


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
