"""The pictures of trials: the curves are the numbers that were played, a map shows the path that was walked, and the words say so."""

from typing import Any

import numpy as np
import pytest
import torch
from toy import drawn

from dremeta_lite.agents.yardsticks import Oracle
from dremeta_lite.compare.scores import PLAYING_SEED, chances, play_agents
from dremeta_lite.lab.parts import Row
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.still import still
from dremeta_lite.lab.views.bandit import PullsSide
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap, PathsSide, first_visit, path_until
from dremeta_lite.lab.views.trials import BEGUN, TrialsView
from dremeta_lite.learner import generator
from dremeta_lite.meta import RL2, Distilled, learning_histories
from dremeta_lite.tasks import Bandit, HiddenGoal
from dremeta_lite.trials import play_trial

GRID, BANDIT = HiddenGoal(), Bandit(3, 4)


def small(family: Any) -> Any:
    return lambda seed: RL2(family, seed, memory=8, hidden=(8,), trials=16)


def test_the_curves_are_what_the_present_agent_earns_on_the_fixed_tasks() -> None:
    tasks, heights = GRID.all_tasks(), {"random": torch.full((4,), -1.0)}
    view = TrialsView(GRID, heights, PathsSide(GRID), tasks=tasks, others={"wiped": lambda x: x.agent(wipe=True)})
    shown = lambda name: view.within.series[name][1].tolist()
    run, picture, _ = drawn(view, small(GRID))
    before = shown("now")
    assert shown(BEGUN) == before, "nothing has been trained: now is before"
    run.run(3)
    first = picture.draw(run)
    for name, agent in (("now", run.learner.agent()), ("wiped", run.learner.agent(wipe=True))):
        np.testing.assert_allclose(shown(name), play_trial(GRID, tasks, agent, generator(PLAYING_SEED)).returns().mean(0), rtol=1e-5)
    assert shown(BEGUN) == before
    assert view.curve.series["return"][1] == pytest.approx(np.cumsum([row["return"] for row in run.history]) / [1, 2, 3])
    assert f"Iteration 3: on 21 fixed tasks a trial returns {sum(shown('now')):.2f} (before training {sum(before):.2f})" in view.summary()
    assert f"With wiped: {sum(shown('wiped')):.2f}, first {shown('wiped')[0]:.2f}" in view.summary() and "random -4.00" in view.summary()
    run.run(1)
    run.state = "paused"
    assert picture.draw(run) != first
    run.reset(1)
    picture.draw(run)
    assert shown(BEGUN) == shown("now") and view.curve.series["return"].shape == (2, 0)


def test_a_distilled_agent_is_shown_beside_its_source_episode_by_episode() -> None:
    """Wiped, the same weights play: training does not notice."""
    tasks = GRID.all_tasks()
    histories = learning_histories(GRID, tasks, generator(0), episodes=9, kept=3)
    returned, side = histories.returns().mean(0), PathsSide(GRID, (1, 3), index=2)
    view = TrialsView(GRID, {"source": returned}, side, tasks=tasks, episodes=3, others={"wiped": lambda x: x.agent(wipe=True)})
    make = lambda seed: Distilled(GRID, seed, histories=histories, memory=8, hidden=(8,), trials=4)
    run, *_ = drawn(view, make, 2)
    np.testing.assert_allclose(view.within.yardsticks["source"], returned, rtol=1e-6)
    for name, wipe in (("now", False), ("wiped", True)):
        trial = play_trial(GRID, tasks, run.learner.agent(wipe=wipe), generator(PLAYING_SEED), 3)
        np.testing.assert_allclose(view.within.series[name][1], trial.returns().mean(0), rtol=1e-5)
        if not wipe:
            paths = [part.series["path"].T for part in side.maps]
            assert len(paths) == 2 and all(len(path) == GRID.horizon + 1 for path in paths)
            last = trial.next_observation[2, 2].tolist()
            np.testing.assert_allclose(paths[1][1:].round(), [divmod(cell, 5)[::-1] for cell in last])
            assert [note.get_text() for note in side.notes] == [f"episode {i}: return {trial.returns()[2, i - 1]:.1f}" for i in (1, 3)]
    other = make(0)
    other.hyper.wipe = True
    for _ in range(2):
        other.step()
    assert all(torch.equal(x, run.learner.parameters()[name]) for name, x in other.parameters().items())
    assert "of episodes 1, 3, which earn" in view.summary() and f"source {returned.sum():.2f}" in view.summary()


def test_while_it_trains_the_agent_is_judged_only_now_and_then() -> None:
    view, seen = TrialsView(GRID, {}, tasks=GRID.all_tasks()), []
    view.sparingly.share = 1e-6  # of the time: it will not be due again before the end of this test
    picture, run = Picture(view), Runner(small(GRID))
    for state in ("running", "running", "running", "paused"):
        run.run(1)
        run.state = state
        picture.draw(run)
        seen.append((len(view.curve.series["return"][0]), tuple(view.within.series["now"][1])))
    shown, judged = zip(*seen, strict=True)
    assert shown == (1, 2, 3, 4), "the curve follows every iteration"
    assert judged[0] == judged[1] == judged[2] != judged[3]


