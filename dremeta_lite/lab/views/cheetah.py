"""The half cheetah: a stick figure that runs as it was filmed, and how it came to run; and one that runs as it does now, in training."""

import time
from statistics import mean
from typing import Any

import numpy as np

from dremeta_lite.compare.films import CHEETAH, FRAMES, SIGNS, Film, Take, filmed
from dremeta_lite.compare.tables import recorded
from dremeta_lite.lab.looks import NOW, Look
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Curves, History, Line, Part, Row, Sparingly, set_limits
from dremeta_lite.lab.style import BLUE, GREY, INK, ORANGE, SKY

COLOURS = {"forwards": BLUE, "backwards": ORANGE}
GHOSTS, APART, ROOM = 4, 5, 2.2  # earlier poses, so many frames apart; metres to either side
TURNED = {"ArrowLeft": True, "ArrowRight": False}


class Runner(Part):
    """The robot, with its last poses pale behind it. A click to its left or right, or an arrow key, wakes it in a task that pays for that
    direction."""

    def __init__(self, title: str = "As it was filmed") -> None:
        self.title = title
        self.keys = {"ArrowLeft": "pay for running backwards", "ArrowRight": "pay for running forwards"}
        self.pressed = lambda key: self.move({"backwards": TURNED[key]})
        self.clicked = lambda x, y: self.move({"backwards": x < self.middle})
        self.middle = 0.0

    def setup(self, axes: Axes) -> list[Artist]:
        axes.set(title=f"{self.title} (click: the side that is paid)", xlabel="metres", xlim=(-ROOM, ROOM), ylim=(-0.25, 1.6))
        axes.set(aspect="equal", yticks=[0, 1])
        axes.axhline(0, color=GREY, linewidth=1)
        ghosts: dict[str, Look] = {f"ghost {i}": {"color": SKY, "linewidth": 2, "alpha": 0.5 - 0.1 * i} for i in range(GHOSTS)}
        moving = self.lines(axes, {**ghosts, "robot": {"color": INK, "linewidth": 5, "solid_capstyle": "round"}})
        self.arrow = axes.text(0.5, 0.97, "", transform=axes.transAxes, ha="center", va="top", fontsize=12, weight="bold")
        return [*moving, self.arrow]

    def show(self, limbs: np.ndarray, frame: int, direction: str) -> None:
        """Set a frame of a film, and which direction is paid."""
        self.middle = float(limbs[frame, 0, :, 0].mean())
        near = ROOM * round(self.middle / ROOM)
        set_limits(self.axes, x=(near - ROOM, near + ROOM))
        for name, back in [("robot", 0), *((f"ghost {i}", APART * (i + 1)) for i in range(GHOSTS))]:
            pose = limbs[max(frame - back, 0)]
            gaps = np.full((len(pose), 1, 2), np.nan)
            self.drawn[name].set_data(*np.concatenate([pose, gaps], 1).reshape(-1, 2).T)
        self.arrow.set(text="paid: backwards ◀" if direction == "backwards" else "paid: forwards ▶", color=COLOURS[direction])


class CheetahView(Row):
    """Left: the robot, as it was filmed. Right: what RL² earned in each direction over its training, mean over the recorded seeds. For a
    `Film`."""

    def __init__(self) -> None:
        looks: dict[str, Look] = {
            "forwards": {"color": COLOURS["forwards"]},
            "backwards": {"color": COLOURS["backwards"], "linestyle": (0, (5, 2))},
            "_film": {"color": INK, "linestyle": "", "marker": "o", "ms": 8},
        }
        labels: dict[str, Any] = {"title": "How it came to run", "xlabel": "iteration", "ylabel": "return of 5 s (100 steps)"}
        self.robot, self.curves = Runner(), Curves(looks, xlim=(-3.0, 126.0), span=(-60, 60), where=BELOW, **labels)
        runs = recorded(CHEETAH)["runs"]
        self.x = np.array([row["iteration"] for row in runs[0]["curve"]])
        self.means = {
            name: np.array([mean(run["curve"][i][name] for run in runs) for i in range(len(self.x))]) for name in ("forwards", "backwards")
        }
        super().__init__(self.robot, self.curves, widths=(1.5, 1), size=(10.4, 3.8))

    def update(self, now: Any = None) -> None:
        film: Film = now.learner
        moment, direction = film.shown
        self.robot.show(film.limbs(), film.frame, direction)
        height = float(np.interp(int(moment), self.x, self.means[direction]))
        self.curves.show({**self.means, "_film": ([int(moment)], [height])}, x=self.x)
        speed = film.speed()
        self._words = (
            f"After {moment} iterations, paid for running {direction}: it runs at {np.mean(speed[len(speed) // 2 :]):+.1f} m/s in the "
            f"second half of the film (to the right is positive). Mean return then {height:.0f}."
        )


class RunningView(Row):
    """Left: the robot, as it runs now, again and again, in the task that was chosen. Right: the return over iterations, beside what was
    recorded. For RL² on `HalfCheetahDir`, with MuJoCo."""

    def __init__(self) -> None:
        data = recorded(CHEETAH)
        heights = {name: mean(each.values()) for name, each in data["yardsticks"].items()}
        ends = [run["curve"][-1] for run in data["runs"]]
        heights[f"recorded, after {ends[0]['iteration']}"] = mean(end[way] for end in ends for way in SIGNS)
        labels: dict[str, Any] = {"title": "Learning to run", "ylabel": "return of 5 s (100 steps)", "form": ".0f", "room": 60}
        self.robot, self.curve = Runner("As it runs now"), History([Line("return", NOW)], heights, **labels)
        self.robot.clicked = lambda x, y: self.turn(x < self.robot.middle)
        self.robot.pressed = lambda key: self.turn(TURNED[key])
        self.robot.glide = self.run  # between two iterations, too
        self.sparingly, self.way, self.takes = Sparingly(), "forwards", dict[str, Take]()
        super().__init__(self.robot, self.curve, widths=(1.5, 1), size=(10.4, 3.8))

    def turn(self, backwards: bool) -> None:
        """Wake the robot in the other task."""
        self.way, self.began = [*SIGNS][backwards], time.perf_counter()

    def film(self, learner: Any) -> None:
        """See how it runs now, in both tasks."""
        self.takes, self.step = filmed(learner.family, learner.agent(greedy=True)), FRAMES * learner.family.seconds
        self.began = time.perf_counter()
        earned = ", ".join(f"{way} {take.earned:.0f}" for way, take in self.takes.items())
        self._words = f"Without noise, at iteration {learner.iteration}, five seconds return: {earned}."

    def run(self) -> bool:
        """Show the frame that is due now: the film runs in real time, and begins again at its end."""
        limbs = self.takes[self.way].limbs
        self.robot.show(limbs, int((time.perf_counter() - self.began) / self.step) % len(limbs), self.way)
        return True

    def update(self, now: Any = None) -> None:
        self.sparingly.do(now, lambda: self.film(now.learner))
        self.run()
        self.curve.update(now)
