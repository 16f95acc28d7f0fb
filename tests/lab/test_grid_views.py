"""The pictures of the grid: the map shows what it is told, blits, and says it in words."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from dremeta_lite.inner.monte_carlo import MonteCarlo
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.grid import (
    LONGEST_ARROW,
    DiscountHyper,
    DiscountView,
    GridMap,
    MonteCarloView,
    TemperatureHyper,
    TemperatureView,
    best_actions,
    since_restart,
)
from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.world.tabular import policy_evaluation, uniform, value_iteration

FAMILY = GridWorld("S.#\n.x.\n..G")
FREE = [0, 1, 3, 5, 6, 7, 8]


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png))).astype(int)


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


def test_value_by_monte_carlo_blits_and_tells_what_it_shows() -> None:
    runner, alone = (Runner(lambda seed: MonteCarlo(FAMILY, seed)) for _ in range(2))
    view = MonteCarloView(FAMILY)
    picture = Picture(view)
    picture.draw(runner)
    assert view.summary().startswith("No episode yet. The exact value of the start is")
    for _ in range(4):
        runner.run(5)
        alone.run(5)
        png = picture.draw(runner)
    last = runner.history[-1]
    assert (
        "After 20 episodes" in view.summary()
        and f"is {last['value_start']:.3f}; its exact value is {last['exact_start']:.3f}" in view.summary()
    )
    np.testing.assert_allclose(view.lines["error_start"].get_ydata(), [max(row["error_start"], 1e-6) for row in runner.history])
    again = Picture(MonteCarloView(FAMILY))
    again.draw(runner)
    assert (np.abs(pixels(png) - pixels(again.draw(runner))) > 40).any(-1).mean() < 0.01 and picture.redraws <= 3
    ours, theirs = runner.learner.state_dict(), alone.learner.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    runner.set("discount", 0.5)
    runner.run(2)
    picture.draw(runner)
    assert "After 2 episodes" in view.summary() and len(np.asarray(view.lines["error_rms"].get_xdata())) == 2


def test_since_restart() -> None:
    rows = [{"episodes": n} for n in (1, 2, 3, 1, 2)]
    assert since_restart(rows) == rows[3:] and since_restart([]) == [] and since_restart(rows[:2]) == rows[:2]


def test_two_rewards_say_where_the_best_policy_goes() -> None:
    hyper = DiscountHyper()
    view = DiscountView(hyper)
    picture = Picture(view)
    for discount, words in (
        (0.5, "is worth 0.250 at the start, +3 in step 6 is worth 0.094. The best policy goes left"),
        (0.9, "goes right"),
    ):
        hyper.discount = discount
        assert picture.draw(None).startswith(b"\x89PNG")  # type: ignore[arg-type]
        assert words in view.summary() and "the same at γ = 0.693" in view.summary()
    hyper.discount = 1.0
    picture.draw(None)  # type: ignore[arg-type]
    assert "goes right" in view.summary()
    hyper.discount = 0.0
    picture.draw(None)  # type: ignore[arg-type]
    assert "goes either way" in view.summary() and picture.redraws == 1


def test_the_temperature_goes_from_greedy_to_uniform() -> None:
    """At both ends the value of the start is that of the best and of the random policy."""
    family, hyper = GridWorld(), TemperatureHyper()
    view = TemperatureView(family, hyper, lambda Q, temperature: torch.softmax(Q / temperature, -1))
    P, R = family.transition_matrix(), family.reward_matrix()
    best, random = value_iteration(P, R, 0.9).V[family.start], policy_evaluation(P, R, uniform(R), 0.9)[family.start]
    assert view.worth(1e-4) == pytest.approx(best.item(), abs=1e-6) and view.worth(1e6) == pytest.approx(random.item(), abs=1e-4)
    picture = Picture(view)
    for temperature in (0.01, 0.3, 10.0):
        hyper.temperature = temperature
        picture.draw(None)  # type: ignore[arg-type]
        assert f"worth {view.worth(temperature):.3f}" in view.summary()
    assert picture.redraws == 1
