"""The pictures of trials: the curves are the numbers that were played, a map shows the path that was walked, and the words say so."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from dremeta_lite.agents.yardsticks import Oracle
from dremeta_lite.compare.scores import PLAYING_SEED, chances, play_agents
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.bandit import PullsSide
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap, PathsSide, first_visit, path_of
from dremeta_lite.lab.views.trials import TrialsView, trailing_mean
from dremeta_lite.learner import generator
from dremeta_lite.meta import RL2
from dremeta_lite.tasks import Bandit, HiddenGoal
from dremeta_lite.trials import play_trial

GRID, BANDIT = HiddenGoal(), Bandit(3, 4)


def runner(family: Any) -> Runner:
    return Runner(lambda seed: RL2(family, seed, memory=8, hidden=(8,), trials=16))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png))).astype(int)


def places(line: Any) -> np.ndarray:
    return np.asarray(line.get_xydata(), float)


def ydata(line: Any) -> list[float]:
    return np.asarray(line.get_ydata(), float).tolist()


def test_the_curves_are_what_the_present_agent_earns_on_the_fixed_tasks() -> None:
    tasks = GRID.all_tasks()
    view = TrialsView(
        GRID, {"random": torch.full((4,), -1.0)}, PathsSide(GRID), tasks=tasks, others={"wiped": lambda x: x.agent(wipe=True)}
    )
    picture, run = Picture(view), runner(GRID)
    picture.draw(run)
    before = ydata(view.now)
    assert ydata(view.before) == before, "nothing has been trained: now is before"
    run.run(3)
    first = pixels(picture.draw(run))
    learner: Any = run.learner
    for line, agent in ((view.now, learner.agent()), (view.more[0], learner.agent(wipe=True))):
        wanted = play_trial(GRID, tasks, agent, generator(PLAYING_SEED)).returns().mean(0)
        np.testing.assert_allclose(ydata(line), wanted, rtol=1e-5)
    assert ydata(view.before) == before
    assert ydata(view.raw) == [row["return"] for row in run.history]
    assert f"{sum(ydata(view.now)):.2f}" in view.summary() and "With wiped:" in view.summary() and "random -4.00" in view.summary()
    run.run(1)
    run.state = "paused"
    assert (pixels(picture.draw(run)) != first).any()
    run.reset(1)
    picture.draw(run)
    assert ydata(view.before) == ydata(view.now) and len(ydata(view.raw)) == 0


def test_while_it_trains_the_agent_is_judged_only_now_and_then() -> None:
    view, run = TrialsView(GRID, {}, tasks=GRID.all_tasks(), every=3), runner(GRID)
    picture, seen = Picture(view), []
    for _ in range(5):
        run.run(1)
        run.state = "running"
        picture.draw(run)
        seen.append(tuple(ydata(view.now)))
    assert len(set(seen)) == 2 and seen[0] == seen[1] == seen[2] != seen[3] == seen[4]


def test_a_bandit_is_judged_by_chances_and_its_pulls_are_dots() -> None:
    tasks = BANDIT.held_out_tasks(40)
    side = PullsSide(BANDIT, index=2)
    view, run = TrialsView(BANDIT, {"half": torch.full((4,), 0.5)}, side, tasks=tasks, score=chances, episode="pull"), runner(BANDIT)
    Picture(view).draw(run)
    learner: Any = run.learner
    trial = play_trial(BANDIT, tasks, learner.agent(), generator(PLAYING_SEED))
    wanted = [tasks.probability[torch.arange(40), trial.action[:, t, 0]].mean().item() for t in range(4)]
    np.testing.assert_allclose(ydata(view.now), wanted, rtol=1e-5)
    dots = {int(x): (int(y), full) for line, full in ((side.paid, 1), (side.unpaid, 0)) for x, y in places(line).tolist()}
    assert dots == {t + 1: (int(trial.action[2, t, 0]) + 1, int(trial.reward[2, t, 0])) for t in range(4)}
    assert f"In one trial {int(trial.reward[2].sum())} of 4 pulls pay" in view.summary() and "half 2.00" in view.summary()
    starred = [text.get_text() for text in side.axes.get_yticklabels() if "★" in text.get_text()]
    best = int(tasks.probability[2].argmax())
    assert starred == [f"{best + 1} ({tasks.probability[2, best]:.2f}) ★"]


def test_yardsticks_are_played() -> None:
    tasks = GRID.all_tasks()
    heights = play_agents(GRID, {"knows": Oracle(GRID, tasks)}, tasks, episodes=2)
    assert heights["knows"].shape == (2,) and heights["knows"][0] == pytest.approx(heights["knows"][1].item())
    assert heights["knows"][0].item() == pytest.approx(11, abs=0.3)


def test_the_trailing_mean_by_hand() -> None:
    assert trailing_mean(np.array([1.0, 3.0, 8.0, 2.0]), 2).tolist() == [1.0, 2.0, 5.5, 5.0]
    assert trailing_mean(np.array([]), 3).tolist() == []


def test_a_map_shows_path_goal_and_shades() -> None:
    drawn = HiddenGoalMap(Figure().add_subplot(), GRID, numbers=True)
    shade = torch.zeros(25)
    shade[7], shade[8] = 0.25, 0.001
    drawn.show(torch.tensor([20, 15, 16, 16]), goal=16, shade=shade, darkest=0.5)
    path = places(drawn.path)
    np.testing.assert_allclose(path.round(), [[0, 4], [0, 3], [1, 3], [1, 3]])
    assert len({tuple(place) for place in path.tolist()}) == 4, "staying is seen, too"
    assert len(places(drawn.paid)) == 2
    assert places(drawn.star).tolist() == [[1, 3]]
    np.testing.assert_allclose(places(drawn.dot), path[-1:])
    filled = np.asarray(drawn.fill.get_array())
    assert filled[7] == 0.5 and filled.argmax() == 7
    assert [text.get_text() for text in drawn.numbers if text.get_text()] == ["25"]
    drawn.show()
    assert not any(len(places(line)) for line in (drawn.path, drawn.paid, drawn.star, drawn.dot))
    assert not np.asarray(drawn.fill.get_array()).any() and not any(text.get_text() for text in drawn.numbers)


def test_the_paths_of_a_trial() -> None:
    tasks, side = GRID.all_tasks(), PathsSide(GRID, index=5)
    trial = play_trial(GRID, tasks, Oracle(GRID, tasks), generator(0))
    figure = Figure()
    side.setup(figure, figure.add_gridspec(1, 1)[0])
    side.show(trial, tasks)
    goal = int(tasks.goal[5])
    path = path_of(trial, 5, 2)
    assert path[0] == GRID.start and path[-1] == goal and len(path) == GRID.horizon + 1
    row, column = divmod(goal, 5)
    assert first_visit(path, goal) == (4 - row) + column and first_visit(path, 24 if goal != 24 else 23) is None
    np.testing.assert_allclose(places(side.maps[2].path).round(), [divmod(int(c), 5)[::-1] for c in path])
    assert f"step {(4 - row) + column}, step" in side.summary()
