"""Look for the hidden goal yourself, and see after each step what can be known of it. And replay what agents have done, by a slider."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dremeta_lite.agents.exact_belief import prior_belief, update_belief
from dremeta_lite.lab.by_hand import ByHand, TrialByHand
from dremeta_lite.lab.controls import menu
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.views.belief import ReplayHyper, ReplayView, Walked, WalkView
from dremeta_lite.tasks.hidden_goal import HiddenGoal

WORDS = ("Stay", "Up", "Right", "Down", "Left")  # in the order of the family's actions


class Search(TrialByHand):
    """A trial with a hidden goal that a person plays, and the exact belief.

    Attributes:
        cells: of the present episode.
        belief: what can be known.
        left: how many cells can be the goal, before the first step and after each.
        goal: its cell, once it is known.
    """

    family: HiddenGoal

    def reset(self) -> None:
        super().reset()
        self.belief, self.cells, self.left = prior_belief(self.family, 1)[0], [self.family.start], [len(self.family.goal_cells)]

    def act(self, action: int, /) -> bool:
        if not super().act(action):
            return False
        if len(self.rewards) % self.family.horizon == 1:
            self.cells = [self.family.start]
        self.belief = update_belief(self.belief, self.state[0], torch.tensor(self.rewards[-1] > 0))
        self.cells.append(int(self.state))
        self.left.append(int((self.belief > 0).sum()))
        return True

    @property
    def goal(self) -> int | None:
        return int(self.belief.argmax()) if self.left[-1] == 1 else None


class BeliefPlay(ByHand):
    """Buttons to walk with, and the belief as a heat map. The letters w, a, s, d walk too, and x stays.

    Args:
        sample: the actions that are played where nobody can press a button.
    """

    view: WalkView
    again = ("New trial", "another hidden goal, and nothing known")
    over = "The trial is over. Press New trial for another goal."
    letters = "xwdsa"

    def __init__(self, family: HiddenGoal, *, name: str = "belief-play", seed: int = 0, sample: Sequence[int] = (1, 1, 2, 1)) -> None:
        self.trial = Search(family, seed)
        buttons = {word: f"one step: {word.lower()}" for word in WORDS}
        super().__init__(name, self.trial, WalkView(self.trial), buttons, sample=sample)


class Replay(Explorer):
    """A slider through trials that have been played: the belief at each moment, and what it says of the true goal.

    Args:
        trials: by name; with more than one there is a menu. All have the same beliefs, by name.
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
