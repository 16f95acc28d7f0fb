"""Pendulum is Gymnasium's Pendulum-v1, number for number, and a family of pendulums besides."""

import math
import warnings

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

import dremeta_lite  # noqa: F401  (registers the environments)
from dremeta_lite.tasks import Pendulum, PendulumTask
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.tasks.pendulum import tip, wrap

ID = "dremeta/Pendulum-v0"
FAMILY = Pendulum()


def double(task: PendulumTask) -> PendulumTask:
    return PendulumTask(*(x.double() for x in task))


@pytest.mark.parametrize("seed", range(3))
def test_a_whole_episode_agrees_with_gymnasium(seed: int) -> None:
    """In float64 the two do the same arithmetic: 1e-9 leaves room for another order of it, blown up by 200 steps of swinging."""
    theirs = gymnasium.make("Pendulum-v1").unwrapped
    theirs.reset(seed=seed)
    state, task = torch.tensor(theirs.state), double(FAMILY.default_params)  # type: ignore[attr-defined]
    rng = np.random.default_rng(seed)
    for _ in range(200):
        action = rng.uniform(-3, 3, 1)  # beyond the limits, too
        seen, reward, terminated, _, _ = theirs.step(action)
        following = FAMILY.transition(state, torch.tensor(action), None, task)
        assert FAMILY.reward(state, torch.tensor(action), following, None, task).item() == pytest.approx(reward, abs=1e-9)
        np.testing.assert_allclose(following, theirs.state, atol=1e-9)  # type: ignore[attr-defined]
        np.testing.assert_allclose(FAMILY.observation(following), seen, atol=1e-6)  # they observe in float32
        assert not terminated and not FAMILY.terminal(following)
        state = following


def test_every_single_step_agrees_in_float32() -> None:
    """Also at the limits of speed. One step in float32: a few roundings of numbers up to 20, so 1e-5."""
    theirs = gymnasium.make("Pendulum-v1").unwrapped
    theirs.reset(seed=0)
    rng = np.random.default_rng(0)
    states = rng.uniform([-7, -8], [7, 8], (300, 2)).astype(np.float32)
    actions = rng.uniform(-3, 3, (300, 1)).astype(np.float32)
    following = FAMILY.transition(torch.tensor(states), torch.tensor(actions))
    rewards = FAMILY.reward(torch.tensor(states), torch.tensor(actions), following)
    for i in range(300):
        theirs.state = states[i].astype(float)  # type: ignore[attr-defined]
        _, reward, *_ = theirs.step(actions[i].astype(float))
        np.testing.assert_allclose(following[i], theirs.state, atol=1e-5)  # type: ignore[attr-defined]
        assert rewards[i].item() == pytest.approx(reward, abs=1e-5)
    assert (following[:, 1].abs() == 8).any(), "the limit of speed was met"


def test_other_pendulums_follow_the_formula_of_the_page() -> None:
    task = PendulumTask(*(torch.tensor(x) for x in (0.7, 1.2, 8.0, -0.9)))
    angle, velocity, u = 2.0, -1.5, 1.3
    faster = velocity + 0.05 * (3 * 8.0 / (2 * 1.2) * math.sin(angle) + 3 / (0.7 * 1.2**2) * -0.9 * u)
    following = FAMILY.transition(torch.tensor([angle, velocity]), torch.tensor([u]), None, task)
    assert following.tolist() == pytest.approx([angle + 0.05 * faster, faster], abs=1e-6)


def test_a_motor_wired_the_wrong_way_mirrors_the_torque_and_not_the_reward() -> None:
    task = FAMILY.default_params
    wrong = task._replace(gain=-task.gain)
    state, action = torch.tensor([0.4, 0.1]), torch.tensor([1.5])
    torch.testing.assert_close(FAMILY.transition(state, action, None, wrong), FAMILY.transition(state, -action, None, task))
    same = FAMILY.reward(state, action, state, None, wrong)
    torch.testing.assert_close(same, FAMILY.reward(state, action, state, None, task))


def test_without_torque_and_slowly_it_keeps_its_energy() -> None:
    """The scheme (velocity first, then angle with the new velocity) is symplectic: the energy wavers and does not drift. A pole of mass 1
    and length 1 has the energy θ̇²/6 + 5 cos θ. Here that lies 0.61 above its lowest value, and wavers by 0.12: a first-order scheme."""
    state = torch.tensor([math.pi - 0.5, 0.0], dtype=torch.float64)
    energies = []
    for _ in range(2000):
        energies.append((state[1] ** 2 / 6 + 5 * state[0].cos()).item())
        state = FAMILY.transition(state, torch.zeros(1, dtype=torch.float64), None, double(FAMILY.default_params))
    assert max(energies) - min(energies) < 0.2
    assert np.mean(energies[:500]) == pytest.approx(np.mean(energies[-500:]), abs=0.01)


