"""A learner that a student has built: what fits, what is refused in one sentence, and that it learns as ours does."""

from typing import Any

import pytest
import torch

from dremeta_lite import (
    MLP,
    Bandit,
    CartPole,
    CategoricalMLP,
    GaussianMLP,
    GRUPolicy,
    HyperParameters,
    Navigation2D,
    Real,
    Stream,
    episodes_in,
    generator,
)
from dremeta_lite.compare.own import Beside, Own, StepError
from dremeta_lite.exercises import find
from dremeta_lite.exercises.judging import handed_back, judge
from dremeta_lite.inner import A2C
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.building import own_a2c_view, own_maml_view, own_rl2_view
from dremeta_lite.meta import MAML, RL2
from dremeta_lite.world.bayes_bandit import BayesBandit

FAMILY = Navigation2D()
POLICY = GaussianMLP(2, 2)


class Knobs(HyperParameters):
    inner_lr = Real(0.5, low=1e-3, high=10, help="length of the inner step")
    meta_lr = Real(5e-3, low=1e-5, high=0.1, help="Adam's step size")


def maml_step(learner: Any) -> Any:
    """The step of notebook 06c, from the solutions of its exercises, with fewer tasks."""
    gather, meta_step = find("06.gather").reference, find("06.meta_step").reference
    play = lambda params, tasks: gather(episodes_in(FAMILY, tasks, 4, learner.rng), POLICY, params, FAMILY.horizon, learner.rng)
    tasks = FAMILY.sample_tasks(4, learner.rng)
    return meta_step(POLICY, learner.theta, tasks, play, learner.climb, learner.hyper.inner_lr)


def beside(seed: int) -> Beside:
    yours = Own(FAMILY, POLICY.init, maml_step, seed, Knobs(), policy=POLICY, rates=None)
    ours = MAML(FAMILY, seed, inner_steps=1, fraction=1.0, tasks=4, trajectories=4)
    return Beside(yours, ours, "return_before", "return_after", shared=("inner_lr", "meta_lr"))


def test_built_by_the_letter_it_makes_the_same_draws_and_the_same_steps_as_ours() -> None:
    """Two implementations, one result; after a slider was moved, too, which moves both. torch draws normal numbers sixteen at
    a time: 4 · 4 · 2 in each step are the same as all at once."""
    runner = Runner(beside)
    runner.run(1)
    runner.set("inner_lr", 0.3)
    runner.run(1)
    both: Any = runner.learner
    assert both.ours.hyper.inner_lr == 0.3
    for name, p in both.ours.theta.items():
        torch.testing.assert_close(both.yours.theta[name], p.detach(), rtol=1e-3, atol=1e-4)
    for row in runner.history:
        assert row["yours return_after"] == pytest.approx(row["ours return_after"], rel=1e-3)


def test_the_picture_shows_both_and_the_map_is_that_of_the_student() -> None:
    runner, view = Runner(beside), own_maml_view(FAMILY)
    picture = Picture(view)
    picture.draw(runner)
    runner.run(1)
    assert picture.draw(runner).startswith(b"\x89PNG")
    assert "yours after" in view.summary() and "ours after" in view.summary() and "tasks of the map" in view.summary()


def test_the_picture_of_a_memory_shows_one_trial_of_it_and_the_optimum() -> None:
    bandit, net = Bandit(3, 4), GRUPolicy(4, 3, 8)
    play_trials, rl2_step = find("07.play_trials").reference, find("07.rl2_step").reference

    def step(learner: Any) -> Any:
        chances = bandit.sample_tasks(8, learner.rng).probability
        return rl2_step(learner.theta, lambda params: play_trials(net, params, chances, 4, learner.rng), learner.climb, 0.7, 0.03)

    play = lambda *given: play_trials(net, *given)
    runner, view = (
        Runner(lambda seed: Beside(Own(bandit, net.init, step, seed, play=play), RL2(bandit, seed), "return")),
        own_rl2_view(bandit),
    )
    picture = Picture(view)
    runner.run(1)
    assert picture.draw(runner).startswith(b"\x89PNG")
    assert f"Bayes-optimal {BayesBandit(3, 4).value():.2f}" in view.summary() and "of 4 pulls pay" in view.summary()


