"""The published result: MAML on 2D navigation, from three seeds, against Finn et al. 2017.

Mean return on 100 held-out tasks after 0, 1, 2, 3 steps of adaptation, 40 trajectories a step, each seed trained for a fixed number of
iterations: about 15 CPU-seconds on the laptop-sized core that they were chosen on. CPU-seconds are printed (`pytest -s`), not asserted.
One seed of MAML is trained in every run of the tests, everything else with `-m slow`.
"""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from torch import Tensor

from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.meta.evaluation import adapt_to, standing_still
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.tasks import MirroredNavigation2D, Navigation2D

FAMILY = Navigation2D()
TASKS = FAMILY.held_out_tasks(100)
SEEDS = (0, 1, 2)
PUBLISHED = (-40.41, -11.68, -3.33, -3.23)
"""Finn, Abbeel and Levine 2017, appendix: 2D navigation, MAML, after 0, 1, 2, 3 gradient steps."""

RATES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
"""α for the policies that were not meta-trained; the last one is MAML's own."""


def train(make: Callable[[int], Any], seed: int, iterations: int) -> tuple[Any, float]:
    learner, started = make(seed), time.process_time()
    for _ in range(iterations):
        learner.step()
    return learner, time.process_time() - started


def measure(learner: Any, inner_lr: float, steps: int = 3) -> Tensor:
    """[step, task]"""
    return adapt_to(FAMILY, TASKS, learner.policy, learner.theta, inner_lr=inner_lr, steps=steps, trajectories=40, seed=1).returns()


def report(title: str, seed: int, returns: Tensor, seconds: float) -> None:
    figures = "  ".join(f"{m:7.2f} ± {e:4.2f}" for m, e in zip(returns.mean(1), returns.std(1) / len(returns[0]) ** 0.5, strict=True))
    print(f"\n{title:28s} seed {seed}: {figures}   {seconds:5.1f} CPU-s")


def run(title: str, make: Callable[[int], Any], seed: int, iterations: int) -> Tensor:
    """Train and measure: [step, task]."""
    prepare_cpu(1)
    print(f"\n{'Finn et al. 2017, MAML':36s}: " + "  ".join(f"{value:7.2f}       " for value in PUBLISHED))
    learner, seconds = train(make, seed, iterations)
    returns = measure(learner, learner.hyper.inner_lr)
    report(title, seed, returns, seconds)
    return returns


@cache
def maml(seed: int) -> Tensor:
    return run("MAML, 100 iterations", lambda seed: MAML(FAMILY, seed), seed, 100)


def fine_tune(title: str, iterations: int) -> dict[int, dict[float, Tensor]]:
    """Pooled training, then one step with each α: [step, task], by α, by seed."""
    result = {}
    for seed in SEEDS:
        learner, seconds = train(lambda seed: Pooled(FAMILY, seed), seed, iterations)
        result[seed] = {rate: measure(learner, rate, steps=1) for rate in RATES}
        for rate, returns in result[seed].items():
            report(f"{title}, α {rate:g}", seed, returns, seconds)
    return result


@pytest.fixture(scope="module")
def pooled() -> dict[int, dict[float, Tensor]]:
    return fine_tune("pooled, 300 its", 300)


@pytest.fixture(scope="module")
def scratch() -> dict[int, dict[float, Tensor]]:
    return fine_tune("from scratch", 0)


def best(by_rate: dict[float, Tensor]) -> Tensor:
    """Return of each task after one step, with the α that is best on these very tasks: a choice in favour of the yardstick."""
    return max((returns[1] for returns in by_rate.values()), key=lambda r: r.mean().item())


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS[1:])])
def test_maml_reaches_the_published_result(seed: int) -> None:
    """Measured over these seeds: -10.7 to -11.2, -3.2 to -3.3, -2.5. The bounds leave room for another machine's rounding, which makes
    another run of the same seed."""
    for steps, bound in ((1, -12.5), (2, -4.5), (3, -3.5)):
        assert maml(seed)[steps].mean().item() >= bound, f"after {steps} steps"


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_lessons_variant_adapts_in_one_step(seed: int) -> None:
    one_step = run("one inner step, 75 its", lambda seed: MAML(FAMILY, seed, inner_steps=1, trajectories=40, fraction=1.0), seed, 75)
    assert one_step[1].mean().item() >= -13


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_pooled_training_ends_near_standing_still(pooled: dict[int, dict[float, Tensor]], seed: int) -> None:
    """Measured after 150, 300 and 600 iterations: within 0.3 of it."""
    still = standing_still(FAMILY, TASKS).mean().item()
    assert pooled[seed][RATES[0]][0].mean().item() == pytest.approx(still, abs=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_fresh_parameters_adapt_far_worse(scratch: dict[int, dict[float, Tensor]], seed: int) -> None:
    """Measured: 24 to 25 worse after one step (α 0.7 does as well as 0.5, more does worse); standard error over tasks about 1."""
    assert best(scratch[seed]).mean() < maml(seed)[1].mean() - 15


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_pooled_parameters_with_mamls_step_adapt_far_worse(pooled: dict[int, dict[float, Tensor]], seed: int) -> None:
    """Measured: 35 to 42 worse after one step. The standard deviation of the pooled policy has shrunk, so its gradients are long."""
    assert pooled[seed][0.5][1].mean() < maml(seed)[1].mean() - 15


@pytest.mark.slow
def test_where_half_of_the_tasks_are_mirrored_maml_adapts_and_pooled_training_does_not() -> None:
    """Measured over five seeds: MAML about -6 after three steps, pooled training with its best α and stop
    about -19 (the table in `data/`)."""
    family = MirroredNavigation2D()
    tasks = family.held_out_tasks()

    def after_three(learner: Any, rate: float) -> float:
        return adapt_to(family, tasks, learner.policy, learner.theta, inner_lr=rate, seed=1).returns()[3].mean().item()

    maml, _ = train(lambda seed: MAML(family, seed), 0, 100)
    pooled, _ = train(lambda seed: Pooled(family, seed), 0, 300)
    fine_tuned = max(after_three(pooled, rate) for rate in RATES)
    print(f"\nmirrored controls, after three steps: MAML {after_three(maml, 0.5):.2f}, pooled with its best α {fine_tuned:.2f}")
    assert after_three(maml, 0.5) > fine_tuned + 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_judged_on_its_own_support_maml_flatters_itself(seed: int) -> None:
    """Notebook 06, section 6. Over seeds 0 to 2 the objective ended at 0.8 to 4.6, where an honest one is within 0.02 of 0 at its end.
    The return after one step, in training: -13.9 to -14.1 in iterations 30 to 40, then -20.0 to -25.9 in the last ten, where a fresh
    query has -12; on held-out tasks -20 to -38 instead of -11."""
    learner = MAML(FAMILY, seed, fresh_query=False)
    history = [learner.step() for _ in range(100)]
    assert sum(h["surrogate"] for h in history[-5:]) / 5 > 0.3
    assert -17 < sum(h["return_after"] for h in history[30:40]) / 10 < -12
    assert sum(h["return_after"] for h in history[-10:]) / 10 < -16
    assert measure(learner, 0.5, steps=1)[1].mean() < -15
