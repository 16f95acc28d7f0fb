"""Exercise 03.3 · targets for a batch · 6 minutes, ★★☆

1. An episode can end in two ways. After which of them is there really nothing more to earn?
2. `next_Q.amax(1)` is the best value in each row, and `~terminated` is 1 where the task goes on.
3. best ← row-wise maximum of next_Q;  return reward + γ · best · (not terminated)

The mask is the most often forgotten line of reinforcement learning. `truncated` is in the signature to tempt you: at the horizon the agent
could have gone on, so its estimate goes on, too.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def q_target(reward: Tensor, next_Q: Tensor, terminated: Tensor, truncated: Tensor, gamma: float) -> Tensor:
    best = next_Q.amax(1)
    return reward + gamma * best * (~terminated)


def cases() -> Cases:
    next_Q = [[2.0, 1.0, 0.5, 0.1, 7.2], [4.0, 3.0, -1.0, 0.0, 2.0], [50.0, 20.0, 90.0, 8.0, 9.0], [-2.0, -5.0, -3.0, -4.0, -6.0]]
    no, second, third = ([i == k for i in range(4)] for k in (-1, 1, 2))
    for words, terminated, truncated, gamma, expected in (
        ("four steps in the middle of episodes", no, no, 0.5, [4.6, 1.5, 48.0, -0.75]),
        ("the third step terminates", third, no, 0.5, [4.6, 1.5, 3.0, -0.75]),
        ("the second step is truncated", no, second, 0.5, [4.6, 1.5, 48.0, -0.75]),
        ("the third terminates, and at its horizon, too", third, third, 0.9, [7.48, 3.1, 3.0, -1.55]),
    ):
        yield case(f"{words}, γ = {gamma}", [1.0, -0.5, 3.0, 0.25], next_Q, terminated, truncated, gamma, expected=expected)


MISTAKES = """
reward + gamma * next_Q.amax(1)  # A terminal state has no future: where `terminated` is True the target is the reward alone.
# A truncated episode was cut off by the clock. Its next state keeps its worth: only `terminated` masks.
    ~terminated → ~terminated & ~truncated
reward + gamma * next_Q.amax(1) * terminated  # The mask is turned round: it keeps the future where there is none, and drops it elsewhere.
reward + gamma * next_Q.argmax(1) * ~terminated  # `argmax` gives the number of the best action; wanted is its value.
(reward + gamma * next_Q.amax(1)) * ~terminated  # The reward of the last step counts. Mask the future only, not the sum.
reward + gamma * next_Q.max() * ~terminated  # You take the maximum over the whole batch. Each row has a next state of its own.
"""

SURVIVORS = {
    "`next_Q` in reverse along axis 1": "the largest is the largest in any order",
    "`truncated` does not count": "that is the point: only termination masks",
    "gradient": "y counts as a constant",
}
EXERCISE = exercise(q_target, cases, MISTAKES, survivors=SURVIVORS)
