"""Exercise 16.2 · what a straggler costs · 8 minutes, ★★☆

1. Three workers take 1, 1 and 4 seconds. When can the next iteration begin, and what have the three been paid for until then?
2. `seconds.amax(1)` is the slowest worker of each iteration. All W workers are there for as long as that.
3. there ← number of workers · sum over iterations of the slowest;  worked ← sum of all;  return 1 - worked / there

Each iteration lasts as long as its slowest worker, so that one slow machine of a thousand makes the others wait. Known remedies: more and
smaller shares than workers, so that who is quick takes another; a spare worker or two, without waiting for the last (Chen et al. 2016); and
not waiting at all, with gradients that are somewhat old.
"""

from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise


def waiting_share(seconds: Tensor) -> Tensor:
    there = seconds.shape[1] * seconds.amax(1).sum()
    return 1 - seconds.sum() / there


def by_counting(seconds: list[list[float]]) -> float:
    waited, there = 0.0, 0.0
    for row in seconds:
        end = sorted(row)[-1]
        for worked in row:
            waited += end - worked
            there += end
    return waited / there


def cases() -> Cases:
    for words, seconds in (
        ("three workers, one of them slow", [[1.0, 1.0, 4.0]]),
        ("nobody is slow", [[2.0, 2.0], [3.0, 3.0], [1.0, 1.0]]),
        ("another one is slow in each iteration", [[1.0, 1.0, 3.0], [1.0, 3.0, 1.0], [3.0, 1.0, 1.0], [1.0, 1.0, 3.0]]),
        ("a short iteration and a long one", [[0.1, 0.2], [9.0, 5.0], [0.3, 0.2]]),
        ("one worker never waits", [[2.0], [5.0]]),
        ("five workers", [[1.0, 1.25, 0.5, 1.5, 1.1], [2.0, 0.75, 1.0, 1.0, 1.3]]),
    ):
        yield case(words, seconds, by=by_counting)


MISTAKES = """
1 - seconds.sum() / there → seconds.sum() / there  # That is the share that is worked. What is left of it is waited.
# That is the slowest of all iterations. Each iteration waits for its own slowest worker, and the next one begins then.
    seconds.amax(1).sum() → len(seconds) * seconds.max()
# You take the slowest iteration of each worker. Waiting is for the slowest *worker* of each iteration: the maximum along axis 1.
    seconds.shape[1] * seconds.amax(1).sum() → len(seconds) * seconds.amax(0).sum()
# That is the mean of the iterations' shares, as if a short iteration counted as much as a long one. Divide seconds by seconds.
    (1 - seconds.mean(1) / seconds.amax(1)).mean()
# You have left out that *all* workers are there until the slowest is done.
    seconds.shape[1] * seconds.amax(1).sum() → seconds.amax(1).sum()
seconds.shape[1] * seconds.amax(1).sum() - seconds.sum()  # Those are seconds. Asked is their share of all that workers are there.
"""

EXERCISE = exercise(waiting_share, cases, MISTAKES, survivors={"gradient": "it is read, and not trained"})
