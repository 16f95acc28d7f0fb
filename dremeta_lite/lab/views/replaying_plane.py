"""A recorded run on navigation tasks, at any of its checkpoints: the mean action as a field of arrows, paths, and returns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dremeta_lite.lab.looks import DASHED, task_colour
from dremeta_lite.lab.parts.background import Yardsticks, grow, set_limits
from dremeta_lite.lab.reels import PlaneReel
from dremeta_lite.lab.style import INK
from dremeta_lite.lab.views.navigation import AFTER, AFTER_THIN, BEFORE, BEFORE_THIN, THIN_STEPS, heights_of
from dremeta_lite.lab.views.policy import ArrowField
from dremeta_lite.lab.views.replayed import Replayed
from dremeta_lite.tasks.navigation import Navigation2D

EDGE = 0.68
SPACING = 0.12
PLACES = torch.cartesian_prod(*[torch.arange(-5, 6) * SPACING] * 2)
"""Where the policy is asked what it intends."""
WALKS = 4  # of episodes, with their noise, at most
FIRST: Mapping[str, Any] = {"linestyle": DASHED, "linewidth": 1.6, "alpha": 0.7, "marker": "o", "ms": 3, "mfc": "white"}
LAST: Mapping[str, Any] = {"linestyle": "-", "linewidth": 2.2, "marker": "o", "ms": 3}


def plane_yardsticks(family: Navigation2D) -> dict[str, float]:
    """What an episode returns, on the held-out tasks, under agents to compare with."""
    return heights_of(family, family.held_out_tasks())


class PlaneReplay:
    """Left: the plane, with the mean action and the paths. Right: first and last episode over training; each episode of this trial.

    Args:
        family: the tasks.
        episodes: of a trial.
        tasks: those that can be looked at.
        yardsticks: what each episode returns under agents to compare with, by name.
        unit: what training is counted in.
    """

    size = (9.6, 5.4)

    def __init__(
        self,
        family: Navigation2D,
        episodes: int,
        tasks: Any,
        yardsticks: Mapping[str, Float[Tensor, " episode"]] | None = None,
        unit: str = "meta-iteration",
    ) -> None:
        self.family, self.episodes, self.goals, self.unit = family, episodes, tasks.goal.cpu(), unit
        self.heights = {name: y[-1].item() for name, y in yardsticks.items()} if yardsticks else plane_yardsticks(family)
        self._words = ""

    def setup(self, figure: Figure) -> Sequence[Artist]:
        columns = figure.add_gridspec(1, 2, width_ratios=(1.25, 1))
        right = columns[1].subgridspec(2, 1)
        plane = figure.add_subplot(columns[0])
        self.curve, self.within = figure.add_subplot(right[0]), figure.add_subplot(right[1])
        return [*self._set_up_plane(plane), *self._set_up_curve(), *self._set_up_trial()]

    def _set_up_plane(self, axes: Axes) -> list[Artist]:
        axes.set(xlabel="x (plane units)", ylabel="y (plane units)", xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), aspect="equal")
        axes.set(title="What it would do, and where it went", xticks=[-0.5, 0, 0.5], yticks=[-0.5, 0, 0.5])
        self.field = ArrowField(axes, PLACES.numpy(), 0.9 * SPACING)
        self.thin = [axes.plot([], [], zorder=2.5)[0] for _ in range(WALKS)]
        self.way = axes.plot([], [], zorder=3)[0]
        self.star = axes.plot([], [], "*", ms=17, mec="white", mew=1, zorder=5)[0]
        self.end = axes.plot([], [], "o", color=INK, ms=7, mec="white", mew=1.2, zorder=7)[0]
        axes.plot(0, 0, "o", color=INK, ms=5, zorder=6)
        self.title = axes.text(0.5, -0.13, "", transform=axes.transAxes, ha="center", va="top", fontsize=10)
        keys: dict[str, Mapping[str, Any]] = {
            "mean action": {"marker": r"$\rightarrow$", "ms": 12, "ls": "", "color": "#8A9BA8"},
            "where it leads": {**AFTER, "color": INK},
            "with its noise": {**AFTER_THIN, "color": INK, "alpha": 1},
            "goal": {"marker": "*", "ms": 10, "ls": "", "color": INK},
        }
        handles = [Line2D([], [], **key) for key in keys.values()]
        axes.legend(handles, list(keys), loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=4, columnspacing=1.1, handlelength=1.8)
        return [*self.field.artists(), *self.thin, self.way, self.star, self.end, self.title]

    def _set_up_curve(self) -> list[Artist]:
        self.curve.set(xlabel=self.unit, ylabel="return in new tasks")
        self.curve.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        self.lines = [self.curve.plot([], [], color=INK, **look)[0] for look in (FIRST, LAST)]
        self.cursor = self.curve.plot([], [], color=INK, linewidth=1)[0]
        handles = [Line2D([], [], color=INK, **look) for look in (FIRST, LAST)]
        where: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.02), "borderaxespad": 0.2}
        self.curve.legend(handles, ["first episode", "last episode"], ncols=2, columnspacing=1.2, handlelength=2.2, **where)
        self.yardsticks = Yardsticks(self.curve)
        return [*self.lines, self.cursor]

    def _set_up_trial(self) -> list[Artist]:
        self.within.set(xlabel="episode", ylabel="return in this trial")
        self.within.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        self.support = self.within.plot([], [], "o", mfc="white", ms=5)[0]
        self.query = self.within.plot([], [], "o", ms=5)[0]
        self.means = self.within.plot([], [], linewidth=2.2)[0]
        self.now = self.within.plot([], [], color=INK, linewidth=1)[0]
        self.steps = [self.within.text(0, 0, "", ha="center", va="bottom", fontsize=10) for _ in range(6)]
        handles = [Line2D([], [], color=INK, ls="", marker="o", ms=5, mfc=fill) for fill in ("white", INK)]
        where: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (-0.02, 0.98), "borderaxespad": 0.2}
        self.within.legend(handles, ["support", "query"], ncols=2, columnspacing=1.2, handletextpad=0.2, **where)
        return [self.support, self.query, self.means, self.now, *self.steps]

    def update(self, at: Replayed) -> None:
        reel, task = at.reel(), at.task
        self.shown = min(at.step, reel.trial.reward.shape[1])
        self._draw_training(at)
        self._draw_plane(reel, task, self.shown - 1)
        self._draw_trial(reel, task, self.shown)
        self._words = self._describe(at, reel, task)

    def _draw_training(self, at: Replayed) -> None:
        x, y = at.curve()
        for line, episode in zip(self.lines, (0, -1), strict=True):
            line.set_data(x, y[:, episode])
        every = [*self.heights.values(), *y[:, 0], *y[:, -1]]
        last = max(at.checkpoints[-1].iteration, 1)
        set_limits(self.curve, x=(-0.02 * last, 1.02 * last), y=grow(min(every), max(every)))
        self.yardsticks.set(self.heights)
        self.cursor.set_data([at.checkpoint.iteration] * 2, self.curve.get_ylim())

    def _draw_plane(self, reel: PlaneReel, task: int, episode: int) -> None:
        colour, stages = task_colour(task), reel.taken or list(range(reel.trial.reward.shape[1]))
        look, thin = (BEFORE, BEFORE_THIN) if reel.taken and not stages[episode] else (AFTER, AFTER_THIN)
        alike = [e for e, stage in enumerate(stages) if stage == stages[episode] and e != episode]
        self.field.show(reel.mean[task, episode])
        for line, walk in zip(self.thin, [episode, *alike, *[None] * WALKS], strict=False):
            line.set_data(*([], []) if walk is None else path(reel, task, walk)[:, : None if walk == episode else THIN_STEPS + 1])
            line.set(color=colour, **thin)
        self.thin[0].set(alpha=0.8, linewidth=1)
        self.way.set_data(*reel.way[task, episode].numpy().T)
        self.way.set(color=colour, **look)
        self.end.set_data(*path(reel, task, episode)[:, -1:])
        self.star.set_data(*self.goals[task, :, None])
        self.star.set_color(colour)
        self.title.set_text(f"Episode {episode + 1} of the trial{stage_in_words(reel, episode)}")

    def _draw_trial(self, reel: PlaneReel, task: int, shown: int) -> None:
        returns, colour = reel.trial.returns()[task].numpy(), task_colour(task)
        x = np.arange(1, len(returns) + 1)
        stages = np.array(reel.taken or [1] * len(returns))
        support = stages < stages.max()
        for line, which in ((self.support, support), (self.query, ~support)):
            line.set_data(x[which], returns[which])
            line.set_color(colour)
        blocks = [x[stages == k] for k in np.unique(stages)] if reel.taken else []
        spans = [np.array([[b[0] - 0.4, b[-1] + 0.4, np.nan], [returns[b - 1].mean()] * 3]) for b in blocks]
        self.means.set_data(*(np.concatenate(spans, 1) if spans else np.stack([x, returns])))
        self.means.set_color(colour)
        lowest = min([*self.heights.values(), -1.0])
        low = self.within.get_ylim()[0] if self._words else 1.1 * lowest
        if returns.min() < low:
            low = 1.3 * float(returns.min())
        set_limits(self.within, x=(0.3, len(returns) + 0.7), y=(low, -0.15 * low))
        self.now.set_data([shown, shown], self.within.get_ylim())
        for k, (text, block) in enumerate(zip(self.steps, [*blocks, *[None] * len(self.steps)], strict=False)):
            text.set_text("" if block is None else f"k = {k}")
            text.set_position((0, 0) if block is None else (block.mean(), -0.02 * low))

    def _describe(self, at: Replayed, reel: PlaneReel, task: int) -> str:
        e, returns, judged = self.shown - 1, reel.trial.returns()[task], at.judged(at.checkpoint)
        judgement = (
            "" if judged is None else f": in new tasks the first episode of a trial returns {judged[0]:.1f}, the last {judged[-1]:.1f}"
        )
        walked, (x, y) = path(reel, task, e), self.goals[task].tolist()
        away = float(np.hypot(walked[0, -1] - x, walked[1, -1] - y))
        return (
            f"{at.learner} {at.when()}{judgement}. In this trial the goal is at "
            f"({x:.2f}, {y:.2f}). Episode {e + 1}{stage_in_words(reel, e)}: return {returns[e]:.1f} (the first {returns[0]:.1f}, the last "
            f"{returns[-1]:.1f}); it ends {away:.2f} from the goal after {walked.shape[1] - 1} steps. At the end of it the mean action has "
            f"length {reel.mean[task, e].norm(dim=-1).mean():.2f} on average over the map, and noise of std {reel.std[task, e]:.2f}."
        )

    def summary(self) -> str:
        return self._words


def path(reel: PlaneReel, task: int, episode: int) -> np.ndarray:
    """x and y of an episode up to its end, the start included: [2, step]."""
    length = int(reel.trial.mask[task, episode].sum())
    spots = torch.cat([reel.trial.observation[task, episode, :1], reel.trial.next_observation[task, episode, :length]])
    return spots.numpy().T


def stage_in_words(reel: PlaneReel, episode: int) -> str:
    """How far the agent had come by then."""
    if reel.taken is None:
        return ""
    k = reel.taken[episode]
    return f", after {k} step{'s' if k != 1 else ''} of adaptation" if k else ", before adaptation"
