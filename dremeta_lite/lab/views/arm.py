"""An arm whose motors are miswired: trained agents reach for a target under a hand."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dremeta_lite.compare.acting import Reaching
from dremeta_lite.lab.looks import Look, looks
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Handle, History, Line, Part, Row
from dremeta_lite.lab.style import INK
from dremeta_lite.tasks.arm import MiswiredArm

ROOM = 1.15  # metres to each side of the shoulder


class Arms(Part):
    """The arms of several agents on the same table. The star is dragged; the key x crosses the wires, r reverses the shoulder's motor."""

    handles = (Handle("target", x="target_x", y="target_y", mark="star"),)

    def __init__(self, found: Mapping[str, Look]) -> None:
        self.found, self.wiring = found, dict[str, bool]()
        self.names = {"x": "crossed", "r": "reversed_shoulder"}
        self.keys = {"x": "cross the wires", "r": "reverse the motor of the shoulder"}
        self.pressed = lambda key: self.move({self.names[key]: not self.wiring[self.names[key]]})

    def setup(self, axes: Axes) -> list[Artist]:
        axes.set(
            title="The table (drag the star; x: cross the wires)", xlabel="metres", xlim=(-ROOM, ROOM), ylim=(-ROOM, ROOM), aspect="equal"
        )
        arms = {name: {"color": look["color"], "linewidth": 5, "marker": "o", "ms": 5} for name, look in self.found.items()}
        return self.lines(axes, {**arms, "target": {"color": INK, "linestyle": "", "marker": "*", "ms": 14}})

    def show(self, angles: Mapping[str, Sequence[float]], target: tuple[float, float]) -> None:
        """Set both angles of each arm, and the target."""
        for name, (shoulder, elbow) in angles.items():
            along = [shoulder, shoulder + elbow]
            x, y = ([MiswiredArm.length * f(a) for a in along] for f in (math.cos, math.sin))
            self.drawn[name].set_data([0, x[0], sum(x)], [0, y[0], sum(y)])
        self.drawn["target"].set_data([target[0]], [target[1]])


class ReachingView(Row):
    """Left: the arms. Right: how far each hand is from the target; marks show where something was moved. For a `Reaching`.

    Args:
        names: of the agents.
    """

    def __init__(self, names: Sequence[str]) -> None:
        found, self._words = looks(names), ""
        labels: dict[str, Any] = {
            "title": "Distance from the target",
            "xlabel": "step (0.04 s)",
            "ylabel": "metres",
            "limits": (-0.05, 2.05),
        }
        lines = [Line(f"away {name}", {**look, "marker": ""}, name) for name, look in found.items()]
        self.arms = Arms(found)
        self.away = History(lines, room=200, form=".2f", where=BELOW, nothing="Nothing has happened yet.", **labels)
        super().__init__(self.arms, self.away, widths=(1, 1.25), size=(10.4, 4.6))

    def update(self, now: Any = None) -> None:
        super().update(now)
        reaching: Reaching = now.learner
        hyper, worlds = reaching.hyper, reaching.worlds
        self.arms.wiring = {name: getattr(hyper, name) for name in self.arms.names.values()}
        self.arms.show({name: world.state[0, :2].tolist() for name, world in worlds.items()}, (hyper.target_x, hyper.target_y))
        away = ", ".join(f"{name} {reaching.seen(name, world)[f'away {name}']:.2f} m" for name, world in worlds.items())
        wires = "crossed" if hyper.crossed else "straight"
        shoulder = "reversed" if hyper.reversed_shoulder else "right"
        self._words = f"Away from the target: {away}. The wires are {wires}, the motor of the shoulder is {shoulder}."
