"""Look for the hidden goal yourself, and see after each step what can be known of it. And replay what agents have done, by a slider."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dremeta_lite.agents.exact_belief import prior_belief, update_belief
from dremeta_lite.lab.by_hand import ByHand
from dremeta_lite.lab.controls import menu
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.views.belief import ReplayHyper, ReplayView, Walked, WalkView
from dremeta_lite.learner import generator
from dremeta_lite.tasks.hidden_goal import HiddenGoal

WORDS = ("Stay", "Up", "Right", "Down", "Left")  # in the order of the family's actions
KEYS = "xwdsa"


class TrialByHand:
    """A trial that a person plays: the hidden goal, all that has happened, and the exact belief.

    Args:
        family: a hidden-goal grid.
        seed: draws the goals.
    """

    def __init__(self, family: HiddenGoal, seed: int = 0) -> None:
        self.family, self.rng = family, generator(seed)
        self.reset()

    def reset(self) -> None:
        """Begin a new trial: another goal, nothing known."""
        self.task = self.family.sample_tasks(1, self.rng)
        self.belief = prior_belief(self.family, 1)[0]
        self.goal: int | None = None
        self.cells, self.rewards, self.left = [self.family.start], [], [int((self.belief > 0).sum())]

    def act(self, action: int) -> bool:
        """Take a step; False if the trial is over and nothing was done. After an episode's last step the next one begins at the start."""
        if self.over:
            return False
        if len(self.rewards) % self.family.horizon == 0:
            self.cells = [self.family.start]
        state, choice = torch.tensor([self.cells[-1]]), torch.tensor([action])
        cell = self.family.transition(state, choice)
        reward = self.family.reward(state, choice, cell, None, self.task)
        self.belief = update_belief(self.belief, cell[0], reward[0] > 0)
        self.cells.append(int(cell))
        self.rewards.append(reward.item())
        self.left.append(int((self.belief > 0).sum()))
        if self.left[-1] == 1:
            self.goal = int(self.belief.argmax())
        return True

    @property
    def begun(self) -> bool:
        """Whether a step has been taken."""
        return bool(self.rewards)

    @property
    def over(self) -> bool:
        return len(self.rewards) == self.family.horizon * self.family.episodes

    def returns(self) -> list[float]:
        """Of each episode so far."""
        H = self.family.horizon
        return [sum(self.rewards[i : i + H]) for i in range(0, len(self.rewards), H)]


class BeliefPlay(ByHand):
    """Buttons to walk with, and the belief as a heat map. The letters w, a, s, d walk too, and x stays.

    Args:
        family: a hidden-goal grid.
        name: tells this panel from others on the page.
        seed: of the goals.
        sample: the actions that are played where nobody can press a button.
    """

    view: WalkView

    def __init__(self, family: HiddenGoal, *, name: str = "belief-play", seed: int = 0, sample: Sequence[int] = (1, 1, 2, 1)) -> None:
        self.trial = TrialByHand(family, seed)
        super().__init__(
            name,
            self.trial,
            WalkView(self.trial),
            {word: f"one step: {word.lower()}" for word in WORDS},
            ("New trial", "another hidden goal, and nothing known"),
            "The trial is over. Press New trial for another goal.",
            keys=KEYS,
            sample=sample,
        )


class Replay(Explorer):
    """A slider through trials that have been played: the belief at each moment, and what it says of the true goal.

    Args:
        family: a hidden-goal grid.
        trials: by name; with more than one there is a menu. All have the same beliefs, by name.
        name: tells this panel from others on the page.
        step: the moment shown first.
    """

    hyper: ReplayHyper
    view: ReplayView

    def __init__(self, family: HiddenGoal, trials: Mapping[str, Walked], *, name: str = "replay", step: int = 0) -> None:
        self.trials = trials
        names = list(trials)
        self.menu = menu("trial of", names, names[0])
        self.menu.observe(self._choose, "value")
        hyper = ReplayHyper(step=step)
        super().__init__(name, hyper, ReplayView(family, hyper, next(iter(trials.values()))), ["step"], [self.menu])

    def _choose(self, change: Mapping[str, Any]) -> None:
        self.view.trial = self.trials[change["new"]]
        self.paint()
