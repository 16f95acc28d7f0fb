"""Exercise 17.1 · what credit costs · 8 minutes, ★★☆

1. The noises of T independent steps add up. What is then the variance of a return? And of the mean of N returns?
2. Variances add; the difference of two means has the variances of both. Its error is the root of that.
3. variance of a return ← T · noise²;  error of the difference ← √(2 · variance / N);  solve gap = 2 · error for N, rounded up

Reinforcement learning pays whole trials, and asks which of their choices it was. The price of an answer grows with the length of the
trial, and with the square of how small the difference is. Baselines, critics and discounts exist to make it smaller.
"""

import math

from dremeta_lite.exercises.declaring import Cases, case, exercise


def trials_needed(gap: float, noise: float, steps: int) -> int:
    variance = steps * noise**2
    return math.ceil(8 * variance / gap**2)


def by_doubling(gap: float, noise: float, steps: int) -> int:
    """The first N that is enough, found by doubling and halving."""
    error = lambda n: math.sqrt(2 * sum([noise * noise] * steps) / n)
    low, high = 0, 1
    while gap < 2 * error(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if gap >= 2 * error(middle) else (middle, high)
    return high


def cases() -> Cases:
    for words, *given in (
        ("one step", 0.3, 0.5, 1),
        ("seven steps", 0.3, 0.5, 7),
        ("a hundred steps", 0.3, 0.5, 100),
        ("a small gap", 0.01, 0.7, 30),
        ("large noise", 2.1, 9.0, 3),
        ("eighteen steps, for which 81 trials of each are exactly enough", 2.0, 1.5, 18),
        ("hardly any noise: one trial of each is enough", 1.0, 0.001, 5),
    ):
        yield case(words, *given, by=by_doubling)


MISTAKES = """
steps * noise → (steps * noise)  # You have added the noises themselves. Independent noises partly cancel: it is their *variances* that add.
noise**2 → noise  # The noise is a standard deviation. What adds over steps is its square, the variance.
8 * → 4 *  # You have the noise of one mean alone. A difference has that of both: their variances add.
8 * → 2 *  # The difference is to be twice its error, not as large as it: that makes four times as many trials.
gap**2 → gap  # N grows with the square: half the gap takes four times as many trials.
steps * noise**2 → noise**2  # That is the noise of one step. The return sums the noises of all.
# Where the formula gives a whole number, that many are enough. `math.ceil` rounds up, and leaves whole numbers as they are.
    math.ceil(8 * variance / gap**2) → int(8 * variance / gap**2) + 1
math.ceil( → round(  # You have rounded to the nearest whole number: where that is down, so many trials are not yet enough.
math.ceil( → math.floor(  # You have rounded down: so many trials are not yet enough.
steps * noise**2 → noise**2 / steps  # The noise of a *mean* over steps falls with their number. A return is a sum.
"""

SQUARED = {f"`{name}` negative": "it is squared" for name in ("gap", "noise")}
EXERCISE = exercise(trials_needed, cases, MISTAKES, survivors=SQUARED)
