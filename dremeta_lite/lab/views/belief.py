"""Beliefs over the cells of the hidden goal: as heat maps, walked by hand or replayed step by step; and whether they are calibrated."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.agents.exact_belief import belief_along, prior_belief
from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.lab.looks import KNOWN, Look
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Curves, Row
from dremeta_lite.lab.still import show_view
from dremeta_lite.lab.style import GREY, INK
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap, path_until
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.titles import LEARNERS
from dremeta_lite.trials import Trial

EXACT, LEARNED = (KNOWN[LEARNERS[key]]["color"] for key in ("belief", "varibad"))
DASHED = (0, (4, 1.5))
LOOKS: tuple[Look, ...] = (
    {"color": EXACT, "linewidth": 2.4, "drawstyle": "steps-post"},
    {"color": LEARNED, "linewidth": 1.8, "linestyle": DASHED, "drawstyle": "steps-post"},
)
POINTS: tuple[Look, ...] = (
    {"color": EXACT, "marker": "o", "ms": 10, "mfc": "white", "mew": 2, "ls": ""},
    {"color": LEARNED, "marker": "s", "ms": 6, "linestyle": DASHED, "linewidth": 1.4},
)


class BeliefMap(HiddenGoalMap):
    """A map with a belief in percent.

    Args:
        family, title: as of `HiddenGoalMap`.
        name: of the belief, in words.
    """

    def __init__(self, family: HiddenGoal, title: str, name: str) -> None:
        super().__init__(family, title, numbers=True)
        self.name = name

    def believe(self, path: Int[Tensor, " step"], goal: int, belief: Float[Tensor, " cell"]) -> None:
        """Show it, and say how much is open, and how likely the goal and the likeliest cell are."""
        self.show(path, goal, belief)
        likely = int(belief.argmax())
        self._words = (
            f"{self.name} belief: {bits(belief).item():.2f} bits open, {belief[goal].item():.0%} on the goal, "
            f"most on {place(self.family, likely)} ({belief[likely].item():.0%})."
        )


def bits(belief: Float[Tensor, "*n cell"]) -> Float[Tensor, "*n"]:
    """The entropy of a belief in bits: how many yes-or-no questions are still open."""
    return torch.special.entr(belief).sum(-1) / torch.log(torch.tensor(2.0))


def place(family: HiddenGoal, cell: int) -> str:
    """A cell in words, counted from the top left."""
    row, column = divmod(cell, family.size)
    return f"row {row + 1}, column {column + 1}"


class OverSteps(Curves):
    """Curves over the steps of a trial, with a tick an episode.

    Args:
        looks, options: as of `Curves`.
    """

    def __init__(self, steps: int, horizon: int, looks: Mapping[str, Look], **options: Any) -> None:
        options = {"where": BELOW, "xlabel": "steps of the trial", **options}
        super().__init__(looks, xlim=(0.0, float(steps)), xticks=range(0, steps + 1, horizon), **options)


class Walked(NamedTuple):
    """A trial of one task, and what was believed of it before each of its steps and after the last."""

    cells: Int[Tensor, "episode time"]
    """Where each step led."""
    reward: Float[Tensor, "episode time"]
    goal: int
    beliefs: dict[str, Float[Tensor, "moment cell"]]
    """By name; the first is the exact one. Moment 0 is before the first step."""


def walked(
    family: HiddenGoal, trial: Trial, task: HiddenGoalTask, index: int = 0, **others: Float[Tensor, "task episode time cell"]
) -> Walked:
    """One of the trials that an agent has played, to be replayed.

    Args:
        family, trial, task: what was played, in a batch of tasks.
        others: further beliefs after each step, by name (as `BeliefAgent.beliefs()` gives them), beside the exact one.
    """
    along = {"exact": belief_along(family, trial), **others}
    prior = prior_belief(family, 1)
    beliefs = {name: torch.cat([prior, b[index].flatten(0, 1).detach().cpu()]) for name, b in along.items()}
    return Walked(trial.next_observation[index], trial.reward[index], int(task.goal[index]), beliefs)


class ReplayHyper(HyperParameters):
    """Where the replay stands."""

    step = Whole(0, low=0, high=60, symbol="t", unit="steps", help="how many steps of the trial have been taken")


class ReplayView(Row):
    """A heat map for each belief at one moment of a trial; right: the probability that each gives to the true goal, over the steps.

    Args:
        trial: what is replayed; all others that will be must have the same beliefs, by name.
    """

    def __init__(self, family: HiddenGoal, hyper: ReplayHyper, trial: Walked) -> None:
        self.family, self.hyper, self.trial, names = family, hyper, trial, list(trial.beliefs)
        self.maps = [BeliefMap(family, f"{name.capitalize()} belief, in %", name.capitalize()) for name in names]
        looks = dict(zip(names, LOOKS, strict=False)) | {"_now": {"color": INK, "linewidth": 1}}
        labels: Any = {"title": "Probability of the true goal", "ylabel": "probability"}
        self.curve = OverSteps(trial.cells.numel(), family.horizon, looks, ylim=(-0.03, 1.05), **labels)
        super().__init__(*self.maps, self.curve, widths=[1] * len(names) + [1.25], size=(3.4 + 3.1 * len(names), 3.4))

    def update(self, now: Any = None) -> None:
        t, trial = self.hyper.step, self.trial
        path = path_until(self.family, trial.cells, t)
        for part, belief in zip(self.maps, trial.beliefs.values(), strict=True):
            part.believe(path, trial.goal, belief[t])
        found = {name: belief[: t + 1, trial.goal] for name, belief in trial.beliefs.items()}
        self.curve.show(found | {"_now": ([t, t], [-0.03, 1.05])}, x=np.arange(t + 1))
        episode, earned = max(t - 1, 0) // self.family.horizon + 1, trial.reward.flatten()[:t].sum().item()
        self.moment = f"Step {t}, in episode {episode}; return so far {earned:.1f}."

    def words(self) -> str:
        return f"{self.moment} {super().words()}"


class WalkView(Row):
    """Left: the map, with what can be known. Right: how many cells can still be the goal, step by step.
    `trial`: what is played; has `family`, `belief`, `cells` of each episode, `left` and `goal` (None while unknown)."""

    def __init__(self, trial: Any) -> None:
        self.trial, self.map, self.curve = trial, HiddenGoalMap(trial.family, "The belief, in %", numbers=True), CellsLeft(trial.family)
        super().__init__(self.map, self.curve, widths=(1, 1.5), size=(9.6, 3.7))

    def update(self, now: Any = None) -> None:
        trial, family, t, left = self.trial, self.trial.family, len(self.trial.left) - 1, self.trial.left[-1]
        self.map.show(torch.tensor(trial.cells), trial.goal, trial.belief)
        self.curve.show({"left": trial.left, "new": self.curve.new}, x=np.arange(len(self.curve.new)))
        known = f"{left} cell{'s' if left > 1 else ''} can still be the goal: {bits(trial.belief).item():.2f} bits are open."
        if trial.goal is not None:
            known = f"The goal is {place(family, trial.goal)}."
        earned = " + ".join(f"{x:.1f}" for x in trial.returns()) or "0"
        self._words = f"Step {t}, episode {min(t // family.horizon, family.episodes - 1) + 1}. {known} Returns so far: {earned}."


class CellsLeft(OverSteps):
    """How many cells can still be the goal; grey: with a new cell in every step. Those next to the start cannot be the goal."""

    def __init__(self, family: HiddenGoal) -> None:
        steps, self.cells = family.horizon * family.episodes, len(family.goal_cells)
        self.new = [self.cells, *(max(self.cells - t, 1) for t in range(steps))]
        labels: Any = {"title": "How many cells can still be the goal", "ylabel": "cells", "yticks": range(0, self.cells + 1, 5)}
        looks = {"new": {"color": GREY, "linewidth": 1}, "left": LOOKS[0]}
        super().__init__(steps, family.horizon, looks, ylim=(0.0, self.cells + 1.0), where=None, **labels)

    def setup(self, axes: Axes) -> list[Artist]:
        moving = super().setup(axes)
        axes.text(self.cells + 0.5, 1.2, "a new cell in every step but the first", color=GREY, fontsize=10, va="bottom")
        return moving


class Calibration(Curves):
    """A point for each bin: the mean probability that was said, and the share that was true. Empty bins (nan) have none.
    `beliefs`: by name, at most two."""

    def __init__(self, beliefs: Mapping[str, tuple[Float[Tensor, " bin"], Float[Tensor, " bin"]]]) -> None:
        self.found = {name: (said[~said.isnan()], true[~said.isnan()]) for name, (said, true) in beliefs.items()}
        looks = dict(zip(beliefs, POINTS, strict=False))
        labels: Any = {"title": "Calibration", "xlabel": "probability that was said", "ylabel": "share that was true", "aspect": "equal"}
        where: Any = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "ncols": 1}
        super().__init__(looks, xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), where=where, **labels)

    def setup(self, axes: Axes) -> list[Artist]:
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
        axes.text(0.62, 0.7, "calibrated", color=GREY, fontsize=10, ha="right", va="bottom")
        return super().setup(axes)

    def update(self, now: Any = None) -> None:
        self.show(self.found)

    def words(self) -> str:
        each = {name: ", ".join(f"{p:.2f}: {h:.2f}" for p, h in zip(*pairs, strict=True)) for name, pairs in self.found.items()}
        return " ".join(f"{name} belief, said: true in {pairs}." for name, pairs in each.items())


def show_calibration(beliefs: Mapping[str, tuple[Float[Tensor, " bin"], Float[Tensor, " bin"]]]) -> None:
    """Display the picture of `Calibration`, and its numbers as words."""
    show_view(Row(Calibration(beliefs), size=(6.4, 3.9)))
