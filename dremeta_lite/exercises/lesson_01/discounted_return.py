"""Exercise 01.discounted_return: the discounted return."""

from collections.abc import Iterator

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def discounted_return(rewards: list[float], discount: float) -> float:
    G = 0.0
    for r in reversed(rewards):
        G = r + discount * G
    return G


def one_power_too_many(rewards: list[float], discount: float) -> float:
    return sum(discount ** (t + 1) * r for t, r in enumerate(rewards))


def undiscounted(rewards: list[float], discount: float) -> float:
    return sum(rewards)


def forwards(rewards: list[float], discount: float) -> float:
    G = 0.0
    for r in rewards:
        G = r + discount * G
    return G


def times_t(rewards: list[float], discount: float) -> float:
    return sum(discount * t * r for t, r in enumerate(rewards))


def return_cases() -> Iterator[Case]:
    yield Case("the rewards 3, -1, 8, 2 with γ = 0.5", ([3.0, -1.0, 8.0, 2.0], 0.5), expected=3 - 0.5 + 2 + 0.25)
    series = (1 - 0.9**20) / (1 - 0.9)
    yield Case("twenty rewards of 1 with γ = 0.9 (a geometric series)", ([1.0] * 20, 0.9), expected=series)
    yield Case("3, -1, 8 with γ = 1: the plain sum", ([3.0, -1.0, 8.0], 1.0), expected=10.0)
    yield Case("300 rewards of -0.5 with γ = 1", ([-0.5] * 300, 1.0), expected=-150.0)
    yield Case("3, -1, 8 with γ = 0: the first reward alone", ([3.0, -1.0, 8.0], 0.0), expected=3.0)
    yield Case("no reward at all", ([], 0.9), expected=0.0)


EXERCISE = Exercise(
    id="01.discounted_return",
    title="the discounted return",
    minutes=5,
    stars=1,
    reference=discounted_return,
    cases=return_cases,
    mistakes=(
        Mistake(one_power_too_many, "All your weights have one factor γ too many: the first reward counts in full, with γ to the power 0."),
        Mistake(undiscounted, "That is the plain sum. Where does γ come in?"),
        Mistake(forwards, "You go through the rewards forwards, so that the last one counts in full. Begin at the end."),
        Mistake(times_t, "You multiply γ by t. It is γ to the power of t."),
    ),
    hints=(
        "How much does the first reward count, and how much the third?",
        "Either add up γ^t · r_t, or go backwards with G_t = r_t + γ G_{t+1} (eq. 3.9), beginning with 0 after the end.",
        "G ← 0;  for each reward r, from the last to the first: G ← r + discount · G;  return G",
    ),
    why=(
        "Going backwards needs no powers, and on its way it meets the return from *every* step on. The same line, with V in the place "
        "of G_{t+1}, will be the target of Q-learning (notebook 03) and the heart of advantage estimates (04)."
    ),
)
