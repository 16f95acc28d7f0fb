"""Play a bandit yourself: a button an arm, and a picture of what can be known."""

import html
from collections.abc import Sequence

import ipywidgets as widgets

from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.notebook import place
from dremeta_lite.lab.views.bandit import Pulls, PullsView
from dremeta_lite.tasks.bandit import Bandit


class PlayBandit(Explorer):
    """Buttons to pull arms with, and the picture.

    Args:
        family: the bandit.
        name: tells this panel from others on the page.
        seed: of the first bandit.
        sample: the arms (from 0) that are pulled where nobody can press a button.
    """

    view: PullsView

    def __init__(self, family: Bandit, name: str = "play-bandit", seed: int = 0, sample: Sequence[int] = (0, 1, 2, 3, 4, 0, 0)) -> None:
        self.pulls, self.sample = Pulls(family, seed), [arm for arm in sample if arm < family.arms]
        self.buttons = [self._button(arm) for arm in range(family.arms)]
        self.reset = widgets.Button(description="New one", tooltip="other arms, with other chances")
        self.reset.on_click(lambda _: self._reset())
        row = widgets.HBox([*self.buttons, self.reset])
        row.add_class("dremeta-buttons")
        super().__init__(name, HyperParameters(), PullsView(self.pulls), [], above=[row])

    def _button(self, arm: int) -> widgets.Button:
        button = widgets.Button(description=f"Arm {arm + 1}", tooltip=f"pull arm {arm + 1}")
        button.on_click(lambda _: self._pull(arm))
        return button

    def show(self) -> None:
        """Display it; where nobody can press a button, a short sample is played first."""
        if place() == "headless" and not self.pulls.arms:
            for arm in self.sample:
                self.pulls.pull(arm)
        super().show()

    def paint(self) -> bytes:
        png = super().paint()
        self.summary.value = f'<p class="dremeta-summary" role="status">{html.escape(self.view.summary())}</p>'
        return png

    def _pull(self, arm: int) -> None:
        done = self.pulls.pull(arm)
        self._complain("" if done else "No pull is left. Press New one for another one.")
        self.paint()

    def _reset(self) -> None:
        self.pulls.reset()
        self._complain("")
        self.paint()
