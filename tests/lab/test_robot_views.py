"""The views of robots show what the agents do, and a click reverses the motor."""

import numpy as np
import pytest
import torch
from toy import drawn

from dremeta_lite.agents.linear_quadratic import LinearQuadratic
from dremeta_lite.agents.yardsticks import Oracle, StandingStill
from dremeta_lite.compare import SideBySide, films
from dremeta_lite.compare.acting import Acting, ArmHyper, PoleHyper, Reaching
from dremeta_lite.compare.films import FRAMES, Film, filmed
from dremeta_lite.lab.panel import LivePanel
from dremeta_lite.lab.views import cheetah as cheetah_views
from dremeta_lite.lab.views.arm import ReachingView
from dremeta_lite.lab.views.cheetah import CheetahView, RunningView
from dremeta_lite.lab.views.poles import ActingView, PolesView, watched
from dremeta_lite.meta import RL2PPO
from dremeta_lite.tasks import HalfCheetahDir, MiswiredArm, PoleOnCart

FAMILY, SMALL = PoleOnCart(), {"memory": 4, "hidden": (4,), "trials": 2}


def both(seed: int) -> SideBySide:
    options: dict = {**SMALL, "practice": 20}
    learners = {"RL²": RL2PPO(FAMILY, seed, **options), "pooled": RL2PPO(FAMILY, seed, encoding="nothing", **options)}
    return SideBySide(learners, judge_every=1, judged=3)


def test_the_training_view_shows_returns_and_what_each_does_with_both_motors() -> None:
    view = PolesView(["RL²", "pooled"], {"oracle": 4.8})
    runner, picture, said = drawn(view, both, 1, 1)
    assert "Nothing has been trained yet" in said and picture.redraws <= 4
    for name in ("RL²", "pooled"):
        np.testing.assert_allclose(view.curve.series[name][1], [row[name] for row in runner.history])
    agent = runner.learner.learners["pooled"].agent(greedy=True)
    path = watched(FAMILY, agent)
    sticks = view.strobe.series["pooled,\nmotor reversed"]
    height = view.strobe.heights["pooled,\nmotor reversed"]
    np.testing.assert_allclose(sticks[1][1::3] - height, np.cos(path[1, ::2, 2].numpy()), atol=1e-6)
    fallen = int(FAMILY.fallen(path[1]).sum())
    assert view.strobe.series["falls of pooled,\nmotor reversed"].shape[1] == fallen and f"{fallen} falls" in view.summary()


def acting(seed: int) -> Acting:
    return Acting(FAMILY, {"oracle": LinearQuadratic(FAMILY, PoleHyper().task()), "standing still": StandingStill(FAMILY)}, seed)


def test_the_acting_view_shows_carts_falls_and_where_the_motor_was_turned() -> None:
    view = ActingView(["oracle", "standing still"])
    runner, picture, _ = drawn(view, acting, 30)
    runner.set("reversed_motor", True)
    runner.run(30)
    picture.draw(runner)
    for name, world in runner.learner.worlds.items():
        x, _, tilt, _ = world.state[0].tolist()
        foot, tip = view.carts.series[name].T
        np.testing.assert_allclose(tip - foot, [np.sin(tilt), np.cos(tilt)], atol=1e-6)
        assert foot[0] == pytest.approx(x) and f"{name} {runner.learner.falls[name]}" in view.summary()
    assert "The motor is reversed" in view.summary() and [change.iteration for change in runner.changes] == [30]


def test_the_motor_is_turned_by_a_click_a_key_or_a_box() -> None:
    panel = LivePanel("plug-test", acting, ActingView(["oracle", "standing still"]), controls=("reversed_motor", "head"))
    panel.require(1)
    panel._touched({"kind": "click", "region": 0, "path": [[0.1, 0.2]]})
    panel.require(2)
    assert panel.learner.hyper.values()["reversed_motor"] is True and panel.controls["reversed_motor"].box.value
    panel._touched({"kind": "key", "region": 0, "key": "r"})
    panel.require(3)
    assert panel.learner.hyper.values()["reversed_motor"] is False
    panel.close()


def reaching(seed: int) -> Reaching:
    arm = MiswiredArm()
    return Reaching(arm, {"oracle": Oracle(arm, ArmHyper().task()), "standing still": StandingStill(arm)}, seed)


