"""The scrubber: drag through a run that was recorded or has just been made, and see policy, trajectory and belief at each moment.

    Scrubber(recorded_tape("hidden_goal", "rl2"), name="recorded-run").show()
    Scrubber(panel, name="own-run").show()               a live panel whose learner is a `SideBySide`

Nothing is trained here. Where the sliders stand, the agent of that moment plays the same trials as always, with a fixed seed; what it has
played is kept, so that dragging is quick. Training may go on meanwhile: Refresh takes what has come on the tape since.
"""

import threading
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import numpy as np
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.lab.controls import align, menu
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.looks import TASK_COLOURS
from dremeta_lite.lab.moment_control import MomentControl
from dremeta_lite.lab.notebook import place
from dremeta_lite.lab.reels import Reels, watch_grid, watch_plane
from dremeta_lite.lab.views.belief import place as place_in_words
from dremeta_lite.lab.views.navigation import showcase
from dremeta_lite.lab.views.replaying_grid import GridReplay
from dremeta_lite.lab.views.replaying_plane import PLACES, PlaneReplay
from dremeta_lite.meta.moments import Moment, Tape
from dremeta_lite.meta.side_by_side import MakesAgents
from dremeta_lite.tasks.hidden_goal import HiddenGoal
from dremeta_lite.tasks.navigation import Navigation2D
from dremeta_lite.trials import Agent

SHOWN_TASKS = 5  # of a family with infinitely many


def tape_of(source: Any) -> Tape:
    """The tape of a tape, of a learner, or of a panel with a learner. A learner that keeps none gives one with its present agent alone.

    Raises:
        ValueError: there is none, or nothing on it, or nobody knows how to draw its family.
    """
    source = getattr(source, "learner", source)
    tape = getattr(source, "tape", source)
    if isinstance(source, MakesAgents) and not isinstance(tape, Tape):
        learner: Any = source
        tape = Tape(learner.family, getattr(learner, "episodes", learner.family.episodes), device=learner.device)
        tape.keep(Moment(learner.iteration, {type(learner).__name__: learner.agent()}, {}))
    if not isinstance(tape, Tape) or not tape.moments:
        raise ValueError("there is nothing to replay: give a recorded tape, or a learner (or its panel) that can play trials")
    if not isinstance(tape.family, HiddenGoal | Navigation2D):
        raise ValueError(f"the scrubber draws HiddenGoal and Navigation2D, and this is a run on {tape.family.name}")
    return tape


