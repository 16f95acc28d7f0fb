"""The families as Gymnasium environments: registered cheaply, clean under Gymnasium's own checks, one agent and many agreeing."""

import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import dremeta_lite
from dremeta_lite.tasks.adapters import TaskEnv, TaskVectorEnv, load_family
from dremeta_lite.tasks.family import pick
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask

ID = "dremeta/Navigation2D-v0"
ROOT = Path(dremeta_lite.__file__).parents[1]


def make(**options: Any) -> Any:
    return gymnasium.make(ID, **options)


def make_vec(num_envs: int, **options: Any) -> Any:
    return gymnasium.make_vec(ID, num_envs=num_envs, vectorization_mode="vector_entry_point", **options)


def test_registered_on_import_and_torch_is_not_loaded() -> None:
    """In a fresh interpreter, since this one has torch already."""
    program = f"import sys, dremeta_lite, gymnasium; assert {ID!r} in gymnasium.registry; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ("False", "")


def test_made_in_a_fresh_interpreter_by_its_name_alone() -> None:
    program = f"import dremeta_lite, gymnasium; e = gymnasium.make({ID!r}); print(e.reset(seed=0)[0].tolist())"
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ("[0.0, 0.0]", "")


@pytest.fixture
def no_warnings() -> Iterator[None]:
    """Gymnasium's logger hands its warnings to `warnings`, but shows some only once: make all of them errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("options", [{}, {"render_mode": "rgb_array"}], ids=["plain", "rendering"])
def test_gymnasiums_own_checks_pass_without_a_warning(options: dict[str, str], no_warnings: None) -> None:
    env = make(**options)
    check_env(env.unwrapped)
    env.reset(seed=0)
    env.step(env.action_space.sample())
    if options:
        env.render()
    env.close()
    vector = make_vec(2, **options)
    vector.reset(seed=0)
    vector.step(vector.action_space.sample())
    vector.close()


def actions_for(env: TaskVectorEnv, t: int, observation: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of the agents walk home to their goal, so that episodes end at different times; the others wander, beyond the clip too."""
    goals = env.task.goal.numpy()
    walk = np.clip((goals - observation) / 0.1, -1, 1)
    wander = rng.normal(size=walk.shape) * 1.5
    return np.where((np.arange(len(goals)) % 2 == 0)[:, None], walk, wander).astype(np.float32)


@pytest.mark.parametrize("horizon", [None, 4, 7])
@pytest.mark.parametrize("different", [True, False], ids=["a task each", "one task"])
def test_many_at_once_agree_step_by_step_with_one_by_one(horizon: int | None, different: bool) -> None:
    """Through terminations, truncations, both at once and the restarting step, at different times in different environments."""
    goals = torch.tensor([[0.3, 0.4], [-0.5, 0.2], [0.1, 0.0], [0.45, -0.45], [-0.35, 0.0], [0.0, 0.0]])
    n = len(goals)
    limit = {} if horizon is None else {"max_episode_steps": horizon}
    if different:
        tasks: list[NavigationTask | None] = [NavigationTask(goal) for goal in goals]
        many = make_vec(n, task=NavigationTask(goals), **limit)
    else:
        tasks = [None] * n
        many = make_vec(n, **limit)
    one_by_one: Any = SyncVectorEnv([partial(make, task=task, **limit) for task in tasks], autoreset_mode=AutoresetMode.NEXT_STEP)
    assert many.observation_space == one_by_one.observation_space and many.action_space == one_by_one.action_space
    assert many.metadata["autoreset_mode"] == one_by_one.metadata["autoreset_mode"]

    rng, seen = np.random.default_rng(0), {"terminated": 0, "truncated": 0, "restarted": 0}
    observation, info = many.reset(seed=3)
    other, other_info = one_by_one.reset(seed=3)
    assert np.array_equal(observation, other) and observation.dtype == other.dtype and info == other_info
    ended = np.zeros(n, bool)
    for t in range(230):
        action = actions_for(many, t, observation, rng)
        a, b = many.step(action), one_by_one.step(action)
        for name, x, y in zip(("observation", "reward", "terminated", "truncated"), a[:4], b[:4], strict=True):
            assert x.dtype == y.dtype and x.shape == y.shape, name
            # Batched and single sums of two squares may be rounded otherwise in the last float32 digit; all the rest is exact.
            assert np.allclose(x, y, rtol=1e-6, atol=0) if name == "reward" else np.array_equal(x, y), (name, t)
        assert a[4] == b[4]
        assert not a[1][ended].any() and not a[2][ended].any() and not a[3][ended].any() and not a[0][ended].any()
        observation, ended = a[0], a[2] | a[3]
        for name, x in zip(seen, (a[2], a[3], (a[0] == 0).all(-1)), strict=True):
            seen[name] += int(x.sum())
    assert seen["terminated"] > 0 and seen["truncated"] > 0 and seen["restarted"] > 0  # the run did meet all three
    one_by_one.close()


