"""Sinusoid: the regression tasks of Finn et al. 2017, as points and as an environment."""

import math
import warnings

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

import dremeta_lite  # noqa: F401  (registers the environments)
from dremeta_lite.tasks import Sinusoid, SinusoidTask
from dremeta_lite.tasks.family import pick, with_axes
from dremeta_lite.tasks.sinusoid import least_squares
from dremeta_lite.trials import Agent, Seen, play_trial
from tests.oracles import best_fixed_answer

ID = "dremeta/Sinusoid-v0"
FAMILY = Sinusoid()


def wave(amplitude: float, phase: float) -> SinusoidTask:
    return SinusoidTask(torch.tensor(amplitude), torch.tensor(phase))


def test_tasks_are_drawn_as_the_page_says(rng: torch.Generator) -> None:
    n = 20_000
    tasks = FAMILY.sample_tasks(n, rng)
    for x, low, high in ((tasks.amplitude, 0.1, 5.0), (tasks.phase, 0.0, math.pi)):
        assert low <= x.min() < low + 0.01 and high - 0.01 < x.max() <= high
        # Uniform: mean in the middle, variance (high - low)²/12; four standard errors.
        assert x.mean().item() == pytest.approx((low + high) / 2, abs=4 * (high - low) / math.sqrt(12 * n))
        assert x.var().item() == pytest.approx((high - low) ** 2 / 12, rel=4 * math.sqrt(4 / 5 / n))
    assert abs(torch.corrcoef(torch.stack([*tasks]))[0, 1]) < 4 / math.sqrt(n)


def test_a_wave_by_hand() -> None:
    """y = A sin(x - φ), with the phase taken away."""
    assert FAMILY.value(torch.tensor(2.0), wave(3.0, 0.5)).item() == pytest.approx(3 * math.sin(1.5), abs=1e-6)
    assert FAMILY.value(torch.tensor(1.0), FAMILY.default_params).item() == pytest.approx(math.sin(1), abs=1e-6)


