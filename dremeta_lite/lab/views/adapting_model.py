"""A model that adapts: its error over training beside one new pendulum, and agents that plan with it while the motor is reversed."""

import math
from collections.abc import Sequence
from statistics import fmean as mean
from typing import Any

import numpy as np
import torch

from dremeta_lite.compare import tables
from dremeta_lite.lab.looks import BEFORE, LINES, NOW, Look, lines
from dremeta_lite.lab.parts import BELOW, Curves, Gliding, Handle, History, Line, Row
from dremeta_lite.lab.style import GREY, INK, SKY
from dremeta_lite.lab.views.pendulum import AROUND
from dremeta_lite.tasks.family import pick
from dremeta_lite.tasks.pendulum import Pendulum, tip
from dremeta_lite.world import first, true_model

SHOWN, TORQUE = 9, 2.0  # the held-out pendulum that is drawn, and the torque that is asked of it
SEEN: dict[int, Look] = dict(zip((2, 8, 32), (LINES[1], LINES[0], LINES[2]), strict=True))


class AdaptiveModelView(Row):
    """Left: the error in held-out pendulums after 2, 8 and 32 transitions, over iterations. Right: in one of them, by how much a step
    changes the speed at each angle, as it is and as the model has it before any transition and after 2 and 8."""

    def __init__(self) -> None:
        rows = tables.recorded("models that adapt")["rows"]
        recorded = lambda row, n: mean(run["error"][n] for run in rows[row]["runs"])  # noqa: E731
        heights = {"nothing changes": 1.0, "pooled": recorded("pooled", "8"), "known form, after 2": recorded("known", "2")}
        errors = [Line(f"error_{n}", look, f"after {n}") for n, look in SEEN.items()]
        words = "error {error_2:.2f} after 2 transitions, {error_8:.2f} after 8, {error_32:.3f} after 32"
        labels: Any = {"title": "Error in new pendulums", "ylabel": "error (1 = usual change of speed)", "form": ".2f"}
        self.errors = History(errors, heights, log=(1e-3, 1.5), words=words, where=BELOW, **labels)
        looks: dict[str, Look] = {
            "the pendulum": {"color": GREY, "linewidth": 1.4},
            "before": BEFORE,
            "after 2": SEEN[2],
            "after 8": NOW,
            "± 2 sd, after 2": {"color": SKY, "linewidth": 0.8},
            "_below": {"color": SKY, "linewidth": 0.8},
        }
        labels = {"title": f"One of them, torque {TORQUE:g}", "xlabel": "angle (degrees; 0 is upright)"}
        labels |= {"ylabel": "change of speed in a step (rad/s)", "xticks": [-180, -90, 0, 90, 180]}
        self.one = Curves(looks, xlim=(-180, 180), ylim=(-2.6, 2.6), where=BELOW, **labels)
        self.gliding = Gliding()
        self.one.glide = self.gliding.glide
        super().__init__(self.errors, self.one, widths=(1, 1.1), size=(10.4, 3.9))

    def update(self, now: Any = None) -> None:
        super().update(now)
        self.gliding.update(self.one, now, lambda: self.look(now.learner))

    @torch.no_grad()
    def look(self, learner: Any) -> None:
        """See what the model says of the one pendulum that is drawn."""
        angle = torch.linspace(-math.pi, math.pi, 73)
        state, action = torch.stack([angle, 0 * angle], -1)[None], torch.full((1, 73, 1), TORQUE)
        held_out = learner.family.held_out_tasks(SHOWN + 1, learner.device)
        held_out, seen = (pick(each, slice(SHOWN, SHOWN + 1)) for each in (held_out, learner.judged[0]))
        truth = true_model(learner.family, held_out)(state, action)[0, :, 1].numpy()
        said = {n: learner.fit(first(seen, n))(state, action)[0, :, 1].numpy() for n in (0, 2, 8)}
        curves = {"the pendulum": truth, "before": said[0], "after 2": said[2], "after 8": said[8]}
        if hasattr(learner, "sure"):
            spread = 2 * learner.sure(first(seen, 2), state, action)[0].numpy()
            curves |= {"± 2 sd, after 2": said[2] + spread, "_below": said[2] - spread}
        self.one.show(curves, {"no change": 0.0}, x=np.degrees(angle.numpy()))
        wrong = {n: np.abs(y - truth).mean() for n, y in said.items()}
        found = f"{wrong[0]:.2f} before any transition, {wrong[2]:.2f} after 2, {wrong[8]:.2f} after 8"
        self._words = f"In the one drawn, at iteration {learner.iteration}, it is wrong by {found}."


