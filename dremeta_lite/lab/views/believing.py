"""A belief while it is learned, beside the exact one: from moment to moment of one trial, and over training.

    BeliefLearningView(family)                                      an encoder that is told the answers
    BelievingView(family, yardsticks)                               an agent that acts on what it believes

The first fits learners with `belief()` and the number "cross_entropy"; the second what fits a `TrialsView` and has agents with `beliefs()`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from torch import Tensor

from dremeta_lite.agents.exact_belief import belief_along
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.lab.looks import BEFORE, NOW, Look
from dremeta_lite.lab.parts.background import ChangeMarks, Yardsticks, grow, set_limits
from dremeta_lite.lab.style import BLUE
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap, PathsSide
from dremeta_lite.lab.views.trials import TrialsView
from dremeta_lite.learner import generator
from dremeta_lite.meta.belief_encoder import Wanderer
from dremeta_lite.meta.belief_policy import Belief
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.titles import LEARNERS
from dremeta_lite.trials import Agent, Seen, Trial, play_trial
from dremeta_lite.world.bayes_optimal import BayesOptimal

if TYPE_CHECKING:
    from dremeta_lite.lab.runner import Runner

MOMENTS = (3, 9, 15, 18, 22, 45)
SMALLEST = 1e-8


@torch.no_grad()
def believe_along(belief: Belief, trial: Trial) -> Float[Tensor, "task episode time cell"]:
    """What a belief says after each step of trials that somebody else has played."""
    shape = trial.reward.shape
    flat = [x.flatten(1, 2) for x in (trial.observation, trial.action, trial.reward, trial.next_observation, trial.mask.bool())]
    memory, cells = belief.start(shape[0]), []
    for t in range(shape[1] * shape[2]):
        observation, action, reward, following, counts = (x[:, t] for x in flat)
        memory = belief.update(memory, Seen(observation, action, reward, following, counts & False, counts))
        cells.append(belief.cells(memory))
    return torch.stack(cells, 1).unflatten(1, shape[1:])


def divergence(exact: Float[Tensor, "*n cell"], belief: Float[Tensor, "*n cell"]) -> Float[Tensor, "*n"]:
    """KL(exact ‖ belief) in nats: what is lost by believing the second, where the first is true."""
    return (exact * (exact.clamp(min=SMALLEST).log() - belief.clamp(min=SMALLEST).log())).sum(-1)


class BeliefSide:
    """Heat maps of one trial at a few moments: above the exact belief, below the learned one. Fits below a `TrialsView`.

    Args:
        family: the grid.
        moments: after how many steps of the trial.
        index: which one of the trial's tasks is shown.

    Attributes:
        beliefs: what is believed after each step [task, episode, time, cell]; set before each `show`.
    """

    height = 3.5

    def __init__(self, family: HiddenGoal, moments: Sequence[int] = MOMENTS, index: int = 0) -> None:
        self.family, self.moments, self.index, self._words = family, moments, index, ""
        self.beliefs: Float[Tensor, "task episode time cell"] | None = None

    def setup(self, figure: Figure, place: SubplotSpec) -> Sequence[Artist]:
        grid = place.subgridspec(2, len(self.moments))
        self.rows: list[list[HiddenGoalMap]] = []
        for i, name in enumerate(("exact", "learned")):
            row = [HiddenGoalMap(figure.add_subplot(grid[i, j]), self.family) for j in range(len(self.moments))]
            for drawn in row:
                drawn.fill.set_norm(PowerNorm(0.4, 0, 1))
                drawn.star.set_markersize(11)
                drawn.dot.set_markersize(6)
                drawn.path.set_linewidth(1.2)
            row[0].axes.set_ylabel(name)
            self.rows.append(row)
        for drawn, moment in zip(self.rows[0], self.moments, strict=True):
            drawn.axes.set_title(f"step {moment}", fontsize=10, fontweight="normal", loc="center")
        return [artist for row in self.rows for drawn in row for artist in drawn.artists()]

    def show(self, trial: Trial, task: HiddenGoalTask) -> None:
        """Show what was believed in one task of a batch."""
        assert self.beliefs is not None
        goal, start, horizon = int(task.goal[self.index]), trial.observation[self.index, 0, :1], self.family.horizon
        both = [b[self.index].flatten(0, 1) for b in (belief_along(self.family, trial), self.beliefs)]
        for j, moment in enumerate(self.moments):
            episode = (moment - 1) // horizon
            path = torch.cat([start, trial.next_observation[self.index, episode, : moment - episode * horizon]])
            for row, belief in zip(self.rows, both, strict=True):
                row[j].show(path, goal, belief[moment - 1])
        said = ", ".join(f"{100 * both[1][m - 1, goal]:.0f} ({100 * both[0][m - 1, goal]:.0f})" for m in self.moments)
        self._words = f"In one trial the goal has, after {', '.join(map(str, self.moments))} steps, {said} % of the learned (exact) belief."

    def summary(self) -> str:
        return self._words


class BelievingView(TrialsView):
    """What a `TrialsView` shows, and below it what the agent believes in one trial, beside the exact belief.

    Args:
        family: the grid.
        yardsticks: agents to compare with, by name: what each episode returns under them [episode].
        index: which of the judged tasks is shown below.
        options: of `TrialsView`.
    """

    def __init__(self, family: HiddenGoal, yardsticks: Mapping[str, Tensor], index: int = 0, **options: Any) -> None:
        self.maps = BeliefSide(family, index=index)
        super().__init__(family, yardsticks, self.maps, **options)

    def judge(self, agent: Agent) -> tuple[np.ndarray, Trial]:
        found = super().judge(agent)
        if self.maps.beliefs is None:  # the first to be judged is the learner's own agent
            player: Any = agent
            self.maps.beliefs = player.beliefs()
        return found

    def _draw_trial(self, learner: Any) -> None:
        self.maps.beliefs = None
        super()._draw_trial(learner)


def acting_view(family: HiddenGoal, yardsticks: Mapping[str, Tensor]) -> TrialsView:
    """A `TrialsView` with the paths of one trial below: for a policy whose belief is exact, so that there is nothing to compare."""
    return TrialsView(family, yardsticks, PathsSide(family))


class BeliefLearningView:
    """Upper left: cross-entropy over iterations. Upper right: how far the belief is from the exact one, step by step. Below: one trial.

    Args:
        family: the grid.
        goal: of the trial that is shown; it is played by the Bayes-optimal agent, which the encoder has never seen walking.
        trials: of wandering, on which the belief is judged.
        every: it is judged anew after so many iterations.
    """

    size = (9.6, 7.0)

    def __init__(self, family: HiddenGoal, goal: int = 9, trials: int = 200, every: int = 3) -> None:
        self.family, self.every, self.side = family, every, BeliefSide(family)
        rng = generator(PLAYING_SEED)
        self.tasks = family.sample_tasks(trials, rng)
        self.trial = play_trial(family, self.tasks, Wanderer(family), rng)
        self.exact = belief_along(family, self.trial)
        right = self.tasks.goal[:, None, None, None].expand(*self.trial.reward.shape, 1)
        best = -self.exact.gather(-1, right).log().mean().item()
        self.heights = {LEARNERS["belief"]: best, "knows nothing": float(np.log(len(family.goal_cells)))}
        self.shown_task = HiddenGoalTask(torch.tensor([goal]))
        self.shown = play_trial(family, self.shown_task, BayesOptimal(family), rng)
        self._judged: tuple[int, Any] = (-1, None)
        self._of: Any = None
        self._words = ""

    def setup(self, figure: Figure) -> Sequence[Artist]:
        rows = figure.add_gridspec(2, 1, height_ratios=(3.5, self.side.height))
        top = rows[0].subgridspec(1, 2)
        self.curve, self.within = figure.add_subplot(top[0]), figure.add_subplot(top[1])
        self.curve.set(title="Learning to say where the goal is", xlabel="iteration", ylabel="cross-entropy (nats)")
        self.line = self.curve.plot([], [], color=BLUE, linewidth=2.2)[0]
        self.yardsticks, self.marks = Yardsticks(self.curve), ChangeMarks(self.curve)
        self.within.set(title="Distance to the exact belief", xlabel="steps of the trial", ylabel="KL(exact ‖ learned) (nats)")
        steps = self.exact.shape[1] * self.exact.shape[2]
        set_limits(self.within, x=(0.0, float(steps)), y=(-0.1, 3.5))
        self.within.set_xticks(range(0, steps + 1, self.family.horizon))
        looks: list[Look] = [{**BEFORE, "linewidth": 1.5}, NOW]
        self.before, self.now = (self.within.plot([], [], **look)[0] for look in looks)
        handles = [Line2D([], [], **look) for look in looks]
        self.within.legend(handles, ["before training", "now"], loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
        return [self.line, self.before, self.now, *self.side.setup(figure, rows[1])]

    def update(self, runner: "Runner") -> None:
        values = np.array([numbers["cross_entropy"] for numbers in runner.history])
        n = len(values)
        self.line.set_data(np.arange(1, n + 1), values)
        old = (self.curve.get_xlim(), self.curve.get_ylim()) if n > 1 else (None, None)
        set_limits(self.curve, x=grow(0, max(n, 40), old[0]), y=grow(0, max([3.3, *values]), old[1]))
        self.yardsticks.set(self.heights)
        self.marks.set(runner.changes)
        learner: Any = runner.learner
        iteration, of = self._judged
        if of is learner and iteration <= learner.iteration < iteration + self.every and runner.state == "running":
            return
        self._judged = learner.iteration, learner
        if learner is not self._of:
            fresh: Any = runner.make_learner(runner.seed)
            self._of = learner
            self.before.set_data(*self._distances(fresh.belief()))
        self._judge(learner, values[-1] if n else None)

    def _judge(self, learner: Any, cross_entropy: float | None) -> None:
        belief = learner.belief()
        steps, distances = self._distances(belief)
        self.now.set_data(steps, distances)
        self.side.beliefs = believe_along(belief, self.shown)
        self.side.show(self.shown, self.shown_task)
        compare = ", ".join(f"{name} {height:.2f}" for name, height in self.heights.items())
        trained = (
            "Nothing has been trained yet." if cross_entropy is None else f"cross-entropy {cross_entropy:.2f} (to compare: {compare})."
        )
        self._words = (
            f"Iteration {learner.iteration}: {trained} On {len(self.tasks.goal)} fixed trials the learned belief is {distances.mean():.2f} "
            f"nats from the exact one, on average over all steps. {self.side.summary()}"
        )

    def _distances(self, belief: Belief) -> tuple[np.ndarray, np.ndarray]:
        """After each step: the mean distance over the trials."""
        found = divergence(self.exact, believe_along(belief, self.trial)).mean(0).flatten().cpu().numpy()
        return np.arange(1, len(found) + 1), found

    def summary(self) -> str:
        return self._words
