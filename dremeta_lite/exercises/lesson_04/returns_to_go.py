"""Exercise 04.3 · the return from here on · 6 minutes, ★☆☆

1. What is the return of the last step? And of the one before, if you know that of the last?
2. G_t = r_t + γ G_{t+1}: go through the steps from the last to the first.
3. later ← 0;  for t from the last to the first: later ← r_t + γ · later;  returns[t] ← later

One pass backwards. The same recursion, with δ in the place of r and γλ in the place of γ, is GAE.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def returns_to_go(rewards: Tensor, discount: float) -> Tensor:
    returns = torch.empty_like(rewards)
    later = 0.0
    for t in reversed(range(len(rewards))):
        later = rewards[t] + discount * later
        returns[t] = later
    return returns


def cases() -> Cases:
    for rewards, discount in (
        ([1.0, -2.0, 3.0, 0.5], 0.5),
        ([2.0, 1.0, 4.0], 1.0),
        ([1.5, 2.5], 0.0),
        ([3.0], 0.9),
        ([], 0.9),
        ([0.25 * t for t in range(12)], 0.9),
    ):
        expected = [sum(discount ** (u - t) * rewards[u] for u in range(t, len(rewards))) for t in range(len(rewards))]
        tried = f"rewards {rewards}, γ = {discount:g}" if rewards else "no rewards at all"
        yield case(tried, rewards, discount, expected=expected)


MISTAKES = """
# Every step got the return of the whole episode. No action can change what was earned before it.
    returns_to_go(rewards, discount)[:1].expand(len(rewards)).clone()
# You discount from the start of the episode. G_t counts its own reward fully.
    (rewards * discount ** torch.arange(len(rewards))).flip(0).cumsum(0).flip(0)
# You divide by a power of γ, which is 0 for a small γ and a late step: 0 by 0 is nan. Go backwards instead.
    (rewards * (p := discount ** torch.arange(len(rewards)))).flip(0).cumsum(0).flip(0) / p
returns_to_go(rewards.flip(0), discount).flip(0)  # You add up what came before the step. Its return is what comes after it.
# Everything is one step early: here r_t is the reward *of* step t, and G_t begins with it.
    torch.cat([returns_to_go(rewards, discount)[1:], torch.zeros(1)])
# That is G_0, as far as it is known after each step. G_t begins at step t, and looks ahead.
    (rewards * discount ** torch.arange(len(rewards))).cumsum(0)
returns_to_go(rewards, discount).flip(0)  # The numbers are right, and in reverse order: G_0 comes first.
returns_to_go(rewards, 1.0)  # Where is γ? A reward k steps later counts γ^k times as much.
returns_to_go(rewards, discount) - rewards  # The reward of the step itself belongs to its return.
"""

EXERCISE = exercise(returns_to_go, cases, MISTAKES, survivors={"gradient": "a return is a constant that weighs a score"})
