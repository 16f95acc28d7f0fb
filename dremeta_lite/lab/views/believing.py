"""A belief while it is learned, beside the exact one: from moment to moment of one trial, and over training.

    BeliefLearningView(family)                              an encoder that is told the answers
    TrialsView(family, yardsticks, PathsSide(family))       an agent that is told the exact belief
    TrialsView(family, yardsticks, BeliefSide(family))      an agent that acts on what it believes

The first fits a `BeliefEncoder`; the others what fits a `TrialsView`, the last one if its agents have `beliefs()`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from dremeta_lite.agents.exact_belief import belief_along
from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.lab.looks import BEFORE, NOW, Look
from dremeta_lite.lab.parts import Artist, Column, History, Line, Row
from dremeta_lite.lab.views.belief import OverSteps
from dremeta_lite.lab.views.hidden_goal import HiddenGoalMap, path_until
from dremeta_lite.lab.views.trials import BEGUN, BeforeAndNow
from dremeta_lite.learner import generator
from dremeta_lite.meta.belief_encoder import Wanderer, divergence
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.titles import LEARNERS
from dremeta_lite.trials import Trial, play_trial
from dremeta_lite.world.bayes_optimal import BayesOptimal

MOMENTS = (3, 9, 15, 18, 22, 45)


class BeliefSide(Column):
    """Heat maps of one trial at a few moments: above the exact belief, below the learned one. Fits below a `TrialsView`.

    Args:
        moments: after how many steps of the trial.
        index: which one of the trial's tasks is shown.
    """

    height = 3.5

    def __init__(self, family: HiddenGoal, moments: Sequence[int] = MOMENTS, index: int = 0) -> None:
        self.family, self.moments, self.index = family, moments, index
        self.exact, self.learned = ([HiddenGoalMap(family, small=True) for _ in moments] for _ in range(2))
        super().__init__(Row(*self.exact), Row(*self.learned))

    def setup(self, figure: Figure, place: Any = None) -> list[Artist]:
        moving = super().setup(figure, place)
        for name, row in (("exact", self.exact), ("learned", self.learned)):
            row[0].axes.set_ylabel(name)
        for part, moment in zip(self.exact, self.moments, strict=True):
            part.axes.set_title(f"step {moment}", fontsize=10, fontweight="normal", loc="center")
        return moving

    def show(self, trial: Trial, task: HiddenGoalTask, agent: Any) -> None:
        """Show what the agent believed in one task of a batch, while it played them."""
        self.compare(trial, task, agent.beliefs())

    def compare(self, trial: Trial, task: HiddenGoalTask, beliefs: Float[Tensor, "task episode time cell"]) -> None:
        """Show what was believed after each step, in one task of a batch."""
        goal, cells = int(task.goal[self.index]), trial.next_observation[self.index]
        exact, learned = (b[self.index].flatten(0, 1) for b in (belief_along(self.family, trial), beliefs))
        for above, below, moment in zip(self.exact, self.learned, self.moments, strict=True):
            path = path_until(self.family, cells, moment)
            above.show(path, goal, exact[moment - 1])
            below.show(path, goal, learned[moment - 1])
        said = ", ".join(f"{100 * learned[m - 1, goal]:.0f} ({100 * exact[m - 1, goal]:.0f})" for m in self.moments)
        steps = ", ".join(map(str, self.moments))
        self._words = f"In one trial the goal has, after {steps} steps, {said} % of the learned (exact) belief."


class BeliefLearningView(BeforeAndNow):
    """Upper left: cross-entropy over iterations. Upper right: how far the belief is from the exact one, step by step. Below: one trial.

    Args:
        goal: of the trial that is shown; it is played by the Bayes-optimal agent, which the encoder has never seen walking.
        trials: of wandering, on which the belief is judged.
    """

    def __init__(self, family: HiddenGoal, goal: int = 9, trials: int = 200) -> None:
        rng = generator(PLAYING_SEED)
        self.tasks = family.sample_tasks(trials, rng)
        self.trial = play_trial(family, self.tasks, Wanderer(family), rng)
        self.exact = belief_along(family, self.trial)
        right = self.tasks.goal[:, None, None, None].expand(*self.trial.reward.shape, 1)
        best = -self.exact.gather(-1, right).log().mean().item()
        heights = {LEARNERS["belief"]: best, "knows nothing": float(np.log(len(family.goal_cells)))}
        self.shown_task = HiddenGoalTask(torch.tensor([goal]))
        self.shown = play_trial(family, self.shown_task, BayesOptimal(family), rng)
        labels: Any = {"title": "Learning to say where the goal is", "ylabel": "cross-entropy (nats)", "form": ".2f"}
        curve = History([Line("cross_entropy", NOW)], heights, span=(0, 3.3), words="cross-entropy {cross_entropy:.2f}", **labels)
        looks: dict[str, Look] = {BEGUN: {**BEFORE, "linewidth": 1.5}, "now": NOW}
        labels: Any = {"title": "Distance to the exact belief", "ylabel": "KL(exact ‖ learned) (nats)"}
        within = OverSteps(self.exact[0, ..., 0].numel(), family.horizon, looks, ylim=(-0.1, 3.5), **labels)
        super().__init__(curve, within, BeliefSide(family), height=3.1)

    def measure(self, learner: Any) -> np.ndarray:
        """After each step: the mean distance over the trials."""
        return divergence(self.exact, learner.beliefs(self.trial)).mean(0).flatten().cpu().numpy()

    def look(self, learner: Any) -> None:
        now = self.measure(learner)
        self.within.show({BEGUN: self.before, "now": now})
        self.side.compare(self.shown, self.shown_task, learner.beliefs(self.shown))
        judged = f"on {len(self.tasks.goal)} fixed trials the learned belief is {now.mean():.2f} nats from the exact one"
        self._words = f"Iteration {learner.iteration}: {judged}, on average over all steps."
