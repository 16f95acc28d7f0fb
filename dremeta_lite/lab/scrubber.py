"""The scrubber: drag through a run that was recorded or has just been made, and see policy, trajectory and belief at each checkpoint.

    Scrubber(recorded_run("hidden_goal", "rl2"), name="recorded-run").show()
    Scrubber(panel, name="own-run").show()               a live panel whose learner is a `SideBySide`

Nothing is trained here. Where the sliders stand, the agent of that checkpoint plays the same trials as always, with a fixed seed; what it
has played is kept, so that dragging is quick. Training may go on meanwhile: Refresh takes what has come since.
"""

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compare.checkpoints import Checkpoint, RecordedRun
from dremeta_lite.compare.side_by_side import MakesAgents
from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.lab.checkpoint_control import CheckpointControl
from dremeta_lite.lab.controls import arrange, button, menu, row_of
from dremeta_lite.lab.explorer import Explorer
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.lab.reels import Reels
from dremeta_lite.lab.views.replayed import Replay, replay_of
from dremeta_lite.lab.what_if import WhatIf
from dremeta_lite.trials import Agent


def run_of(source: Any) -> RecordedRun:
    """The run itself, or that of a learner, or of a panel with a learner. A learner that keeps none gives one with its present agent alone.

    Raises:
        ValueError: there is none, or nothing on it.
    """
    source = getattr(source, "learner", source)
    run = getattr(source, "recorded_run", source)
    if isinstance(source, MakesAgents) and not isinstance(run, RecordedRun):
        learner: Any = source
        run = RecordedRun(learner.family, getattr(learner, "episodes", learner.family.episodes), device=learner.device)
        run.keep(Checkpoint(learner.iteration, {type(learner).__name__: learner.agent()}, {}))
    if not isinstance(run, RecordedRun) or not run.checkpoints:
        raise ValueError("there is nothing to replay: give a recorded run, or a learner (or its panel) that can play trials")
    return run


