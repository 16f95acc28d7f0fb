"""The replay buffer, against a plain list."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dremeta_lite.inner.replay import Replay, Transitions
from dremeta_lite.learner import generator


def numbered(*numbers: int) -> Transitions:
    """Transitions that carry their number in every column."""
    x = torch.tensor(numbers)
    return Transitions(x[:, None].float(), x, x.float(), x[:, None] + 0.5, x % 2 == 1)


@given(capacity=st.integers(4, 12), sizes=st.lists(st.integers(1, 4), min_size=1, max_size=10))
def test_remembers_the_newest_in_order_as_a_list_would(capacity: int, sizes: list[int]) -> None:
    buffer, everything = Replay(capacity, (1,)), 0
    for size in sizes:
        buffer.add(numbered(*range(everything, everything + size)))
        everything += size
    assert len(buffer) == min(capacity, everything)
    remembered = list(range(everything))[-capacity:]
    newest = buffer.newest(capacity)
    assert newest.action.tolist() == remembered
    assert newest.reward.tolist() == remembered
    assert newest.next_observation[:, 0].tolist() == [x + 0.5 for x in remembered]
    assert newest.terminated.tolist() == [x % 2 == 1 for x in remembered]
    assert buffer.newest(2).action.tolist() == remembered[-2:]


def test_draws_uniformly_from_what_is_there_and_nothing_else() -> None:
    """Ten of 16 places are filled: 100 000 draws, 5 standard deviations are 0.005."""
    buffer = Replay(16, (1,))
    buffer.add(numbered(*range(10)))
    counts = torch.bincount(buffer.sample(100_000, generator(0)).action, minlength=16) / 100_000
    assert counts.tolist() == pytest.approx([0.1] * 10 + [0.0] * 6, abs=0.005)


def test_a_window_draws_from_the_newest_only_also_across_the_seam() -> None:
    buffer = Replay(8, (1,))
    for i in range(11):
        buffer.add(numbered(i))
    assert set(buffer.sample(1000, generator(0), window=5).action.tolist()) == {6, 7, 8, 9, 10}
    assert set(buffer.sample(1000, generator(0), window=500).action.tolist()) == set(range(3, 11))


def test_columns_stay_together() -> None:
    buffer = Replay(8, (1,))
    buffer.add(numbered(*range(8)))
    drawn = buffer.sample(100, generator(0))
    assert torch.equal(drawn.action.float(), drawn.reward)
    assert torch.equal(drawn.next_observation, drawn.observation + 0.5)


def test_a_state_is_a_copy() -> None:
    buffer, other = Replay(4, (1,)), Replay(4, (1,))
    buffer.add(numbered(0, 1, 2))
    state = buffer.state_dict()
    buffer.add(numbered(7, 8))
    other.load_state_dict(state)
    assert other.newest(4).action.tolist() == [0, 1, 2]


def test_refuses_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="capacity=0"):
        Replay(0, (1,))
    buffer = Replay(2, (1,))
    with pytest.raises(ValueError, match="holds 0"):
        buffer.sample(1, generator(0))
    with pytest.raises(ValueError, match="3 transitions do not fit"):
        buffer.add(numbered(1, 2, 3))
