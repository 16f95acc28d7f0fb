"""Learning within a trial: what each episode of a trial returns, while training goes on, beside yardsticks.

    TrialsView(family, yardsticks, PathsSide(family))            the hidden goal: four episodes, and the paths of one trial
    TrialsView(bandit, yardsticks, PullsSide(bandit), …)         a bandit: a pull is an episode, and below are the pulls of one trial

A learner fits if its numbers hold "return" (of a whole trial), and `agent()` gives an `Agent` that plays with the present parameters.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from dremeta_lite.compare.scores import PLAYING_SEED, Score, earned
from dremeta_lite.lab.looks import BEFORE, LINES, NOW
from dremeta_lite.lab.parts.background import ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.style import BLUE, SKY
from dremeta_lite.learner import generator
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, Trial, play_trial

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

SMOOTH = 20  # iterations in the average of the learning curve


class TrialSide(Protocol):
    """The lower half of a `TrialsView`: one trial from near.

    Attributes:
        height: in inches.
    """

    height: float

    def setup(self, figure: Figure, place: SubplotSpec) -> Sequence[Artist]:
        """Make axes and artists at this place; returns those that move."""
        ...

    def show(self, trial: Trial, task: Any) -> None:
        """Show one of the trials of a batch, and of its tasks."""
        ...

    def summary(self) -> str:
        """What it shows, in words and numbers."""
        ...


class TrialsView:
    """Upper left: the return of a trial over iterations. Upper right: each episode of it, now and before training. Below: one trial.

    Args:
        family: the tasks.
        yardsticks: agents to compare with, by name: what each episode returns under them [episode], as `play_agents` measures it.
        side: the lower half, if any.
        tasks: on which the present agent is judged, a fixed batch; 300 of the family's held-out tasks if None.
        episodes: in a trial; the family's own number if None.
        score: the number of each episode; its return by default.
        others: more agents made from the learner, by name, drawn beside the present one ("memory wiped": …).
        episode: what an episode is called.
        label: what `score` is; by default the mean return of an episode.
        every: the agent is judged anew after so many iterations, since that takes as long as a few frames.
    """

    def __init__(
        self,
        family: TaskFamily,
        yardsticks: Mapping[str, Float[Tensor, " episode"]],
        side: TrialSide | None = None,
        *,
        tasks: Any = None,
        episodes: int | None = None,
        score: Score = earned,
        others: Mapping[str, Callable[[Any], Agent]] | None = None,
        episode: str = "episode",
        label: str = "",
        every: int = 5,
    ) -> None:
        self.family, self.side, self.score, self.others, self.every = family, side, score, dict(others or {}), every
        self.tasks = family.held_out_tasks(300) if tasks is None else tasks
        self.episodes = family.episodes if episodes is None else episodes
        self.yardsticks = {name: each.detach().cpu().numpy() for name, each in yardsticks.items()}
        self.totals = {name: float(each.sum()) for name, each in self.yardsticks.items()}
        self.label = label or f"mean return of the {episode}"
        self.episode, self.size = episode, (9.6, 3.7 + (side.height if side else 0))
        self._shown: tuple[int, Any] = (-1, None)
        self._of: Any = None
        self._words = "Nothing has been trained yet."

    def setup(self, figure: Figure) -> Sequence[Artist]:
        rows = figure.add_gridspec(2, 1, height_ratios=(3.7, self.side.height)) if self.side else figure.add_gridspec(1, 1)
        top = rows[0].subgridspec(1, 2, width_ratios=(1, 1))
        self.curve, self.within = figure.add_subplot(top[0]), figure.add_subplot(top[1])
        self.curve.set(title="A whole trial, over training", xlabel="iteration", ylabel="return of a trial (sum of rewards)")
        self.raw = self.curve.plot([], [], color=SKY, linewidth=0.8)[0]
        self.line = self.curve.plot([], [], color=BLUE, linewidth=2.2)[0]
        self.heights, self.marks = Yardsticks(self.curve), ChangeMarks(self.curve)
        self.window = max(1, self.episodes // 20)  # many episodes are smoothed a little
        smoothed = f" (running mean over {self.window})" if self.window > 1 else ""
        self.within.set(title="Within a trial", xlabel=f"{self.episode}{smoothed}", ylabel=self.label)
        self.within.xaxis.set_major_locator(MaxNLocator(integer=True))
        self._draw_lines()
        return [self.raw, self.line, self.before, self.now, *self.more, *(self.side.setup(figure, rows[1]) if self.side else [])]

    def _draw_lines(self) -> None:
        few = self.episodes <= 20
        plain: Mapping[str, Any] = {"markersize": 5} if few else {"markersize": 0}
        looks = [
            {**BEFORE, "marker": "o", "mfc": "white", "linewidth": 1.5},
            {**NOW, "marker": "o"},
            *({**look, "marker": marker} for look, marker, _ in zip(LINES[1:], "s^v", self.others, strict=False)),
        ]
        self.before, self.now, *self.more = (self.within.plot([], [], **{**look, **plain})[0] for look in looks)
        names = ["before training", "now", *self.others]
        handles = [Line2D([], [], **{**look, **plain}) for look in looks]
        self.within.legend(handles, names, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=len(names), columnspacing=1.2)
        self.curves = Yardsticks(self.within)

    def update(self, runner: "Runner") -> None:
        self._draw_training(runner)
        learner: Any = runner.learner
        if learner is not self._of:
            fresh: Any = runner.make_learner(runner.seed)
            self._of, self._first = learner, self.judge(fresh.agent())[0]
        iteration, of = self._shown
        if of is learner and iteration <= learner.iteration < iteration + self.every and runner.state == "running":
            return
        self._shown = learner.iteration, learner
        self._draw_trial(learner)

    def judge(self, agent: Agent) -> tuple[np.ndarray, Trial]:
        """The mean number of each episode on the fixed tasks, and the trials: the same draws for everyone."""
        trial = play_trial(self.family, self.tasks, agent, generator(PLAYING_SEED), self.episodes)
        return self.score(trial, self.tasks).mean(0).cpu().numpy(), trial

    def _draw_training(self, runner: "Runner") -> None:
        returns = np.array([numbers["return"] for numbers in runner.history])
        n = len(returns)
        self.raw.set_data(np.arange(1, n + 1), returns)
        self.line.set_data(np.arange(1, n + 1), trailing_mean(returns, SMOOTH))
        every = np.array([*self.totals.values(), *returns] or [0.0, 1.0])
        old = (self.curve.get_xlim(), self.curve.get_ylim()) if n > 1 else (None, None)
        set_limits(self.curve, x=grow(0, max(n, 40), old[0]), y=grow(every.min(), every.max(), old[1]))
        self.heights.set(self.totals)
        self.marks.set(runner.changes)

    def _draw_trial(self, learner: Any) -> None:
        now, trial = self.judge(learner.agent())
        others = {name: self.judge(make(learner))[0] for name, make in self.others.items()}
        x = np.arange(1, self.episodes + 1)
        for line, y in zip((self.before, self.now, *self.more), (self._first, now, *others.values()), strict=True):
            line.set_data(x, trailing_mean(y, self.window))
        every = np.concatenate([self._first, now, *others.values(), *self.yardsticks.values()])
        old = self.within.get_ylim() if self._words != "Nothing has been trained yet." else None
        margin = 0.04 * self.episodes
        set_limits(self.within, x=(1 - margin, self.episodes + margin), y=grow(every.min(), every.max(), old))
        self.curves.set({name: trailing_mean(y, self.window) for name, y in self.yardsticks.items()})
        if self.side:
            self.side.show(trial, self.tasks)
        self._words = self._describe(learner.iteration, now, others)

    def _describe(self, iteration: int, now: np.ndarray, others: Mapping[str, np.ndarray]) -> str:
        parts = [
            f"Iteration {iteration}: on {len(self.tasks[0])} fixed tasks a trial returns {now.sum():.2f} (before training "
            f"{self._first.sum():.2f}); its first {self.episode} {now[0]:.2f}, its last {now[-1]:.2f}.",
            *(f"With {name}: {each.sum():.2f}, first {each[0]:.2f}, last {each[-1]:.2f}." for name, each in others.items()),
            self.side.summary() if self.side else "",
        ]
        compare = ", ".join(f"{name} {total:.2f}" for name, total in self.totals.items())
        return " ".join(part for part in parts if part) + (f" To compare: {compare}." if compare else "")

    def summary(self) -> str:
        return self._words


def trailing_mean(values: np.ndarray, window: int) -> np.ndarray:
    """At each place the mean of the latest values, at most `window` of them."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    end = np.arange(1, len(values) + 1)
    begin = np.maximum(end - window, 0)
    return (sums[end] - sums[begin]) / (end - begin)
