"""Exercise 13.3 · one line of difference · 10 minutes, ★★☆

1. Both losses have log π of one action a step. Of which action in RL², and of which in DPT? And what is it multiplied by?
2. `log_policy.gather(-1, action[:, None])[:, 0]` picks one a step. Steps whose mask is 0 did not happen: the mean is over the others.
3. rl2 ← -Σ mask · log π(a) · Â / Σ mask;  dpt ← -Σ mask · log π(a*) / Σ mask

RL² is told how good its own action was; DPT is told what would have been right. Only the first can value an action for what it tells.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Case, Cases, exercise
from dremeta_lite.exercises.properties import gradient_flows


def two_losses(log_policy: Tensor, action: Tensor, advantage: Tensor, best: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    taken = log_policy.gather(-1, action[:, None])[:, 0]
    right = log_policy.gather(-1, best[:, None])[:, 0]
    return -(taken * advantage * mask).sum() / mask.sum(), -(right * mask).sum() / mask.sum()


def cases() -> Cases:
    p = torch.tensor([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.25, 0.5], [0.125, 0.375, 0.5]])
    action, best = torch.tensor([0, 2, 1, 2]), torch.tensor([1, 1, 2, 0])
    advantage, every = torch.tensor([2.0, -1.0, 0.5, 3.0]), torch.ones(4)
    log2, log3 = torch.tensor([2.0, 3.0]).log()
    some = torch.tensor([1.0, 1.0, 0.0, 1.0])
    rl2, dpt = (2 - 3 + 1 + 3) * log2 / 4, (2 + 2 + 1 + 3) * log2 / 4 - log3 / 4
    yield Case("four steps", (p.log(), action, advantage, best, every), expected=(rl2, dpt))
    garbage = torch.tensor([2.0, -1.0, 1e6, 3.0])
    padded = torch.cat([p.log()[:2], torch.tensor([[-500.0, -400.0, -300.0]]), p.log()[3:]])
    rl2, dpt = (2 - 3 + 3) * log2 / 3, (2 + 2 + 3) * log2 / 3 - log3 / 3
    yield Case("one of them did not happen", (padded, action, garbage, best, some), expected=(rl2, dpt))
    sure = torch.tensor([[0.0, -200.0], [-400.0, 0.0]])
    told = sure, torch.tensor([1, 0]), torch.tensor([1.0, -2.0]), torch.tensor([0, 0]), torch.ones(2)
    yield Case("π is nearly sure", told, expected=(torch.tensor(-300.0), torch.tensor(200.0)))


MISTAKES = """
-(taken * advantage * mask).sum() → (taken * advantage * mask).sum()  # A loss is made small: RL²'s has the wrong sign.
-(right * mask).sum() → (right * mask).sum()  # A loss is made small: DPT's has the wrong sign.
taken * advantage * mask → taken * mask  # RL² weighs each log π(a) by its advantage. Without it, whatever was done is done again.
right * mask → right * advantage * mask  # DPT has no advantage: the right action is right, whatever was earned.
best[:, None] → action[:, None]  # DPT predicts the best action, not the one that was taken: that would be imitation of itself.
# RL² learns from the action that was taken, whose advantage is known. Nobody tells it the best one.
    action[:, None] → best[:, None]
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
EXERCISE = exercise(two_losses, cases, MISTAKES, gradient_flows(two_losses, cases, "log_policy"), survivors=SURVIVORS)
