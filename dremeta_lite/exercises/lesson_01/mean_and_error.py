"""Exercise 01.5 · an estimate and its standard error · 5 minutes, ★☆☆

1. How does the spread of an average depend on how many numbers it is made from?
2. σ = `returns.std()`, which divides by n - 1. The standard error is σ/√n.
3. n ← number of returns;  return their mean, their standard deviation / √n

Never report an average return without it. Half the error costs four times the episodes; a tenth costs a hundred times.
"""

import math

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def mean_and_error(returns: Tensor) -> tuple[Tensor, Tensor]:
    n = len(returns)
    return returns.mean(), returns.std() / n**0.5


def cases() -> Cases:
    # 1, 2, 3, 6: mean 3, squared distances 4 + 1 + 0 + 9 = 14, so σ² = 14/3, and σ/√4
    error = math.sqrt(14 / 3) / 2
    yield case("the returns 1, 2, 3, 6", [1.0, 2.0, 3.0, 6.0], expected=(3.0, error))
    yield case("the same returns, each larger by 10000", [10001.0, 10002.0, 10003.0, 10006.0], expected=(10003.0, error))
    yield case("the returns 0.2 and 0.4", [0.2, 0.4], expected=(0.3, 0.1))
    # 0 and 10, 50 times each: mean 5, squared distances 25 · 100, so σ² = 2500/99
    yield case("fifty returns of 0 and fifty of 10", [0.0, 10.0] * 50, expected=(5.0, math.sqrt(2500 / 99) / 10))


MISTAKES = """
/ n**0.5 →  # That is how far single returns spread. The average of n of them spreads less: divide by √n.
n**0.5 → n  # You divide by n. The variance of an average is σ²/n, so its root is σ/√n.
std() → var()  # That is the variance over √n. Take the root of it first.
n**0.5 → (n - 1) ** 0.5  # The n - 1 stands in the standard deviation, and `std` has it already. Divide that by the root of n itself.
std() / n**0.5 → var() / n  # That is σ²/n, the variance of the average. The standard error is its root.
std() → std(correction=0)  # Divide the squared distances by n - 1: the average was made from the same returns. It is torch's default.
"""

EXERCISE = exercise(mean_and_error, cases, MISTAKES, survivors={"gradient": "returns are constants"})
