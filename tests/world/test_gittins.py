"""Gittins indices: the published table, a second algorithm (the largest remaining index), and brute force over stopping rules."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
import torch

from dremeta_lite.world.gittins import discounted_index, finite_index

PUBLISHED = {
    0.9: [
        [0.7029, 0.5001, 0.3796],
        [0.8001, 0.6346, 0.5163],
        [0.8452, 0.7072, 0.6010],
        [0.8723, 0.7539, 0.6579],
        [0.8905, 0.7869, 0.6996],
    ],
    0.99: [[0.8699, 0.7005], [0.9102, 0.7844], [0.9285, 0.8268], [0.9395, 0.8533], [0.9470, 0.8719]],
}
"""index[successes][failures] as in Gittins, Glazebrook and Weber 2011, the tables of Bernoulli indices for uniform priors, four
decimals."""


@pytest.mark.parametrize("discount", PUBLISHED)
def test_the_published_table(discount: float) -> None:
    index = discounted_index(discount, 12, depth=400)
    table = torch.tensor(PUBLISHED[discount], dtype=torch.float64)
    # Half a unit of the last decimal, and 3e-5 for the grid of λ.
    torch.testing.assert_close(index[: table.shape[0], : table.shape[1]], table, atol=8e-5, rtol=0)
    if discount == 0.9:  # ten pulls, nine of them paid
        assert index[9, 1].item() == pytest.approx(0.8695, abs=8e-5)


def largest_remaining_index(discount: float, depth: int) -> dict[tuple[int, int], float]:
    """The algorithm of Varaiya, Walrand and Buyukkoc (1985): states get their indices one by one, from the largest down.

    While the states C have theirs, a state's candidate is the best ratio of discounted reward to discounted time, when it goes on as long
    as it stays in C. The arms that were pulled `depth` times are known: they stay, with their mean as the index.
    """
    chain = [(s, n - s) for n in range(depth + 1) for s in range(n + 1)]
    place = {state: i for i, state in enumerate(chain)}
    P, r = np.zeros((len(chain), len(chain))), np.zeros(len(chain))
    for (s, f), i in place.items():
        r[i] = p = (1 + s) / (2 + s + f)
        if s + f == depth:
            P[i, i] = 1
        else:
            P[i, place[s + 1, f]], P[i, place[s, f + 1]] = p, 1 - p
    index, done = {}, np.zeros(len(chain), bool)
    while not done.all():
        inside = np.linalg.inv(np.eye(len(chain)) - discount * P * done)  # goes on only into C
        ratio = np.where(done, -np.inf, (inside @ r) / inside.sum(1))
        best = int(ratio.argmax())
        index[chain[best]], done[best] = float(ratio[best]), True
    return index


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9, 0.99])
def test_a_second_algorithm_agrees(discount: float) -> None:
    """On the same world, known after eight pulls: what is left is the grid of λ."""
    exact = largest_remaining_index(discount, 8)
    found = discounted_index(discount, 7, depth=8, grid=4000)
    for s, f in exact:
        if s + f == 8:
            continue  # known: not in the table
        assert found[s, f].item() == pytest.approx(exact[s, f], abs=2e-5)
    assert found[1, 7].isnan()


@pytest.mark.parametrize("discount", [0.9, 0.99, 0.995])
def test_grid_and_depth_are_fine_enough(discount: float) -> None:
    rough, fine = discounted_index(discount, 10), discounted_index(discount, 10, depth=350, grid=3000)
    assert (rough - fine).nan_to_num().abs().max() < 2e-4


def stopping_rules(n: int, s: int, f: int) -> list[frozenset[tuple[int, int]]]:
    """Every set of states, after the first pull and before the n-th, in which one may go on."""
    inner = [(s + i, f + j - i) for j in range(1, n) for i in range(j + 1)]
    return [frozenset(chosen) for size in range(len(inner) + 1) for chosen in combinations(inner, size)]


def ratio(going_on: frozenset[tuple[int, int]], n: int, s: int, f: int) -> float:
    """E[reward until the stop] / E[pulls until the stop], with at most n pulls."""

    @cache
    def totals(s: int, f: int, left: int) -> tuple[float, float]:
        p, reward, pulls = (1 + s) / (2 + s + f), (1 + s) / (2 + s + f), 1.0
        for chance, following in ((p, (s + 1, f)), (1 - p, (s, f + 1))):
            if left > 1 and following in going_on:
                more = totals(*following, left - 1)
                reward, pulls = reward + chance * more[0], pulls + chance * more[1]
        return reward, pulls

    reward, pulls = totals(s, f, n)
    return reward / pulls


@pytest.mark.parametrize(("s", "f"), [(0, 0), (1, 0), (0, 2), (3, 1)])
def test_the_finite_index_is_the_best_of_all_stopping_rules(s: int, f: int) -> None:
    index = finite_index(9)
    for left in (1, 2, 3, 4):
        brute = max(ratio(rule, left, s, f) for rule in stopping_rules(left, s, f))
        assert index[left, s, f].item() == pytest.approx(brute, abs=3e-5)


def test_the_finite_index_in_closed_form_and_in_order() -> None:
    """One pull left: the mean. Two: stop after a failure, (1/2 + 1/2 · 2/3) / (1 + 1/2) = 5/9. More pulls left are worth more, and in the
    end the index is that of an infinite horizon without discount, which is below 1."""
    index = finite_index(20)
    assert index[1, 3, 4].item() == pytest.approx(4 / 9, abs=1e-9) and index[2, 0, 0].item() == pytest.approx(5 / 9, abs=3e-5)
    fresh = index[1:, 0, 0]
    assert (fresh.diff() > 0).all() and fresh[-1] < 1
    assert index[0].isnan().all() and index[15, 3, 3].isnan(), "nobody who has 15 of 20 pulls left has pulled an arm 6 times"


def test_knowing_less_is_worth_more() -> None:
    index = discounted_index(0.95, 10)
    means = torch.tensor([[(1 + s) / (2 + s + f) for f in range(11)] for s in range(11)], dtype=torch.float64)
    assert (index - means)[~index.isnan()].min() > 0
    assert index[0, 0] > index[1, 1] > index[2, 2] > index[3, 3] > 0.5
    with pytest.raises(ValueError, match="got 1"):
        discounted_index(1.0, 3)