def test_points_lie_on_their_waves_at_uniform_places(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(300, rng)
    points = FAMILY.sample_points(tasks, 50, rng)
    assert points.x.shape == points.y.shape == (300, 50, 1)
    torch.testing.assert_close(points.y[7, :, 0], FAMILY.value(points.x[7, :, 0], pick(tasks, 7)))
    assert -5 <= points.x.min() < -4.99 and 4.99 < points.x.max() < 5
    assert points.x.mean().abs() < 4 * 10 / math.sqrt(12 * 15_000)
    support, query = points.split(20)
    assert support.x.shape == (300, 20, 1) and torch.equal(torch.cat([support.y, query.y], 1), points.y)
    grid = FAMILY.points_at(torch.tensor([0.0, 1.0]), tasks)
    assert grid.x.shape == (300, 2, 1) and grid.y[3, 1, 0] == FAMILY.value(torch.tensor(1.0), pick(tasks, 3))


def test_saying_nothing_costs_what_the_page_says(rng: torch.Generator) -> None:
    """E[A²] E[sin²] with a uniform phase over half a turn: (5³ - 0.1³) / (3 · 4.9) / 2 = 4.25."""
    exact = (5**3 - 0.1**3) / (3 * 4.9) / 2
    assert exact == pytest.approx(4.25, abs=0.002)
    y = FAMILY.sample_points(FAMILY.sample_tasks(20_000, rng), 20, rng).y
    assert y.square().mean().item() == pytest.approx(exact, abs=0.15)  # tasks: sd of A²/2 is 3.8, four standard errors 0.11


def test_the_best_fixed_answer_is_the_mean_over_tasks(rng: torch.Generator) -> None:
    x = torch.linspace(-5, 5, 21)
    y = FAMILY.points_at(x, FAMILY.sample_tasks(100_000, rng)).y[..., 0]
    assert (y.mean(0) - best_fixed_answer(x)).abs().max() < 4 * 2.1 / math.sqrt(100_000)  # the values' sd is at most 2.1
    # Its error in closed form: 4.25 minus the mean square of the answer, (E[A] 2/π)² (1/2 + sin(10)/20) = 1.25.
    mean_square = (2.55 * 2 / math.pi) ** 2 * (0.5 + math.sin(10) / 20)
    assert 4.2517 - mean_square == pytest.approx(3.0, abs=0.02)
    fine = torch.linspace(-5, 5, 1001)
    assert (FAMILY.points_at(fine, FAMILY.sample_tasks(20_000, rng)).y[..., 0] - best_fixed_answer(fine)).square().mean().item() == (
        pytest.approx(4.2517 - mean_square, abs=0.12)
    )


@pytest.mark.parametrize("n", [2, 5, 10])
def test_an_oracle_of_the_form_needs_two_points(rng: torch.Generator, n: int) -> None:
    tasks = FAMILY.sample_tasks(200, rng)
    x = torch.linspace(-1, 1, n) + torch.rand(200, 1, generator=rng)  # never a multiple of π apart, where two points are one
    found = least_squares(FAMILY.points_at(x, tasks))
    torch.testing.assert_close(found.amplitude, tasks.amplitude, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(found.phase, tasks.phase, rtol=1e-2, atol=1e-2)  # at A = 0.1 float32 knows the phase less well


def test_the_reward_is_minus_the_squared_error_at_the_place_that_was_asked(rng: torch.Generator) -> None:
    task, state, answer = wave(2.0, 0.3), torch.tensor([1.2]), torch.tensor([-0.5])
    following = FAMILY.transition(state, answer, rng, task)
    expected = -((2 * math.sin(0.9) + 0.5) ** 2)
    assert FAMILY.reward(state, answer, following, None, task).item() == pytest.approx(expected, abs=1e-5)
    assert FAMILY.reward(state, answer, following + 1, None, task) == FAMILY.reward(state, answer, following, None, task)
    assert not FAMILY.terminal(following)


def test_the_next_place_does_not_depend_on_the_answer() -> None:
    draw = lambda answer: FAMILY.transition(torch.zeros(4, 1), answer, torch.Generator().manual_seed(0))
    assert torch.equal(draw(torch.zeros(4, 1)), draw(torch.ones(4, 1)))
    with pytest.raises(ValueError, match="Generator"):
        FAMILY.initial(None)
    with pytest.raises(ValueError, match=r"points of a Sinusoid .*, got 0"):
        Sinusoid(points=0)


def test_all_functions_broadcast_over_leading_axes(rng: torch.Generator) -> None:
    tasks = FAMILY.sample_tasks(3, rng)
    wide = with_axes(tasks, 2)
    state, answer = torch.randn(2, 3, 4, 5, 1, generator=rng)
    reward = FAMILY.reward(state, answer, state, None, wide)
    assert reward.shape == FAMILY.terminal(state, None, wide).shape == (3, 4, 5)
    torch.testing.assert_close(reward[2, 1, 3], FAMILY.reward(state[2, 1, 3], answer[2, 1, 3], state[2, 1, 3], None, pick(tasks, 2)))


class SaysNothing(Agent):
    """Answers 0 everywhere."""

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.steps: list[Seen] = []

    def act(self, observation: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(observation)

    def see(self, step: Seen) -> None:
        self.steps.append(step)


def test_a_trial_has_two_episodes_and_rewards_that_tell_how_far_off(rng: torch.Generator) -> None:
    tasks, agent = FAMILY.sample_tasks(50, rng), SaysNothing()
    trial = play_trial(FAMILY, tasks, agent, rng)
    assert trial.reward.shape == (50, 2, 10) and trial.mask.all() and not trial.terminated.any() and len(agent.steps) == 20
    y = FAMILY.value(trial.observation[..., 0], with_axes(tasks, 2))
    torch.testing.assert_close(trial.reward, -(y**2))


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_own_checks_pass_without_a_warning(render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*we recommend using a symmetric and normalized space")  # the wave is as high as it is
        check_env(gymnasium.make(ID, render_mode=render_mode).unwrapped)


def test_registered_episodes_have_as_many_steps_as_the_family() -> None:
    env = gymnasium.make(ID)
    env.reset(seed=0)
    ends = [env.step(np.array([0.5], np.float32))[2:4] for _ in range(FAMILY.horizon)]
    assert ends == [(False, False)] * 9 + [(False, True)]


def test_the_picture_shows_the_wave_and_the_place() -> None:
    _, image = FAMILY.render_image(torch.tensor([2.5]), None, wave(4.0, 0.0))
    grey, blue = ((image == colour).all(-1) for colour in ((110, 110, 110), (0, 114, 178)))
    assert np.argwhere(blue)[:, 1].mean() == pytest.approx(191, abs=1)  # three quarters of the way to the right
    column = round((math.pi / 2 + 5) / 10 * 255)  # where the wave is highest, at y = 4
    assert np.argwhere(grey[:, column])[:, 0].mean() == pytest.approx(25.5, abs=2)


def test_many_agents_with_different_tasks_are_rewarded_as_single_ones(rng: torch.Generator) -> None:
    """Places are drawn at random, by one generator for many agents; so the rewards are compared with the formula."""
    tasks = FAMILY.sample_tasks(3, rng)
    many = gymnasium.make_vec(ID, num_envs=3, vectorization_mode="vector_entry_point", task=tasks)
    seen, _ = many.reset(seed=0)
    restarted = np.zeros(3, bool)
    for t in range(25):
        answers = np.random.default_rng(t).uniform(-5, 5, (3, 1)).astype(np.float32)
        y = FAMILY.value(torch.tensor(seen[:, 0]), tasks).numpy()
        seen, reward, terminated, truncated, _ = many.step(answers)
        np.testing.assert_allclose(reward, np.where(restarted, 0, -((y - answers[:, 0]) ** 2)), rtol=1e-4, atol=1e-4)
        assert not terminated.any() and (truncated == (t % 11 == 9)).all()  # ten steps, and one that restarts
        restarted = truncated