class Scrubber(Explorer):
    """Sliders through a run.

    Args:
        source: a run; a `SideBySide` learner, or another that can play trials; or a live panel, whose present learner is meant.
        name: tells this panel from others on the page.
        yardsticks: what each episode returns under agents to compare with, by name [episode]; those of the run, or computed, if None.
        learner, iteration, step: what is shown first: by default the first learner, at the last checkpoint, in the second episode (hidden
            goal) or after the last one (navigation).

    Raises:
        ValueError: there is nothing to replay, or the learner is not in the run.
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
        self.source, self.run = source, run_of(source)
        self.checkpoints, self.names = self.run.checkpoints, list(self.run.names())
        if learner not in (None, *self.names):
            raise ValueError(f"{learner!r} is not in this run; there are {', '.join(self.names)}")
        self.unit = "meta-iteration" if max(self.run.turns.values(), default=1) == 1 else "turn"
        self.view: Replay = replay_of(self.run, yardsticks or self.run.yardsticks, self.unit)
        self.tried, self.reels = self.view.tried, Reels(self.view.watch)
        hyper = self._make_hyper(step)
        self.learner_menu = menu("learner", self.names, learner or self.names[0])
        self.task_menu = menu("task", [(text, i) for i, text in enumerate(self.tried.names)], self.tried.first)
        self.refresh_button = button("Refresh", "Take in what has come since", self._clicked)
        self.what_if: WhatIf | None = None
        self.back_button = button("Back to the recording", "No more what-if", self.back, disabled=True, layout={"width": "auto"})
        row = row_of(self.learner_menu, self.task_menu, self.refresh_button, self.back_button)
        super().__init__(name, hyper, self.view, [self.tried.unit], [row])
        self._add_control()
        self._go(self.checkpoints[-1].iteration if iteration is None else iteration)
        self.learner_menu.observe(lambda _: self.paint(), "value")
        self.task_menu.observe(lambda _: self.back(), "value")

    def _make_hyper(self, step: int | None) -> HyperParameters:
        """Where the sliders stand. A class of its own, since each run has its own bounds."""
        (first, last), unit = self.tried.bounds, self.tried.unit
        iteration = Whole(0, low=0, high=max(self.checkpoints[-1].iteration, 1), unit=f"{self.unit}s", help="how long had been trained")
        step_trait = Whole(first, low=first, high=max(last, first + 1), unit=f"{unit}s", help=self.tried.help)
        kind: Any = type("ScrubberHyper", (HyperParameters,), {"meta_iteration": iteration, unit: step_trait})
        return kind(**{unit: self.tried.start if step is None else step})

    def _add_control(self) -> None:
        trait: Any = self.hyper.traits()["meta_iteration"]
        self.control = CheckpointControl(trait, 0, self._submit("meta_iteration"), self._complain)
        self.controls = {"meta_iteration": self.control, **self.controls}
        arrange(self.grid, list(self.controls.values()))

    def _go(self, iteration: int) -> None:
        """To a checkpoint of the present run."""
        self.control.set_checkpoints([checkpoint.iteration for checkpoint in self.checkpoints])
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
        return min(getattr(self.hyper, self.tried.unit), self.tried.bounds[1])

    @property
    def checkpoint(self) -> Checkpoint:
        """Where the first slider stands."""
        return self.checkpoints[self.control.nearest(self.hyper.meta_iteration)]  # type: ignore[attr-defined]

    @property
    def agent(self) -> Agent:
        """Who plays."""
        return self.checkpoint.agents[self.learner]

    def when(self) -> str:
        """How long had been trained: `after 40 meta-iterations`."""
        n = self.checkpoint.iteration
        turn = self.run.turns.get(self.learner, 1)
        return f"after {n} meta-iteration{'s' if n != 1 else ''}" if turn == 1 else f"after {n} turns of {turn} meta-iterations"

    def reel(self) -> Any:
        """What it plays; in a what-if, what it then plays."""
        return (self.detours if self.what_if else self.reels).of(self.agent)

    def judged(self, checkpoint: Checkpoint) -> Float[Tensor, " episode"] | None:
        """What each episode returned when the learner was judged at a checkpoint, in many tasks; None if it was not."""
        return checkpoint.returns.get(self.learner)

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Iterations [checkpoint], and returns there [checkpoint, episode]: of the judgements, or else of the trials looked at."""
        points = {each.iteration: returns for each in self.checkpoints if (returns := self.judged(each)) is not None}
        if not points:
            looked_at = [each for each in self.checkpoints if self.reels.has(each.agents[self.learner])]
            points = {each.iteration: self.reels.of(each.agents[self.learner]).trial.returns().mean(0) for each in looked_at}
        return np.array(list(points)), np.array([y.tolist() for y in points.values()]).reshape(-1, self.run.episodes)

    # What can be done

    def suppose(self, **moved: Any) -> None:
        """What if, from the present moment on, the `agent` or the `goal` were there?"""
        now = self.step if self.tried.unit == "step" else (self.step - 1) * self.run.family.horizon
        self.what_if = what_if = (self.what_if or WhatIf(self.task)).and_then(now, **moved)
        self.detours = Reels(lambda agent: self.view.watch(agent, what_if))
        self.back_button.disabled = False

    def back(self) -> None:
        """Show the recording again."""
        self.what_if, self.back_button.disabled = None, True
        self._complain("")
        self.paint()

    def refresh(self) -> None:
        """Take in what has come since; a slider that stood at its end goes on to the new end.

        Raises:
            ValueError: the learners are no longer the same.
        """
        at_end, run = self.checkpoint is self.checkpoints[-1], run_of(self.source)
        if (run.family.name, run.episodes, run.names()) != (self.run.family.name, self.run.episodes, self.names):
            raise ValueError(f"this panel replays {', '.join(self.names)}, and now there are other learners: run its cell again")
        self.run, self.checkpoints = run, run.checkpoints
        self._go(self.checkpoints[-1].iteration if at_end else int(self.control.value))
        self.paint()

    def _clicked(self) -> None:
        try:
            self.refresh()
        except ValueError as error:
            self._complain(str(error))
        else:
            self._complain("")

    def show(self) -> None:
        """Display it, with all that it holds by now.

        Before a person, a recorded run is played at all its checkpoints in the background, so that no move of the slider has to wait.
        Beside a training that goes on nothing is done in advance.
        """
        self.refresh()
        if front_end() == "live" and isinstance(self.source, RecordedRun):
            threading.Thread(target=self.play_all, daemon=True).start()
        super().show()

    def play_all(self) -> None:
        """Make the reels of the chosen learner, from its last checkpoint back, as many as are kept."""
        name = self.learner
        for checkpoint in reversed(self.checkpoints[-self.reels.kept :]):
            self.reels.of(checkpoint.agents[name])
