"""Back through a training: a slider below the picture, like that of a film, and a button to go on from there."""

import time
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from traitlets import TraitError

from dremeta_lite.hyper import HyperParameters, Whole
from dremeta_lite.lab.checkpoint_control import CheckpointControl
from dremeta_lite.lab.controls import button
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.touch import Refused

HELP = "the picture, and the sliders, as they were after an earlier iteration; training pauses, and nothing is lost"
PAST = "This is how it was after iteration {}, and the past cannot be changed: press Rewind to go on from there, or pull the slider below \
the picture to its end"


class LookBack:
    """A slider over the moments that a runner has kept.

    Args:
        runner: trains.
        complain: is given what was refused, in a sentence.
        free: names the hyperparameters that can be moved in the past as well: those that only say what is looked at.

    Attributes:
        at: the iteration that is looked at; None: the present.
    """

    def __init__(self, runner: Runner, complain: Callable[[str], None], free: Callable[[], set[str]]) -> None:
        self.runner, self.free, self._next = runner, free, 0.0
        self.at: int | None = None
        kind: Any = type("LookBackHyper", (HyperParameters,), {"look_back": Whole(0, low=0, high=1, unit="iterations", help=HELP)})
        self.hyper = kind()  # a class of its own: its bounds are those of this training
        self.control = CheckpointControl(self.hyper.traits()["look_back"], 0, self._look, complain)
        self.control.box.description = "look back to iteration"
        self.rewind = button(
            "Rewind", "Drop what came after this moment: training, and the sliders, then go on from here", self._rewind, disabled=True
        )
        self.widget = widgets.HBox([self.control.widget, self.rewind])
        self.widget.add_class("dremeta-look-back")

    def shown(self) -> Any:
        """What the view is to show: the runner, or what it was. For the advancing thread."""
        return self.runner if self.at is None else self.runner.then(self.at, self.free())

    def follow(self) -> None:
        """Take in what has come since; while it trains, every second. For the advancing thread."""
        if self.runner.state == "running" and time.perf_counter() < self._next:
            return
        self._next = time.perf_counter() + 1
        now, kept = self.runner.learner.iteration, [moment.iteration for moment in self.runner.moments.kept]
        self.control.set_checkpoints(kept if kept[-1] == now else [*kept, now])
        self.rewind.disabled = self.at is None
        if self.at is None:
            self.hyper.look_back = self.control.go(now)

    def leave(self) -> None:
        """Back to the present, at the next picture."""
        self.at = None

    def demand(self, name: str) -> None:
        """Raises TraitError: an earlier moment is looked at, and this hyperparameter is not one to look with."""
        if self.at is not None and name not in self.free():
            raise TraitError(PAST.format(self.at))

    def between_iterations(self, call: Callable[[], Any]) -> None:
        """As the runner's, in the present. Raises Refused: an earlier moment is looked at, and the past cannot be changed."""
        if self.at is not None:
            raise Refused(f"{PAST.format(self.at)}.")
        self.runner.between_iterations(call)

    def _look(self, iteration: Any) -> None:
        self.hyper.look_back = iteration
        self.at = None if iteration >= self.control.iterations[-1] else iteration
        self.runner.pause()
        self.runner.show()

    def _rewind(self) -> None:
        at, self.at = self.at, None
        if at is not None:
            self.runner.go_back(at)