def test_a_bandit_is_judged_by_chances_and_its_pulls_are_dots() -> None:
    tasks, side = BANDIT.held_out_tasks(40), PullsSide(BANDIT, index=2)
    view = TrialsView(BANDIT, {"half": torch.full((4,), 0.5)}, side, tasks=tasks, score=chances, episode="pull")
    run, *_ = drawn(view, small(BANDIT))
    trial = play_trial(BANDIT, tasks, run.learner.agent(), generator(PLAYING_SEED))
    wanted = [tasks.probability[torch.arange(40), trial.action[:, t, 0]].mean().item() for t in range(4)]
    np.testing.assert_allclose(view.within.series["now"][1], wanted, rtol=1e-5)
    dots = {pull: (arm, name) for name, xy in side.series.items() for pull, arm in xy.T.tolist()}
    assert dots == {t + 1: (trial.action[2, t, 0] + 1, "paid" if trial.reward[2, t, 0] else "unpaid") for t in range(4)}
    assert f"In one trial {int(trial.reward[2].sum())} of 4 pulls pay" in view.summary() and "half 2.00" in view.summary()
    best = int(tasks.probability[2].argmax())
    starred = [text.get_text() for text in side.axes.get_yticklabels() if "★" in text.get_text()]
    assert starred == [f"{best + 1} ({tasks.probability[2, best]:.2f}) ★"] and f"the best arm, {best + 1} with" in view.summary()


def test_many_episodes_are_smoothed_a_little() -> None:
    bandit = Bandit(3, 40)
    view = TrialsView(bandit, {"half": torch.full((40,), 0.5)}, tasks=bandit.held_out_tasks(5), episode="pull")
    run, *_ = drawn(view, small(bandit))
    now = view.judge(run.learner.agent())[0]
    assert view.within.axes.get_xlabel() == "pull (running mean over 2)"
    assert view.within.series["now"][1] == pytest.approx([now[0], *(now[1:] + now[:-1]) / 2])


def test_yardsticks_are_played() -> None:
    tasks = GRID.all_tasks()
    heights = play_agents(GRID, {"knows": Oracle(GRID, tasks)}, tasks, episodes=2)
    assert heights["knows"].shape == (2,) and heights["knows"][0] == pytest.approx(heights["knows"][1].item())
    assert heights["knows"][0].item() == pytest.approx(11, abs=0.3)


def test_a_map_shows_path_goal_and_shades() -> None:
    part = HiddenGoalMap(GRID, numbers=True)
    still(Row(part))
    shade = torch.zeros(25)
    shade[7], shade[8] = 0.25, 0.001
    part.show(torch.tensor([20, 15, 16, 16]), goal=16, shade=shade)
    path = part.series["path"].T
    np.testing.assert_allclose(path.round(), [[0, 4], [0, 3], [1, 3], [1, 3]])
    assert len({tuple(place) for place in path.tolist()}) == 4, "staying is seen, too"
    assert part.series["paid"].shape == (2, 2) and part.series["goal"].tolist() == [[1], [3]]
    np.testing.assert_allclose(part.series["agent"].T, path[-1:])
    filled = np.asarray(part.fill.get_array())
    assert filled[7] == 0.25 and filled.argmax() == 7
    assert [text.get_text() for text in part.numbers if text.get_text()] == ["25"]
    part.show()
    assert not any(xy.size for xy in part.series.values()) and not any(text.get_text() for text in part.numbers)
    assert not np.asarray(part.fill.get_array()).any()


def test_the_paths_of_a_trial() -> None:
    tasks, side = GRID.all_tasks(), PathsSide(GRID, index=5)
    trial = play_trial(GRID, tasks, Oracle(GRID, tasks), generator(0))
    Picture(side)
    side.show(trial, tasks)
    goal = int(tasks.goal[5])
    path = path_until(GRID, trial.next_observation[5], 45)
    assert path[0] == GRID.start and path[-1] == goal and len(path) == GRID.horizon + 1
    row, column = divmod(goal, 5)
    assert first_visit(path, goal) == (4 - row) + column and first_visit(path, 24 if goal != 24 else 23) is None
    np.testing.assert_allclose(side.maps[2].series["path"].T.round(), [divmod(int(c), 5)[::-1] for c in path])
    assert f"step {(4 - row) + column}, step" in side.summary()
    assert [note.get_text() for note in side.notes] == [f"episode {i + 1}: return {x:.1f}" for i, x in enumerate(trial.returns()[5])]


def test_an_episode_that_is_just_over_is_still_shown() -> None:
    cells = torch.arange(60).view(4, 15)
    for step, wanted in ((0, []), (3, [0, 1, 2]), (15, list(range(15))), (16, [15]), (60, list(range(45, 60)))):
        assert path_until(GRID, cells, step).tolist() == [GRID.start, *wanted]