def test_a_student_s_cart_is_played_by_its_own_actor() -> None:
    family = CartPole()
    actor, critic = CategoricalMLP(4, 2, (8,)), MLP([4, 8, 1], prefix="value_")
    stretch, a2c_step = find("04.stretch").reference, find("04.a2c_step").reference

    def step(learner: Any) -> Any:
        play = lambda theta: stretch(learner.stream, lambda s: actor.sample(theta, s, learner.rng)[0], 8)
        look = lambda theta, s, a: (actor.log_prob(theta, s, a), actor.entropy(theta, s))
        theta, numbers = a2c_step(learner.theta, play, look, lambda theta, s: critic.forward(theta, s)[..., 0], learner.climb, 0.9, 0.01)
        return theta, {**numbers, "return": learner.stream.recent_return()}

    def both(seed: int) -> Beside:
        task = family.default_params
        parts = {"stream": Stream(family, task, 4, generator(seed)), "task": task, "policy": actor}
        yours = Own(family, lambda rng: actor.init(rng) | critic.init(rng), step, seed, **parts)
        return Beside(yours, A2C(family, seed=seed, steps=8, episodes=4), "return", shared=("learning_rate",))

    runner, view = Runner(both), own_a2c_view(family)
    picture = Picture(view)
    runner.run(1)
    assert picture.draw(runner).startswith(b"\x89PNG")
    assert "yours return" in view.summary() and "A greedy episode lasts" in view.summary()


def test_choices_stay_whole_numbers_where_a_stretch_comes_back_in_another_form() -> None:
    exercise = find("04.stretch")
    listed = lambda *given: list(exercise.reference(*given))
    stretch = handed_back(exercise, listed, judge(exercise, listed))
    family = CartPole()
    seen = stretch(Stream(family, family.default_params, 3, generator(0)), lambda s: torch.ones(3, dtype=torch.long), 2)
    assert isinstance(seen, tuple) and seen[1].dtype == torch.long


class Counter:
    """A learner in another style: an object that is called, and that steps by itself."""

    def __call__(self, learner: Own) -> Any:
        theta = {"x": learner.theta["x"] + torch.rand((), generator=learner.rng)}
        return theta, {"x": theta["x"].sum()}


def own(step: Any) -> Own:
    return Own(Bandit(3, 4), lambda rng: {"x": torch.zeros(2)}, step)


def test_any_callable_is_a_step_and_a_run_can_be_repeated_and_brought_back() -> None:
    first, second = own(Counter()), own(Counter())
    numbers = [first.step()["x"] for _ in range(3)]
    assert first.iteration == 3 and numbers == [second.step()["x"] for _ in range(3)]
    state = first.state_dict()
    after = first.step()
    first.load_state_dict(state)
    assert first.step() == after


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (lambda learner: None, "returns two dicts, θ .* yours returned None"),
        (lambda learner: ({"y": torch.zeros(2)}, {}), "a tensor of shape \\(2,\\) called 'x', and has none"),
        (lambda learner: (learner.climb({"x": torch.zeros(3)}), {}), r"gradient that climb\(\) was given needs .*and has \(3,\)"),
        (lambda learner: (learner.theta, {"return": "high"}), "'return' of your step must be a single number, got 'high'"),
        (lambda learner: 1 / 0, "first step of your learner raised ZeroDivisionError: .*in <lambda>"),
    ],
)
def test_a_step_that_does_not_fit_is_refused_before_there_is_a_panel(step: Any, says: str) -> None:
    with pytest.raises(StepError, match=says):
        own(step)


def test_a_number_that_the_picture_shows_and_the_step_does_not_give_is_missed_by_name() -> None:
    both = Beside(own(Counter()), own(lambda learner: (learner.theta, {})), "x")
    with pytest.raises(StepError, match="shows 'x', and the numbers of ours are none"):
        both.step()
