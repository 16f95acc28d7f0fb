"""Learning within a trial: what each episode of a trial returns, while training goes on, beside yardsticks.

    TrialsView(family, yardsticks, PathsSide(family))            the hidden goal: four episodes, and the paths of one trial
    TrialsView(bandit, yardsticks, PullsSide(bandit), …)         a bandit: a pull is an episode, and below are the pulls of one trial

A learner fits if its numbers hold "return" (of a whole trial), and `agent()` gives an `Agent` that plays with the present parameters.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compare.scores import PLAYING_SEED, Score, earned
from dremeta_lite.lab.looks import BEFORE, LINES, NOW, Look
from dremeta_lite.lab.parts import BELOW, Column, Curves, History, Line, Row, Sparingly, trailing_mean
from dremeta_lite.lab.parts.curves import episodes_axis
from dremeta_lite.lab.style import SKY
from dremeta_lite.learner import generator
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, Trial, play_trial

SMOOTH = 20  # iterations in the average of the learning curve
BEGUN = "before training"
Yardstick = Float[Tensor, " episode"]
"""What each episode returns under an agent to compare with."""


class WholeTrial(History):
    """The return of a trial over training. Its view says what has been reached."""

    said = ""

    def __init__(self, lines: Sequence[Line], yardsticks: Mapping[str, Yardstick], **labels: Any) -> None:
        totals = {name: float(each.sum()) for name, each in yardsticks.items()}
        labels = {"title": "A whole trial, over training", "ylabel": "return of a trial", **labels}
        super().__init__(lines, totals, form=".2f", **labels)

    def describe(self, n: int, last: Mapping[str, float]) -> str:
        return self.said


class WithinTrial(Curves):
    """Each episode of a trial.

    Args:
        looks: by name.
        yardsticks: agents to compare with, by name.
        episodes: in a trial; many are smoothed a little.
        episode: what an episode is called.
        options: of `Curves`.
    """

    def __init__(
        self, looks: Mapping[str, Look], yardsticks: Mapping[str, Yardstick], episodes: int, episode: str, window: int = 1, **options: Any
    ) -> None:
        self.window = window
        self.yardsticks = {name: trailing_mean(each.detach().cpu().numpy(), window) for name, each in yardsticks.items()}
        smoothed = f" (running mean over {window})" if window > 1 else ""
        options = {"title": "Within a trial", "ylabel": f"mean return of the {episode}", "integers": True, **options}
        super().__init__(looks, xlim=episodes_axis(episodes), xlabel=f"{episode}{smoothed}", **options)

    def show_episodes(self, returns: Mapping[str, Any]) -> None:
        """Set the number of each episode, by name."""
        self.show({name: trailing_mean(y, self.window) for name, y in returns.items()}, self.yardsticks)


class BeforeAndNow(Column):
    """Upper left: a number over training. Upper right: curves, now and before training. Below: what `side` shows.

    A view of this kind says in `measure` what a curve of a learner is, and in `look` what is shown of it.

    Args:
        curve, within, side: the parts; `side` has a height in inches, as the upper half has.
    """

    def __init__(self, curve: Any, within: Any, side: Any, height: float = 3.4) -> None:
        self.curve, self.within, self.side, self.sparingly = curve, within, side, Sparingly()
        sides = [side] if side else []
        heights = [height, *(each.height for each in sides)]
        self._of: Any = None
        super().__init__(Row(curve, within), *sides, heights=heights, size=(9.6, sum(heights)))

    def update(self, now: Any = None) -> None:
        learner = now.learner
        if learner is not self._of:
            self._of, self.before = learner, self.measure(now.make_learner(now.seed))
        self.sparingly.do(now, lambda: self.look(learner))
        super().update(now)

    def measure(self, learner: Any) -> np.ndarray:
        """The curve of a learner."""
        raise NotImplementedError

    def look(self, learner: Any) -> None:
        """Show the present learner, beside `before`."""
        raise NotImplementedError


class TrialsView(BeforeAndNow):
    """Upper left: the return of a trial over iterations. Upper right: each episode of it, now and before training. Below: one trial.

    Args:
        family: the tasks.
        yardsticks: agents to compare with, by name: what each episode returns under them, as `play_agents` measures it.
        side: the lower half, if any: a part with a `height` in inches, and `show(trial, tasks, agent)` for a batch of trials and its agent.
        tasks: on which the present agent is judged, a fixed batch; 300 of the family's held-out tasks if None.
        episodes: in a trial; the family's own number if None.
        score: the number of each episode; its return by default.
        others: more agents made from the learner, by name, drawn beside the present one ("memory wiped": …).
        episode: what an episode is called.
        label: what `score` is; by default the mean return of an episode.
    """

    def __init__(
        self,
        family: TaskFamily,
        yardsticks: Mapping[str, Yardstick],
        side: Any = None,
        *,
        tasks: Any = None,
        episodes: int | None = None,
        score: Score = earned,
        others: Mapping[str, Callable[[Any], Agent]] | None = None,
        episode: str = "episode",
        label: str = "",
    ) -> None:
        self.family, self.score, self.others, self.episode = family, score, dict(others or {}), episode
        self.tasks = family.held_out_tasks(300) if tasks is None else tasks
        self.episodes = family.episodes if episodes is None else episodes
        size = {"ms": 5 if self.episodes <= 20 else 0}
        looks: dict[str, Look] = {
            BEGUN: {**BEFORE, "marker": "o", "mfc": "white", "linewidth": 1.5, **size},
            "now": {**NOW, "marker": "o", **size},
            **{name: {**look, "marker": marker, **size} for name, look, marker in zip(self.others, LINES[1:], "s^v", strict=False)},
        }
        options = {"ylabel": label} if label else {}
        within = WithinTrial(looks, yardsticks, self.episodes, episode, max(1, self.episodes // 20), where=BELOW, **options)
        smooth = f"mean of the last {SMOOTH}"
        lines = [Line("return", {"color": SKY, "linewidth": 0.8}, "each iteration"), Line("return", NOW, smooth, window=SMOOTH)]
        super().__init__(WholeTrial(lines, yardsticks, where=BELOW), within, side)

    def judge(self, agent: Agent) -> tuple[np.ndarray, Trial]:
        """The mean number of each episode on the fixed tasks, and the trials: the same draws for everyone."""
        trial = play_trial(self.family, self.tasks, agent, generator(PLAYING_SEED), self.episodes)
        return self.score(trial, self.tasks).mean(0).cpu().numpy(), trial

    def measure(self, learner: Any) -> np.ndarray:
        return self.judge(learner.agent())[0]

    def look(self, learner: Any) -> None:
        agent = learner.agent()
        now, trial = self.judge(agent)
        if self.side:
            self.side.show(trial, self.tasks, agent)
        others = {name: self.judge(make(learner))[0] for name, make in self.others.items()}
        self.within.show_episodes({BEGUN: self.before, "now": now, **others})
        each = [f"With {name}: {y.sum():.2f}, first {y[0]:.2f}, last {y[-1]:.2f}." for name, y in others.items()]
        judged = (
            f"Iteration {learner.iteration}: on {len(self.tasks[0])} fixed tasks a trial returns {now.sum():.2f} ({BEGUN} "
            f"{self.before.sum():.2f}); its first {self.episode} {now[0]:.2f}, its last {now[-1]:.2f}."
        )
        self.curve.said = " ".join([judged, *each])
