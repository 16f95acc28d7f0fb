"""The live panel: buttons, sliders and a picture in a notebook, around a runner.

Three parts with one task each: the runner trains, the picture draws, the panel connects them with widgets. Clicks only set the runner's
flags. The advancing thread draws and writes the image and the texts, and it only ever sets traits of widgets: printing from a thread
would land in whatever cell happens to run.
"""

import html
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import torch

from dremeta_lite.hyper import HyperParameters
from dremeta_lite.lab.controls import arrange, button, make_control, menu, row_of
from dremeta_lite.lab.frame import Frame, replace
from dremeta_lite.lab.look_back import LookBack
from dremeta_lite.lab.notebook import front_end, pause_on_interrupt
from dremeta_lite.lab.parts.layout import Layout
from dremeta_lite.lab.picture import Picture, View
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.still import show_png
from dremeta_lite.lab.touch import TouchPicture
from dremeta_lite.lab.touch_panel import TouchPanel
from dremeta_lite.learner import Learner, describe_device, devices

FASTEST = 1 / 15  # seconds from one frame to the next, at least
SHARE = 0.15  # of the time may be spent on drawing,
SLACK = 0.5  # seconds of being late that are made up for
IDLE_SHARE = 0.6  # and more where the training waits anyway, to keep its pace


