"""Skills that are found without a reward: where they lead, which one is guessed where, and how well they can be told apart."""

import math
from typing import Any

import numpy as np
import torch
from matplotlib.colors import to_rgb

from dremeta_lite.lab.looks import DASHED, INDIGO, NOW, TASK_COLOURS, WINE, Look
from dremeta_lite.lab.parts import Artist, Axes, Gliding, Handle, History, Line, Row
from dremeta_lite.lab.style import GREY, INK
from dremeta_lite.lab.views.navigation import STAR, Flat
from dremeta_lite.learner import generator
from dremeta_lite.meta.skills import SkillDiscovery
from dremeta_lite.networks import detach
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.tasks.practice import Practice

COLOURS = [*TASK_COLOURS.values(), WINE, INDIGO]
LOOKING_SEED, PATHS, CELLS, EDGE, PALE = 5, 3, 60, 1.0, 0.35


class SkillMap(Flat):
    """Three paths of each skill, which end in its number, over what q would guess where: the fainter, the less sure it is. The dashed
    square is that of Navigation2D's goals. The star can be dragged."""

    handles = (Handle("place", x="place_x", y="place_y", mark="star"),)

    def __init__(self, practice: Practice) -> None:
        super().__init__("Paths of each skill, over q's guesses", EDGE)
        self.colours = [COLOURS[i % len(COLOURS)] for i in range(practice.skills)]
        self.hues = PALE * (1 - np.array([to_rgb(colour) for colour in self.colours]))
        self.gliding = Gliding()
        self.glide = self.gliding.glide

    def setup(self, axes: Axes) -> list[Artist]:
        self.shades = axes.imshow(np.ones((CELLS, CELLS, 3)), extent=(-EDGE, EDGE, -EDGE, EDGE), origin="lower", zorder=0)
        looks: dict[str, Look] = {"goals": {"color": GREY, "linewidth": 1, "linestyle": DASHED, "zorder": 1}}
        looks |= {f"skill {i}": {"color": colour, "linewidth": 1.3, "zorder": 3} for i, colour in enumerate(self.colours, 1)}
        for i, colour in enumerate(self.colours, 1):
            number: Look = {"marker": f"$\\mathbf{{{i}}}$", "ls": "", "ms": 7 if i < 10 else 10}
            looks |= {f"around {i}": {**number, "color": "white", "mew": 2.5, "zorder": 4}}
            looks |= {f"end {i}": {**number, "color": colour, "mew": 0, "zorder": 5}}
        moving = self.flat(axes, {**looks, "place": {**STAR, "color": INK, "zorder": 6}})
        axes.grid(False)
        side = Navigation2D.goal_range * np.array([-1, 1, 1, -1, -1])
        self.drawn["goals"].set_data(side, np.roll(side, 1)[[0, 1, 2, 3, 0]])
        return [self.shades, *moving]

    def update(self, now: Any) -> None:
        learner: SkillDiscovery = now.learner
        self.gliding.update(self, now, lambda: self.look(learner))
        x, y = learner.hyper.place_x, learner.hyper.place_y
        self.drawn["place"].set_data([x], [y])
        chance = self.guess(learner, torch.tensor([[x, y]], device=learner.device))[0]
        i, k = int(chance.argmax()), len(chance)
        self._words = (
            f"At the star, at x = {x:.2f} and y = {y:.2f}, q guesses skill {i + 1} of {k} with probability {chance[i]:.2f}: being there "
            f"pays that skill {math.log(k * chance[i]):.2f} nats."
        )

    def look(self, learner: SkillDiscovery) -> None:
        """See where the skills lead now, and what q would guess in each cell of the map."""
        k = len(self.colours)
        skill = torch.arange(k, device=learner.device).repeat_interleave(PATHS)
        rollout = learner.walk(detach(learner.theta), skill, generator(LOOKING_SEED))
        xy = torch.nn.functional.pad(rollout.next_observation[..., :2], (0, 0, 1, 0))  # from the origin
        gaps = torch.nn.functional.pad(xy, (0, 0, 0, 1), value=torch.nan).view(k, -1, 2).cpu().numpy()  # one between two paths
        for i, (path, ends) in enumerate(zip(gaps, xy[:, -1].view(k, PATHS, 2).cpu().numpy(), strict=True), 1):
            for name, line in ((f"skill {i}", path), (f"around {i}", ends), (f"end {i}", ends)):
                self.drawn[name].set_data(*line.T)
        side = (torch.arange(CELLS, device=learner.device) + 0.5) / CELLS * 2 * EDGE - EDGE
        chance = self.guess(learner, torch.cartesian_prod(side, side).flip(-1))
        sure = (chance.max(-1, keepdims=True) * k - 1) / (k - 1)
        self.shades.set_data((1 - sure * self.hues[chance.argmax(-1)]).reshape(CELLS, CELLS, 3))

    @torch.no_grad()
    def guess(self, learner: SkillDiscovery, places: torch.Tensor) -> np.ndarray:
        """q(z | s) at places [n, 2]: an array [n, K]."""
        return learner.guesser.log_q(places).exp().cpu().numpy()


class SkillsView(Row):
    """Left: the map of the skills. Right: how much the visited states say about the skill, between nothing and all there is to know."""

    def __init__(self, practice: Practice) -> None:
        heights = {"log K, all told apart": math.log(practice.skills), "no skill told apart": 0.0}
        words = "the bound is {information:.2f} nats, and q guesses the skill in {guessed:.0%} of the states"
        labels: Any = {"title": "Lower bound of the mutual information", "ylabel": "E [log q(z|s') - log p(z)] (nats)", "words": words}
        self.curves = History([Line("information", NOW)], heights, room=60, form=".2f", **labels)
        self.map = SkillMap(practice)
        super().__init__(self.map, self.curves, widths=(1, 1.25), size=(10.4, 4.5))
