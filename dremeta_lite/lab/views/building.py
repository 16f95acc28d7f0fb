"""What a student has built, beside ours: the same numbers of both in one picture, and a look at what theirs has learned."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from dremeta_lite.agents import Oracle, Thompson
from dremeta_lite.compare.scores import chances, play_agents
from dremeta_lite.episodes import Act
from dremeta_lite.lab.looks import BEFORE, DASHED, NOW, Look
from dremeta_lite.lab.parts import BELOW, History, Line, Part, Row
from dremeta_lite.lab.parts.layout import Layout
from dremeta_lite.lab.style import ORANGE
from dremeta_lite.lab.views.bandit import PullsSide
from dremeta_lite.lab.views.learning import CartSide, cart_yardsticks
from dremeta_lite.lab.views.navigation import LOOKING_SEED, AdaptedMap, navigation_yardsticks, showcase
from dremeta_lite.learner import generator
from dremeta_lite.tasks import Bandit, CartPole, Navigation2D
from dremeta_lite.titles import BAYES, ORACLE, RANDOM, THOMPSON
from dremeta_lite.world.bayes_bandit import BayesBandit

OURS: Look = {"color": ORANGE, "linewidth": 5.5, "alpha": 0.4}
"""Broad and pale, so that a line that lies on it can be seen, and it below."""


class Yours:
    """A runner of a `Beside`, as if the student's learner were alone in it."""

    def __init__(self, runner: Any) -> None:
        self.runner, self.learner = runner, runner.learner.yours

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runner, name)


class BesideView(Row):
    """Left: numbers of both learners over iterations, beside yardsticks. Right: `side`, which shows the student's learner. For a `Beside`.

    Args:
        numbers: which of the learners' numbers, the most important one last; those before it are drawn pale.
        yardsticks: heights by name.
        window: of a trailing mean, in iterations.
        labels: as of `History`.
    """

    def __init__(
        self, numbers: Sequence[str], yardsticks: Mapping[str, float], side: Part | Layout | None = None, window: int = 1, **labels: Any
    ) -> None:
        shown = []
        for who, now, before in (("ours", OURS, {**OURS, "linewidth": 4, "linestyle": DASHED, "alpha": 0.3}), ("yours", NOW, BEFORE)):
            looks = [before] * (len(numbers) - 1) + [now]
            shown += [Line(f"{who} {n}", look, f"{who} {words(n)}", window) for n, look in zip(numbers, looks, strict=True)]
        self.curves, self.side = History(shown, yardsticks, where=BELOW, **labels), side
        parts = [self.curves, *([side] if side else [])]
        super().__init__(*parts, widths=(1.35, 1)[: len(parts)])

    def update(self, now: Any = None) -> None:
        self.curves.update(now)
        if self.side is not None:
            self.side.update(Yours(now))


def words(number: str) -> str:
    """`return_after` as the legend says it: "after"; a return alone is a return."""
    return number.removeprefix("return_").replace("_", " ")


def own_maml_view(family: Navigation2D) -> BesideView:
    """For a student's MAML: return before and after adaptation, and the map of a few held-out tasks, adapted to from their θ."""
    heights = navigation_yardsticks(family)
    labels = {"span": (*heights.values(), 0.0), "xlabel": "meta-iteration", "ylabel": "return (sum of rewards)"}
    return BesideView(("return_before", "return_after"), heights, AdaptedMap(family, showcase(family), 1), **labels)


class OwnPulls(PullsSide):
    """One trial of a student's memory in a bandit that stays the same while it trains. The learner has `play(θ, chances, pulls, rng)`,
    which gives logits, arms and rewards [trial, pull]."""

    def update(self, now: Any) -> None:
        learner, task = now.learner, self.family.held_out_tasks(1)
        _, arm, reward = learner.play(learner.theta, task.probability, self.family.pulls, generator(LOOKING_SEED))
        trial: Any = SimpleNamespace(action=arm[..., None], reward=reward[..., None])
        self.show(trial, task)


def own_rl2_view(family: Bandit) -> BesideView:
    """For a student's RL²: what a trial pays over training, beside what is possible, and the pulls of one trial."""
    tasks = family.held_out_tasks(2000)
    rivals = {THOMPSON: Thompson(family.arms), ORACLE: Oracle(family, tasks)}
    heights = {name: each.sum().item() for name, each in play_agents(family, rivals, tasks, score=chances).items()}
    heights |= {RANDOM: family.pulls / 2, BAYES: BayesBandit(family.arms, family.pulls).value()}
    labels = {"ylabel": "return of a trial (sum of rewards)", "form": ".2f", "limits": (4.0, 8.8)}
    return BesideView(("return",), heights, OwnPulls(family), window=10, **labels)


class OwnCart(CartSide):
    """A greedy episode of a student's actor. The learner has `task` and `policy`."""

    def greedy(self, learner: Any) -> Act:
        return partial(learner.policy.greedy, learner.theta)


def own_a2c_view(family: CartPole) -> BesideView:
    """For a student's actor-critic: how long episodes last, and how a greedy one goes."""
    return BesideView(("return",), cart_yardsticks(family), OwnCart(), ylabel="return (sum of rewards)", form=".0f")
