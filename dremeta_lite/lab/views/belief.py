"""Beliefs over the cells of the hidden goal: as heat maps, walked by hand or replayed step by step; and whether they are calibrated."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor

from dremeta_lite.agents.exact_belief import belief_along, prior_belief
from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.lab.looks import KNOWN, Look
from dremeta_lite.lab.parts.background import set_limits
from dremeta_lite.lab.still import show_figure
from dremeta_lite.lab.style import GREY, INK, own_look
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.titles import LEARNERS
from dremeta_lite.trials import Trial

EXACT, LEARNED = (KNOWN[LEARNERS[key]]["color"] for key in ("belief", "varibad"))
LOOKS: Sequence[Look] = (
    {"color": EXACT, "linewidth": 2.4},
    {"color": LEARNED, "linewidth": 1.8, "linestyle": (0, (4, 1.5))},
)
POINTS: Sequence[Look] = (
    {"color": EXACT, "marker": "o", "markersize": 10, "mfc": "white", "mew": 2, "linestyle": "none"},
    {"color": LEARNED, "marker": "s", "markersize": 6, "linestyle": (0, (4, 1.5)), "linewidth": 1.4},
)


def belief_map(axes: Axes, family: HiddenGoal, title: str = "") -> HiddenGoalMap:
    """A map whose shade is a probability, in percent. The shade grows with its root, so that one part in twenty can be seen."""
    drawn = HiddenGoalMap(axes, family, title, numbers=True)
    drawn.fill.set_norm(PowerNorm(0.4, 0, 1))
    for text in drawn.numbers:  # out of the way of the path and the star
        x, y = text.get_position()
        text.set(position=(x + 0.45, y + 0.46), ha="right", va="bottom")
    return drawn


def bits(belief: Float[Tensor, "*n cell"]) -> Float[Tensor, "*n"]:
    """The entropy of a belief in bits: how many yes-or-no questions are still open."""
    return torch.special.entr(belief).sum(-1) / torch.log(torch.tensor(2.0))


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
        index: which of them.
        others: further beliefs after each step, by name (as `BeliefAgent.beliefs()` gives them), beside the exact one.
    """
    along = {"exact": belief_along(family, trial), **others}
    prior = prior_belief(family, 1)
    beliefs = {name: torch.cat([prior, b[index].flatten(0, 1).detach().cpu()]) for name, b in along.items()}
    return Walked(trial.next_observation[index], trial.reward[index], int(task.goal[index]), beliefs)


class ReplayHyper(HyperParameters):
    """Where the replay stands."""

    step = Whole(0, low=0, high=60, symbol="t", unit="steps", help="how many steps of the trial have been taken")


