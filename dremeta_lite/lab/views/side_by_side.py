"""Several learners in one picture: what a trial returns under each of them while they train, and each episode of it now."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from dremeta_lite.lab.looks import looks
from dremeta_lite.lab.parts import Artist, Line, Row, legend_below
from dremeta_lite.lab.parts.history import NOTHING
from dremeta_lite.lab.views.trials import WholeTrial, WithinTrial, Yardstick


class SideBySideView(Row):
    """Left: the return of a trial over iterations, a line a learner. Right: each episode of a trial now. For a `SideBySide` learner.

    Args:
        turns: how many iterations each learner does in a turn, by name.
        yardsticks: agents to compare with, by name.
        episode: what an episode is called.

    Raises:
        ValueError: there are more learners than looks that can be told apart.
    """

    def __init__(self, turns: Mapping[str, int], yardsticks: Mapping[str, Yardstick], episodes: int, episode: str = "episode") -> None:
        self.found, self.episode = looks(list(turns)), episode
        self.titles = {name: f"{name} ×{n}" if n > 1 else name for name, n in turns.items()}
        counted = "turn (×: iterations in one turn)" if max(turns.values()) > 1 else "iteration of each learner"
        lines = [Line(name, {**look, "marker": ""}) for name, look in self.found.items()]
        self.curve = WholeTrial(lines, yardsticks, xlabel=counted)
        now = {name: {**look, "ms": 5} for name, look in self.found.items()}
        self.within = WithinTrial(now, yardsticks, episodes, episode, where=None, headroom=0.04, title="Within a trial, now")
        super().__init__(self.curve, self.within, size=(9.6, 4.1))

    def setup(self, figure: Figure, place: Any = None) -> list[Artist]:
        legend_below(figure, {self.titles[name]: look for name, look in self.found.items()})
        return super().setup(figure, place)

    def update(self, now: Any = None) -> None:
        learner = now.learner
        returns = {name: each.numpy() for name, each in learner.episode_returns.items()} if learner.iteration else {}
        self.within.show_episodes(returns)
        each = [
            f"{name} {y.sum():.2f} (first {self.episode} {y[0]:.2f}, last {y[-1]:.2f}; {learner.cpu_seconds[name]:.0f} s of training)"
            for name, y in returns.items()
        ]
        number = learner.hyper.judged if learner.tasks is None else len(learner.tasks[0])
        told = f"Turn {learner.iteration}, return of a trial in {number} tasks that none was trained on: {'; '.join(each)}."
        self.curve.said = told if returns else NOTHING
        super().update(now)
