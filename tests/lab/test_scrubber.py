"""The scrubber: what it shows of a checkpoint is what the agent of that checkpoint does, and the run may grow meanwhile."""

import threading
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from dremeta_lite.agents.exact_belief import PosteriorSampling, belief_along
from dremeta_lite.compare.checkpoints import Checkpoint, RecordedRun
from dremeta_lite.compare.side_by_side import SideBySide
from dremeta_lite.lab.reels import SEED
from dremeta_lite.lab.scrubber import Scrubber
from dremeta_lite.lab.views.replaying_plane import PLACES
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, RL2, VariBAD
from dremeta_lite.tasks import Bandit, HiddenGoal, Navigation2D
from dremeta_lite.trials import Trial, play_trial

GRID, PLANE = HiddenGoal(), Navigation2D()
LOW = {"random": torch.full((4,), -60.0)}  # yardsticks that cost nothing


def running(iterations: int, inferring: bool = True) -> SideBySide:
    learners: dict[str, Any] = {"RL²": RL2(GRID, memory=6, hidden=(8,), trials=4, learning_rate=0.05)}
    if inferring:
        learners["VariBAD"] = VariBAD(GRID, latent=2, memory=6, hidden=(8,), trials=4)
    both = SideBySide(learners, judge_every=1, judged=5)
    for _ in range(iterations):
        both.step()
    return both


def again(agent: Any) -> Trial:
    return play_trial(GRID, GRID.all_tasks(), agent, generator(SEED))


def type_in(scrubber: Scrubber, name: str, value: float) -> bytes:
    control: Any = scrubber.controls[name]
    control.box.value = value
    return scrubber.image.frame


def test_each_move_shows_what_the_agent_of_that_moment_does() -> None:
    both = running(2)
    scrubber = Scrubber(both, yardsticks=LOW, step=20)
    view: Any = scrubber.view
    picture = scrubber.paint()
    assert scrubber.checkpoint.iteration == 2 and [scrubber.tried.names[i] for i in (0, 20)] == [
        "goal in row 1, column 1",
        "goal in row 5, column 5",
    ]
    scrubber.task_menu.value = 5
    agent: Any = both.recorded_run.checkpoints[2].agents["RL²"]
    trial = again(agent)
    earned = trial.reward[5].flatten()
    judged = both.recorded_run.checkpoints[2].returns["RL²"]
    assert f"RL² after 2 meta-iterations: a trial returns {judged.sum():.2f} in tasks that are hidden from it" in scrubber.view.summary()
    assert f"step 20, in episode 2; return so far {earned[:20].sum():.1f}, of {earned.sum():.1f}" in scrubber.view.summary()
    np.testing.assert_allclose(view.trial.series["earned"][1], np.concatenate([[0], earned[:20].cumsum(0)]), atol=1e-5)
    assert type_in(scrubber, "step", 33) != picture
    exact = belief_along(GRID, trial)[5].flatten(0, 1)[32]
    assert f"{exact[GRID.goal_cells[5]]:.0%} on the goal" in scrubber.view.summary()
    assert view.known.series["path"].shape[1] == 4, "the third episode, three steps old"
    late = scrubber.image.frame
    assert type_in(scrubber, "meta_iteration", 0) != late and "RL² after 0 meta-iterations. In" in scrubber.view.summary()
    scrubber.controls["meta_iteration"].slider.value = 1  # type: ignore[union-attr]
    assert scrubber.checkpoint.iteration == 1 and scrubber.controls["meta_iteration"].box.value == 1
    assert type_in(scrubber, "meta_iteration", 2) == late, "the same place, the same picture"


