"""Exercise 04.gae: GAE through the ends of episodes."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Case, Exercise, Mistake


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


def gae_without_done_mask(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, torch.zeros_like(terminated), truncated | terminated, discount, lam)


def gae_stops_at_truncation(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated | truncated, truncated, discount, lam)


def gae_across_episodes(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    no = torch.zeros_like(truncated)
    return gae(rewards, values, next_values * ~terminated, no, no, discount, lam)


def gae_across_truncations(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated, torch.zeros_like(truncated), discount, lam)


def gae_with_the_values_of_the_next_step(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    following = torch.cat([values[1:], torch.zeros(1)])
    return gae(rewards, values, following, terminated, truncated, discount, lam)


def gae_with_values_shifted(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, torch.cat([values[1:], next_values[-1:]]), terminated, truncated, discount, lam)


def gae_with_values_beyond_the_end(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    following = torch.stack([values[t + 1] for t in range(len(rewards))])
    return gae(rewards, values, following, terminated, truncated, discount, lam)


def gae_with_the_wrong_flag(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    delta = gae(rewards, values, next_values, truncated, terminated, discount, 0.0)
    zero = torch.zeros_like(rewards)
    return gae(delta, zero, zero, terminated, truncated, discount, lam)


def gae_with_the_flags_swapped(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    delta = gae(rewards, values, next_values, truncated, terminated, discount, 0.0)
    zero = torch.zeros_like(rewards)
    return gae(delta, zero, zero, torch.zeros_like(terminated), truncated, discount, lam)


def gae_cut_at_truncations_only(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    delta = gae(rewards, values, next_values, terminated, truncated, discount, 0.0)
    zero = torch.zeros_like(rewards)
    return gae(delta, zero, zero, torch.zeros_like(terminated), truncated, discount, lam)


def gae_normalised(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    found = gae(rewards, values, next_values, terminated, truncated, discount, lam)
    return (found - found.mean()) / (found.std(correction=0) + 1e-8)


def gae_as_a_target(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated, truncated, discount, lam) + values


def gae_without_gamma_in_the_sum(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    delta = gae(rewards, values, next_values, terminated, truncated, discount, 0.0)
    no = torch.zeros_like(terminated)
    return gae(delta, 0 * values, 0 * values, no, truncated | terminated, 1.0, lam)


def gae_errors_only(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated, truncated, discount, 0.0)


def gae_of_monte_carlo(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    return gae(rewards, values, next_values, terminated, truncated, discount, 1.0)


def gae_without_ends(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    no = torch.zeros_like(terminated)
    return gae(rewards, values, next_values, no, no, discount, lam)


def gae_cut_after_the_end(
    rewards: Tensor, values: Tensor, next_values: Tensor, terminated: Tensor, truncated: Tensor, discount: float, lam: float
) -> Tensor:
    delta = gae(rewards, values, next_values, terminated, truncated, discount, 0.0)
    advantages, later = torch.empty_like(delta), 0.0
    for t in reversed(range(len(delta))):
        advantages[t] = delta[t] + discount * lam * later
        later = 0.0 if terminated[t] or truncated[t] else advantages[t]
    return advantages


def gae_by_the_formula(r: list, v: list, following: list, term: list, trunc: list, discount: float, lam: float) -> list[float]:
    """Each sum written out, up to the end of its episode."""
    found = []
    for t in range(len(r)):
        total, factor = 0.0, 1.0
        for u in range(t, len(r)):
            total += factor * (r[u] + discount * (0.0 if term[u] else following[u]) - v[u])
            factor *= discount * lam
            if term[u] or trunc[u]:
                break
        found.append(total)
    return found


def gae_cases() -> Iterator[Case]:
    r, v, following = [1.0, -0.5, 2.0, 0.7, 1.3] * 3, [0.4, 1.1, -0.6, 2.2, 0.9] * 3, [1.5, 12.0, 3.0, 1.7, 14.0] * 3
    no, second = [False] * 5, [False, True, False, False, False]
    last = [False, False, False, False, True]
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
        plain = (r[:n], v[:n], following[:n], term[:n], trunc[:n])
        arguments = (*(torch.tensor(x) for x in plain), discount, lam)
        yield Case(f"{words} (γ = {discount:g}, λ = {lam:g})", arguments, expected=torch.tensor(gae_by_the_formula(*plain, discount, lam)))


EXERCISE = Exercise(
    id="04.gae",
    title="GAE through the ends of episodes",
    minutes=15,
    stars=3,
    reference=gae,
    cases=gae_cases,
    mistakes=(
        Mistake(gae_without_done_mask, "After a termination there is nothing to earn: there the next value counts 0."),
        Mistake(gae_stops_at_truncation, "A truncated episode was only cut off: the value of what would have come still counts."),
        Mistake(gae_across_episodes, "The sum runs on into the next episode. After either kind of end it starts anew."),
        Mistake(gae_across_truncations, "After a truncation, too, the next step belongs to another episode: the sum must end there."),
        Mistake(
            gae_with_the_values_of_the_next_step,
            "You took V of the next row, which behind an end is that of another episode: use `next_values`.",
        ),
        Mistake(
            gae_with_values_shifted,
            "V of the next row stands in for `next_values`, but behind an end the next row is another episode's first state.",
        ),
        Mistake(
            gae_with_values_beyond_the_end,
            "`values[t + 1]` does not exist for the last row, and behind an end it is another episode's: use `next_values`.",
        ),
        Mistake(gae_with_the_wrong_flag, "The wrong flag: the next value counts 0 where the episode has *terminated*, not truncated."),
        Mistake(gae_with_the_flags_swapped, "You use `truncated` everywhere: it is `terminated` that makes the next value 0."),
        Mistake(gae_cut_at_truncations_only, "δ is right. The sum has to end after a termination, too, not only after a truncation."),
        Mistake(gae_normalised, "These are normalised, to mean 0 and spread 1. Learners do that afterwards; here Â itself is asked for."),
        Mistake(gae_as_a_target, "That is Â + V, what the critic is trained towards. Here only Â is asked for."),
        Mistake(gae_without_gamma_in_the_sum, "The later errors are weighed with γλ, not with λ alone."),
        Mistake(gae_of_monte_carlo, "The later errors are weighed with γλ, not with γ alone. That would be λ = 1."),
        Mistake(gae_without_ends, "Neither flag counts here, and so every episode profits from the next one."),
        Mistake(
            gae_cut_after_the_end,
            "You cut on the wrong side of the end. What comes *after* a step that ends an episode is dropped, before its own δ is added.",
        ),
        Mistake(gae_errors_only, "That is δ alone, which is λ = 0. The later errors are missing."),
    ),
    hints=(
        "Two questions at each step: may I count the next value? And does the next step still belong to this episode?",
        "Go backwards. Only `terminated` removes the next value from δ; both kinds of end cut the sum.",
        "later ← 0; for t backwards: δ ← r + γ·(0 if terminated else V') - V; if ended: later ← 0; later ← δ + γλ·later; Â_t ← later",
    ),
    why="Terminated and truncated differ in one place only: in δ. Mixing them up is one of the most common mistakes in this trade.",
    survivors={
        "gradient": "an advantage is a constant that weighs a score",
    },
)
