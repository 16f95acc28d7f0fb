"""Exercise 01.3 · the discounted return · 5 minutes, ★☆☆

1. How much does the first reward count, and how much the third?
2. Either add up γ^t · r_t, or go backwards with G_t = r_t + γ G_{t+1} (eq. 3.9), beginning with 0 after the end.
3. G ← 0;  for each reward r, from the last to the first: G ← r + discount · G;  return G

Going backwards needs no powers, and on its way it meets the return from *every* step on. The same line, with V in the place of G_{t+1},
will be the target of Q-learning (notebook 03) and the heart of advantage estimates (04).
"""

from dremeta_lite.exercises.declaring import Case, Cases, exercise


def discounted_return(rewards: list[float], discount: float) -> float:
    G = 0.0
    for r in reversed(rewards):
        G = r + discount * G
    return G


def cases() -> Cases:
    yield Case("the rewards 3, -1, 8, 2 with γ = 0.5", ([3.0, -1.0, 8.0, 2.0], 0.5), expected=3 - 0.5 + 2 + 0.25)
    series = (1 - 0.9**20) / (1 - 0.9)
    yield Case("twenty rewards of 1 with γ = 0.9 (a geometric series)", ([1.0] * 20, 0.9), expected=series)
    yield Case("3, -1, 8 with γ = 1: the plain sum", ([3.0, -1.0, 8.0], 1.0), expected=10.0)
    yield Case("300 rewards of -0.5 with γ = 1", ([-0.5] * 300, 1.0), expected=-150.0)
    yield Case("3, -1, 8 with γ = 0: the first reward alone", ([3.0, -1.0, 8.0], 0.0), expected=3.0)
    yield Case("no reward at all", ([], 0.9), expected=0.0)


MISTAKES = """
# All your weights have one factor γ too many: the first reward counts in full, with γ to the power 0.
    sum(discount ** (t + 1) * r for t, r in enumerate(rewards))
sum(rewards)  # That is the plain sum. Where does γ come in?
reversed(rewards) → rewards  # You go through the rewards forwards, so that the last one counts in full. Begin at the end.
sum(discount * t * r for t, r in enumerate(rewards))  # You multiply γ by t. It is γ to the power of t.
"""

EXERCISE = exercise(discounted_return, cases, MISTAKES)
