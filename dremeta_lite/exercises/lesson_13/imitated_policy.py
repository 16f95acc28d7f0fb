"""Exercise 13.4 · what an ideal DPT does · 10 minutes, ★★☆

1. DPT learns p(a* = a | history). If you knew p(task | history), which tasks speak for action a?
2. Add up the beliefs of all tasks whose best action is a: `index_add_`, or a comparison of `best` with each action.
3. policy ← zeros, one an action;  for each task: policy[best of the task] += its belief;  return policy

An action that is best in no task gets 0, however much it would tell: DPT does what one who knows would do, and such a one never searches.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def imitated_policy(belief: Tensor, best: Tensor, actions: int) -> Tensor:
    return ((best == torch.arange(actions)[:, None]) * belief).sum(-1)


def cases() -> Cases:
    yield case("four tasks, three actions", [0.4, 0.25, 0.3, 0.05], [1, 2, 2, 0], 3, expected=[0.05, 0.4, 0.55])
    yield case("the task is known", [0.0, 1.0, 0.0], [0, 1, 1], 2, expected=[0.0, 1.0])
    yield case("two actions that are never best", [0.5, 0.5], [0, 1], 4, expected=[0.5, 0.5, 0.0, 0.0])


MISTAKES = """
# That is the action of the likeliest task. Every task has a say, as much as it is believed.
    torch.nn.functional.one_hot(best[belief.argmax()], actions).float()
# Actions are counted as if all tasks were as likely. Each counts as much as it is believed.
    * belief).sum(-1) → * torch.ones_like(belief)).sum(-1) / len(belief)
# An action that is best in no task gets nothing. You spread the rest over all actions.
    * belief).sum(-1) → * belief).sum(-1) * 0.9 + 0.1 / actions
# `policy[best] += belief` keeps one task of those that share an action: an index that comes twice is written once. `index_add_` adds up.
    policy = torch.zeros(actions)
    policy[best] += belief
    return policy
# You average the beliefs of the tasks that share an action. They are added: that it is one of them is as likely as all together.
    * belief).sum(-1) → * belief).sum(-1) / (best == torch.arange(actions)[:, None]).sum(-1).clamp(min=1)
# That is the likeliest action, taken for certain. DPT's loss is smallest at the probabilities themselves.
    torch.nn.functional.one_hot(((best == torch.arange(actions)[:, None]) * belief).sum(-1).argmax(), actions).float()
"""

SURVIVORS = {"gradient": "what an ideal agent does is only looked at", "sum(-1) → sum(+1)": "the last axis is axis 1"}
EXERCISE = exercise(imitated_policy, cases, MISTAKES, survivors=SURVIVORS)
