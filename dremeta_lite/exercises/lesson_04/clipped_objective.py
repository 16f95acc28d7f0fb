"""Exercise 04.6 · PPO's clip · 10 minutes, ★★☆

1. If an action was good and is already much more likely, should it still gain? And if it was good and has become less likely?
2. The ratio is exp(log_prob - old_log_prob). Multiply both the ratio and the clipped ratio with Â: which of the two counts?
3. ρ ← exp(new - old);  return mean of min(ρ·Â, clamp(ρ, 1-ε, 1+ε)·Â)

The clip takes away the *reason* to go further, not the possibility: other states can still pull the policy along.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def clipped_objective(log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    ratio = (log_prob - old_log_prob).exp()
    clipped = ratio.clamp(1 - clip_range, 1 + clip_range)
    return torch.minimum(ratio * advantage, clipped * advantage).mean()


def cases() -> Cases:
    for words, ratios, advantages, clip_range, gains in (
        ("nothing has moved", [1.0, 1.0], [2.0, -3.0], 0.2, [2.0, -3.0]),
        ("a good action, 1.5 times as likely as it was", [1.5], [2.0], 0.2, [2.4]),
        ("a bad action, half as likely", [0.5], [-2.0], 0.3, [-1.4]),
        ("a good action, half as likely: the wrong way", [0.5], [2.0], 0.2, [1.0]),
        ("a bad action, 1.5 times as likely: the wrong way", [1.5], [-2.0], 0.2, [-3.0]),
        ("two good actions, one more likely and one less", [1.5, 0.5], [2.0, 2.0], 0.2, [2.4, 1.0]),
        ("four at once", [1.05, 1.7, 0.6, 0.95], [1.4, 3.0, -2.0, -1.0], 0.1, [1.47, 3.3, -1.8, -0.95]),
    ):
        for rare, numbers in (("", [-0.7, -1.9, -0.4, -1.2]), (", of an action that was very unlikely", [-128.0, -150.0, -140.0, -160.0])):
            tried, old, mean = f"{words}{rare} (ε = {clip_range:g})", torch.tensor(numbers[: len(ratios)]), sum(gains) / len(gains)
            yield case(tried, old + torch.tensor(ratios).log(), old, advantages, clip_range, expected=mean, tolerance=1e-4)


MISTAKES = """
ratio * advantage → clipped * advantage  # Where the policy has moved the wrong way the gradient must stay: take the smaller one.
torch.minimum → torch.maximum  # The larger of the two rewards going too far. Take the smaller: it is the cautious one.
# The smaller of the two *ratios* is not meant, but the smaller of the two *products* with Â. Â may be negative.
    torch.minimum(ratio * advantage, clipped * advantage) → (torch.minimum(ratio, clipped) * advantage)
1 - clip_range, 1 → max=1  # The ratio is clipped above only. For a bad action the end that counts is the other one, 1 - ε.
# First the smaller one for each action, then the mean: here one action's clip hides another's.
    torch.minimum(ratio * advantage, clipped * advantage).mean() → torch.minimum((ratio * advantage).mean(), (clipped * advantage).mean())
.mean() → .sum()  # That is the sum over the actions; the expectation is their mean.
clipped * advantage → ratio * advantage  # The ratio is not clipped at all.
# Two tiny probabilities round to 0, and 0 / 0 is nan. Subtract the logarithms first, then take exp.
    (log_prob - old_log_prob).exp() → log_prob.exp() / old_log_prob.exp()
clipped_objective(log_prob.detach(), old_log_prob, advantage, clip_range)  # their gradient by `log_prob` is cut off
(log_prob - old_log_prob).exp() → log_prob / old_log_prob  # A ratio of logarithms is not the logarithm of a ratio: subtract, then take exp.
clipped_objective(old_log_prob, log_prob, advantage, clip_range)  # The ratio is new over old: π / π_old.
-clipped_objective(log_prob, old_log_prob, advantage, clip_range)  # The objective was asked for, which is maximised; you gave the loss.
"""

EXERCISE = exercise(clipped_objective, cases, MISTAKES, flows="log_prob")
