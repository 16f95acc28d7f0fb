"""The map of the grid shows what it is told."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from toy import words

from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.views.grid import LONGEST_ARROW, GridMap, best_actions
from dremeta_lite.lab.views.sweeps import SweepView
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.sweeps import Sweeps

FAMILY = GridWorld("S.#\n.x.\n..G")
FREE = [0, 1, 3, 5, 6, 7, 8]


def grid_map(**options: Any) -> Any:
    drawn = GridMap(FAMILY, **options)
    drawn.setup(Figure().add_subplot())
    return drawn


def arrows(drawn: GridMap) -> dict[int, dict[str, float]]:
    """The lengths of the arrows in each cell that has any, by direction."""
    named = {cell: dict(zip("urdl", lengths, strict=True)) for cell, lengths in zip(drawn.free, drawn.arrows.tolist(), strict=True)}
    return {cell: {name: length for name, length in each.items() if length} for cell, each in named.items() if any(each.values())}


def test_values_agent_and_goal_are_shown_where_they_are() -> None:
    drawn = grid_map(numbers=True, of=lambda now: {"values": now.V, "agent": 5, "goal": 8})
    drawn.update(SimpleNamespace(V=torch.arange(9.0) / 10))
    assert drawn.free == FREE and arrows(drawn) == {}
    np.testing.assert_allclose(drawn.values, [0, 0.1, 0.3, 0.5, 0.6, 0.7, np.nan])
    np.testing.assert_array_equal(np.ma.filled(drawn.fill.get_array(), np.nan), drawn.values)
    assert [drawn.numbers[cell].get_text() for cell in FREE] == ["0.00", "0.10", "0.30", "0.50", "0.60", "0.70", ""]
    assert drawn.series["agent"].tolist() == [[2], [1]] and drawn.series["goal"].tolist() == [[2], [2]]
    drawn.show(agent=-1)
    assert drawn.series["agent"].size == drawn.series["goal"].size == 0
    assert all(text.get_text() == "" for text in drawn.numbers)


def test_the_best_actions_have_arrows_and_a_policy_has_its_own() -> None:
    Q, policy = torch.zeros(9, 4), torch.zeros(9, 4)
    Q[0], Q[7, 0] = torch.tensor([0.0, 1.0, 1.0, 0.0]), 0.5
    drawn = grid_map()
    drawn.show(Q)
    assert arrows(drawn) == {0: {"r": LONGEST_ARROW, "d": LONGEST_ARROW}, 7: {"u": LONGEST_ARROW}}
    assert drawn.values.tolist() == [1, 0, 0, 0, 0, 0.5, 0]
    assert (drawn.pointers.U[1], drawn.pointers.V[2], drawn.pointers.V[28]) == (LONGEST_ARROW, LONGEST_ARROW, -LONGEST_ARROW)  # y: down
    policy[3] = torch.tensor([0.0, 0.0, 0.25, 0.75])
    drawn.show(Q, policy=policy)
    assert arrows(drawn) == {3: {"d": pytest.approx(LONGEST_ARROW / 2), "l": pytest.approx(LONGEST_ARROW * 0.75**0.5)}}
    drawn.show(Q, goal=0)
    assert set(arrows(drawn)) == {7}


def test_triangles_have_the_values_of_their_actions() -> None:
    drawn = grid_map(actions=True)
    Q = torch.arange(36.0).view(9, 4) / 36
    drawn.show(Q, goal=8)
    np.testing.assert_allclose(drawn.values[:-1], Q[FREE[:-1]])
    assert np.isnan(drawn.values[-1]).all() and drawn.fill.get_array().shape == (28,)
    middles = [path.vertices[:3].mean(0) for path in drawn.fill.get_paths()[:4]]  # of the first cell: up, right, down, left of (0, 0)
    np.testing.assert_allclose(middles, [[0, -1 / 3], [1 / 3, 0], [0, 1 / 3], [-1 / 3, 0]], atol=1e-12)


def test_best_actions() -> None:
    assert best_actions(torch.tensor([[1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 2.0, 1.0]])).tolist() == [[0, 0, 0, 0], [0, 1, 1, 0]]


def test_clicks_build_the_world_that_is_learned_and_the_picture_follows() -> None:
    world = GridWorld("S..\n...\n..G")
    panel = LivePanel("building", lambda seed: Sweeps(world, seed), SweepView(world))
    panel.require(4)
    part: Any = panel.picture.parts[0]
    for kind, said in (("#", "wall"), ("x", "pit"), (".", "value")):
        assert click(panel, 1.2, 0.9) == "" and world.cells[1, 1] == kind and said in part.read(1, 1)
        assert (4 in part.free) == (kind == ".") and len(part._scenery) == 2 * (kind != ".")
        panel.require(len(panel.runner.history) + 1)
    assert click(panel, 0, 0) == "The start and the rewards stay where they are: choose another cell."
    click(panel, 1, 2)
    assert click(panel, 2, 1).startswith("No way from the start to the goal would be left")
    panel.reset.click()
    assert world.walls[7] and panel.learner.iteration == 0
    panel.close()


def click(panel: LivePanel, x: float, y: float) -> str:
    """Click a place of the first part; returns what was refused."""
    panel._touched({"kind": "click", "region": 0, "path": [[x, y]]})
    return words(panel.trouble)


def test_no_arrow_touches_a_number() -> None:
    """Where numbers stand low, in each direction."""
    for direction in range(4):
        figure = Figure(figsize=(4, 4))
        drawn = GridMap(FAMILY, numbers=True, low=True)
        drawn.setup(figure.add_subplot())
        drawn.show(torch.full((9,), -0.55), torch.nn.functional.one_hot(torch.full((9,), direction), 4).double())
        figure.canvas.draw()
        begin, along = np.asarray(drawn.pointers.get_offsets()), np.stack([drawn.pointers.U, drawn.pointers.V], -1)
        ends = np.concatenate([begin, begin + along / drawn.pointers.scale])[~np.isnan(np.concatenate([along, along])).any(-1)]
        for x, y in drawn.axes.transData.transform(ends):
            assert not any(text.get_window_extent().padded(2).contains(x, y) for text in drawn.numbers if text.get_text())
