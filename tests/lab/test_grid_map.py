"""The map of the grid shows what it is told."""

from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from dremeta_lite.lab.views.grid import LONGEST_ARROW, GridMap, best_actions
from dremeta_lite.tasks.grid import GridWorld

FAMILY = GridWorld("S.#\n.x.\n..G")
FREE = [0, 1, 3, 5, 6, 7, 8]


def grid_map(**options: Any) -> GridMap:
    return GridMap(Figure().add_subplot(), FAMILY, **options)


def arrows(drawn: GridMap) -> dict[int, list[tuple[float, float]]]:
    """The visible arrows of each cell, as (across, down)."""
    found: dict[int, list[tuple[float, float]]] = {}
    across, down = np.ma.asarray(drawn.arrows.U), np.ma.asarray(drawn.arrows.V)
    hidden = np.broadcast_to(np.asarray(drawn.arrows.Umask), across.shape)
    for i, cell in enumerate(np.repeat(drawn.free, 4)):
        if not hidden[i]:
            found.setdefault(int(cell), []).append((float(across[i]), float(down[i])))
    return found


def test_values_agent_and_goal_are_shown_where_they_are() -> None:
    drawn = grid_map(numbers=True)
    V = torch.arange(9.0) / 10
    drawn.show(V, agent=5, goal=8)
    assert drawn.free == FREE
    colours = np.ma.filled(drawn.fill.get_array(), np.nan)  # type: ignore[arg-type]
    np.testing.assert_allclose(colours, [0, 0.1, 0.3, 0.5, 0.6, 0.7, np.nan])
    assert [text.get_text() for text in drawn.numbers] == ["0.00", "0.10", "0.30", "0.50", "0.60", "0.70", ""]
    assert drawn.dot.get_xydata().tolist() == [[2, 1]] and drawn.star.get_xydata().tolist() == [[2, 2]]  # type: ignore[union-attr]
    assert arrows(drawn) == {}
    drawn.show()
    assert len(drawn.dot.get_xydata()) == len(drawn.star.get_xydata()) == 0  # type: ignore[arg-type]
    assert all(text.get_text() == "" for text in drawn.numbers)


def test_the_best_actions_have_arrows_and_a_policy_has_its_own() -> None:
    Q = torch.zeros(9, 4)
    Q[0] = torch.tensor([0.0, 1.0, 1.0, 0.0])
    Q[7] = torch.tensor([0.5, 0.0, 0.0, 0.0])
    drawn = grid_map()
    drawn.show(Q)
    assert arrows(drawn) == {0: [(LONGEST_ARROW, 0), (0, LONGEST_ARROW)], 7: [(0, -LONGEST_ARROW)]}  # y points down
    np.testing.assert_allclose(drawn.fill.get_array(), [1, 0, 0, 0, 0, 0.5, 0])  # type: ignore[arg-type]
    policy = torch.zeros(9, 4)
    policy[3] = torch.tensor([0.0, 0.0, 0.25, 0.75])
    drawn.show(Q, policy=policy)
    (down, left) = arrows(drawn)[3]
    assert (
        down == pytest.approx((0, LONGEST_ARROW / 2)) and left == pytest.approx((-LONGEST_ARROW * 0.75**0.5, 0)) and len(arrows(drawn)) == 1
    )


def test_triangles_have_the_values_of_their_actions() -> None:
    drawn = grid_map(actions=True)
    Q = torch.arange(36.0).view(9, 4) / 36
    drawn.show(Q, goal=8)
    colours = np.ma.filled(drawn.fill.get_array(), np.nan).reshape(-1, 4)  # type: ignore[union-attr]
    np.testing.assert_allclose(colours[:-1], Q[FREE[:-1]])
    assert np.isnan(colours[-1]).all()
    middles = drawn._shapes()[:4].mean(1)  # of the first cell's triangles: up, right, down, left of (0, 0)
    np.testing.assert_allclose(middles, [[0, -1 / 3], [1 / 3, 0], [0, 1 / 3], [-1 / 3, 0]], atol=1e-12)


def test_best_actions() -> None:
    assert best_actions(torch.tensor([[1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 2.0, 1.0]])).tolist() == [[0, 0, 0, 0], [0, 1, 1, 0]]
