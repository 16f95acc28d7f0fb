"""Exercise 17.3 · how often luck decides · 10 minutes, ★★☆

1. All pairs of a run of the one learner and a run of the other: how many are there, and in how many is the order the other way round?
2. `a[:, None]` is a column and `b[None, :]` a row; comparing them gives a table with a cell for each pair.
3. for every pair: 1 if b is ahead, ½ if both are equal, else 0;  return the mean over all pairs

One minus this is the *probability of improvement*. It speaks of the learners' ranks and not of their distance, so that one run which went
wild cannot decide it. A paper that trains each method once has drawn one of these pairs.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def wrong_order(a: Tensor, b: Tensor) -> Tensor:
    ahead = b[None, :] > a[:, None]
    equal = b[None, :] == a[:, None]
    return (ahead + 0.5 * equal).mean()


def by_counting(a: list[float], b: list[float]) -> float:
    points = [1.0 if y > x else 0.5 if y == x else 0.0 for x in a for y in b]
    return sum(points) / len(points)


def cases() -> Cases:
    for words, a, b in (
        ("three runs each", [5.25, 5.75, 9.0], [4.0, 5.1, 8.0]),
        ("every run of the first is ahead", [5.0, 7.0, 9.0, 6.0], [1.0, 2.0]),
        ("two runs beside four, in any order", [3.0, 1.0], [2.0, 0.0, 9.0, 2.5]),
        ("all runs are equal", [2.0, 2.0], [2.0, 2.0, 2.0]),
        ("some are equal", [1.0, 2.4, 2.6], [2.4, 2.6, 1.2]),
        ("the first has the larger mean, by one run that went wild", [90.0, 1.0, 2.0], [3.0, 4.0, 5.0]),
    ):
        yield case(words, a, b, by=by_counting)


MISTAKES = """
wrong_order(b, a)  # That is how often the *first* learner is ahead. Asked is how often a pair of runs shows the other order.
(ahead + 0.5 * equal) → ahead.float()  # Where two runs are equal, each order is as likely: that counts for one half.
0.5 * equal → equal  # Where two runs are equal, each order is as likely: that counts for one half, not for a whole.
# You compare the first run with the first, the second with the second. Runs have no partners: take every pair.
    torch.tensor([1.0 if y > x else 0.5 if y == x else 0.0 for x, y in zip(a, b, strict=False)]).mean()
(ahead + 0.5 * equal).mean() → (ahead + 0.5 * equal).sum()  # That is a number of pairs. Divide by how many there are.
# That is a share in percent, and it leaves out that equal runs count one half. Leave it as a number between 0 and 1.
    100 * (b[None, :] > a[:, None]).float().mean()
100 * wrong_order(a, b)  # That is the share in percent. Leave it as a number between 0 and 1.
# You pair the runs up and leave the rest out. Runs have no partners: take every pair, such as the first run of a with the last of b.
    (b[: len(a)] > a[: len(b)]).float().mean()
# Pairs of equal runs are left out of your count. They are pairs, too, and each counts one half.
    (b[None, :] > a[:, None]).sum() / (b[None, :] != a[:, None]).sum()
(b.mean() > a.mean()).float()  # You compare the means. The question is how often single runs of the two would show the other order.
"""

SURVIVORS = {f"`{runs}` in reverse along axis 0": "the order of the runs is of no account" for runs in "ab"}
EXERCISE = exercise(wrong_order, cases, MISTAKES, survivors=SURVIVORS)
