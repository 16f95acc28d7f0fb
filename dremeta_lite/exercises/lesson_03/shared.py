"""What several exercises of notebook 03 stand on."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from dremeta_lite.exercises.exercise import Wrong

Known = Sequence[tuple[list[float], str]]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def same_seed_same_draw(*arguments: Any) -> Callable[[Callable[..., Tensor]], None]:
    """A property: two calls with equally seeded generators agree, and a third with another seed does not."""

    def property_of(answer: Callable[..., Tensor]) -> None:
        first, again, other = (answer(*arguments, rng(seed)) for seed in (3, 3, 4))
        if not torch.equal(first, again):
            raise Wrong("With the same seed it draws other numbers: every draw needs `generator=rng`, else nobody can repeat a run.")
        if torch.equal(first, other):
            raise Wrong("With another seed it draws the very same numbers. Do you make or seed a generator of your own? Use the given one.")

    return property_of


def near(seen: list[float], n: int, wanted: list[float]) -> bool:
    """Whether the frequencies of n draws are within 5 standard deviations of the wanted ones."""
    return all(abs(s - p) <= 5 * (p * (1 - p) / n) ** 0.5 for s, p in zip(seen, wanted, strict=True))


def frequencies(result: Tensor, n: int, expected: list[float], known: Known = ()) -> str | None:
    """What is wrong with n drawn whole numbers whose frequencies should be these; within 5 standard deviations nothing.

    `known`: frequencies that mistakes lead to, and what to say to each. Draws differ from answer to answer; their frequencies do not.
    """
    if result.min() < 0 or result.max() >= len(expected):
        return f"expected numbers from 0 to {len(expected) - 1}, got some from {result.min()} to {result.max()}"
    seen = (torch.bincount(result, minlength=len(expected)) / n).tolist()
    if near(seen, n, expected):
        return None
    says = next((". " + says for wanted, says in known if near(seen, n, wanted)), "")
    return f"expected the frequencies {[round(p, 3) for p in expected]}, got {[round(s, 3) for s in seen]}{says}"
