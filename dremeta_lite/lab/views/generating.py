"""Tasks that are made: what a GAN and a VAE draw, beside the tasks that they were shown."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from dremeta_lite.lab.looks import DASHED, Look
from dremeta_lite.lab.parts import BELOW, Artist, Axes, History, Line, Row, legend
from dremeta_lite.lab.style import BLUE, GREY, INK, ORANGE
from dremeta_lite.lab.views.navigation import Flat
from dremeta_lite.learner import generator
from dremeta_lite.meta.goal_generators import MOST, near
from dremeta_lite.tasks.drawn_goals import RADIUS

DRAWN, LOOKING_SEED = 200, 5
COLOURS = {"GAN": BLUE, "VAE": ORANGE}


class Cloud(Flat):
    """The plane with the tasks shown, hollow, and those that a generator draws. A click adds a task."""

    grain = (0.05, 0.05)

    def __init__(self, name: str, paint: Callable[["Cloud", float, float], None]) -> None:
        super().__init__(f"What the {name} draws")
        self.name, self.colour, self.clicked = name, COLOURS[name], lambda x, y: paint(self, x, y)

    def setup(self, axes: Axes) -> list[Artist]:
        looks: dict[str, Look] = {
            "ring": {"color": GREY, "linewidth": 0.8},
            "drawn": {"color": self.colour, "marker": "o", "ls": "", "ms": 3, "alpha": 0.5},
            "shown": {"color": INK, "marker": "o", "ls": "", "ms": 7, "mfc": "none", "mew": 1.5, "zorder": 4},
        }
        moving = self.flat(axes, looks)
        angle = np.linspace(0, 2 * np.pi, 100)
        self.drawn["ring"].set_data(RADIUS * np.cos(angle), RADIUS * np.sin(angle))
        legend(axes, {"shown": looks["shown"], "drawn": {**looks["drawn"], "alpha": 1}}, BELOW)
        return moving

    def show(self, shown: torch.Tensor, drawn: torch.Tensor) -> None:
        """Set both, goals [n, 2] in plane units."""
        for name, goals in (("shown", shown[:100]), ("drawn", drawn)):
            self.drawn[name].set_data(*goals.cpu().numpy().T)


class GeneratorsView(Row):
    """Left: what the GAN draws. Middle: what the VAE draws. Right: how much of it lies near a true task, and how many of those it comes
    near. A click on a map shows them a task of your own; the first one takes the place of the family's."""

    def __init__(self) -> None:
        self.clouds = [Cloud(name, self.paint) for name in COLOURS]
        self.learner: Any = None
        self.asked = 0
        lines = [
            Line(f"{name.lower()}_{what}", {"color": colour, "linestyle": dash}, f"{name}: {words}", window=5)
            for name, colour in COLOURS.items()
            for what, words, dash in (("precision", "near the ring", DASHED), ("coverage", "ring covered", "-"))
        ]
        shown = lambda learner: {"tasks shown, covered": near(learner.truth, learner.examples())}  # noqa: E731
        labels = {"title": "Is it p(T)?", "ylabel": "share", "limits": (-0.03, 1.05), "form": ".2f"}
        self.curves = History(lines, shown, room=150, where={**BELOW, "ncols": 2}, **labels)
        super().__init__(*self.clouds, self.curves, widths=(1, 1, 1.15), size=(11.6, 4.3))

    def update(self, now: Any = None) -> None:
        super().update(now)
        self.learner = learner = now.learner
        self.asked = max(learner.painted, self.asked if now.state == "running" else 0)  # while it trains, some may still be on their way
        for cloud, draw in zip(self.clouds, (learner.gan, learner.vae), strict=True):
            cloud.show(learner.examples(), draw(DRAWN, generator(LOOKING_SEED)))
        own = f", {min(learner.painted, learner.hyper.examples)} of them painted" if learner.painted else ""
        n = learner.hyper.examples
        self._words = f"{n} task{'s are' if n > 1 else ' is'} shown{own}."

    def paint(self, cloud: Cloud, x: float, y: float) -> None:
        """Show one more task: one of the reader's own, in the place of one of the family's."""
        learner, n = self.learner, self.asked + 1
        if n <= MOST:
            cloud.between_iterations(lambda: learner.show((x, y)))
            self.asked = n
            cloud.move({"examples": n})