def test_terminated_and_truncated_in_the_same_step() -> None:
    """The goal at (0.3, 0) is reached in step 3, which is also the last one allowed."""
    env = make(task=NavigationTask(torch.tensor([0.3, 0.0])), max_episode_steps=3)
    env.reset()
    ends = [env.step(np.array([1, 0], np.float32))[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (True, True)]


def test_an_episode_that_ends_at_the_horizon_is_truncated() -> None:
    env = make()
    env.reset(seed=0)
    ends = [env.step(np.zeros(2, np.float32))[2:4] for _ in range(100)]
    assert ends == [(False, False)] * 99 + [(False, True)]


def test_a_reset_can_change_the_task() -> None:
    """The first reward is minus the distance to the new goal, until the next change."""
    env = make()
    still = np.zeros(2, np.float32)
    for options, distance in ((None, 0.5), ({"task": NavigationTask(torch.tensor([0.0, 0.25]))}, 0.25), (None, 0.25)):
        env.reset(options=options)
        assert env.step(still)[1] == pytest.approx(-distance)
    many = make_vec(2)
    many.reset(options={"task": NavigationTask(torch.tensor([[0.0, 0.25], [0.5, 0.0]]))})
    assert many.step(np.zeros((2, 2), np.float32))[1].tolist() == pytest.approx([-0.25, -0.5])


@pytest.mark.parametrize("name", sorted(each for each in gymnasium.registry if each.startswith("dremeta/")))
@pytest.mark.filterwarnings("ignore:.*symmetric and normalized space")
def test_a_task_drawn_in_each_episode_and_told(name: str) -> None:
    """Of any family: the numbers behind what is seen are those of the task, other ones in the next episode, and the same by one seed."""
    env: Any = gymnasium.make(name, drawn=True, told=True)
    check_env(env.unwrapped)
    one = lambda task: np.concatenate([x.flatten().numpy() for x in task])
    first = [(env.reset(seed=5)[0], one(env.unwrapped.task)) for _ in range(2)]
    assert np.array_equal(first[0][0], first[1][0])
    drawn = [(env.reset()[0], one(env.unwrapped.task)) for _ in range(8)]
    for seen, task in [*first, *drawn]:
        assert np.array_equal(seen[-len(task) :], task.astype(np.float32)) and len(seen) == env.unwrapped.family.observation_size + len(
            task
        )
    assert len({tuple(task) for _, task in drawn}) > 1
    many: Any = gymnasium.make_vec(name, 64, vectorization_mode="vector_entry_point", drawn=True, told=True, max_episode_steps=3)
    assert many.single_observation_space == env.observation_space
    seen, _ = many.reset(seed=0)
    tasks = lambda: torch.cat([x.reshape(64, -1) for x in many.task], -1).float().numpy()
    ended, changed = np.zeros(64, bool), np.zeros(64, bool)
    for _ in range(8):
        before = tasks()
        seen, _, terminated, truncated, _ = many.step(many.action_space.sample())
        assert np.array_equal(seen[:, -before.shape[1] :], tasks()) and many.observation_space.contains(seen)
        moved = (before != tasks()).any(-1)
        assert not moved[~ended].any(), "a task stays for its episode"
        changed |= moved
        ended = terminated | truncated
    assert changed.mean() > 0.5, "and another one comes with the next"


def test_observations_stay_in_their_space_whatever_number_type_the_actions_have() -> None:
    """NumPy's default is float64; whole numbers are fine too. And a caller's array is neither kept nor changed."""
    env = make().unwrapped
    env.reset(seed=0)
    for action in (np.ones(2), np.array([1, 1]), np.ones(2, np.float32)):
        observation, reward, terminated, _, _ = env.step(action)
        assert env.observation_space.contains(observation) and type(reward) is float and type(terminated) is bool
    frozen = np.ones(2, np.float32)
    frozen.setflags(write=False)
    before, *_ = env.step(frozen)
    kept = before.copy()
    env.step(frozen)
    assert np.array_equal(before, kept)
    many = make_vec(2)
    many.reset(seed=0)
    assert many.observation_space.contains(many.step(np.ones((2, 2)))[0])


@pytest.mark.parametrize("make_one", [make, partial(make_vec, 2)], ids=["one", "many"])
@pytest.mark.parametrize("mode", ["ansi", "video", ""])
@pytest.mark.filterwarnings("ignore:.*render_mode")  # Gymnasium's own warning comes first
def test_an_unknown_render_mode_is_refused(make_one: Any, mode: str) -> None:
    with pytest.raises(ValueError, match=r"render_mode must be None or one of \['rgb_array'\], got"):
        make_one(render_mode=mode)


BAD_TASKS = {
    "an array": (np.zeros(2), "a task of Navigation2D is a NavigationTask of tensors"),
    "a plain tuple": ((torch.zeros(2),), "a task of Navigation2D is a NavigationTask of tensors"),
    "three coordinates": (NavigationTask(torch.zeros(3)), r"goal has shape \(3,\)"),
    "too many": (NavigationTask(torch.zeros(5, 2)), r"goal has shape \(5, 2\)"),
}


@pytest.mark.parametrize(("task", "message"), BAD_TASKS.values(), ids=BAD_TASKS)
@pytest.mark.parametrize("make_one", [make, partial(make_vec, 2)], ids=["one", "many"])
def test_what_is_no_task_is_refused(make_one: Any, task: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_one(task=task)
    env = make_one()
    env.reset()
    with pytest.raises(ValueError, match=message):
        env.reset(options={"task": task})


def test_a_family_by_object_and_by_name() -> None:
    family = Navigation2D()
    assert load_family(family) is family
    assert isinstance(load_family("dremeta_lite.tasks.navigation:Navigation2D"), Navigation2D)
    assert TaskEnv(family).family is family


# --- rendering ---------------------------------------------------------------------------------------------------------------------

BLUE, ORANGE, GREY = (0, 114, 178), (230, 159, 0), (190, 190, 190)


def centre(image: np.ndarray, colour: tuple[int, int, int]) -> list[float]:
    """Where the dots of a colour are, on average, in plane units: the picture shows -1 to 1, y upwards."""
    rows, columns = np.nonzero((image == colour).all(-1))
    return [columns.mean() / 255 * 2 - 1, 1 - rows.mean() / 255 * 2]


def test_the_picture_shows_point_goal_and_trail_where_they_are() -> None:
    env = make(render_mode="rgb_array", task=NavigationTask(torch.tensor([-0.5, 0.25])))
    env.reset(seed=0)
    for _ in range(4):
        env.step(np.array([1, -1], np.float32))
        image = env.render()
    assert image.shape == (256, 256, 3) and image.dtype == np.uint8
    # A pixel is 0.008 wide, so the centre of a dot of at least 50 pixels lies within one pixel of the truth.
    assert centre(image, BLUE) == pytest.approx([0.4, -0.4], abs=0.008)
    assert centre(image, ORANGE) == pytest.approx([-0.5, 0.25], abs=0.008)
    # Rendered at 0.1, 0.2, 0.3 (and now 0.4): what the point has not covered of the trail lies around 0.2.
    assert centre(image, GREY) == pytest.approx([0.2, -0.2], abs=0.02)
    env.reset()
    assert not (env.render() == GREY).all(-1).any()


def test_many_pictures_follow_their_own_tasks_and_forget_the_trail_of_an_ended_episode() -> None:
    goals = torch.tensor([[0.2, 0.0], [-0.5, 0.5]])
    many = make_vec(2, render_mode="rgb_array", task=NavigationTask(goals))
    single = [make(render_mode="rgb_array", task=pick(many.unwrapped.task, i)) for i in range(2)]
    one_by_one = SyncVectorEnv([lambda env=env: env for env in single])
    many.reset(seed=0)
    one_by_one.reset(seed=0)
    action = np.tile(np.array([1, 0], np.float32), (2, 1))
    for t in range(5):  # the first environment arrives in step 2 and restarts in step 3
        ended = many.step(action)[2]
        one_by_one.step(action)
        assert ended.tolist() == [t in (1, 4), False]
        for ours, theirs in zip(many.render(), one_by_one.render(), strict=True):
            assert np.array_equal(ours, theirs)


def test_rendering_without_a_mode_says_what_to_do() -> None:
    env = TaskEnv(Navigation2D())
    env.reset()
    with pytest.warns(UserWarning, match="render_mode"):
        assert env.render() is None
    many = TaskVectorEnv(Navigation2D(), 2)
    many.reset()
    assert many.render() is None
