"""MirroredNavigation2D: the same plane, and in half of the tasks the controls are the wrong way round."""

import warnings

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

import dremeta_lite  # noqa: F401  (registers the environments)
from dremeta_lite.meta.evaluation import oracle, standing_still
from dremeta_lite.tasks import MirroredNavigation2D, MirroredTask, Navigation2D, NavigationTask

ID = "dremeta/MirroredNavigation2D-v0"


@pytest.fixture
def family() -> MirroredNavigation2D:
    return MirroredNavigation2D()


def test_with_the_sign_plus_one_it_is_navigation_and_with_minus_one_its_mirror_image(family: MirroredNavigation2D) -> None:
    goal, state, action = torch.tensor([0.2, -0.1]), torch.tensor([0.05, 0.03]), torch.tensor([0.4, -3.0])
    moved = Navigation2D().transition(state, action, None, NavigationTask(goal))
    plus = family.transition(state, action, None, MirroredTask(goal, torch.tensor([1.0])))
    minus = family.transition(state, action, None, MirroredTask(goal, torch.tensor([-1.0])))
    torch.testing.assert_close(plus, moved, rtol=0, atol=0)
    torch.testing.assert_close(minus - state, state - moved)  # float32 rounding


def test_half_of_the_tasks_are_mirrored_and_goals_do_not_depend_on_the_sign(family: MirroredNavigation2D) -> None:
    tasks = family.sample_tasks(20_000, torch.Generator().manual_seed(0))
    assert set(tasks.sign.unique().tolist()) == {-1.0, 1.0}
    assert abs(tasks.sign.mean().item()) < 4 / 20_000**0.5  # four standard errors of a fair coin
    correlation = torch.corrcoef(torch.cat([tasks.goal, tasks.sign], 1).T)[2, :2]
    assert correlation.abs().max() < 4 / 20_000**0.5


def test_the_oracle_reaches_every_goal_and_standing_still_does_not_depend_on_the_sign(family: MirroredNavigation2D) -> None:
    tasks = family.held_out_tasks()
    plain = NavigationTask(tasks.goal)
    torch.testing.assert_close(oracle(family, tasks), oracle(Navigation2D(), plain), rtol=1e-4, atol=1e-4)  # mirrored sums round otherwise
    torch.testing.assert_close(standing_still(family, tasks), standing_still(Navigation2D(), plain))


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(ID, render_mode=render_mode).unwrapped)


def test_many_agents_with_different_tasks_agree_with_single_ones(family: MirroredNavigation2D) -> None:
    tasks = MirroredTask(torch.tensor([[0.3, 0.4], [0.3, 0.4], [-0.1, 0.2]]), torch.tensor([[1.0], [-1.0], [-1.0]]))
    many = gymnasium.make_vec(ID, num_envs=3, vectorization_mode="vector_entry_point", task=tasks)
    each = [gymnasium.make(ID, task=MirroredTask(tasks.goal[i], tasks.sign[i])) for i in range(3)]
    seen, _ = many.reset(seed=0)
    np.testing.assert_array_equal(seen, np.stack([env.reset(seed=0)[0] for env in each]))
    rng = np.random.default_rng(0)
    for _ in range(50):
        action = rng.uniform(-1, 1, (3, 2)).astype(np.float32)
        seen, reward, terminated, truncated, _ = many.step(action)
        single = [env.step(a) for env, a in zip(each, action, strict=True)]
        np.testing.assert_allclose(seen, np.stack([s[0] for s in single]), atol=1e-6)
        np.testing.assert_allclose(reward, [float(s[1]) for s in single], atol=1e-6)
        assert not (terminated | truncated).any() and not any(s[2] or s[3] for s in single)
