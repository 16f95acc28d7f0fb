"""Exercise 10.break_even: after how many tasks learning to learn has paid."""

import math
from collections.abc import Iterator

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


def break_even(meta: float, adapt: float, scratch: float) -> float:
    if scratch <= adapt:
        return math.inf
    return math.floor(meta / (scratch - adapt)) + 1


def rounded_down(meta: float, adapt: float, scratch: float) -> float:
    return math.inf if scratch <= adapt else math.floor(meta / (scratch - adapt))


def rounded(meta: float, adapt: float, scratch: float) -> float:
    return math.inf if scratch <= adapt else round(meta / (scratch - adapt))


def rounded_up(meta: float, adapt: float, scratch: float) -> float:
    return math.inf if scratch <= adapt else math.ceil(meta / (scratch - adapt))


def not_rounded(meta: float, adapt: float, scratch: float) -> float:
    return math.inf if scratch <= adapt else meta / (scratch - adapt)


def adapting_is_free(meta: float, adapt: float, scratch: float) -> float:
    return math.inf if scratch <= adapt else math.floor(meta / scratch) + 1


def both_added(meta: float, adapt: float, scratch: float) -> float:
    return math.inf if scratch <= adapt else math.floor(meta / (scratch + adapt)) + 1


def adapting_counted_once(meta: float, adapt: float, scratch: float) -> float:
    return math.inf if scratch <= adapt else math.floor((meta + adapt) / scratch) + 1


def pays_without_gain(meta: float, adapt: float, scratch: float) -> float:
    return math.floor(meta / (scratch - adapt)) + 1


def equal_forgotten(meta: float, adapt: float, scratch: float) -> float:
    return math.inf if scratch < adapt else pays_without_gain(meta, adapt, scratch)


def pays_at_once_without_gain(meta: float, adapt: float, scratch: float) -> float:
    return 0 if scratch <= adapt else break_even(meta, adapt, scratch)


def gives_up(meta: float, adapt: float, scratch: float) -> float:
    n = break_even(meta, adapt, scratch)
    return n if n <= 1000 else math.inf


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


def cases() -> Iterator[Case]:
    for words, meta, adapt, scratch in (
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
        yield Case(words, (meta, adapt, scratch), expected=by_halving(meta, adapt, scratch))


EXERCISE = Exercise(
    id="10.break_even",
    title="when does it pay?",
    minutes=6,
    stars=1,
    reference=break_even,
    cases=cases,
    mistakes=(
        Mistake(rounded_down, "You have rounded down: after so many tasks meta-training has not yet paid."),
        Mistake(rounded, "You have rounded to the nearest whole number: that can be one task too early."),
        Mistake(rounded_up, "Where both have cost exactly the same, nothing has been won yet (`<`): it takes one task more."),
        Mistake(gives_up, "You have stopped counting too early: it does pay, after very many tasks. Solve for n, or count on."),
        Mistake(not_rounded, "There are no halves of tasks: give the smallest *whole* number for which it has paid."),
        Mistake(adapting_is_free, "Adapting has its price in every task, too: what one task saves is scratch - adapt."),
        Mistake(both_added, "What one task saves is the *difference* of what it costs with and without meta-training."),
        Mistake(adapting_counted_once, "The price of adapting is paid in every task, not once."),
        Mistake(pays_without_gain, "Where adapting takes as long as starting from scratch (or longer), it never pays: math.inf."),
        Mistake(equal_forgotten, "Where adapting takes just as long as starting from scratch, it never pays, either: math.inf."),
        Mistake(pays_at_once_without_gain, "Where adapting takes as long as starting from scratch, it never pays: math.inf, not 0."),
    ),
    hints=(
        "What does one task save, once meta-training is done? How many such savings pay for the meta-training?",
        "Solve meta + n · adapt < n · scratch for n. When is there no solution? `math.floor` rounds down.",
        "if a task saves nothing: math.inf;  else: (meta / what one task saves), rounded down, plus 1",
    ),
    why=(
        "Meta-training is an investment. It pays where many tasks of one kind will come, and where time at the *task* is dear: a robot "
        "that wears out, a patient, a user who waits. For one task of its kind, train on that task. (Seconds are not all: both ways should "
        "reach the same return, or else compare that first.)"
    ),
)