def test_the_two_starts(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(4000, rng)
    hanging = Pendulum(start="hanging").initial(None, tasks)
    assert torch.equal(hanging, torch.tensor([math.pi, 0.0]).expand(4000, 2))
    start = FAMILY.initial(rng, tasks)
    for values, bound in ((start[:, 0], math.pi), (start[:, 1], 1.0)):  # uniform: mean 0, variance bound²/3; four standard errors
        assert values.abs().max() <= bound and values.abs().max() > 0.99 * bound
        assert abs(values.mean()) < 4 * bound / math.sqrt(3 * 4000)
        assert values.var().item() == pytest.approx(bound**2 / 3, rel=4 * math.sqrt(4 / 5 / 4000))
    with pytest.raises(ValueError, match="hanging"):
        FAMILY.initial(None)
    with pytest.raises(ValueError, match="'upright'"):
        Pendulum(start="upright")


def test_tasks_are_drawn_as_the_page_says(rng: torch.Generator) -> None:
    n = 8000
    tasks = FAMILY.sample_tasks(n, rng)
    assert (tasks.gain > 0).float().mean().item() == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(n))
    bounds = {"mass": (0.5, 1.5), "length": (0.7, 1.3), "gravity": (6.0, 14.0)}
    drawn = {name: getattr(tasks, name) for name in bounds} | {"|gain|": tasks.gain.abs()}
    for name, (low, high) in {**bounds, "|gain|": (0.6, 1.4)}.items():
        x = drawn[name]
        assert low <= x.min() + 1e-6 and x.max() <= high + 1e-6
        assert x.mean().item() == pytest.approx((low + high) / 2, abs=4 * (high - low) / math.sqrt(12 * n))
    correlations = torch.corrcoef(torch.stack([*tasks])) - torch.eye(4)
    assert correlations.abs().max() < 4 / math.sqrt(n)


def test_all_functions_broadcast_over_leading_axes(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    state, action = torch.randn(3, 5, 2, generator=rng), torch.randn(3, 5, 1, generator=rng)
    wide = with_axes(tasks, 1)
    following = FAMILY.transition(state, action, None, wide)
    reward = FAMILY.reward(state, action, following, None, wide)
    for i in range(3):
        one = FAMILY.transition(state[i, 2], action[i, 2], None, pick(tasks, i))
        torch.testing.assert_close(following[i, 2], one)
        torch.testing.assert_close(reward[i, 2], FAMILY.reward(state[i, 2], action[i, 2], one, None, pick(tasks, i)))


def test_wrapping_and_the_place_of_the_tip() -> None:
    angles = torch.tensor([0.0, math.pi - 0.1, math.pi + 0.1, -math.pi - 0.1, 7.0, -20.0], dtype=torch.float64)
    wrapped = wrap(angles)
    assert (wrapped >= -math.pi).all() and (wrapped < math.pi).all()
    torch.testing.assert_close(wrapped.sin(), angles.sin())
    torch.testing.assert_close(wrapped.cos(), angles.cos())
    assert tip(0.0) == pytest.approx((0, 1)) and tip(math.pi / 2) == pytest.approx((-1, 0)) and tip(math.pi) == pytest.approx((0, -1))


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*we recommend using a symmetric and normalized space")  # Gymnasium's own has ±2, too
        check_env(gymnasium.make(ID, render_mode=render_mode).unwrapped)


def test_the_picture_shows_the_pole_where_it_is() -> None:
    for angle, (row, column) in {0.0: (64, 128), math.pi: (191, 128), math.pi / 2: (128, 64)}.items():
        _, image = FAMILY.render_image(torch.tensor([angle, 0.0]), None)
        blue = np.argwhere((image == (0, 114, 178)).all(-1))
        farthest = blue[((blue - 127.5) ** 2).sum(1).argmax()]
        assert np.abs(farthest - (row, column)).max() <= 8  # the pole is 0.2 m, that is 13 pixels, thick


def test_registered_episodes_are_truncated_after_200_steps_and_never_terminate() -> None:
    env = gymnasium.make(ID)
    env.reset(seed=0)
    ends = [env.step(np.array([0.5], np.float32))[2:4] for _ in range(200)]
    assert ends == [(False, False)] * 199 + [(False, True)]


def test_many_agents_with_different_tasks_agree_with_single_ones(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    hanging = Pendulum(start="hanging")
    many = gymnasium.make_vec(ID, num_envs=3, vectorization_mode="vector_entry_point", family=hanging, task=tasks)
    each = [gymnasium.make(ID, family=hanging, task=pick(tasks, i)) for i in range(3)]
    seen, _ = many.reset(seed=0)
    np.testing.assert_array_equal(seen, np.stack([env.reset(seed=0)[0] for env in each]))
    actions = np.random.default_rng(0)
    for _ in range(50):
        action = actions.uniform(-2, 2, (3, 1)).astype(np.float32)
        seen, reward, terminated, truncated, _ = many.step(action)
        single = [env.step(a) for env, a in zip(each, action, strict=True)]
        np.testing.assert_allclose(seen, np.stack([s[0] for s in single]), atol=1e-5)
        np.testing.assert_allclose(reward, [float(s[1]) for s in single], atol=1e-5)
        assert not (terminated | truncated).any()