class LivePanel(TouchPanel):
    """A panel that trains a learner while you watch and change its hyperparameters.

    Args:
        name: of the panel. Making another one of the same name (as re-running its cell does) closes this one and ends its training.
        make_learner: makes a fresh learner from a seed.
        view: what the picture shows.
        controls: the names of the hyperparameters that get a slider, in this order.
        seed: the first seed.
        headless_iterations: how many iterations `show` runs where nobody can press Start.
        pace: iterations in a second at most, for training that is too quick to be watched.

    Attributes:
        device: the menu of devices, where there is more than one.
        past: the slider that looks back.
        runner: drives the learner; has the history and the log of changes.
        picture: draws the view.
        widget: what `show` displays.
    """

    def __init__(
        self,
        name: str,
        make_learner: Callable[[int], Learner],
        view: View,
        *,
        controls: Sequence[str] = (),
        seed: int = 0,
        headless_iterations: int = 3,
        pace: float | None = None,
    ) -> None:
        replace(f"panel-{name}", self)
        self.name, self.headless_iterations, self.closed = name, headless_iterations, False
        self.runner, self.picture = Runner(make_learner, seed), Picture(view)
        self.runner.watch, self.runner.between, self.runner.pace = self._watch, self._glide, pace
        self.past = LookBack(self.runner, self._complain, self._looked_with)
        for part in self.picture.parts:
            part.between_iterations = self.past.between_iterations
        self._was_back = False
        self.png, self._next_frame, self._cost, self._every = b"", 0.0, 0.0, FASTEST
        self._build(controls)

    @property
    def learner(self) -> Learner:
        """The learner that is trained; a reset replaces it."""
        return self.runner.learner

    def show(self) -> None:
        """Display the panel. Showing it again, in another cell or after the page was reloaded, shows the same training.

        In a live notebook this returns at once and training waits for Start. Where nobody can press it, some iterations are run first.

        Raises:
            RuntimeError: the panel was closed.
            Exception: what training raised, where it ran here.
        """
        from IPython.display import display

        self.widget.demand_open()
        where = front_end()
        if where != "live":
            self.require(self.headless_iterations)
        if where == "headless":
            self._show_still()
            return
        self.runner.refresh()
        self.runner.prepare()
        pause_on_interrupt()
        display(self.widget)

    def require(self, iterations: int) -> list[dict[str, float]]:
        """Make sure that so many iterations are done, for the cells below the panel; returns the history.

        Waits while training runs, else trains the rest right here.

        Raises:
            BaseException: what ended the training before.
        """
        self.past.leave()
        return self.runner.require(iterations)

    def close(self, timeout: float = 5.0) -> None:
        """End the training and take the panel off the screen. An iteration that cannot be interrupted is the thread's last."""
        self.closed = True
        self.runner.watch, self.runner.between = lambda final: None, lambda: None
        self.runner.stop()
        self.runner.join(timeout)
        self.widget.close()

    # Building

    def _build(self, names: Sequence[str]) -> None:
        self.controls = {name: make_control(self.learner.hyper, name, self._submit(name), self._complain) for name in names}
        self.image = TouchPicture(self.picture.size, self._sized, self._touched)
        self.status, self.summary, self.trouble, self.trace = (widgets.HTML() for _ in range(4))
        grid = widgets.Box()
        arrange(grid, list(self.controls.values()))
        picture = [self.image, self.past.widget, self.trouble, self.summary, self.places.widget]
        parts = [self._build_buttons(), grid, self.status, *picture, self.trace]
        self.widget = Frame(self.name, parts, owner=self)

    def _build_buttons(self) -> widgets.HBox:
        self.start = button("Start", "Train until paused", self._onward(self.runner.start))
        self.pause = button("Pause", "Pause the training", self.runner.pause)
        self.step = button("Step", "Train for one iteration", self._onward(self.runner.step))
        self.reset = button("Reset", "Begin again at iteration 0, with the seed of the box and the present sliders", self._reset)
        self.seed = widgets.FloatText(  # an IntText makes 37 of 3.7, without a word
            value=self.runner.seed,
            step=1,
            description="seed (takes effect at Reset)",
            tooltip="The same seed gives the same run, as long as the same sliders are moved at the same iterations.",
        )
        self.seed.add_class("dremeta-seed")
        for control in (self.start, self.pause):
            control.add_class("dremeta-go")
        tooltip = "Where the learner computes. Another device begins again at iteration 0."
        self.devices = devices()
        self.device = menu("device", self.devices, self._present_device(), tooltip=tooltip)
        self.device.layout.width = "160px"
        self.device.observe(self._move, "value")
        return row_of(self.start, self.pause, self.step, self.reset, self.device, self.seed)

    def _onward(self, command: Callable[[], None]) -> Callable[[], None]:
        """A command for the present: whoever looks back comes back to it."""

        def onward() -> None:
            self.past.leave()
            command()

        return onward

    def _submit(self, name: str) -> Callable[[Any], None]:
        return lambda value: self.put(name, value)

    def put(self, name: str, value: Any) -> None:
        self.past.demand(name)
        self.runner.set(name, value)

    def _looked_with(self) -> set[str]:
        """The hyperparameters that say where something stands that is dragged in the picture."""
        return {name for part in self.picture.parts for handle in part.handles for name in (handle.x, handle.y) if name}

    def present_hyper(self) -> HyperParameters:
        return self.learner.hyper

    def repaint(self) -> Any:
        self.runner.refresh()

    def _reset(self) -> None:
        if 0 <= self.seed.value < 2**32 and self.seed.value.is_integer():
            self._complain("")
            self.past.leave()
            self.runner.reset(int(self.seed.value))
        else:
            self._complain(f"seed must be a whole number in [0, 4294967295], got {self.seed.value:.10g}. It stays at {self.runner.seed}.")
            self.seed.value = self.runner.seed

    def _present_device(self) -> str:
        """The name in the menu of where the learner is: "cuda" is its first GPU."""
        here = self.learner.device
        return next((name for name in self.devices if torch.device(name) == here or name.split(":")[0] == str(here)), self.devices[0])

    def _move(self, change: Mapping[str, Any]) -> None:
        if change["new"] != self._present_device():
            self._complain("")
            self.past.leave()
            self.runner.reset(device=change["new"])

    # Showing: called by the advancing thread

    def _watch(self, final: bool) -> None:
        if self.runner.refusal:
            self._complain(self.runner.refusal)
            self.device.value, self.runner.refusal = self._present_device(), ""
        if final or time.perf_counter() >= self._next_frame:
            self.trace.value = self._traceback()
            try:
                self._paint()
            finally:  # also when the view fails
                self._tell()

    def _glide(self) -> None:
        """Inside an iteration: a frame of what glides, if the end of the iteration can have one, too."""
        view = self.picture.view
        if time.perf_counter() >= self._next_frame + self._every and isinstance(view, Layout) and view.glide():
            self._paint(update=False)

    def _paint(self, update: bool = True) -> None:
        """Draw the latest state; the next frame waits long enough that drawing keeps to its share of the time."""
        began = time.perf_counter()
        shown = self.past.shown() if update else self.runner
        self.png = self.picture.draw(shown, update)
        if self.past.at is not None or self._was_back:  # the sliders stand as they do, or did, in what is shown
            for name, control in self.controls.items():
                control.show(getattr(shown.learner.hyper, name))
        self._was_back = self.past.at is not None
        summary = self.picture.view.summary()
        self._show_frame(self.png, summary)
        self.summary.value = f'<p class="dremeta-summary">{html.escape(summary)}</p>'
        now = time.perf_counter()
        if self.runner.state == "running":  # an average: one full redraw slows the next frames a little, not one of them a lot
            self._cost += 0.2 * (now - began - self._cost)
        self._every = max(FASTEST, self._cost / (IDLE_SHARE if self.runner.pace else SHARE))
        self._next_frame = max(self._next_frame, began - SLACK) + self._every  # being late is made up for

    def _tell(self) -> None:
        running = self.runner.state == "running"
        self.past.follow()
        self.start.button_style, self.pause.button_style = ("", "primary") if running else ("primary", "")
        live = "off" if running else "polite"  # ten announcements a second would drown everything else
        crowded = ", because another panel trains" if self.runner.crowded_out and self.runner.state == "paused" else ""
        line = " · ".join([f"<b>{self.runner.state}</b>{crowded}", *map(html.escape, self._facts())])
        self.status.value = f'<div role="status" aria-live="{live}" class="dremeta-status">{line}</div>'

    def _facts(self) -> list[str]:
        runner = self.runner
        facts = [f"iteration {runner.learner.iteration}"]
        if self.past.at is not None:
            facts.append(f"shown as it was after {self.past.at}")
        if not runner.pace:  # a pace is mostly waiting, which these seconds leave out
            facts.append(f"{runner.seconds:.1f} s")
        if runner.rate:
            facts.append(f"{runner.rate:.1f} iterations a second")
        if runner.history and "env_steps" in runner.history[-1]:
            facts.append(f"{runner.history[-1]['env_steps'] * runner.rate:,.0f} environment steps a second")
        return [*facts, describe_device(runner.learner.device)]

    def _traceback(self) -> str:
        error = self.runner.error
        if error is None:
            return ""
        full = "".join(traceback.format_exception(error))
        return (
            f'<div role="alert" class="dremeta-alert"><b>Training stopped with an error.</b> {html.escape(str(error))}</div>'
            f'<pre class="dremeta-trace" tabindex="0">{html.escape(full)}</pre>'
        )

    def _show_still(self) -> None:
        summary = self.picture.view.summary()
        show_png(self.png, self.picture.view.size[0], summary)
        print(summary)
