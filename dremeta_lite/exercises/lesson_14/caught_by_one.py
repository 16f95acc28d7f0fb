"""Exercise 14.4 · judge one rule in all tasks · 10 minutes, ★★☆

1. In each task the same action leads somewhere else. Where does a paddle that began in some place stand one row further down?
2. `rule[row][here]` are the actions where the paddles are, and `follows[task, place, action]` says where each of them leads.
3. here ← every place, for each task;  for each row: here ← follows[task, here, rule[row][here]];  return the share of wins[here], by task

Any rule without a memory that does well in all tasks says that nothing has to be found out, or that the world itself remembers it.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def caught_by_one(rule: Tensor, follows: Tensor, wins: Tensor) -> Tensor:
    tasks, places, _ = follows.shape
    task, here = torch.arange(tasks)[:, None], torch.arange(places).expand(tasks, places)
    for row in rule:
        here = follows[task, here, row[here]]
    return wins[here].float().mean(-1)


def followed(rule: list, follows: list, wins: list) -> list[float]:
    """One start after the other."""
    shares = []
    for world in follows:
        ends = list(range(len(world)))
        for row in rule:
            ends = [world[place][row[place]] for place in ends]
        shares.append(sum(1 for place in ends if wins[place]) / len(world))
    return shares


def cases() -> Cases:
    no, yes = False, True
    right, left = [[0, 1], [1, 2], [2, 3], [3, 3]], [[0, 0], [1, 0], [2, 1], [3, 2]]
    jumps = [[2, 1, 0], [0, 0, 2], [1, 1, 2]]
    turned, stuck = [[1, 2, 2], [2, 0, 1], [0, 1, 0]], [[0, 0, 0], [1, 1, 1], [2, 2, 2]]
    for words, rule, follows, wins in (
        ("two tasks, one step", [[1, 1, 0, 1]], [right, left], [no, yes, no, yes]),
        ("two tasks, three steps", [[1, 1, 0, 1], [0, 1, 1, 1], [1, 0, 1, 0]], [right, left], [no, no, yes, yes]),
        ("three tasks, as many as there are places and actions", [[0, 1, 2], [2, 0, 1]], [jumps, turned, stuck], [yes, no, yes]),
        ("the same rule in every row", [[1, 0, 1, 0]] * 2, [right, left, right], [yes, no, no, no]),
        ("one task, four steps", [[0, 2, 1], [1, 1, 0], [2, 0, 2], [0, 2, 1]], [turned], [no, yes, yes]),
        ("eleven steps", [[0, 2, 1]] * 8 + [[1, 1, 0], [2, 0, 2], [1, 2, 2]], [turned, jumps], [no, yes, no]),
        ("no step", [], [left, right], [yes, no, no, no]),
    ):
        table = torch.tensor(rule, dtype=torch.long).view(-1, len(wins))
        yield case(words, table, follows, wins, expected=followed(rule, follows, wins))


MISTAKES = """
row[here] → row  # That is what the rule does in the place where the paddle *began*. It has moved: `row[here]`.
follows[task, here, row[here]] → follows[0, here, row[here]]  # Those are the controls of the first task. Each task has its own.
for row in rule: → for row in rule[:1].expand_as(rule):  # The rule differs from row to row, and you always use its first.
for row in rule: → for row in rule.flip(0):  # That goes through the rows from the bottom up. Objects fall down: row 0 comes first.
for row in rule: → for row in rule[1:]:  # That is one step too few.
.mean(-1) → .mean()  # One number for all tasks hides in which of them the rule fails: a share for *each* task.
.mean(-1) → .sum(-1)  # That is how many starts end well. A share is divided by the number of starts.
.mean(-1) → .mean(0)  # That is a share for each place to begin in. Asked is one for each task, over all places.
wins[here] → wins.expand(tasks, places)  # That is who would win without moving: look where the paddles have come to, `wins[here]`.
"""

SURVIVORS = {"return wins[here].float().mean(-1) → return wins[here].float().mean(+1)": "the last of two axes is axis 1"}
EXERCISE = exercise(caught_by_one, cases, MISTAKES, survivors=SURVIVORS)
