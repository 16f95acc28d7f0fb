"""Exercise 04.5 · GAE through the ends of episodes · 15 minutes, ★★★

1. Two questions at each step: may I count the next value? And does the next step still belong to this episode?
2. Go backwards. Only `terminated` removes the next value from δ; both kinds of end cut the sum.
3. later ← 0; for t backwards: δ ← r + γ·(0 if terminated else V') - V; if ended: later ← 0; later ← δ + γλ·later; Â_t ← later

Terminated and truncated differ in one place only: in δ. Mixing them up is one of the most common mistakes in this trade.
"""

import torch
from torch import Tensor

from dremeta_lite.exercises.declaring import Cases, case, exercise
from dremeta_lite.exercises.lesson_04.probes import summed


def gae(rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float) -> Tensor:
    advantages = torch.empty_like(rewards)
    later = 0.0
    for t in reversed(range(len(rewards))):
        bootstrap = 0.0 if terminated[t] else next_values[t]
        delta = rewards[t] + discount * bootstrap - values[t]
        if terminated[t] or truncated[t]:
            later = 0.0
        later = delta + discount * lam * later
        advantages[t] = later
    return advantages


def by_the_formula(r: list, v: list, following: list, term: list, trunc: list, discount: float, lam: float) -> list[float]:
    """Each sum of errors written out, up to the end of its episode."""
    errors = [paid + discount * after * (not over) - value for paid, after, over, value in zip(r, following, term, v, strict=True)]
    return summed(errors, errors, [True] * len(errors), list(map(max, term, trunc)), discount * lam)


def cases() -> Cases:
    r, v, following = [1.0, -0.5, 2.0, 0.7, 1.3] * 3, [0.4, 1.1, -0.6, 2.2, 0.9] * 3, [1.5, 12.0, 3.0, 1.7, 14.0] * 3
    no, second, last = [False] * 5, [False, True, False, False, False], [False, False, False, False, True]
    for words, n, term, trunc, discount, lam in (
        ("no end in sight", 5, no, no, 0.9, 0.7),
        ("the second step terminates", 5, second, no, 0.9, 0.7),
        ("the second step is truncated", 5, no, second, 0.9, 0.7),
        ("the second step is truncated, the last one terminates, λ = 1", 5, last, second, 0.8, 1.0),
        ("the second step does both, as at a horizon", 5, second, second, 0.9, 0.6),
        ("the second of fifteen steps terminates", 15, second + no * 2, no * 3, 0.9, 0.95),
        ("λ = 0", 5, no, last, 0.5, 0.0),
        ("one step, which terminates", 1, [True], [False], 0.9, 0.7),
    ):
        tried = f"{words} (γ = {discount:g}, λ = {lam:g})"
        yield case(tried, r[:n], v[:n], following[:n], term, trunc, discount, lam, by=by_the_formula)


MISTAKES = """
0.0 if terminated[t] else →  # After a termination there is nothing to earn: there the next value counts 0.
[t] else → [t] or truncated[t] else  # A truncated episode was only cut off: the value of what would have come still counts.
terminated[t] or truncated[t] → False  # The sum runs on into the next episode. After either kind of end it starts again from 0.
or truncated[t] →  # After a truncation, too, the next step belongs to another episode: the sum must end there.
# You took V of the next row, which behind an end is that of another episode: use `next_values`.
    else next_values[t] → else values[t + 1] if t + 1 < len(values) else 0.0
# V of the next row stands in for `next_values`, but behind an end the next row is another episode's first state.
    else next_values[t] → else values[t + 1] if t + 1 < len(values) else next_values[t]
# `values[t + 1]` does not exist for the last row, and behind an end it is another episode's: use `next_values`.
    bootstrap = 0.0 if terminated[t] else next_values[t] → bootstrap = values[t + 1] * ~terminated[t]
if terminated[t] else → if truncated[t] else  # The wrong flag: the next value counts 0 where the episode has *terminated*, not truncated.
# You use `truncated` everywhere: it is `terminated` that makes the next value 0.
    gae(rewards, values, next_values, truncated, truncated, discount, lam)
terminated[t] or truncated[t] → truncated[t]  # δ is right. The sum has to end after a termination, too, not only after a truncation.
# These are normalised, to mean 0 and spread 1. Learners do that afterwards; here Â itself is asked for.
    return advantages → return (advantages - advantages.mean()) / (advantages.std(correction=0) + 1e-8)
return advantages → return advantages + values  # That is Â + V, what the critic is trained towards. Here only Â is asked for.
discount * lam * later → lam * later  # The later errors are weighed with γλ, not with λ alone.
discount * lam * later → discount * later  # The later errors are weighed with γλ, not with γ alone. That would be λ = 1.
# Neither flag counts here, and so every episode profits from the next one.
    gae(rewards, values, next_values, 0 * terminated, 0 * truncated, discount, lam)
# You cut on the wrong side of the end. What comes *after* a step that ends an episode is dropped, before its own δ is added.
    gae(rewards, values, next_values * ~terminated, 0 * terminated, (terminated | truncated).roll(-1), discount, lam)
delta + discount * lam * later → delta  # That is δ alone, which is λ = 0. The later errors are missing.
"""

EXERCISE = exercise(gae, cases, MISTAKES, survivors={"gradient": "an advantage is a constant that weighs a score"})
