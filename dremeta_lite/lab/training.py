"""One learner in training: its history, its changes, its state, and how the next iteration is made.

Everything here belongs to the advancing thread; `runner.py` explains which thread that is, and what the locks are for.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import Literal

import torch

from dremeta_lite.compatibility import on_device
from dremeta_lite.lab.moments import Moments, Then, made_by, up_to
from dremeta_lite.lab.orders import Change, Orders, record
from dremeta_lite.learner import Learner
from dremeta_lite.speed import prepare_cpu

State = Literal["idle", "running", "paused", "failed", "stopped"]

_turn = threading.Lock()  # held while an iteration of any learner computes


class Abandoned(BaseException):
    """Ends an unfinished iteration. A BaseException, so that no `except Exception` in a learner swallows it."""


class Training:
    """One learner, and what came of training it.

    Attributes:
        learner: the learner that is driven; a reset replaces it.
        state: "idle" before the first iteration, "running", "paused", "failed" (see `error`) or "stopped".
        history: for every iteration the numbers that `step` returned, with "iteration" and "seconds", the training time so far.
        changes: the hyperparameter changes so far; of several between the same two iterations the last one by name.
        moments: states of the learner to look back at.
        seconds: time spent training, without pauses and drawing.
        device: where learners are made that was chosen after the first; where `make_learner` says if None.
        refusal: why the last one is not where it was asked for, in a sentence.
        error: the exception that ended the training, with its traceback, or None.
        pace: iterations in a second at most, for training that is too quick to be watched; None: as fast as it can.
        watch: called as `watch(final)` by the advancing thread: after each iteration, and with `final` when training comes to rest.
        between: called by the training thread inside long iterations, at their heartbeats.
    """

    def __init__(self, make_learner: Callable[[int], Learner], seed: int, threads: int | None) -> None:
        self.make_learner, self.threads = make_learner, prepare_cpu(threads)
        self.watch: Callable[[bool], None] = lambda final: None
        self.between: Callable[[], None] = lambda: None
        self.pace: float | None = None
        self.device: str | None = None
        self.refusal = ""
        self._orders = Orders()
        self._thread: threading.Thread | None = None
        self._waited = 0.0
        self._second: Learner | None = None
        self._begin(make_learner(seed), seed)

    def _begin(self, learner: Learner, seed: int) -> None:
        self.learner, self.seed = learner, seed
        learner.heartbeat = self._heartbeat
        self.history: list[dict[str, float]] = []
        self.changes: list[Change] = []
        self.moments, self._second = Moments(learner), None
        self.error: BaseException | None = None
        self.seconds = 0.0
        self.state: State = "idle"

    @property
    def rate(self) -> float:
        """Iterations in a second of training, over the latest twenty; 0 before the second iteration."""
        latest = self.history[-20:]
        rate = (len(latest) - 1) / max(latest[-1]["seconds"] - latest[0]["seconds"], 1e-9) if len(latest) > 1 else 0.0
        return rate if self.pace is None else min(rate, self.pace)

    def then(self, iteration: int, free: Iterable[str] = ()) -> Then:
        """The training as it was at the moment nearest to an iteration, hyperparameters and all; but those that are `free` are as they are
        now. For the advancing thread."""
        moment = self.moments.nearest(iteration)
        if self._second is None:
            with on_device(self.device):
                self._second = self.make_learner(self.seed)
        self._second.load_state_dict(moment.state)
        self._second.hyper.change(**{**moment.hyper, **{name: getattr(self.learner.hyper, name) for name in free}})
        return Then(
            self._second, up_to(moment.iteration, self.history), made_by(moment.iteration, self.changes), self.seed, self.make_learner
        )

    def _go_back(self, iteration: int) -> None:
        """Begin again from the moment nearest to an iteration, with the hyperparameters of then, as if nothing had come after it."""
        moment = self.moments.nearest(iteration)
        self.learner.load_state_dict(moment.state)
        self.learner.hyper.change(**moment.hyper)
        self.learner.last_good = moment.state
        self.moments.rewind(moment.iteration)
        with self._orders.changed:
            self.history, self.changes = up_to(moment.iteration, self.history), made_by(moment.iteration, self.changes)
            self.seconds, self.error = self.history[-1]["seconds"] if self.history else 0.0, None

    def _work(self) -> None:
        """In the training thread: what is asked for now, at most one iteration."""
        began = time.perf_counter()
        try:
            self._obey()
            with _turn:
                if self._orders.going():
                    self._advance()
                    self._orders.step_done()
            if self._orders.going():
                self.watch(False)
                self._keep_pace(began)
            else:
                self._rest()
        except Abandoned:
            self._rest()
        except BaseException as error:  # whatever it is, it must not vanish with the thread
            self._fail(error)

    def _keep_pace(self, began: float) -> None:
        """Wait until the next iteration is due, unless something else is asked for."""
        with self._orders.changed:
            while self.pace and self._orders.going() and (left := began + 1 / self.pace - time.perf_counter()) > 0:
                self._orders.changed.wait(left)

    def _run_inline(self, iterations: int) -> None:
        """In the caller's thread: so many iterations, whatever is asked for meanwhile."""
        self.state, self.error = "running", None
        try:
            for _ in range(iterations):
                self._obey()
                with _turn:
                    self._advance()
                self.watch(False)
        except KeyboardInterrupt:
            self._rest()
            raise
        except BaseException as error:
            self._fail(error)
            raise
        self._rest()

    def _obey(self) -> None:
        """Apply what was asked for since the last iteration: hyperparameters, other changes, then a reset."""
        back = self._orders.take_back()
        if back is not None:
            self._go_back(back)
        values, calls, seed, device = self._orders.take_changes()
        for name, new in values.items():
            hyper = self.learner.hyper
            change = Change(self.learner.iteration, name, getattr(hyper.traits()[name], "symbol", ""), getattr(hyper, name), new)
            setattr(hyper, name, new)
            self.changes = record(self.changes, change)
        for call in calls:
            call()
        moves = device is not None and self._runs_on(device)
        if seed is not None and (device is None or moves or seed != self.seed):
            self.device = device if moves else self.device
            with on_device(self.device):
                learner = self.make_learner(seed)
            learner.hyper.change(**self.learner.hyper.values())
            self._begin(learner, seed)

    def _runs_on(self, device: str) -> bool:
        """Whether the learner runs on a device, as one step of a fresh one shows (Apple's GPU has no float64, which the baselines need). If
        not, `refusal` says why, and nothing is lost."""
        try:
            with on_device(device):
                learner = self.make_learner(self.seed)
            if learner.device != torch.device(device):
                raise ValueError(f"{type(learner).__name__} takes no device")
            learner.step()
        except Exception as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            self.refusal = f"This learner does not run on {device}, so it stays on {self.learner.device}: {reason}"
            return False
        return True

    def _advance(self) -> None:
        """One iteration; its numbers go to the history."""
        if torch.get_num_threads() != self.threads:  # a setting of each thread
            torch.set_num_threads(self.threads)
        self._waited, began = 0.0, time.perf_counter()
        numbers = self.learner.step()
        self.seconds += time.perf_counter() - began - self._waited
        with self._orders.changed:
            self.history.append({"iteration": self.learner.iteration, **numbers, "seconds": self.seconds})
            self.moments.keep(self.learner)
            self._orders.changed.notify_all()

    def _heartbeat(self) -> None:
        """Called by the learner inside long iterations. Where training is to pause or to end, the unfinished iteration is given up: what is
        shown meanwhile is then a whole number of iterations, and the next start repeats it, with the same draws."""
        if threading.current_thread() is not self._thread:
            return
        began = time.perf_counter()
        self.between()
        self._waited += time.perf_counter() - began
        if not self._orders.going():
            raise Abandoned

    def _rest(self) -> None:
        """Training comes to rest, unless it was started again already; either way the latest state is shown."""
        with self._orders.changed:
            self._orders.shown = True
            if not self._orders.to_train():
                self._orders.settled = True
                self.state = "failed" if self.error else "paused" if self.history else "idle"
            self._orders.changed.notify_all()
        self.watch(True)

    def _fail(self, error: BaseException) -> None:
        with self._orders.changed:
            self._orders.give()
            self._orders.settled = True
            self.error, self.state = error, "failed"
        with contextlib.suppress(Exception):  # what failed may be the watching itself
            self.watch(True)


def warm_up() -> None:
    """Reach everything that a first training step needs: the first optimiser step alone imports for more than a second."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.Adam([weight])
    weight.sum().backward()
    optimiser.step()
    torch.func.vmap(torch.func.grad(lambda x: (x * x).sum()))(torch.zeros(2, 1))
