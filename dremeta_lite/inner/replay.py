"""The replay buffer: a ring of tensors that remembers the latest transitions, to learn from each of them many times and in mixed order."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Transitions(NamedTuple):
    """Single steps (s, a, r, s', ended): all that Q-learning needs to know of the past."""

    observation: Float[Tensor, "n *obs"]
    action: Int[Tensor, " n"]
    reward: Float[Tensor, " n"]
    next_observation: Float[Tensor, "n *obs"]
    terminated: Bool[Tensor, " n"]
    """The task itself ended with this step. A truncated episode has False here."""


class Replay:
    """Remembers the latest `capacity` transitions. Source: Lin 1992; Mnih et al. 2015, "experience replay".

    Args:
        capacity: how many; the oldest are overwritten.

    Attributes:
        count: how many transitions were ever added.
    """

    def __init__(self, capacity: int, observation_shape: tuple[int, ...], device: torch.device | str = "cpu") -> None:
        if capacity < 1:
            raise ValueError(f"a replay buffer needs room for at least one transition, got capacity={capacity}")
        self.capacity, self.count, self.device = capacity, 0, torch.device(device)
        shapes = (observation_shape, (), (), observation_shape, ())
        types = (torch.float32, torch.int64, torch.float32, torch.float32, torch.bool)
        self.memory = Transitions(*(torch.zeros(capacity, *s, dtype=t, device=device) for s, t in zip(shapes, types, strict=True)))

    def __len__(self) -> int:
        """How many transitions are remembered now."""
        return min(self.count, self.capacity)

    def add(self, transitions: Transitions) -> None:
        """Remember n transitions, in the places of the oldest. Raises ValueError: they are more than the buffer holds."""
        n = len(transitions.action)
        if n > self.capacity:
            raise ValueError(f"{n} transitions do not fit into a replay buffer of {self.capacity}: make it larger")
        places = torch.arange(self.count, self.count + n, device=self.device) % self.capacity
        for column, new in zip(self.memory, transitions, strict=True):
            column[places] = new.to(column.dtype)
        self.count += n

    def sample(self, n: int, rng: torch.Generator, window: int | None = None) -> Transitions:
        """Draw n of the transitions uniformly, with replacement; only from the newest `window` of them, if given.
        Raises ValueError: nothing is remembered yet."""
        self._check(n)
        newest = len(self) if window is None else min(window, len(self))
        ages = torch.randint(newest, (n,), generator=rng, device=rng.device).to(self.device)
        return self._get(self.count - 1 - ages)

    def newest(self, n: int) -> Transitions:
        """The last n transitions, or all if there are fewer, oldest first. Raises ValueError: nothing is remembered yet."""
        self._check(n)
        return self._get(torch.arange(self.count - min(n, len(self)), self.count, device=self.device))

    def _check(self, n: int) -> None:
        if not len(self) or n < 1:
            raise ValueError(f"cannot take {n} transitions from a replay buffer that holds {len(self)}: add some first")

    def _get(self, numbers: Tensor) -> Transitions:
        return Transitions(*(column[numbers % self.capacity] for column in self.memory))

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that is remembered, copied."""
        state = {name: column.clone() for name, column in self.memory._asdict().items()}
        return state | {"count": torch.tensor(self.count, device="cpu")}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to what was remembered then."""
        for name, column in self.memory._asdict().items():
            column.copy_(state[name])
        self.count = int(state["count"])