class ReversalView(Row):
    """Left: the pendulums now, one for each way to a model. Middle: the reward of each step. Right: how wrong the models were about the
    next speed. A mark shows where the motor was reversed, or M or the rod was changed. A click on the pendulums reverses the motor, and
    the weight can be dragged along the rod.

    Args:
        ways: their names.
    """

    def __init__(self, ways: Sequence[str]) -> None:
        self.ways, looks = ways, lines(ways)
        thick = {way: 7 - 2 * i for i, way in enumerate(ways)}
        poles: dict[str, Look] = {way: {**look, "linestyle": "-", "linewidth": thick[way]} for way, look in looks.items()}
        poles["_axle"] = {"color": INK, "linestyle": "", "marker": "o", "ms": 6, "zorder": 5}
        self.poles = Curves(poles, where=None, title="The pendulums", xlabel="metres", **AROUND)
        heights = {"upright": 0.0, "hanging": -(math.pi**2)}
        rewards = [Line(f"reward {way}", look, way) for way, look in looks.items()]
        labels: dict[str, Any] = {"title": "Reward of each step", "xlabel": "step", "ylabel": "reward"}
        self.rewards = History(rewards, heights, room=200, form="z.1f", where=BELOW, **labels)
        errors = [Line(f"error {way}", look, window=3) for way, look in looks.items()]
        words = "Error of the next speed: " + ", ".join(f"{way} {{error {way}:.1g}}" for way in ways)
        labels = {"title": "Error of the model", "xlabel": "step", "ylabel": "speed (rad/s)", "form": ".1g", "words": words}
        self.errors = History(errors, log=(1e-4, 2.0), smallest=1e-4, room=200, counted=False, **labels)
        super().__init__(self.poles, self.rewards, self.errors, widths=(0.75, 1.2, 1.1), size=(10.8, 3.8))
        self.reversed, self.length = False, 1.0
        self.poles.clicked = lambda x, y: self.poles.move({"reversed_motor": not self.reversed})

    def update(self, now: Any = None) -> None:
        super().update(now)
        agents = now.learner
        self.reversed = agents.hyper.reversed_motor
        self.length, places = agents.task.length.item(), {}
        length = self.length * agents.hyper.rod
        for way, swinging in agents.swinging.items():
            x, y = (length * c for c in tip(swinging.path[0, swinging.time, 0].item()))
            places[way] = ([0, x], [0, y])
        self.poles.show({**places, "_axle": ([0], [0])})
        (_, x), (_, y) = places[self.ways[0]]
        self.poles.handles = [Handle("weight", at=(x, y), moved=self.drag, step=(0.05, 0.05))]
        earned = ", ".join(f"{way} {earned:.0f}" for way, earned in agents.earned.items())
        motor = "reversed" if self.reversed else "as at the beginning"
        time = next(iter(agents.swinging.values())).time * Pendulum.time_step
        self._words = (
            f"After {time:.2f} s of the episode the returns are: {earned}. M = {agents.hyper.window}; the motor is {motor}, and "
            f"the rod is {length:.2f} m long."
        )

    def drag(self, x: float, y: float) -> None:
        """The weight was dragged there: the rod is then as long."""
        self.poles.move({"rod": math.hypot(x, y) / self.length})
