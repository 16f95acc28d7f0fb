"""Exercise 08.2 · what a walk of search is worth · 10 minutes, ★★☆

1. Go through the episodes. What does one bring if the goal was met in an earlier one? And if not?
2. `(cells[e] == goal).long().cumsum(0) > 0` says for each step of episode e whether the goal has been met in it by then.
3. for each e: if the goal is in cells[:e]: total += known;  else: total += 1 a step from the meeting on, -0.1 a step before

The goal decides only *how long* the walk is followed. So a walk and a goal make a return, and the mean over all goals, weighted by the
belief, is what the walk is worth before anything is known.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def walk_return(cells: Tensor, goal: int, known: float) -> float:
    total = 0.0
    for e in range(len(cells)):
        if (cells[:e] == goal).any():
            total += known
        else:
            found = (cells[e] == goal).long().cumsum(0) > 0
            total += torch.where(found, 1.0, -0.1).sum().item()
    return total


def by_playing(cells: list[list[int]], goal: int, known: float) -> float:
    """Step by step, with a memory of one bit."""
    total, knows = 0.0, False
    for episode in cells:
        if knows:
            total += known
            continue
        for cell in episode:
            knows = knows or cell == goal
            total += 1.0 if knows else -0.1
    return total


def cases() -> Cases:
    walk = [[5, 6, 7, 8], [1, 2, 3, 5], [9, 9, 4, 4]]
    for words, cells, goal in (
        ("the goal is met in the second step of the first episode", walk, 6),
        ("the goal is met in the first step of all", walk, 5),
        ("the goal is met at the end of the second episode, and not before", [[0, 6, 7, 8], *walk[1:]], 5),
        ("the goal is met in the last episode", walk, 9),
        ("the walk comes by twice in one episode", [[5, 7, 5, 8], [1, 2, 3, 6]], 5),
        ("the goal is never met", walk, 0),
        ("one episode", [[3, 1, 2]], 1),
        ("ten short episodes, the goal is met in the ninth", [[2, 3]] * 8 + [[4, 1], [2, 3]], 1),
    ):
        yield case(f"{words}: walk {cells}, goal {goal}", cells, goal, 1.3 + len(cells), by=by_playing)


MISTAKES = """
torch.where(cells == goal, 1.0, -0.1).sum().item()  # You follow the walk to its end. Who meets the goal stays, and earns 1 a step then.
walk_return(cells[:1], goal, known)  # Only the first episode was counted. The trial has as many as `cells` has rows.
(cells[:e] == goal).any() → False  # In episodes after the goal was met the agent goes straight back to it: each of them is worth `known`.
cumsum(0) > 0 → cumsum(0) > (cells[e] == goal).long()  # The step that meets the goal pays 1: a reward is for the cell that a step ends on.
torch.where(found, 1.0, -0.1) → found.float()  # Every step that does not end on the goal costs 0.1.
total += known → total += cells.shape[1]  # A new episode begins at the start: the agent has to walk there again, so it earns `known`.
cells[:e] → cells[: e + 1]  # The episode in which the goal is met is not worth `known`: that one began with searching.
# The formula counts episodes and steps from 1, Python from 0: its e and k are your indices plus 1.
    met = (cells == goal).nonzero().tolist()
    (e, k), (E, H) = met[0] if met else (0, 0), cells.shape
    return -0.1 * (H * (e - 1) + k - 1) + (H - k + 1) + (E - e) * known if met else -0.1 * E * H
walk_return(cells, goal, known) - 0.1 * (goal in cells)  # One step of searching too many: the step that meets the goal pays 1, at no cost.
# One step of staying too few: the step that meets the goal pays 1, too. With k from 0 there are H - k.
    walk_return(cells, goal, known) - (goal in cells)
walk_return(cells, goal, known) + (goal in cells)  # One step of staying too many: with k from 0 there are H - k, with that of the meeting.
walk_return(cells, goal, known) + known * (goal in cells)  # One episode too many: with e from 0 there are E - e - 1 after the meeting's.
total += known → pass  # The episodes after that of the meeting are missing: each of them is worth `known`.
# Episodes that were searched in vain cost, too: 0.1 for each of their steps.
    walk_return(cells, goal, known) + 0.1 * cells.shape[1] * int((cells == goal).any(1).long().argmax())
walk_return(cells, goal, known) if goal in cells else 0.0  # A walk that never meets the goal pays 0.1 in every step of every episode.
"""

EXERCISE = exercise(walk_return, cases, MISTAKES)