class Scrubber(Explorer):
    """Sliders through a run.

    Args:
        source: a tape; a `SideBySide` learner, or another that can play trials; or a live panel, whose present learner is meant.
        name: tells this panel from others on the page.
        yardsticks: what each episode returns under agents to compare with, by name [episode]; those of the tape, or computed, if None.
        learner, iteration, step: what is shown first: by default the first learner, at the last moment, in the second episode (hidden
            goal) or after the last one (navigation).

    Raises:
        ValueError: there is nothing to replay, or the learner is not on the tape.
    """

    def __init__(
        self,
        source: Any,
        *,
        name: str = "scrubber",
        yardsticks: Mapping[str, Float[Tensor, " episode"]] | None = None,
        learner: str | None = None,
        iteration: int | None = None,
        step: int | None = None,
    ) -> None:
        self.source, self.tape = source, tape_of(source)
        self.moments, self.names = self.tape.moments, list(self.tape.names())
        if learner not in (None, *self.names):
            raise ValueError(f"{learner!r} is not on this tape; there are {', '.join(self.names)}")
        self._prepare(yardsticks)
        hyper = self._make_hyper(step)
        self.learner_menu = menu("learner", self.names, learner or self.names[0])
        self.task_menu = menu("task", [(text, i) for i, text in enumerate(self.task_names)], self.first_task)
        self.refresh_button = widgets.Button(description="Refresh", tooltip="Take in what has come on the tape since")
        row = widgets.HBox([self.learner_menu, self.task_menu, self.refresh_button])
        row.add_class("dremeta-buttons")
        super().__init__(name, hyper, self.view, [self.step_name], [row])
        self._add_control()
        self._go(self.moments[-1].iteration if iteration is None else iteration)
        for chooser in (self.learner_menu, self.task_menu):
            chooser.observe(lambda _: self.paint(), "value")
        self.refresh_button.on_click(lambda _: self._clicked())

    def _prepare(self, yardsticks: Mapping[str, Float[Tensor, " episode"]] | None) -> None:
        """What depends on the family: tasks, their names, how agents are played, and the view."""
        family: Any = self.tape.family
        self.unit = "meta-iteration" if max(self.tape.turns.values(), default=1) == 1 else "turn"
        episodes, known = self.tape.episodes, yardsticks or self.tape.yardsticks
        if isinstance(family, HiddenGoal):
            self.tasks, self.step_name, first, last = family.all_tasks(self.tape.device), "step", 0, episodes * family.horizon
            self.task_names = [f"goal in {place_in_words(family, goal)}" for goal in family.goal_cells.tolist()]
            self.reels = Reels(lambda agent: watch_grid(family, agent, self.tasks, episodes))
            self.view: Any = GridReplay(family, episodes, known, self.unit)
            self.start, self.first_task = min(family.horizon + 5, last), len(self.task_names) * 2 // 5  # row 2, column 4 of 5 × 5
        else:
            shown = showcase(family, SHOWN_TASKS)
            self.tasks, self.step_name, first, last = type(shown)(*(x.to(self.tape.device) for x in shown)), "episode", 1, episodes
            goals = shown.goal.tolist()
            self.task_names = [f"{colour}: goal at ({x:.2f}, {y:.2f})" for colour, (x, y) in zip(TASK_COLOURS, goals, strict=False)]
            self.reels = Reels(lambda agent: watch_plane(family, agent, self.tasks, episodes, PLACES))
            self.view = PlaneReplay(family, episodes, self.tasks, known, self.unit)
            self.start, self.first_task = last, 0
        self.bounds = first, max(last, first + 1)

    def _make_hyper(self, step: int | None) -> HyperParameters:
        """Where the sliders stand. A class of its own, since each tape has its own bounds."""
        first, last = self.bounds
        help = {"step": "how many steps of the trial have been taken", "episode": "which episode of the trial is shown"}[self.step_name]
        iteration = Whole(0, low=0, high=max(self.moments[-1].iteration, 1), unit=f"{self.unit}s", help="how long had been trained")
        step_trait = Whole(first, low=first, high=last, unit=f"{self.step_name}s", help=help)
        kind: Any = type("ScrubberHyper", (HyperParameters,), {"meta_iteration": iteration, self.step_name: step_trait})
        return kind(**{self.step_name: self.start if step is None else step})

    def _add_control(self) -> None:
        trait: Any = self.hyper.traits()["meta_iteration"]
        self.control = MomentControl(trait, 0, self._submit("meta_iteration"), self._complain)
        self.controls = {"meta_iteration": self.control, **self.controls}
        self.grid.children = [control.widget for control in self.controls.values()]
        align(list(self.controls.values()))

    def _go(self, iteration: int) -> None:
        """To a moment of the present tape."""
        self.control.set_moments([moment.iteration for moment in self.moments])
        self.hyper.meta_iteration = self.control.go(iteration)  # type: ignore[attr-defined]

    # What is shown

    @property
    def learner(self) -> str:
        """Whose name is chosen."""
        return self.learner_menu.value

    @property
    def task(self) -> int:
        """The index of the task that is chosen."""
        return self.task_menu.value

    @property
    def step(self) -> int:
        """Where the second slider stands."""
        return min(getattr(self.hyper, self.step_name), self.tape.episodes * (self.tape.family.horizon if self.step_name == "step" else 1))

    @property
    def moment(self) -> Moment:
        """Where the first slider stands."""
        return self.moments[self.control.nearest(self.hyper.meta_iteration)]  # type: ignore[attr-defined]

    @property
    def agent(self) -> Agent:
        """Who plays."""
        return self.moment.agents[self.learner]

    def when(self) -> str:
        """How long had been trained: `after 40 meta-iterations`."""
        n = self.moment.iteration
        turn = self.tape.turns.get(self.learner, 1)
        return f"after {n} meta-iteration{'s' if n != 1 else ''}" if turn == 1 else f"after {n} turns of {turn} meta-iterations"

    def reel(self) -> Any:
        """What it plays."""
        return self.reels.of(self.agent)

    def judged(self, moment: Moment) -> Float[Tensor, " episode"] | None:
        """What each episode returned when the learner was judged at a moment, in many tasks; None if it was not."""
        return moment.returns.get(self.learner)

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Iterations [moment], and returns there [moment, episode]: of the judgements, or else of the trials looked at."""
        points = {m.iteration: returns for m in self.moments if (returns := self.judged(m)) is not None}
        if not points:
            looked_at = [m for m in self.moments if self.reels.has(m.agents[self.learner])]
            points = {m.iteration: self.reels.of(m.agents[self.learner]).trial.returns().mean(0) for m in looked_at}
        return np.array(list(points)), np.array([y.tolist() for y in points.values()]).reshape(-1, self.tape.episodes)

    # What can be done

    def refresh(self) -> None:
        """Take in what has come on the tape since; a slider that stood at its end goes on to the new end.

        Raises:
            ValueError: the learners are no longer the same.
        """
        at_end, tape = self.moment is self.moments[-1], tape_of(self.source)
        if (tape.family.name, tape.episodes, tape.names()) != (self.tape.family.name, self.tape.episodes, self.names):
            raise ValueError(f"this panel replays {', '.join(self.names)}, and now there are other learners: run its cell again")
        self.tape, self.moments = tape, tape.moments
        self._go(self.moments[-1].iteration if at_end else self.control.value)
        self.paint()

    def _clicked(self) -> None:
        try:
            self.refresh()
        except ValueError as error:
            self._complain(str(error))
        else:
            self._complain("")

    def show(self) -> None:
        """Display it, with all that is on the tape by now.

        Before a person, a recorded run is played at all its moments in the background, so that no move of the slider has to wait for it.
        Beside a training that goes on nothing is done in advance.
        """
        self.refresh()
        if place() == "live" and isinstance(self.source, Tape):
            threading.Thread(target=self.play_all, daemon=True).start()
        super().show()

    def play_all(self) -> None:
        """Make the reels of the chosen learner, from its last moment back, as many as are kept."""
        name = self.learner
        for moment in reversed(self.moments[-self.reels.kept :]):
            self.reels.of(moment.agents[name])
