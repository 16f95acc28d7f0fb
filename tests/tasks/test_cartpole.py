"""CartPole against Gymnasium's own, step by step; and a family of tasks like every other."""

import math
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from dremeta_lite.tasks.cartpole import CartPole, CartPoleTask, hidden_velocity
from dremeta_lite.tasks.family import pick, with_axes

FAMILY = CartPole()


def task(length: float = 0.5, gravity: float = 9.8, push: float = 10.0, dtype: torch.dtype = torch.float64) -> CartPoleTask:
    return CartPoleTask(*(torch.tensor(x, dtype=dtype) for x in (length, gravity, push)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_equals_gymnasiums_cartpole_until_it_terminates_at_the_same_step(seed: int, dtype: torch.dtype) -> None:
    """Gymnasium computes in float64. Our float32 adds 6e-8 of rounding a step, which the falling pole amplifies."""
    theirs: gymnasium.Env = gymnasium.make("CartPole-v1")
    theirs.reset(seed=seed)
    exact = theirs.unwrapped.state  # type: ignore[attr-defined]
    state, actions = torch.tensor(exact, dtype=dtype), np.random.default_rng(seed)
    ended, steps = False, 0
    while not ended:
        action = int(actions.integers(2))
        _, reward, ended, _, _ = theirs.step(action)
        before, state = state, FAMILY.transition(state, torch.tensor(action), None, task(dtype=dtype))
        steps += 1
        exact = theirs.unwrapped.state  # type: ignore[attr-defined]
        np.testing.assert_allclose(state, exact, rtol=0, atol=1e-12 if dtype == torch.float64 else 5e-6)
        assert FAMILY.terminal(state).item() is ended
        assert FAMILY.reward(before, torch.tensor(action), state).item() == reward == 1
    assert steps > 8  # an episode, not a flash


@pytest.mark.parametrize(("length", "gravity", "push"), [(0.25, 5.0, 10.0), (2.0, 15.0, -10.0), (1.0, 3.7, -4.0)])
def test_other_tasks_equal_gymnasiums_cartpole_with_its_constants_changed(length: float, gravity: float, push: float) -> None:
    theirs = gymnasium.make("CartPole-v1").unwrapped
    theirs.reset(seed=1)
    theirs.length, theirs.gravity, theirs.force_mag = length, gravity, push  # type: ignore[attr-defined]
    theirs.polemass_length = theirs.masspole * length  # type: ignore[attr-defined]
    state = torch.tensor(theirs.state)  # type: ignore[attr-defined]
    for action in (1, 1, 0, 1, 0, 0, 0, 1):
        theirs.step(action)
        state = FAMILY.transition(state, torch.tensor(action), None, task(length, gravity, push))
    np.testing.assert_allclose(state, theirs.state, rtol=0, atol=1e-12)  # type: ignore[attr-defined]


def test_the_registered_environment_equals_gymnasiums_to_its_truncation() -> None:
    """A hand-made controller keeps the pole up for all 500 steps, and both environments truncate there."""
    ours, theirs = gymnasium.make("dremeta/CartPole-v0"), gymnasium.make("CartPole-v1")
    ours.reset(seed=0)
    theirs.reset(seed=0)
    observation = ours.unwrapped.state.numpy()  # type: ignore[attr-defined]
    for t in range(500):
        action = int(observation @ np.array([0.1, 0.3, 3.0, 1.0]) > 0)
        theirs.unwrapped.state = observation.astype(float)  # type: ignore[attr-defined]
        observation, *ends = ours.step(action)
        expected, *their_ends = theirs.step(action)
        assert ends == their_ends == [1.0, False, t == 499, {}]
        np.testing.assert_allclose(observation, expected, rtol=0, atol=1e-6)  # one step of float32


@pytest.mark.parametrize("name", ["CartPole", "CartPoleHiddenVelocity"])
@pytest.mark.parametrize("options", [{}, {"render_mode": "rgb_array"}], ids=["plain", "rendering"])
def test_gymnasiums_own_checks_pass_without_a_warning(name: str, options: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(f"dremeta/{name}-v0", **options)
        check_env(env.unwrapped)
        vector = gymnasium.make_vec(f"dremeta/{name}-v0", num_envs=3, vectorization_mode="vector_entry_point", **options)
        vector.reset(seed=0)
        observation, *_ = vector.step(vector.action_space.sample())
        assert vector.observation_space.contains(observation)


def test_hidden_velocity_shows_position_and_angle_alone(rng: torch.Generator) -> None:
    family, state = hidden_velocity(), torch.randn(3, 5, 4, generator=rng)
    assert torch.equal(family.observation(state), state[..., [0, 2]])
    assert torch.equal(FAMILY.observation(state), state)
    assert (family.observation_size, FAMILY.observation_size, family.action_size) == (2, 4, 2)
    box: Any = family.observation_space
    assert box.high.tolist() == pytest.approx([4.8, math.radians(24)])
    assert family.name == "CartPoleHiddenVelocity" and FAMILY.name == "CartPole"
    assert "observation_space" not in vars(CartPole)  # each object has its own


def test_tasks_are_drawn_as_the_page_says(rng: torch.Generator) -> None:
    """Four standard errors: log length has mean log(0.25 · 2)/2 and sd log 8 / √12, gravity mean 10 and sd 10/√12; signs are fair."""
    n = 20_000
    drawn = FAMILY.sample_tasks(n, rng)
    assert {x.shape for x in drawn} == {(n,)}
    assert drawn.length.min() >= 0.25 and drawn.length.max() <= 2 and drawn.gravity.min() >= 5 and drawn.gravity.max() <= 15
    assert drawn.length.log().mean().item() == pytest.approx(math.log(0.5) / 2, abs=4 * math.log(8) / math.sqrt(12 * n))
    assert drawn.gravity.mean().item() == pytest.approx(10, abs=4 * 10 / math.sqrt(12 * n))
    assert drawn.push.abs().eq(10).all() and drawn.push.sign().mean().item() == pytest.approx(0, abs=4 / math.sqrt(n))


def test_starting_states_are_uniform_in_their_box(rng: torch.Generator) -> None:
    start = FAMILY.initial(rng, FAMILY.sample_tasks(20_000, rng))
    assert start.shape == (20_000, 4) and start.abs().max() <= 0.05
    expected = 0.05 / math.sqrt(3)
    assert start.std(0).tolist() == pytest.approx([expected] * 4, rel=0.03)
    assert FAMILY.initial(rng).shape == (4,)


def test_reversing_the_motor_is_the_same_as_swapping_the_actions(rng: torch.Generator) -> None:
    state = torch.randn(50, 4, generator=rng, dtype=torch.float64) * 0.1
    action = torch.randint(2, (50,), generator=rng)
    assert torch.equal(FAMILY.transition(state, action, None, task(push=-10)), FAMILY.transition(state, 1 - action, None, task(push=10)))


def test_all_functions_broadcast(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    state = torch.randn(3, 4, 5, 4, generator=rng) * 0.2
    action = torch.randint(2, (3, 4, 5), generator=rng)
    following = FAMILY.transition(state, action, rng, with_axes(tasks, 2))
    ended = FAMILY.terminal(following)
    assert ended.any() and not ended.all()
    for i, j, k in np.ndindex(3, 4, 5):
        alone = FAMILY.transition(state[i, j, k], action[i, j, k], rng, pick(tasks, i))
        # Vectorised sines and cosines may be rounded otherwise in the last float32 digit.
        torch.testing.assert_close(alone, following[i, j, k], rtol=1e-6, atol=1e-6)
        assert FAMILY.terminal(following[i, j, k]).item() is ended[i, j, k].item()


def test_speeds_stay_inside_the_observation_space_whatever_is_done() -> None:
    """The worst that can be done: one push all the way, in the lightest, shortest and the most extreme tasks."""
    box = FAMILY.observation_space
    for length in (0.25, 2.0):
        for gravity in (5.0, 15.0):
            for first in range(30):  # push one way for a while, then the other way
                state = torch.full((4,), 0.05)
                for t in range(500):
                    state = FAMILY.transition(state, torch.tensor(int(t < first)), None, task(length, gravity, dtype=torch.float32))
                    assert box.contains(state.numpy())
                    if FAMILY.terminal(state):
                        break


def test_the_picture_shows_the_cart_and_the_tilt() -> None:
    _, image = FAMILY.render_image(torch.tensor([1.2, 0.0, 0.2, 0.0]), None)
    assert image.shape == (200, 400, 3) and image.dtype == np.uint8
    x, y = np.meshgrid(np.linspace(-2.4, 2.4, 400), np.linspace(2.0, -0.4, 200))
    pole = (image == (213, 94, 0)).all(-1)
    # The pole's middle: half its length of 1 m up from its foot at 0.1 m, leaning to the right. A pixel is 0.012 m.
    assert x[pole].mean() == pytest.approx(1.2 + 0.5 * math.sin(0.2), abs=0.02)
    assert y[pole].mean() == pytest.approx(0.1 + 0.5 * math.cos(0.2), abs=0.02)
