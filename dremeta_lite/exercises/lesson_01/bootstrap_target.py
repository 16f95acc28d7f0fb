"""Exercise 01.1 · terminated or truncated · 6 minutes, ★☆☆

1. Of the two flags, which one says that no reward can follow, whatever anybody does?
2. The reward always counts. γ V(s') counts unless `terminated`. `x.masked_fill(mask, 0.0)` writes zeros where the mask is True.
3. future ← next_value, with 0 where terminated;  return reward + discount · future

`truncated` is not used at all, and that is the point: where the clock stops the episode, the estimate V(s') stands for the rewards that
would have followed. Many programs use one flag `done` for both, and so learn that time running out is a wall.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def bootstrap_target(reward: Tensor, next_value: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> Tensor:
    return reward + discount * next_value.masked_fill(terminated, 0.0)


def cases() -> Cases:
    tried = "four steps with γ = 0.9: one that goes on, one terminated, one truncated, one both"
    reward, value, expected = [1.0, -0.5, 2.0, 0.25], [4.2, 60.0, -3.4, 80.0], [1 + 0.9 * 4.2, -0.5, 2 - 0.9 * 3.4, 0.25]
    yield case(tried, reward, value, [False, True, False, True], [False, False, True, True], 0.9, expected=expected)
    yield case("one truncated step with γ = 0.5", [1.0], [3.0], [False], [True], 0.5, expected=[2.5])


MISTAKES = """
terminated → terminated | truncated  # You cut the future off at truncation, too. The clock ran out; the world did not end: V(s') counts.
reward + discount * next_value  # You never cut the future off. After termination there is none: V(s') must not count.
terminated → truncated  # It is the wrong flag: you cut off where the episode was truncated. Only termination is the world's own end.
# The reward of the terminating step is lost. It was paid; only what comes after it is 0.
    (reward + discount * next_value).masked_fill(terminated, 0.0)
"""

SURVIVORS = {"`truncated` does not count": "that is the point: only termination cuts the future off", "gradient": "a target is a constant"}
EXERCISE = exercise(bootstrap_target, cases, MISTAKES, survivors=SURVIVORS)
