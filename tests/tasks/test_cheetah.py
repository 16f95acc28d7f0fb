"""The half cheetah is Gymnasium's, to the last bit, also with its legs miswired; without MuJoCo one sentence says what to do."""

import copy
import pickle
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from dremeta_lite.episodes import begin
from dremeta_lite.learner import generator
from dremeta_lite.recording import cheetah_maml, taught, wires
from dremeta_lite.store import read_figures
from dremeta_lite.tasks.adapters import TaskEnv
from dremeta_lite.tasks.cheetah import Direction, HalfCheetahDir, MiswiredCheetah, Wiring


def test_without_mujoco_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(ImportError, match=r"needs MuJoCo.*mujoco==4\.0\.0"):
        HalfCheetahDir()


@pytest.fixture(scope="module")
def family() -> HalfCheetahDir:
    pytest.importorskip("mujoco", reason="the extra `robots` is not installed")
    return HalfCheetahDir()


def test_it_is_gymnasiums_step_by_step(family: HalfCheetahDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imageio", reason="Gymnasium's own robots need it")
    monkeypatch.chdir(tmp_path)  # MuJoCo writes a warning about Gymnasium's robot into a file where it is
    env = gymnasium.make("HalfCheetah-v5", disable_env_checker=True)
    env.reset(seed=1)
    data = env.unwrapped.data  # type: ignore[attr-defined]
    state = torch.tensor(np.concatenate([data.qpos, data.qvel, data.qacc_warmstart])).expand(3, 2, 27)
    rng, task = generator(0), Direction(torch.ones(3, 2))
    for _ in range(100):
        action = 2 * torch.rand(6, generator=rng) - 1
        seen, reward, *_ = env.step(action.numpy())
        following = family.transition(state, action.expand(3, 2, 6), None, task)
        assert family.reward(state, action.expand(3, 2, 6), following, None, task)[1, 1].item() == pytest.approx(float(reward), abs=1e-5)
        state = following
        np.testing.assert_array_equal(state[1, 1, 1:18], seen)


def test_the_other_direction_pays_the_other_way(family: HalfCheetahDir) -> None:
    state, action = family.initial(generator(0), Direction(torch.ones(4))), torch.zeros(4, 6)
    following = family.transition(state, action)
    ahead, back = (family.reward(state, action, following, None, Direction(torch.tensor(sign))) for sign in (1.0, -1.0))
    torch.testing.assert_close(ahead, -back)


def test_a_copy_takes_no_workspace_along_and_plays_the_same(family: HalfCheetahDir) -> None:
    tasks = family.sample_tasks(2, generator(3))
    ends = []
    for each in (family, copy.deepcopy(family), pickle.loads(pickle.dumps(family))):
        episodes = begin(each, tasks, generator(4))
        episodes.whole(lambda seen: 0.3 * torch.ones(len(seen), 6), 5)
        ends.append(episodes.state)  # type: ignore[attr-defined]
    assert torch.equal(ends[0], ends[1]) and torch.equal(ends[0], ends[2])


def test_the_stick_figure_stands_where_the_robot_is(family: HalfCheetahDir) -> None:
    limbs = family.simulations.capsules(family.initial(generator(0), Direction(torch.ones(2))))
    moved = family.initial(generator(0), Direction(torch.ones(2)))
    moved[:, 0] += 2.0
    assert limbs.shape == (2, 8, 2, 2) and limbs[..., 1].min() > -0.2 and limbs[..., 1].max() < 1.6
    np.testing.assert_allclose(family.simulations.capsules(moved) - limbs, np.broadcast_to([2.0, 0.0], limbs.shape), atol=1e-9)


def test_a_reversed_leg_does_the_opposite_of_what_is_asked(family: HalfCheetahDir) -> None:
    """With each of the four wirings the robot moves as the right one does that is asked for the opposite with the reversed legs."""
    miswired, rng = MiswiredCheetah(), generator(2)
    wirings = Wiring(torch.tensor([1.0, -1.0, 1.0, -1.0]), torch.tensor([1.0, 1.0, -1.0, -1.0]))
    state = miswired.initial(generator(1), wirings)
    action = 3 * torch.rand(4, 6, generator=rng) - 1.5  # also beyond the motors' strength
    meant = action * torch.tensor([[1.0] * 6, [-1.0] * 3 + [1.0] * 3, [1.0] * 3 + [-1.0] * 3, [-1.0] * 6])
    following = miswired.transition(state, action, None, wirings)
    assert torch.equal(following, family.transition(state, meant))
    assert len({*map(str, following.tolist())}) == 4
    forwards = family.reward(state, action, following, None, Direction(torch.ones(4)))
    assert torch.equal(miswired.reward(state, action, following, None, wirings), forwards)


def test_nothing_that_is_seen_tells_the_wiring_and_whoever_knows_it_can_undo_it(family: HalfCheetahDir) -> None:
    miswired, undone = MiswiredCheetah(), MiswiredCheetah(undone=True)
    tasks = miswired.sample_tasks(200, generator(0))
    assert all(0.4 < (sign > 0).float().mean() < 0.6 and {*sign.tolist()} == {-1.0, 1.0} for sign in tasks)
    assert 0.4 < (tasks.back == tasks.front).float().mean() < 0.6, "drawn apart"
    state, action = miswired.initial(generator(1), tasks), torch.rand(200, 6, generator=generator(2))
    assert torch.equal(miswired.observation(state), family.observation(state))
    assert torch.equal(undone.transition(state, action, None, tasks), family.transition(state, action))
    check_env(TaskEnv(miswired), skip_render_check=True)


def test_whoever_is_told_the_direction_sees_it_last(family: HalfCheetahDir) -> None:
    told, tasks = HalfCheetahDir(told=True), Direction(torch.tensor([1.0, -1.0, -1.0]))
    state = family.initial(generator(0), tasks)
    seen = told.observation(state, None, tasks)
    assert torch.equal(seen[:, :17], family.observation(state)) and torch.equal(seen[:, 17], tasks.sign)
    assert torch.equal(told.observation(state[0])[17:], torch.ones(1)), "forwards, if nothing is said"
    check_env(TaskEnv(told), skip_render_check=True)
    asked = taught.ask(taught.teacher_learner(0, 3e-3, 1))(seen[:, None, None, :17], Direction(tasks.sign[:, None, None]))
    alone = [taught.ask(taught.teacher_learner(0, 3e-3, 1))(seen[i : i + 1, :17], Direction(tasks.sign[i : i + 1])) for i in range(3)]
    torch.testing.assert_close(asked[:, 0, 0], torch.cat(alone))


def few(learner: Any) -> Any:
    """With hardly any trials."""
    learner.hyper.trials, learner.hyper.epochs = 4, 1
    return learner


@pytest.mark.usefixtures("family")
def test_its_recording_shortened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = wires.make

    def small(row: str, seed: int, settings: Any, iterations: int = 1) -> wires.RL2PPO:
        return few(make(row, seed, settings, iterations))

    for name, value in {"make": small, "ROBOTS": 2, "READ": 8, "EVERY": 1}.items():
        monkeypatch.setattr(wires, name, value)
    run = wires.measure("rl2", 0, {}, iterations=1)
    assert [point["iteration"] for point in run["curve"]] == [0, 1] and [*run["wirings"]] == [*wires.WIRINGS]
    assert sum(run["wirings"].values()) / 4 == pytest.approx(run["curve"][-1]["return"], abs=0.1)
    assert sum(run["paid"]) == pytest.approx(run["curve"][-1]["return"], abs=0.2) and len(run["read_off"]["back"]) == len(run["paid"])
    for name, value in {"COPIES": 1, "EPISODES": 2, "EVERY": 1, "SETTINGS": {"tasks": 2, "trajectories": 2, "hidden": (4,)}}.items():
        monkeypatch.setattr(cheetah_maml, name, value)
    ends = cheetah_maml.measure(0, (0.2, 3e-3), iterations=1)
    assert [end["iteration"] for end in ends] == [0, 1]
    assert all(len(end[name][way]) == 4 for end in ends for name in ("drawn", "likeliest") for way in cheetah_maml.SIGNS)
    for name in ("memory_learner", "teacher_learner", "student_learner"):
        whole = getattr(taught, name)
        monkeypatch.setattr(taught, name, lambda *options, whole=whole: few(whole(*options)))
    for name, value in {"ITERATIONS": dict.fromkeys(taught.TAUGHT_ROWS, 2), "EVERY": 1, "RATES": (1e-3, 2e-3), "SEEDS": 1}.items():
        monkeypatch.setattr(taught, name, value)
    taught.record(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["taught.json"], "nothing is left beside it"
    data = read_figures(tmp_path / "taught.json", "")
    for row in data["rows"].values():
        scores = {float(rate): score for rate, score in row["tries"].items()}
        best = max(scores, key=lambda rate: scores[rate])
        assert scores.keys() >= {1e-3, 2e-3} and (min(scores) < best < max(scores) or not 2e-5 < best < 5e-2)
        assert row["taken"] == best, "of all, the further ones too"
    (run,) = data["runs"]
    assert all([point["iteration"] for point in run[row]] == [0, 1, 2] for row in taught.TAUGHT_ROWS)
    assert run["student"][-1].keys() >= {"forwards", "backwards", "cpu_seconds"} and run["blank"].keys() == {"forwards", "backwards"}
