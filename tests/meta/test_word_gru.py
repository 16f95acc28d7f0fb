"""The GRUs in the place of fast weights: what they are told, what they begin with, and through what they are read."""

import math
from typing import Any

import pytest
import torch

from dremeta_lite.meta.word_gru import PairsNetwork, PlainNetwork
from dremeta_lite.networks import Params
from dremeta_lite.tasks import HiddenGrammar, HiddenLanguage
from dremeta_lite.trials import Seen
from tests.conftest import seeded

FAMILY = HiddenGrammar()
YES = torch.ones(1, dtype=torch.bool)


def scene(*numbers: int) -> torch.Tensor:
    """An observation: two words, two colours and two shapes, by their numbers."""
    return FAMILY.observation(torch.tensor([[*numbers, 0]]))


def after(network: Any, theta: Params, *tries: tuple[torch.Tensor, int, float]) -> torch.Tensor:
    """The memory after some tries: what was seen, what was taken, and whether it paid."""
    memory = network.blank(1)
    for seen, action, paid in tries:
        memory = network.bind(theta, memory, Seen(seen, torch.tensor([action]), torch.tensor([paid]), seen, YES, YES))
    return memory


def test_what_a_gru_is_told_of_a_try() -> None:
    """The first word 2, the second 1; colours 0 and 3, shapes 1 and 2; taken is the second colour in the first shape, 3 and 1."""
    seen = scene(2, 1, 0, 3, 1, 2)
    taken = FAMILY.meanings(seen)[:, 2]
    assert taken.nonzero()[:, 1].tolist() == [3, 4 + 1]
    for paid, late in ((1.0, 0), (0.0, 1)):
        plain, pairs = (kind(FAMILY).told(seen, taken, torch.tensor([paid])) for kind in (PlainNetwork, PairsNetwork))
        assert plain.shape == (1, 8 + 16) and plain.nonzero()[:, 1].tolist() == [2, 4 + 1, 8 + 8 * late + 3, 8 + 8 * late + 5]
        assert pairs.shape == (1, 2 * 64)
        assert pairs.nonzero()[:, 1].tolist() == [64 * late + 8 * word + meaning for word in (2, 4 + 1) for meaning in (3, 5)]


def test_told_pairs_it_begins_with_a_mean_and_a_count_of_each_word_and_meaning() -> None:
    """As RL² does that is told pairs. A trial of 24 tries has 1.5 of each of the 64: h ← (1.5 h + 2 tanh(r/2)) / 3.5, and
    h ← (4.5 h + 2 tanh(1)) / 6.5. Others come up before, between and after."""
    network = PairsNetwork(FAMILY)
    theta = network.init(seeded(0))
    it, other = scene(2, 1, 0, 3, 1, 2), scene(0, 3, 1, 2, 0, 3)
    memory = after(network, theta, (other, 1, 1.0), (it, 2, 1.0), (other, 1, 0.0), (it, 2, 0.0))[0]
    both = [8 * word + meaning for word in (2, 4 + 1) for meaning in (3, 5)]
    mean, count = 2 * math.tanh(0.5) / 3.5 * 1.5 / 3.5, 2 * math.tanh(1) / 6.5 * (1 + 4.5 / 6.5)
    torch.testing.assert_close(memory[both], torch.full((4,), mean), atol=0.01, rtol=0)
    torch.testing.assert_close(memory[[64 + pair for pair in both]], torch.full((4,), count), atol=0.01, rtol=0)
    untouched = [8 * 1 + meaning for meaning in range(8)]
    assert memory[[*untouched, *(64 + pair for pair in untouched)]].abs().max() < 0.01


@pytest.mark.parametrize("kind", [PairsNetwork, PlainNetwork])
def test_a_try_that_does_not_count_changes_nothing(kind: type[PlainNetwork]) -> None:
    network = kind(FAMILY)
    theta = network.init(seeded(1))
    once = after(network, theta, (scene(2, 1, 0, 3, 1, 2), 2, 1.0))
    step = Seen(scene(0, 3, 1, 2, 0, 3), torch.tensor([1]), torch.tensor([1.0]), scene(0, 3, 1, 2, 0, 3), YES, ~YES)
    assert once.abs().sum() > 0 and torch.equal(network.bind(theta, once, step), once)


def test_each_word_reads_the_memory_with_weights_of_its_own() -> None:
    network = PairsNetwork(FAMILY)
    theta = network.init(seeded(2))
    memory = after(network, theta, (scene(2, 1, 0, 3, 1, 2), 2, 1.0), (scene(0, 3, 1, 2, 0, 3), 1, 1.0))
    read = [network.read(theta, memory, scene(*words, 0, 3, 1, 2)).chunk(2, -1) for words in ((2, 1), (2, 3), (0, 1))]
    assert torch.equal(read[0][0], read[1][0]) and not torch.allclose(read[0][1], read[1][1])
    assert torch.equal(read[0][1], read[2][1]) and not torch.allclose(read[0][0], read[2][0])
    states = theta["read0_weight0"].unflatten(-1, (4, -1)), theta["read0_bias0"].unflatten(-1, (4, -1))
    torch.testing.assert_close(read[0][0], memory @ states[0][:, 2] + states[1][2])


def test_one_word_alone_has_one_place() -> None:
    network = PairsNetwork(HiddenLanguage(3, 5))
    assert network.told(torch.tensor([2]), torch.eye(3)[[1]], torch.ones(1)).nonzero()[:, 1].tolist() == [3 * 2 + 1]
