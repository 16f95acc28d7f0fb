"""Exercise 04.8 · what the critic should say · 10 minutes, ★★★

1. What is a step worth if nothing comes after it? If something comes that you did not see? And if you did see it?
2. Go backwards. What follows a step is: 0 if it terminated; the critic's next value if it was cut off, or is the last; else the next
   target.
3. later ← next value of the last step;  for t backwards: after ← next value if ended, else later; if terminated 0;  later ← r + γ·after

In a world that pays 1 for ever, the right critic's values 1/(1 - γ) are their own targets. In one that pays 1 and ends, the target is 1,
whatever the critic says about what comes after the end.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_04.probes import summed


def targets(reward: Tensor, next_value: Tensor, terminated: Tensor, ended: Tensor, discount: float) -> Tensor:
    later, found = next_value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        after = torch.where(ended[:, t], next_value[:, t], later)
        later = reward[:, t] + discount * torch.where(terminated[:, t], 0.0, after)
        found.append(later)
    return torch.stack(found[::-1], 1)


def cases() -> Cases:
    no, third, last = [False] * 10, [t == 2 for t in range(10)], [t == 9 for t in range(10)]
    paid, says = [1.0, -0.5, 2.0, 0.7, 1.3] * 2, [1.5, 12.0, 300.0, 1.7, 14.0] * 2
    for words, reward, value, terminated, ended, discount in (
        ("a world that pays 1 for ever, and a critic that knows it", [1.0] * 10, [4.0] * 10, no, no, 0.75),
        ("a world that pays 1 in one step and terminates, whatever the critic says", [1.0], [50.0], [True], [True], 0.9),
        ("a world that pays 1 in one step and is cut off", [1.0], [50.0], [False], [True], 0.9),
        ("ten steps, of which the third terminates", paid, says, third, third, 0.9),
        ("ten steps, of which the third is cut off", paid, says, no, third, 0.9),
        ("ten steps, of which the third is cut off and the last terminates", paid, says, last, [*third[:9], True], 0.5),
    ):
        two = [[reward, reward[::-1]], [value, value[::-1]], [terminated, no[: len(reward)]], [ended, no[: len(reward)]]]
        expected = [summed(r, v, stop, end, discount) for r, v, stop, end in zip(*two, strict=True)]
        yield case(f"{words} (γ = {discount:g})", *two, discount, expected=expected)


MISTAKES = """
# The next value counts after a termination, too: the done mask is missing. Nothing can be earned there any more.
    torch.where(terminated[:, t], 0.0, after) → after
# An episode that was cut off is treated like one that terminated. More could have been earned there: the critic says how much.
    torch.where(terminated[:, t], 0.0, after) → torch.where(ended[:, t], 0.0, after)
torch.where(ended[:, t], next_value[:, t], later) → later  # Your sum runs on into the next episode, which is another one.
# At the end of the stretch the sum stops, as if nothing came after it. The critic's last next value stands for what you have not seen.
    later, found = next_value[:, -1], [] → later, found = 0 * next_value[:, -1], []
# That is the target of one step: reward, and the critic's next value. Go on for as long as there are rewards that you have seen.
    torch.where(ended[:, t], next_value[:, t], later) → next_value[:, t]
targets(reward, next_value, terminated, ended, 1.0)  # What comes later is weighed with γ, once for each step.
found[::-1] → found  # The order is turned round: the last step, whose target is made first, belongs to the end.
# You go forward in time, so that what was paid earlier is added to what comes later. Begin with the last step: `reversed(range(…))`.
    reversed(range(reward.shape[1])) → range(reward.shape[1])
    found[::-1] → found
# That too goes forward in time, from the first step on. A target is made of what comes after it: begin with the last step.
    later, found = next_value[:, -1], [] → later, found = next_value[:, 0], []
    reversed(range(reward.shape[1])) → range(reward.shape[1])
    found[::-1] → found
# One step only, and none behind what was cut off. Sum the rewards that you have seen, and put the critic's value behind a cut.
    reward + discount * next_value * ~ended
# The two ends are mistaken for each other: behind a cut the critic's value stands, behind a termination nothing.
    targets(reward, next_value, ended & ~terminated, ended, discount)
# The critic's value stands for what comes a step later: where the sum stops, it is weighed with γ as well.
    targets(reward, next_value / discount, terminated, ended, discount)
# The reward of the step that terminates is lost. It was paid: only what comes after it is 0.
    discount * torch.where(terminated[:, t], 0.0, after) → discount * after
    found.append(later) → later = torch.where(terminated[:, t], 0.0, later); found.append(later)
# A target begins with the reward of its own step. Yours are one step late.
    torch.cat([targets(reward, next_value, terminated, ended, discount)[:, 1:], next_value[:, -1:]], 1)
"""

EXERCISE = exercise(targets, cases, MISTAKES, survivors={"gradient": "a target is what the critic is drawn to: it stays where it is"})
