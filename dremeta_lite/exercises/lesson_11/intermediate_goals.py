"""Exercise 11.3 · goals of intermediate difficulty · 8 minutes, ★☆☆

1. A goal was tried several times. What share of the tries that were finished reached it?
2. Count what was reached *and* finished, and divide by what was finished. Between which bounds does 0 / 0, which is NaN, lie?
3. share ← (reached and finished).sum(0) / finished.sum(0);  return (low < share) & (share < high)

What always succeeds teaches nothing, and what never succeeds does not either: with a reward of 0 throughout there is no gradient.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def intermediate_goals(reached: Tensor, finished: Tensor, low: float, high: float) -> Tensor:
    share = (reached & finished).sum(0) / finished.sum(0)
    return (share > low) & (share < high)


def cases() -> Cases:
    yes, no = True, False
    reached, every = [[yes, yes, no, no], [yes, no, no, yes]], [[yes] * 4] * 4
    yield case("four goals, tried twice", reached, every[:2], 0.1, 0.9, expected=[no, yes, no, yes])
    four = [[yes, yes, no, yes], [no, yes, no, no], [no, yes, yes, yes], [no, no, yes, yes]]
    for low, high, first in ((0.2, 0.6, yes), (0.25, 0.6, no), (0.3, 0.75, no)):
        yield case(f"shares of 1/4, 3/4, 1/2, 3/4: from {low} to {high}", four, every, low, high, expected=[first, no, yes, no])
    tried = [[yes, yes, yes, no, yes], [no, no, yes, yes, no], [yes, no, no, yes, yes]]
    finished = [[yes, no, no, yes, yes], [yes, yes, no, yes, no], [no, yes, no, yes, yes]]
    yield case("some tries are unfinished, of one goal all of them", tried, finished, 0.2, 0.8, expected=[yes, no, no, yes, no])


MISTAKES = """
(reached & finished) → reached  # A try that is not finished says nothing yet, whatever stands in `reached`.
# You look at `reached` alone. Of the tries of a goal, only those that are finished count, above and below the line.
    (reached & finished).sum(0) / finished.sum(0) → reached.float().mean(0)
/ finished.sum(0) → / len(finished)  # You divide by all tries. Those that are not finished do not count.
(share > low) & (share < high) → (share >= low) & (share <= high)  # A share that is equal to a bound is out: both signs are strict.
(share > low) & (share < high) → share > low  # What is always reached is too easy, and teaches nothing: the upper bound is missing.
(share > low) & (share < high) → share < high  # What is never reached is too hard, and teaches nothing: the lower bound is missing.
# That is one share for all goals together. Tries are axis 0, and each goal, along axis 1, has its own.
    (reached & finished).sum(0) / finished.sum(0) → (reached & finished).float().mean()
"""

EXERCISE = exercise(intermediate_goals, cases, MISTAKES)
