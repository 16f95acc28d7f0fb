"""Play a bandit yourself: a button an arm, a picture of what can be known, and rivals that play the same bandit."""

from collections.abc import Mapping, Sequence
from typing import Any

from dremeta_lite.compare import chances
from dremeta_lite.lab.by_hand import ByHand, TrialByHand
from dremeta_lite.lab.views.bandit import PullsView
from dremeta_lite.learner import generator
from dremeta_lite.tasks.bandit import Bandit
from dremeta_lite.trials import Agent, play_trial


class BesideRivals(TrialByHand):
    """A bandit that a person plays. After the last pull the rivals play it, too: the same arms, but each with its own luck.

    Attributes:
        played: the rewards of each rival in the present bandit, once it is over.
        tally: for each finished bandit, what "you" and each rival earned: the rewards, and the chances of the arms that were pulled.
    """

    def __init__(self, family: Bandit, seed: int, rivals: Mapping[str, Agent]) -> None:
        self.rivals, self.luck = rivals, generator(seed)
        self.tally: list[dict[str, tuple[float, float]]] = []
        super().__init__(family, seed)

    def reset(self) -> None:
        super().reset()
        self.played: dict[str, list[float]] = {}

    def act(self, action: int, /) -> bool:
        acted = super().act(action)
        if acted and self.over and self.rivals:
            pays: Any = self.task.probability[0]
            trials = {name: play_trial(self.family, self.task, agent, self.luck) for name, agent in self.rivals.items()}
            self.played = {name: trial.reward.flatten().tolist() for name, trial in trials.items()}
            earned = {"you": (sum(self.rewards), pays[self.actions].sum().item())}
            earned |= {name: (sum(self.played[name]), chances(trial, self.task).sum().item()) for name, trial in trials.items()}
            self.tally.append(earned)
        return acted

    def told(self) -> str:
        """The tally in a sentence; nothing before the first bandit is over."""
        if not self.tally:
            return ""
        n = len(self.tally)
        means = {who: [sum(each[who][i] for each in self.tally) / n for i in (0, 1)] for who in self.tally[0]}
        each = "; ".join(f"{who} {paid:.1f} and {worth:.1f}" for who, (paid, worth) in means.items())
        return f" In {n} {'bandits' if n > 1 else 'bandit'}, the mean of the rewards and of what the pulled arms pay on average: {each}."


class PlayBandit(ByHand):
    """Buttons to pull arms with, and the picture.

    Args:
        seed: draws the bandits.
        rivals: agents by name, which play each bandit after the person has; a tally is kept.
        sample: the arms (from 0) that are pulled where nobody can press a button.
    """

    view: PullsView
    again = ("New one", "other arms, with other chances")
    over = "No pull is left. Press New one for another bandit."

    def __init__(
        self,
        family: Bandit,
        name: str = "play-bandit",
        seed: int = 0,
        rivals: Mapping[str, Agent] | None = None,
        sample: Sequence[int] = (0, 1, 2, 3, 4, 0, 0),
    ) -> None:
        self.trial = BesideRivals(family, seed, rivals or {})
        buttons = {f"Arm {arm}": f"pull arm {arm}" for arm in range(1, family.arms + 1)}
        super().__init__(name, self.trial, PullsView(self.trial), buttons, sample=[arm for arm in sample if arm < family.arms])