def test_the_arrows_are_the_policys_chances() -> None:
    both = running(1, inferring=False)
    scrubber = Scrubber(both, yardsticks=LOW, step=7)
    view: Any = scrubber.view
    scrubber.paint()
    reel = scrubber.reel()
    agent: Any = scrubber.agent
    agent.begin(21, generator(0))
    trial = again(agent)
    network, theta, memories = agent.network, agent.theta, agent.memories()
    for t in (0, 7, 15, 59):
        memory = memories.flatten(1, 2)[:, t]
        logits = network.actor.logits(theta, network.situation(memory, trial.observation.flatten(1)[:, t]))
        here = reel.policy[torch.arange(21), t, trial.observation.flatten(1)[:, t]]
        torch.testing.assert_close(here, logits.softmax(-1))
    torch.testing.assert_close(reel.memory[:, 7], memories.flatten(1, 2)[:, 7])
    chances = reel.policy[0, 7]
    cell, action = divmod(int(chances[:, 1:].argmax()), 4)
    lengths = np.hypot(view.policy.arrows.U, view.policy.arrows.V)
    assert lengths.argmax() == 4 * cell + action
    assert (view.policy.arrows.V.reshape(25, 4)[:, 0] <= 0).all(), "up is towards smaller rows"
    type_in(scrubber, "step", 60)
    assert view.policy.over.get_text() == "The trial is over."
    assert not view.policy.arrows.U.any()


def test_a_belief_of_its_own_stands_beside_the_exact_one() -> None:
    both = running(1)
    scrubber = Scrubber(both, yardsticks=LOW, learner="VariBAD", step=31)
    view: Any = scrubber.view
    scrubber.paint()
    agent: Any = scrubber.agent
    again(agent)
    own = agent.beliefs()[scrubber.task].flatten(0, 1)[30]
    assert f"Its own belief: {torch.special.entr(own).sum() / np.log(2):.2f} bits open" in scrubber.view.summary()
    assert view.kept.fill.get_visible() and not view.kept.mosaic.cells.get_visible()
    scrubber.learner_menu.value = "RL²"
    assert not view.kept.fill.get_visible() and view.kept.mosaic.cells.get_visible()
    assert "It remembers 6 numbers" in scrubber.view.summary()


def test_the_tape_may_grow_while_it_is_looked_at() -> None:
    both = running(1, inferring=False)
    panel = SimpleNamespace(learner=both)
    scrubber = Scrubber(panel, yardsticks=LOW)
    control: Any = scrubber.controls["meta_iteration"]
    scrubber.paint()
    for _ in range(2):
        both.step()
    assert control.slider.max == 1 and scrubber.checkpoint.iteration == 1
    scrubber.refresh_button.click()
    assert (control.slider.max, control.slider.value, control.box.value) == (3, 3, 3), "who stood at the end goes on to the new end"
    assert "RL² after 3 meta-iterations" in scrubber.view.summary()
    type_in(scrubber, "meta_iteration", 2)
    both.step()
    scrubber.refresh()
    assert control.slider.max == 4 and scrubber.checkpoint.iteration == 2
    type_in(scrubber, "meta_iteration", 9)
    assert "meta_iteration must be in [0, 4], got 9" in scrubber.trouble.value and scrubber.checkpoint.iteration == 2
    type_in(scrubber, "meta_iteration", 3.4)
    assert "meta_iteration must be a whole number in [0, 4], got 3.4" in scrubber.trouble.value and scrubber.checkpoint.iteration == 2
    panel.learner = running(0, inferring=False)  # as after a reset
    scrubber.refresh()
    assert scrubber.checkpoint.iteration == 0 and control.box.value == 0
    panel.learner = RL2(GRID, memory=4)
    scrubber.refresh_button.click()
    assert "now there are other learners: run its cell again" in scrubber.trouble.value


