"""Exercise 10.6 · when does it pay? · 6 minutes, ★☆☆

1. What does one task save, once meta-training is done? How many such savings pay for the meta-training?
2. Solve meta + n · adapt < n · scratch for n. When is there no solution? `math.floor` rounds down.
3. if a task saves nothing: math.inf;  else: (meta / what one task saves), rounded down, plus 1

Meta-training is an investment. It pays where many tasks of one kind will come, and where time at the *task* is dear: a robot that wears
out, a patient, a user who waits. For one task of its kind, train on that task. (Seconds are not all: both ways should reach the same
return, or else compare that first.)
"""

import math

from dremeta_lite.exercises.declaring import Cases, case, exercise


def break_even(meta: float, adapt: float, scratch: float) -> float:
    if scratch <= adapt:
        return math.inf
    return math.floor(meta / (scratch - adapt)) + 1


def by_halving(meta: float, adapt: float, scratch: float) -> float:
    """Between a number of tasks for which it does not pay and one for which it does, until nothing is between them."""
    if scratch <= adapt:
        return math.inf
    pays = lambda n: meta + n * adapt < n * scratch
    low, high = 0, next(2**k for k in range(60) if pays(2**k))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if pays(middle) else (middle, high)
    return high


def cases() -> Cases:
    for words, *seconds in (
        ("meta-training 60 s, adapting 1 s, from scratch 6 s: after 12 tasks both have cost the same", 60.0, 1.0, 6.0),
        ("meta-training 50 s, adapting 0.5 s, from scratch 4 s", 50.0, 0.5, 4.0),
        ("meta-training 20 s, adapting 2 s, from scratch 5 s", 20.0, 2.0, 5.0),
        ("meta-training 11 s, adapting 1 s, from scratch 3 s", 11.0, 1.0, 3.0),
        ("meta-training 7 s, adapting 1 s, from scratch 41 s", 7.0, 1.0, 41.0),
        ("parameters that somebody else has trained: 0 s, adapting 1 s, from scratch 3 s", 0.0, 1.0, 3.0),
        ("meta-training 60000 s, adapting 2.5 s, from scratch 3 s", 60000.0, 2.5, 3.0),
        ("adapting takes as long as starting from scratch", 10.0, 4.0, 4.0),
        ("adapting takes longer than starting from scratch", 10.0, 5.0, 4.0),
    ):
        yield case(words, *seconds, by=by_halving)


MISTAKES = """
+ 1 →  # You have rounded down: after so many tasks meta-training has not yet paid.
# You have rounded to the nearest whole number: that can be one task too early.
    math.inf if scratch <= adapt else round(meta / (scratch - adapt))
# Where both have cost exactly the same, nothing has been won yet (`<`): it takes one task more.
    math.inf if scratch <= adapt else math.ceil(meta / (scratch - adapt))
# You have stopped counting too early: it does pay, after very many tasks. Solve for n, or count on.
    n if (n := break_even(meta, adapt, scratch)) <= 1000 else math.inf
# There are no halves of tasks: give the smallest *whole* number for which it has paid.
    math.inf if scratch <= adapt else meta / (scratch - adapt)
scratch - adapt → scratch  # Adapting has its price in every task, too: what one task saves is scratch - adapt.
scratch - adapt → scratch + adapt  # What one task saves is the *difference* of what it costs with and without meta-training.
math.inf if scratch <= adapt else math.floor((meta + adapt) / scratch) + 1  # The price of adapting is paid in every task, not once.
math.floor(meta / (scratch - adapt)) + 1  # Where adapting takes as long as starting from scratch (or longer), it never pays: math.inf.
scratch <= adapt → scratch < adapt  # Where adapting takes just as long as starting from scratch, it never pays, either: math.inf.
math.inf → 0  # Where adapting takes as long as starting from scratch, it never pays: math.inf, not 0.
"""

EXERCISE = exercise(break_even, cases, MISTAKES)
