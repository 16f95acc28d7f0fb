"""Play a bandit yourself: a button an arm, and a picture of what can be known."""

from collections.abc import Sequence

from dremeta_lite.lab.by_hand import ByHand, TrialByHand
from dremeta_lite.lab.views.bandit import PullsView
from dremeta_lite.tasks.bandit import Bandit


class PlayBandit(ByHand):
    """Buttons to pull arms with, and the picture.

    Args:
        seed: draws the bandits.
        sample: the arms (from 0) that are pulled where nobody can press a button.
    """

    view: PullsView

    def __init__(self, family: Bandit, name: str = "play-bandit", seed: int = 0, sample: Sequence[int] = (0, 1, 2, 3, 4, 0, 0)) -> None:
        self.trial = TrialByHand(family, seed)
        super().__init__(
            name,
            self.trial,
            PullsView(self.trial),
            {f"Arm {arm}": f"pull arm {arm}" for arm in range(1, family.arms + 1)},
            ("New one", "other arms, with other chances"),
            "No pull is left. Press New one for another bandit.",
            sample=[arm for arm in sample if arm < family.arms],
        )