class ReplayView:
    """A heat map for each belief at one moment of a trial; right: the probability that each gives to the true goal, over the steps.

    Args:
        family: the grid.
        hyper: the moment.
        trial: what is replayed; all others that will be must have the same beliefs, by name.
    """

    def __init__(self, family: HiddenGoal, hyper: ReplayHyper, trial: Walked) -> None:
        self.family, self.hyper, self.trial = family, hyper, trial
        self.size = (3.4 + 3.1 * len(trial.beliefs), 3.4)
        self._words = ""

    def setup(self, figure: Figure) -> Sequence[Artist]:
        *maps, self.curve = figure.subplots(1, len(self.trial.beliefs) + 1, width_ratios=[1] * len(self.trial.beliefs) + [1.25])
        self.maps = [
            belief_map(axes, self.family, f"{name.capitalize()} belief, in %") for axes, name in zip(maps, self.trial.beliefs, strict=True)
        ]
        steps = self.trial.cells.numel()
        self.curve.set(title="Probability of the true goal", xlabel="steps of the trial", ylabel="probability")
        set_limits(self.curve, x=(0.0, float(steps)), y=(-0.03, 1.05))
        self.curve.set_xticks(range(0, steps + 1, self.family.horizon))
        self.lines = [self.curve.plot([], [], drawstyle="steps-post", **look)[0] for look in LOOKS[: len(self.maps)]]
        if len(self.lines) > 1:
            handles = [Line2D([], [], **look) for look in LOOKS[: len(self.maps)]]
            self.curve.legend(handles, list(self.trial.beliefs), loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
        self.now = self.curve.plot([], [], color=INK, linewidth=1)[0]
        return [*self.lines, self.now, *(artist for drawn in self.maps for artist in drawn.artists())]

    def update(self, runner: Any = None) -> None:
        t, trial = self.hyper.step, self.trial
        path, episode = self._path(t)
        for drawn, line, belief in zip(self.maps, self.lines, trial.beliefs.values(), strict=True):
            drawn.show(path, trial.goal, belief[t])
            line.set_data(range(t + 1), belief[: t + 1, trial.goal])
        self.now.set_data([t, t], [-0.03, 1.05])
        self._words = self._describe(t, episode)

    def _path(self, t: int) -> tuple[Int[Tensor, " step"], int]:
        """The cells of the present episode, the start included, and which episode it is (from 0). One just over is still shown."""
        episode = max(t - 1, 0) // self.family.horizon
        start = torch.tensor([self.family.start])
        return torch.cat([start, self.trial.cells[episode, : t - episode * self.family.horizon]]), episode

    def _describe(self, t: int, episode: int) -> str:
        earned = self.trial.reward.flatten()[:t].sum().item()
        parts = [belief_in_words(self.family, name.capitalize(), belief[t], self.trial.goal) for name, belief in self.trial.beliefs.items()]
        return f"Step {t}, in episode {episode + 1}; return so far {earned:.1f}. " + " ".join(parts)

    def summary(self) -> str:
        return self._words


def belief_in_words(family: HiddenGoal, name: str, belief: Float[Tensor, " cell"], goal: int) -> str:
    """How much is open, and how likely the goal and the likeliest cell are."""
    likely = int(belief.argmax())
    return (
        f"{name} belief: {bits(belief).item():.2f} bits open, {belief[goal].item():.0%} on the goal, "
        f"most on {place(family, likely)} ({belief[likely].item():.0%})."
    )


def place(family: HiddenGoal, cell: int) -> str:
    """A cell in words, counted from the top left."""
    row, column = divmod(cell, family.size)
    return f"row {row + 1}, column {column + 1}"


class WalkView:
    """Left: the map, with what can be known. Right: how many cells can still be the goal, step by step.

    Args:
        trial: what is played; has `family`, `belief`, `cells` of each episode, `left` and `goal` (None while unknown).
    """

    size = (9.6, 3.7)

    def __init__(self, trial: Any) -> None:
        self.trial = trial

    def setup(self, figure: Figure) -> Sequence[Artist]:
        plane, self.curve = figure.subplots(1, 2, width_ratios=(1, 1.5))
        self.map = belief_map(plane, self.trial.family, "The belief, in %")
        steps, cells = self.trial.family.horizon * self.trial.family.episodes, len(self.trial.family.goal_cells)
        self.curve.set(title="How many cells can still be the goal", xlabel="steps of the trial", ylabel="cells")
        set_limits(self.curve, x=(0.0, float(steps)), y=(0.0, cells + 1.0))
        self.curve.set(xticks=range(0, steps + 1, self.trial.family.horizon), yticks=range(0, cells + 1, 5))
        new = [cells, *(max(cells - t, 1) for t in range(steps))]  # the cells next to the start cannot be the goal
        self.curve.plot(range(steps + 1), new, color=GREY, linewidth=1)
        self.curve.text(cells + 0.5, 1.2, "a new cell in every step but the first", color=GREY, fontsize=10, va="bottom")
        self.line = self.curve.plot([], [], drawstyle="steps-post", **LOOKS[0])[0]
        return [*self.map.artists(), self.line]

    def update(self, runner: Any = None) -> None:
        self.map.show(torch.tensor(self.trial.cells), self.trial.goal, self.trial.belief)
        self.line.set_data(range(len(self.trial.left)), self.trial.left)

    def summary(self) -> str:
        t, left = len(self.trial.left) - 1, self.trial.left[-1]
        episode = min(t // self.trial.family.horizon, self.trial.family.episodes - 1) + 1
        known = f"The goal is {place(self.trial.family, self.trial.goal)}." if self.trial.goal is not None else ""
        open_ = f"{left} cell{'s' if left > 1 else ''} can still be the goal: {bits(self.trial.belief).item():.2f} bits are open."
        earned = " + ".join(f"{x:.1f}" for x in self.trial.returns()) or "0"
        return f"Step {t}, episode {episode}. {known or open_} Returns so far: {earned}."


def calibration_picture(beliefs: Mapping[str, tuple[Float[Tensor, " bin"], Float[Tensor, " bin"]]]) -> Figure:
    """A point for each bin: the mean probability that was said, and the share that was true. Empty bins (nan) have none.

    Args:
        beliefs: by name, at most two.
    """
    with own_look():
        figure = Figure(figsize=(6.4, 3.9), layout="constrained")
        axes = figure.subplots()
        axes.set(title="Calibration", xlabel="probability that was said", ylabel="share that was true")
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
        axes.text(0.62, 0.7, "calibrated", color=GREY, fontsize=10, ha="right", va="bottom")
        for look, (name, (said, happened)) in zip(POINTS, beliefs.items(), strict=False):
            some = ~said.isnan()
            axes.plot(said[some], happened[some], label=name, **look)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def show_calibration(beliefs: Mapping[str, tuple[Float[Tensor, " bin"], Float[Tensor, " bin"]]]) -> None:
    """Display `calibration_picture`, and its numbers as words."""
    parts = []
    for name, (said, happened) in beliefs.items():
        pairs = (f"{p:.2f}: {h:.2f}" for p, h in zip(said.tolist(), happened.tolist(), strict=True) if p == p)
        parts.append(f"{name} belief, said: true in {', '.join(pairs)}.")
    show_figure(calibration_picture(beliefs), " ".join(parts))