def test_adaptation_can_be_followed_in_the_plane(capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    start = MAML(PLANE, hidden=(8,)).agent(support=1, steps=2)
    memory = RL2(PLANE, memory=6, hidden=(8,), episodes=2).agent()
    run = RecordedRun(
        PLANE, 3, [Checkpoint(0, {"MAML": start, "RL²": memory}, {}), Checkpoint(10, {"MAML": start, "RL²": memory}, {})], LOW, {"RL²": 3}
    )
    scrubber = Scrubber(run, name="plane")
    view: Any = scrubber.view
    scrubber.show()
    assert "MAML after 10 meta-iterations. In this trial" in capsys.readouterr().out
    reel, trial = scrubber.reel(), play_trial(PLANE, scrubber.tried.tasks, start, generator(SEED), 3)
    assert reel.taken == [0, 1, 2] and torch.equal(reel.trial.reward, trial.reward)
    torch.testing.assert_close(reel.mean[:, 2], start.intended(PLACES.expand(5, -1, -1))[0].clamp(-1, 1))
    step = reel.way[:, 2, 1] - reel.way[:, 2, 0]
    torch.testing.assert_close(step, 0.1 * start.intended(torch.zeros(5, 2))[0].clamp(-1, 1))
    assert not torch.equal(reel.way[:, 1], reel.way[:, 2])
    assert f"Episode 3, after 2 steps of adaptation: return {trial.returns()[0, 2]:.1f}" in scrubber.view.summary()
    last = scrubber.image.frame
    assert type_in(scrubber, "episode", 1) != last and "Episode 1, before adaptation" in scrubber.view.summary()
    np.testing.assert_array_equal(view.trial.series["support"][0], [1, 2])
    np.testing.assert_array_equal(view.trial.series["query"][0], [3])
    type_in(scrubber, "episode", 3)
    assert not scrubber.reels.has(memory)
    scrubber.learner_menu.value = "RL²"
    assert "Episode 3: return" in scrubber.view.summary()
    assert "RL² after 10 turns of 3 meta-iterations. In" in scrubber.view.summary()


def test_what_cannot_be_replayed_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to replay: give a recorded run"):
        Scrubber(3)
    with pytest.raises(ValueError, match="nothing to replay"):
        Scrubber(RecordedRun(GRID, 4))
    with pytest.raises(ValueError, match="'MAML' is not in this run; there are RL2"):
        Scrubber(RL2(GRID, memory=4), learner="MAML", yardsticks=LOW)


def test_a_family_without_pictures_of_its_own_has_the_general_ones() -> None:
    family = Bandit(3, 6)
    scrubber = Scrubber(RL2(family, memory=4, hidden=(8,)))
    scrubber.paint()
    training, trial = cast(Any, scrubber.view.parts)
    played = play_trial(family, scrubber.tried.tasks, scrubber.agent, generator(SEED), 6)
    scrubber.task_menu.value = 2
    assert trial.series["query"].tolist() == [list(range(1, 7)), played.returns()[2].tolist()]
    assert training.series["total"].shape == (2, 1), "what was looked at counts, where nothing was judged"
    assert scrubber.view.summary().startswith("RL2 after 0 meta-iterations. Episode 6 returns ")
    type_in(scrubber, "episode", 2)
    assert "Episode 2 returns " in scrubber.view.summary() and trial.series["now"][0].tolist() == [2, 2]


def test_one_learner_or_one_that_is_not_learned_will_do() -> None:
    scrubber = Scrubber(RL2(GRID, memory=4), yardsticks=LOW)
    scrubber.paint()
    assert "RL2 after 0 meta-iterations. In this trial" in scrubber.view.summary()
    assert scrubber.curve()[1].shape == (1, 4), "without a judgement, the trials that were looked at"
    sampling = RecordedRun(GRID, 4, [Checkpoint(0, {"posterior sampling": PosteriorSampling(GRID)}, {})])
    scrubber = Scrubber(sampling, yardsticks=LOW)
    scrubber.paint()
    view: Any = scrubber.view
    assert "It keeps" in view.kept.instead.get_text() or "It acts on" in view.kept.instead.get_text()
    assert scrubber.reel().policy is not None


def test_a_recorded_run_is_played_in_advance_and_beside_a_training_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREMETA_HEADLESS", "0")
    agents = [PosteriorSampling(GRID) for _ in range(3)]
    run = RecordedRun(GRID, 1, [Checkpoint(i, {"it": agent}, {}) for i, agent in enumerate(agents)])
    scrubber = Scrubber(run, yardsticks=LOW)
    before = set(threading.enumerate())
    scrubber.show()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert all(scrubber.reels.has(agent) for agent in agents)
    trained = Scrubber(SimpleNamespace(recorded_run=run), yardsticks=LOW)
    trained.show()
    assert [trained.reels.has(agent) for agent in agents] == [False, False, True]
