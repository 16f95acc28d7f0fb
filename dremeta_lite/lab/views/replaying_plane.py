"""A recorded run on navigation tasks, at any of its checkpoints: the mean action as a field of arrows, paths, and returns."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compare.checkpoints import RecordedRun
from dremeta_lite.lab.looks import DASHED, TASK_COLOURS, Look, task_colour
from dremeta_lite.lab.parts import BELOW, Artist, Axes, Column, Handle, arrows, legend
from dremeta_lite.lab.parts.touchable import Mark
from dremeta_lite.lab.reels import PlaneReel, watch_plane
from dremeta_lite.lab.style import AMBER, INK, SKY
from dremeta_lite.lab.views import replayed
from dremeta_lite.lab.views.navigation import AFTER, AFTER_THIN, BEFORE, BEFORE_THIN, STAR, THIN_STEPS, Flat, heights_of, showcase
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.trials import Agent, Disturb

if TYPE_CHECKING:
    from dremeta_lite.lab.scrubber import Scrubber

SPACING = 0.12
PLACES = torch.cartesian_prod(*[torch.arange(-5, 6) * SPACING] * 2)
"""Where the policy is asked what it intends."""
PALE_ARROW = "#8A9BA8"
WALKS = 4  # of episodes, with their noise, at most
FIRST: Look = {"color": INK, "linestyle": DASHED, "linewidth": 1.6, "alpha": 0.7, "marker": "o", "ms": 3, "mfc": "white"}
LAST: Look = {"color": INK, "linewidth": 2.2, "marker": "o", "ms": 3}


class Replay(replayed.Replay):
    """Left: the plane, with the mean action and the paths. Right: first and last episode over training; each episode of this trial.

    Args:
        yardsticks: what each episode returns under agents to compare with, by name; computed if there are none.
        unit: what training is counted in.
    """

    def __init__(self, run: RecordedRun, yardsticks: Mapping[str, Float[Tensor, " episode"]], unit: str) -> None:
        family: Any = run.family
        self.run, shown = run, showcase(family, replayed.SHOWN_TASKS)
        goals = shown.goal.tolist()
        names = [f"{colour}: goal at ({x:.2f}, {y:.2f})" for colour, (x, y) in zip(TASK_COLOURS, goals, strict=False)]
        tried = replayed.Tried(type(shown)(*(x.to(run.device) for x in shown)), names, bounds=(1, run.episodes), start=run.episodes)
        heights = {name: y[-1].item() for name, y in yardsticks.items()} or heights_of(family, family.held_out_tasks())
        both = {"first episode": FIRST, "last episode": LAST}
        self.over = replayed.Training(
            both, lambda y: {"first episode": y[:, 0], "last episode": y[:, -1]}, heights, unit, "return in new tasks", ""
        )
        self.plane, self.trial = Intentions(family, shown.goal.cpu()), replayed.EpisodesOfTrial((*heights.values(), 0.0))
        super().__init__(tried, self.plane, Column(self.over, self.trial), shares=(1.25, 1), size=(9.6, 5.4))

    def words(self) -> str:
        return " ".join(part.words() for part in (self.over, self.plane, self.trial))

    def watch(self, agent: Agent, disturb: Disturb | None = None) -> PlaneReel:
        return watch_plane(self.run.family, agent, self.tried.tasks, self.run.episodes, PLACES, disturb)


class Intentions(Flat):
    """The plane with the mean action at the end of an episode as a field of arrows, where it leads, and the walks with their noise."""

    def __init__(self, family: Navigation2D, goals: Tensor) -> None:
        self.family, self.goals = family, goals
        super().__init__("What it would do, and where it went")

    def setup(self, axes: Axes) -> list[Artist]:
        looks: dict[str, Look] = {
            **{f"walk {i}": {"zorder": 2.5} for i in range(WALKS)},
            "way": {"zorder": 3},
            "start": {"color": INK, "ls": "", "marker": "o", "ms": 5, "zorder": 6},
            "goal": {**STAR, "ms": 17, "zorder": 5},
            "end": {"color": INK, "ls": "", "marker": "o", "ms": 7, "mec": "white", "mew": 1.2, "zorder": 7},
        }
        moving = self.flat(axes, looks)
        shape: dict[str, Any] = {"width": 0.007, "headwidth": 3.6, "headlength": 3.6, "headaxislength": 3.2, "minlength": 0.6}
        self.field = arrows(axes, PLACES.numpy(), units="xy", scale=1 / (0.9 * SPACING), color=PALE_ARROW, zorder=1.8, **shape)
        self.title = axes.text(0.5, -0.13, "", transform=axes.transAxes, ha="center", va="top", fontsize=10)
        keys: dict[str, Look] = {
            "mean action": {"marker": r"$\rightarrow$", "ms": 12, "ls": "", "color": PALE_ARROW},
            "where it leads": {**AFTER, "color": INK},
            "with its noise": {**AFTER_THIN, "color": INK, "alpha": 1},
            "goal": {"marker": "*", "ms": 10, "ls": "", "color": INK},
        }
        legend(axes, keys, {**BELOW, "bbox_to_anchor": (0.5, -0.17), "columnspacing": 1.1, "handlelength": 1.8})
        return [self.field, *moving, self.title]

    def update(self, now: "Scrubber") -> None:
        reel, task, e = now.reel(), now.task, now.step - 1
        colour, stages = task_colour(task), reel.taken or list(range(reel.trial.reward.shape[1]))
        look, thin = (BEFORE, BEFORE_THIN) if reel.taken and not stages[e] else (AFTER, AFTER_THIN)
        alike = [i for i, stage in enumerate(stages) if stage == stages[e] and i != e and not now.what_if]
        self.field.set_UVC(*reel.mean[task, e].numpy().T)
        for i, walk in enumerate([e, *alike, *[None] * WALKS][:WALKS]):
            line = self.drawn[f"walk {i}"]
            line.set_data(*([], []) if walk is None else path(reel, task, walk)[:, : None if walk == e else THIN_STEPS + 1])
            line.set(color=colour, **thin)
        self.drawn["walk 0"].set(alpha=0.8, linewidth=1)
        self.drawn["way"].set_data(*reel.way[task, e].numpy().T)
        self.drawn["way"].set(color=colour, **look)
        self.drawn["end"].set_data(*path(reel, task, e)[:, -1:])
        supposed = now.what_if and now.what_if.goal(e * self.family.horizon)
        goal = tuple(self.goals[task].tolist()) if supposed is None else supposed
        start = tuple(reel.trial.observation[task, e, 0].tolist())
        for name, spot in (("goal", goal), ("start", start)):
            self.drawn[name].set_data(*np.array([spot]).T)
        self.handles = [self._handle(now, "goal", goal, "star"), self._handle(now, "agent", start, "dot")]
        self.drawn["goal"].set_color(colour)
        self.title.set_text(f"Episode {e + 1} of the trial{stage_in_words(reel, e)}" + ", what if" * bool(now.what_if))
        self._words = self._describe(reel, task, e, goal)
        if now.what_if:
            self._words += " " + now.what_if.words(
                lambda step: f"episode {step // self.family.horizon + 1}", "at ({0[0]:.2f}, {0[1]:.2f})".format
            )

    def _handle(self, now: "Scrubber", name: str, at: tuple[float, float], mark: Mark) -> Handle:
        """The goal, or where the episode begins: dragged, a what-if from this episode on."""

        def moved(x: float, y: float) -> None:
            now.suppose(**{name: (round(x, 2), round(y, 2))})

        return Handle(name, at=at, moved=moved, mark=mark, colour=INK, step=(0.05, 0.05))

    def _describe(self, reel: PlaneReel, task: int, e: int, goal: tuple[float, float]) -> str:
        walked, (x, y), returns = path(reel, task, e), goal, reel.trial.returns()[task]
        away = float(np.hypot(walked[0, -1] - x, walked[1, -1] - y))
        return (
            f"In this trial the goal is at ({x:.2f}, {y:.2f}). Episode {e + 1}{stage_in_words(reel, e)}: return {returns[e]:.1f}; it ends "
            f"{away:.2f} from the goal after {walked.shape[1] - 1} steps. At the end of it the mean action has length "
            f"{reel.mean[task, e].norm(dim=-1).mean():.2f} on average over the map, and noise of std {reel.std[task, e]:.2f}."
        )


class PlayMap(Flat):
    """The plane while a person walks in it: the trail of the agent, the agent and perhaps the goal. `family`: the tasks."""

    moves = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]], np.float32)
    """The actions that go up, right, down and left."""
    sample = (0, 0, 3, 3, 3)
    """Directions that are walked where nobody can press a button."""

    grain = (0.1, 0.1)  # a step of the agent

    def __init__(self, family: Navigation2D) -> None:
        super().__init__("You are the dot", 0.75)

    def setup(self, axes: Axes) -> list[Artist]:
        trail = {"color": SKY, "marker": "o", "ms": 3, "linewidth": 1.5}
        star = {"color": AMBER, "linestyle": "", "marker": "*", "ms": 18, "mec": INK, "mew": 0.8}
        dot = {"color": INK, "linestyle": "", "marker": "o", "ms": 11, "mec": "white", "mew": 1.5, "zorder": 6}
        return self.flat(axes, {"trail": trail, "goal": star, "agent": dot})

    def walked(self, path: np.ndarray, goal: Any) -> None:
        """Set the states so far [step, 2], and the goal, if it may be seen."""
        self.drawn["trail"].set_data(*path.T)
        self.drawn["agent"].set_data(*path[-1:].T)
        self.drawn["goal"].set_data(*([], []) if goal is None else np.asarray(goal)[:, None])


def path(reel: PlaneReel, task: int, episode: int) -> np.ndarray:
    """x and y of an episode up to its end, the start included: [2, step]."""
    length = int(reel.trial.mask[task, episode].sum())
    spots = torch.cat([reel.trial.observation[task, episode, :1], reel.trial.next_observation[task, episode, :length]])
    return spots.numpy().T


def stage_in_words(reel: PlaneReel, episode: int) -> str:
    """How far the agent had come by then."""
    if reel.taken is None:
        return ""
    k = reel.taken[episode]
    return f", after {k} step{'s' if k != 1 else ''} of adaptation" if k else ", before adaptation"
