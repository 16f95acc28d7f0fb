"""Exercise 14.2 · which colours are still possible · 8 minutes, ★★☆

1. The rules say what would have followed, for each colour that the medic may wear. When is a colour ruled out?
2. A prediction agrees if *every* number of it is as close as `near` to what was seen. What was ruled out before stays ruled out.
3. agrees ← ((predicted - seen).abs() <= near).all(-1);  return possible & agrees, and `possible` as it is if the step does not count

This is Bayes' rule where nothing happens by chance: a likelihood is 1 or 0. With it, testing takes a step or two.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def still_possible(possible: Tensor, predicted: Tensor, seen: Tensor, near: float, counts: bool) -> Tensor:
    agrees = ((predicted - seen).abs() <= near).all(-1)
    return possible & (agrees | (not counts))


def cases() -> Cases:
    yes, no, seen = True, False, [0.4, 1.0, 1.0, 0.9]
    others = [seen, [1.0, 1.0, 1.0, 0.9], [0.4, 1.0, 1.0, 0.8], [0.4004, 0.9996, 1.0, 0.9]]
    for words, before, predicted, counts, after in (
        ("two of four agree, one of them nearly", [yes, yes, yes, yes], others, True, [yes, no, no, yes]),
        ("one of them was ruled out before", [no, yes, yes, yes], others, True, [no, no, no, yes]),
        ("the step does not count", [no, yes, yes, no], others, False, [no, yes, yes, no]),
        ("all agree", [yes, no, yes, yes], [seen] * 4, True, [yes, no, yes, yes]),
        ("none agrees", [yes, yes, no], others[1:3] + others[1:2], True, [no, no, no]),
        ("three colours, off by much or little", [yes, yes, yes], [[-8.0, 1.0, 1.0, 0.9], [0.402, 1, 1, 0.9], seen], True, [no, no, yes]),
    ):
        yield case(words, before, predicted, seen, 1e-3, counts, expected=after)
    yield case("as far off as is allowed", [yes, yes], [[1.0], [0.0]], [1.5], 0.5, True, expected=[yes, no])
    off = [[1.45, 0.55, 1.45, 1.45], [1.0, 1.0, 0.4, 1.0]]
    yield case("many numbers a little off, or one too far", [yes, yes], off, [1.0] * 4, 0.5, True, expected=[yes, no])


MISTAKES = """
.all(-1) → .any(-1)  # One number that agrees is not enough: all of them have to.
possible & (agrees | (not counts)) → agrees | (not counts)  # What was ruled out before stays ruled out: `possible & …`.
possible & (agrees | (not counts)) → agrees if counts else possible  # A colour that was ruled out may agree later: `possible & agrees`.
<= near → <= 1e-3  # How near is near enough, `near` says.
# Each number has to be near by itself; their sum, or the length of the difference, may be larger.
    ((predicted - seen).abs() <= near).all(-1) → (predicted - seen).norm(dim=-1) <= near
# Each number has to be near, also the one that is farthest off; a mean hides it.
    ((predicted - seen).abs() <= near).all(-1) → (predicted - seen).square().mean(-1).sqrt() <= near
(agrees | (not counts)) → agrees  # A step that does not count did not happen, and tells nothing.
.abs() <= near → <= near  # A prediction may be too large or too small: take the distance, `.abs()`.
# Numbers that are computed twice may differ in the last digit: ask whether they are near, not whether they are equal.
    ((predicted - seen).abs() <= near) → (predicted == seen)
"""

SURVIVORS = {
    "`predicted` and `seen` swapped": "a distance has no direction",
    "predicted - seen → seen - predicted": "a distance has no direction",
    "all(-1) → all(+1)": "the last of two axes is axis 1",
}
EXERCISE = exercise(still_possible, cases, MISTAKES, survivors=SURVIVORS)
