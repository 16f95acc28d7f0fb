"""Poles on carts: learners in training, with what they do in the same four seconds; and trained agents at work, under a hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from dremeta_lite.compare.acting import Acting
from dremeta_lite.lab.looks import Look, looks
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Gliding, History, Line, Part, Row
from dremeta_lite.lab.style import GREY, INK, PALE
from dremeta_lite.learner import generator
from dremeta_lite.tasks.pole import PoleOnCart, PoleTask
from dremeta_lite.trials import Agent, play_trial

LOOKING_SEED, EVERY, HIGH = 5, 2, 1.35  # a pole is drawn after so many steps; rows are so far apart, in lengths of the pole
LEAN = 0.35  # seconds on the time axis that are as long as the pole
MOTORS = {"motor right": 1.0, "motor reversed": -1.0}
REVERSE = "r"


class Strobe(Part):
    """The pole of each agent over four seconds, as if a flash had lit it again and again: upright, leaning, fallen. Crosses are falls."""

    def __init__(self, rows: Mapping[str, Look]) -> None:
        self.rows, self._words = rows, ""

    def setup(self, axes: Axes) -> list[Artist]:
        heights = HIGH * np.arange(len(self.rows))[::-1]
        axes.set(title="The same two poles, now", xlabel="time (s)", xlim=(-0.1, 4.3), ylim=(-0.35, HIGH * len(self.rows)))
        axes.set_yticks(heights + 0.5, list(self.rows))
        axes.grid(False)
        for height in heights:
            axes.axhline(height, color=PALE, linewidth=1, zorder=0)
        self.heights = dict(zip(self.rows, heights, strict=True))
        sticks: dict[str, Look] = {row: {"color": look["color"], "linewidth": 1.6} for row, look in self.rows.items()}
        cross: Look = {"color": INK, "linestyle": "", "marker": "x", "ms": 6, "mew": 1.8}
        return self.lines(axes, {**sticks, **{f"falls of {row}": cross for row in self.rows}})

    def show(self, tilts: Mapping[str, np.ndarray], fallen: Mapping[str, np.ndarray], when: str) -> None:
        """Set the tilts (rad) and the falls (True or False) of each row, step by step, and say when that was."""
        for row, tilt in tilts.items():
            time, height = np.arange(len(tilt)) * PoleOnCart.time_step * PoleOnCart.substeps, self.heights[row]
            t, angle = time[::EVERY], tilt[::EVERY]
            gap = np.full_like(t, np.nan)
            x, y = np.stack([t, t + LEAN * np.sin(angle), gap], -1), np.stack([0 * t, np.cos(angle), gap], -1)
            self.drawn[row].set_data(x.ravel(), height + y.ravel())
            fell = time[fallen[row]]
            self.drawn[f"falls of {row}"].set_data(fell, np.full_like(fell, height))
        self._words = (
            f"In four seconds, {when}: "
            + ", ".join(f"{row} {fell.sum():.0f} falls".replace("\n", " ") for row, fell in fallen.items())
            + "."
        )


class PolesView(Row):
    """Left: the return in held-out tasks while several learners train side by side. Right: what each of them does now with one pole whose
    motor is right and one whose motor is reversed. For a `SideBySide` on `PoleOnCart`.

    Args:
        names: of the learners.
        yardsticks: returns to compare with, by name.
    """

    def __init__(self, names: Sequence[str], yardsticks: Mapping[str, float]) -> None:
        found = looks(names)
        labels: Any = {"title": "In tasks never met", "xlabel": "turn (an iteration of each)", "ylabel": "return (sum of rewards)"}
        lines = [Line(name, {**look, "marker": ""}, name) for name, look in found.items()]
        self.curve = History(lines, yardsticks, room=70, span=(-5.5, 5.0), form=".2f", where=BELOW, **labels)
        self.strobe = Strobe({f"{name},\n{motor}": look for name, look in found.items() for motor in MOTORS})
        self.gliding = Gliding()
        self.strobe.glide = self.gliding.glide
        super().__init__(self.curve, self.strobe, widths=(1, 1.45), size=(10.4, 4.4))

    def update(self, now: Any = None) -> None:
        self.curve.update(now)
        self.gliding.update(self.strobe, now, lambda: self.look(now.learner))

    def look(self, learner: Any) -> None:
        """See what each learner does with its two poles."""
        tilts, fallen = {}, {}
        for name, each in learner.learners.items():
            for motor, path in zip(MOTORS, watched(learner.family, each.agent(greedy=True)), strict=True):
                row = f"{name},\n{motor}"
                tilts[row], fallen[row] = path[:, 2].numpy(), learner.family.fallen(path).numpy()
        self.strobe.show(tilts, fallen, f"in turn {learner.iteration}")


def watched(family: PoleOnCart, agent: Agent) -> torch.Tensor:
    """The states that an agent goes through in four seconds, with the motor right and reversed: [2, step, 4]."""
    tasks = PoleTask(torch.tensor(list(MOTORS.values())), torch.tensor([0.5, 0.5]))
    trial = play_trial(family, tasks, agent, generator(LOOKING_SEED), 1)
    return trial.next_observation[:, 0].cpu() * torch.tensor(family.scale)


class Carts(Part):
    """The carts of several agents, one above the other. A click, or the key r, reverses all their motors."""

    def __init__(self, found: Mapping[str, Look]) -> None:
        self.found, self.keys = found, {REVERSE: "reverse the motor"}
        self.reversed = False
        self.clicked = lambda x, y: self.turn()
        self.pressed = lambda key: self.turn()

    def read(self, x: float, y: float) -> str:
        """Nothing: the poles move on under the pointer."""
        return ""

    def turn(self) -> None:
        """Reverse the motor."""
        self.move({"reversed_motor": not self.reversed})

    def setup(self, axes: Axes) -> list[Artist]:
        heights = HIGH * np.arange(len(self.found))[::-1]
        axes.set(title="The poles (click: reverse the motor)", xlabel="position (m)", xlim=(-2.8, 2.8), ylim=(-0.3, HIGH * len(self.found)))
        axes.set_yticks(heights + 0.45, list(self.found))
        axes.grid(False)
        self.heights = dict(zip(self.found, heights, strict=True))
        looked: dict[str, Look] = {}
        for name, look in self.found.items():
            axes.axhline(self.heights[name] - 0.1, color=PALE, zorder=0)
            looked[name] = {"color": look["color"], "linewidth": 5, "solid_capstyle": "round"}
            looked[f"cart of {name}"] = {"color": INK, "linewidth": 10, "solid_capstyle": "butt"}
        for wall in (-PoleOnCart.track, PoleOnCart.track):
            axes.axvline(wall, color=GREY, linewidth=1, linestyle=":")
        return self.lines(axes, looked)

    def show(self, states: Mapping[str, Sequence[float]]) -> None:
        """Set position, speed, tilt and spin of each."""
        for name, (x, _, tilt, _) in states.items():
            low = self.heights[name]
            self.drawn[name].set_data([x, x + np.sin(tilt)], [low, low + np.cos(tilt)])
            self.drawn[f"cart of {name}"].set_data([x - 0.25, x + 0.25], [low, low])


class ActingView(Row):
    """Left: the carts. Right: how often each pole has fallen in the last two seconds; a mark shows where the motor was reversed. For an
    `Acting`.

    Args:
        names: of the agents.
    """

    def __init__(self, names: Sequence[str]) -> None:
        found, self._words = looks(names), ""
        self.carts = Carts(found)
        labels: dict[str, Any] = {"title": "Falls", "xlabel": "step (0.04 s)", "ylabel": "share of the last 50 steps"}
        labels |= {"limits": (-0.01, 0.26)}
        lines = [Line(f"fell {name}", {**look, "marker": ""}, name, window=50) for name, look in found.items()]
        self.falls = History(lines, room=200, form=".2f", where=BELOW, nothing="Nothing has happened yet.", **labels)
        super().__init__(self.carts, self.falls, widths=(1.25, 1), size=(10.4, 4.4))

    def update(self, now: Any = None) -> None:
        super().update(now)
        acting: Acting = now.learner
        self.carts.reversed = acting.hyper.reversed_motor
        self.carts.show({name: world.state[0].tolist() for name, world in acting.worlds.items()})
        fallen = ", ".join(f"{name} {n}" for name, n in acting.falls.items())
        motor = "reversed" if self.carts.reversed else "as at the beginning"
        self._words = f"Falls so far: {fallen}. The motor is {motor}; the head weighs {acting.hyper.head:.2g} kg."