def test_the_arms_end_at_their_hands_and_a_key_or_a_drag_changes_what_they_are_asked() -> None:
    view = ReachingView(["oracle", "standing still"])
    panel = LivePanel("arm-test", reaching, view, controls=("target_x", "target_y", "crossed", "reversed_shoulder"))
    panel.require(3)
    for key, name in (("x", "crossed"), ("r", "reversed_shoulder")):
        panel._touched({"kind": "key", "region": 0, "key": key})
        assert panel.controls[name].box.value
    view.arms.move({"target_x": -0.4})
    panel.require(4)
    assert panel.learner.hyper.values() | {"crossed": True, "reversed_shoulder": True, "target_x": -0.4} == panel.learner.hyper.values()
    panel.close()
    view = ReachingView(["oracle", "standing still"])
    runner, _, _ = drawn(view, reaching, 5)
    for name, world in runner.learner.worlds.items():
        hand = MiswiredArm().hand(world.state[0, :2])
        np.testing.assert_allclose(view.arms.series[name].T[-1], hand, atol=1e-6)
        assert f"{name} {(hand - torch.tensor([0.5, 0.5])).norm():.2f} m" in view.summary()
    assert "The wires are straight, the motor of the shoulder is right." in view.summary()


@pytest.fixture
def two_films(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with a film of three frames after 0 and after 120 iterations, of eight limbs each."""
    limbs = torch.arange(3 * 32.0).reshape(3, 32).tolist()
    each = {way: {"limbs": limbs, "speed": [sign, sign, sign]} for way, sign in (("forwards", 1.0), ("backwards", -1.0))}
    curve = [{"iteration": n, "forwards": float(n), "backwards": 2.0 * n, "cpu_seconds": 0.0} for n in (0, 120)]
    data = {"runs": [{"films": {"0": each, "120": each}, "curve": curve}]}
    for module in (films, cheetah_views):
        monkeypatch.setattr(module, "recorded", lambda name: data)


@pytest.mark.usefixtures("two_films")
def test_a_film_plays_round_and_begins_again_when_another_is_chosen() -> None:
    film = Film()
    assert [film.step()["time"] for _ in range(4)] == [1, 2, 0, 1]
    film.hyper.backwards = True
    row = film.step()
    assert (row["time"], row["speed"], film.shown) == (0, -1.0, ("120", "backwards"))
    film.hyper.trained = 20
    film.step()
    assert film.shown == ("0", "backwards")


@pytest.mark.usefixtures("two_films")
def test_a_click_to_a_side_of_the_robot_wakes_it_in_that_task() -> None:
    panel = LivePanel("film-test", lambda seed: Film(seed), CheetahView(), controls=("trained", "backwards"))
    panel.require(2)
    view = panel.picture.view
    assert "paid for running forwards" in view.summary() and "+1.0 m/s" in view.summary()
    np.testing.assert_allclose(view.robot.series["robot"][:, :2].T, panel.learner.limbs()[2, 0])  # type: ignore[attr-defined]
    panel._touched({"kind": "key", "region": 0, "key": "ArrowLeft"})
    panel.require(4)
    assert panel.learner.hyper.values()["backwards"] is True and "paid for running backwards" in view.summary()
    panel.close()


def test_a_robot_in_training_runs_in_the_direction_that_was_clicked() -> None:
    pytest.importorskip("mujoco")
    view = RunningView()
    panel = LivePanel("running-test", lambda seed: RL2PPO(HalfCheetahDir(), seed, trials=8), view)
    panel.require(1)
    for key, way in (("ArrowLeft", "backwards"), ("ArrowRight", "forwards")):
        panel._touched({"kind": "key", "region": 0, "key": key})
        assert view.way == way and way in view.robot.arrow.get_text()
    panel._touched({"kind": "click", "region": 0, "path": [[view.robot.middle - 1, 0.5]]})
    takes = filmed(HalfCheetahDir(), panel.learner.agent(greedy=True))  # type: ignore[attr-defined]
    for name, take in takes.items():
        np.testing.assert_allclose(view.takes[name].limbs, take.limbs)
        assert f"{name} {take.earned:.0f}" in view.summary() and take.limbs.shape == (50, 8, 2, 2)
        drift = np.gradient(take.limbs[:, 0, :, 0].mean(1), FRAMES * HalfCheetahDir.seconds)
        assert np.corrcoef(drift, take.speed)[0, 1] > 0.5, "limbs move as the trunk does"
    assert view.run() and view.way == "backwards"
    panel.close()
