"""Exercise 01.4 · many trajectories at once · 10 minutes, ★★★

1. In which steps is a trajectory over? Is the terminating step itself one of them?
2. `terminated.cumsum(dim=1)` counts the ends up to and including each step. A step is over if an end came *before* it.
3. over ← (ends up to this step) - (end in this step) > 0;  weight ← γ^t;  sum over time of reward · weight where not over

In a tensor [trajectory, time] all rows are equally long; episodes are not. A mask says which numbers count. `masked_fill` is safer than a
product: 0 · nan is nan. `Trajectories.mask` of the package is this mask: 1 where a step counts.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def masked_returns(reward: Tensor, terminated: Tensor, discount: float) -> Tensor:
    over = terminated.cumsum(dim=1) - terminated.long() > 0
    weight = discount ** torch.arange(reward.shape[1])
    return (reward * weight).masked_fill(over, 0.0).sum(dim=1)


def cases() -> Cases:
    reward = [[1.5, 2.0, 4.0, 8.0], [3.0, -1.0, 99.0, 0.7], [-2.0, 4.0, -99.0, 99.0]]
    terminated = [[False, False, False, False], [False, True, False, False], [True, False, True, False]]
    tried = "three trajectories with γ = 0.5; two of them end before the last step"
    yield case(tried, reward, terminated, 0.5, expected=[1.5 + 1 + 1 + 1.0, 3 - 0.5, -2.0])
    last = [[False] * 11 + [True]]
    yield case("one that terminates in its twelfth and last step, γ = 1", [[1.0] * 12], last, 1.0, expected=[12.0])


MISTAKES = """
.masked_fill(over, 0.0) →  # Rewards from after the end are counted. Where a trajectory is over, its numbers mean nothing.
- terminated.long() →  # The reward of the terminating step itself is missing: an episode is over only after that step.
# You leave out the terminating step and count what comes after it: just the other way round.
    terminated.cumsum(dim=1) - terminated.long() > 0 → terminated
(reward * weight) → reward  # The mask is right, but γ is missing.
# Behind the first end the count of ends stays at 1, so these steps still count. Look at the ends *before* each step.
    - terminated.long() > 0 → > 1
# Behind a second True your weight falls below 0. Ask only whether there was an end before: yes or no.
    .masked_fill(over, 0.0) → .mul(1 - terminated.cumsum(dim=1) + terminated.long())
# A row without any True has no end, and all of it counts. (argmax gives 0 for such a row.)
    terminated.cumsum(dim=1) - terminated.long() > 0 → torch.arange(reward.shape[1]) > terminated.int().argmax(dim=1, keepdim=True)
"""

EXERCISE = exercise(masked_returns, cases, MISTAKES, survivors={"gradient": "rewards are constants"})
