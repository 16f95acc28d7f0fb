"""Exercise 03.6 · the double-DQN target · 8 minutes, ★★★

1. Two questions: which action is best, and what is it worth? Who answers which?
2. `argmax(1, keepdim=True)` of the one, then `gather(1, chosen)` from the other, then `squeeze(1)`.
3. chosen ← argmax of online_next;  worth ← target_next at chosen;  return reward + γ · worth · (not terminated)

The maximum of noisy estimates is too high on average: whichever is overrated gets chosen. When another network judges, its errors are not
the ones that won the choice (van Hasselt et al. 2016, eq. 4).
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def double_target(reward: Tensor, online_next: Tensor, target_next: Tensor, terminated: Tensor, gamma: float) -> Tensor:
    chosen = online_next.argmax(1, keepdim=True)
    worth = target_next.gather(1, chosen).squeeze(1)
    return reward + gamma * worth * (~terminated)


def cases() -> Cases:
    online = [[9.2, 3.0, 9.3, 9.4], [-5.0, -6.0, -4.8, -4.9], [10.0, 60.0, 20.0, 0.0]]
    target = [[2.0, 7.0, 3.0, 1.0], [4.0, 6.0, -2.0, 1.0], [80.0, 30.2, 50.0, 9.0]]
    reward, no, last = [-2.0, 0.5, 1.0], [False, False, False], [False, False, True]
    yield case("three steps, γ = 0.5", reward, online, target, no, 0.5, expected=[-1.5, -0.5, 16.1])
    yield case("the last one terminates, γ = 0.9", reward, online, target, last, 0.9, expected=[-1.1, -1.3, 1.0])


MISTAKES = """
online_next.argmax → target_next.argmax  # The target network chooses *and* judges here: that is plain DQN. Let the online network choose.
reward + gamma * online_next.amax(1) * ~terminated  # The target network takes no part. It has to say what the chosen action is worth.
# The roles are swapped: the online network chooses, the target network says what that is worth.
    double_target(reward, target_next, online_next, terminated, gamma)
# That is the smaller of two maxima (a trick of a later algorithm). Here one network chooses, the other judges.
    reward + gamma * torch.minimum(online_next.amax(1), target_next.amax(1)) * ~terminated
.squeeze(1) →  # `gather` gives a column [n, 1], and with a row [n] it spreads to a square. Take the axis away: `squeeze(1)`.
double_target(reward, online_next, target_next, torch.zeros_like(terminated), gamma)  # The step that terminates has no future: mask it.
"""

EXERCISE = exercise(double_target, cases, MISTAKES, survivors={"gradient": "a target is a constant"})
