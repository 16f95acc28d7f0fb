"""Exercise 13.3 · one line of difference · 10 minutes, ★★☆

1. Both losses have log π of one action a step. Of which action in RL², and of which in DPT? And what is it multiplied by?
2. `log_policy.gather(-1, action[:, None])[:, 0]` picks one a step. Steps whose mask is 0 did not happen: the mean is over the others.
3. rl2 ← -Σ mask · log π(a) · Â / Σ mask;  dpt ← -Σ mask · log π(a*) / Σ mask

RL² is told how good its own action was; DPT is told what would have been right. Only the first can value an action for what it tells.
"""

import math

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def two_losses(log_policy: Tensor, action: Tensor, advantage: Tensor, best: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    taken = log_policy.gather(-1, action[:, None])[:, 0]
    right = log_policy.gather(-1, best[:, None])[:, 0]
    return -(taken * advantage * mask).sum() / mask.sum(), -(right * mask).sum() / mask.sum()


def cases() -> Cases:
    p = torch.tensor([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.25, 0.5], [0.125, 0.375, 0.5]])
    action, best, log2, log3 = [0, 2, 1, 2], [1, 1, 2, 0], math.log(2.0), math.log(3.0)
    losses = (2 - 3 + 1 + 3) * log2 / 4, (2 + 2 + 1 + 3) * log2 / 4 - log3 / 4
    yield case("four steps", p.log(), action, [2.0, -1.0, 0.5, 3.0], best, [1.0] * 4, expected=losses)
    padded = torch.cat([p.log()[:2], torch.tensor([[-500.0, -400.0, -300.0]]), p.log()[3:]])
    losses = (2 - 3 + 3) * log2 / 3, (2 + 2 + 3) * log2 / 3 - log3 / 3
    yield case("one of them did not happen", padded, action, [2.0, -1.0, 1e6, 3.0], best, [1.0, 1.0, 0.0, 1.0], expected=losses)
    sure = [[0.0, -200.0], [-400.0, 0.0]]
    yield case("π is nearly sure", sure, [1, 0], [1.0, -2.0], [0, 0], [1.0, 1.0], expected=(-300.0, 200.0))


MISTAKES = """
-(taken * advantage * mask).sum() → (taken * advantage * mask).sum()  # A loss is made small: RL²'s has the wrong sign.
-(right * mask).sum() → (right * mask).sum()  # A loss is made small: DPT's has the wrong sign.
taken * advantage * mask → taken * mask  # RL² weighs each log π(a) by its advantage. Without it, whatever was done is done again.
right * mask → right * advantage * mask  # DPT has no advantage: the right action is right, whatever was earned.
best[:, None] → action[:, None]  # DPT predicts the best action, not the one that was taken: that would be imitation of itself.
action[:, None] → best[:, None]  # RL² learns from the action that was taken, whose advantage is known. Nobody tells it the best one.
# A loss is made small: both have the wrong sign.
    -(taken * advantage * mask).sum() → (taken * advantage * mask).sum()
    -(right * mask).sum() → (right * mask).sum()
# Divide both by how many steps happened. You take the mean over all.
    (taken * advantage * mask).sum() / mask.sum() → (taken * advantage * mask).mean()
    (right * mask).sum() / mask.sum() → (right * mask).mean()
# Those are sums. Each loss is a mean over the steps that happened.
    (taken * advantage * mask).sum() / mask.sum() → (taken * advantage * mask).sum()
    (right * mask).sum() / mask.sum() → (right * mask).sum()
# The mask is not used: steps that did not happen are in both losses.
    (taken * advantage * mask).sum() / mask.sum() → (taken * advantage).mean()
    (right * mask).sum() / mask.sum() → right.mean()
-(taken * advantage * mask).sum() / mask.sum() → -(taken * advantage).sum() / mask.sum()  # Steps that did not happen are in RL²'s sum.
-(right * mask).sum() / mask.sum() → -(right * mask).mean()  # Divide by how many steps happened, not by all.
"""

SURVIVORS = {f"gather(-1, {index} → gather(+1, {index}": "the last axis is axis 1" for index in ("action", "best")}
EXERCISE = exercise(two_losses, cases, MISTAKES, flows="log_policy", survivors=SURVIVORS)
