"""Exercise 03.1 · one update of the table · 6 minutes, ★☆☆

1. What would Q(s, a) be if this one step were the whole truth? That is the target.
2. Copy the table, change one entry: by α times (target - old entry). `Q[next_state].max()` is the worth of the next state.
3. Q ← copy;  target ← r + γ · (0 if terminated else max of Q's row s');  Q[s, a] ← Q[s, a] + α (target - Q[s, a])

Sutton & Barto eq. 6.8. The `max` asks what the next state could be worth, not what the agent does there: off-policy.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def q_update(Q: Tensor, state: int, action: int, reward: float, next_state: int, terminated: bool, alpha: float, gamma: float) -> Tensor:
    Q = Q.clone()
    worth = 0.0 if terminated else Q[next_state].max()
    target = reward + gamma * worth
    Q[state, action] += alpha * (target - Q[state, action])
    return Q


def cases() -> Cases:
    table = [[1.0, -2.0, 4.0], [0.5, 8.0, -9.0], [6.0, 7.0, 2.0], [-3.0, -1.5, -6.0]]
    # by hand: 4 + 0.25 (1 + 0.5 · 8 - 4) = 4.25, then 4 + 0.25 (1 - 4) = 3.25, then 7 + 0.5 (-1 + 0.9 · 7 - 7) = 6.15,
    # then 0.5 + 0.3 (0.03 + 0.9 · (-1.5) - 0.5) = -0.046
    for words, new, *step in (
        ("from state 0 by action 2 to state 1, r = 1, α = 0.25, γ = 0.5", 4.25, 0, 2, 1.0, 1, False, 0.25, 0.5),
        ("the same step, but state 1 is terminal", 3.25, 0, 2, 1.0, 1, True, 0.25, 0.5),
        ("a step that stays in state 2, r = -1, α = 0.5, γ = 0.9", 6.15, 2, 1, -1.0, 2, False, 0.5, 0.9),
        ("from state 1 by action 0 to state 3, where all is bad, r = 0.03, α = 0.3, γ = 0.9", -0.046, 1, 0, 0.03, 3, False, 0.3, 0.9),
    ):
        expected = [[new if [s, a] == step[:2] else value for a, value in enumerate(row)] for s, row in enumerate(table)]
        yield case(words, table, *step, expected=expected)


MISTAKES = """
alpha * →  # The entry jumps to the target. It should go a share α of the way only.
# You take the next state's value of the *same* action. Q-learning takes that of the best one there.
    Q[next_state].max() → Q[next_state, action]
alpha * → (1 - alpha) *  # The shares are swapped: α is that of the target, and 1 - α is left for the old entry.
Q[next_state].max() → Q[state].max()  # You take the best value of the state that was left. The future begins in the *next* state.
# The whole row moves. Only the action that was taken has taught us anything.
    Q[state, action] += alpha * (target - Q[state, action]) → Q[state] += alpha * (target - Q[state])
0.0 if terminated else →  # After termination nothing follows, so the next state's worth must not count.
Q.clone() → Q  # The argument `Q` was changed
(target - Q[state, action]) → target  # You add α times the target. What moves the entry is the *error*: target minus the old entry.
"""

EXERCISE = exercise(q_update, cases, MISTAKES, survivors={"gradient": "a table is not trained by gradients"})
