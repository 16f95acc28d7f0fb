"""The runner: drives a learner's `step()` in a background thread, with Start, Pause, Step, Stop and Reset. It knows of no screen.

How the threads agree. *Commands* (`start`, `pause`, `step`, `stop`, `reset`, `set`) come from any thread, take the condition `_changed` for a
moment, set flags and return; they never touch the learner. The learner, the history and the picture belong to the *advancing thread*:
whoever holds the lock `_mine`, which is the training thread or, inside `run`, the caller. The training thread looks at the flags between
iterations and, in long iterations, at every heartbeat: when told to pause it waits inside the iteration; when told to stop, to reset or
to make way for `run`, it raises `_Abandoned` there, upon which `Learner.step` goes back to the state before the iteration. One more
lock, `_turn`, is shared by all runners and held while an iteration computes: only one runner trains at a time.
"""

import atexit
import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch

from dremeta_lite.learner import Learner

State = Literal["idle", "running", "paused", "failed", "stopped"]
Number = float | int | bool


@dataclass(frozen=True)
class Change:
    """A hyperparameter that was changed after `iteration` completed iterations."""

    iteration: int
    name: str
    symbol: str
    old: Number
    new: Number


class _Abandoned(BaseException):
    """Ends an unfinished iteration. A BaseException, so that no `except Exception` in a learner swallows it."""


class Runner:
    """Drives one learner.

    Args:
        make_learner: makes a fresh learner from a seed.
        seed: the first seed.
        threads: CPU threads that torch may use; by default the environment variable DREMETA_THREADS, else 1. More than one is slower on
            the small networks of this course as soon as the machine has anything else to do.

    Attributes:
        learner: the learner that is driven; a reset replaces it.
        state: "idle" before the first iteration, "running", "paused", "failed" (see `error`) or "stopped".
        history: for every iteration the numbers that `step` returned, with "iteration" and "seconds", the training time so far.
        changes: the hyperparameter changes so far; of several between the same two iterations the last one by name.
        error: the exception that ended the training, with its traceback, or None.
        watch: called as `watch(final)` by the advancing thread: after each iteration, and with `final` when training comes to rest.
    """

    def __init__(self, make_learner: Callable[[int], Learner], seed: int = 0, threads: int | None = None) -> None:
        self.make_learner = make_learner
        self.threads = int(os.environ.get("DREMETA_THREADS", "1")) if threads is None else threads
        self.watch: Callable[[bool], None] = lambda final: None
        self._changed = threading.Condition()
        self._mine = threading.Lock()
        self._thread: threading.Thread | None = None
        self._go, self._quit, self._inline = False, False, False
        self._steps, self._waited = 0, 0.0
        self._pending: dict[str, Number] = {}
        self._fresh_seed: int | None = None
        self._begin(make_learner(seed), seed)
        with _everyone_lock:
            _everyone.add(self)

    def _begin(self, learner: Learner, seed: int) -> None:
        self.learner, self.seed = learner, seed
        learner.heartbeat = self._heartbeat
        self.history: list[dict[str, float]] = []
        self.changes: list[Change] = []
        self.error: BaseException | None = None
        self.seconds = 0.0
        self.state: State = "idle"

    # Commands: from any thread, they only set flags.

    def start(self) -> None:
        """Train until paused. Other runners are paused. After a failure: try again from the last good state."""
        self._command(go=True)

    def step(self, iterations: int = 1) -> None:
        """Train for some iterations more, then pause."""
        self._command(steps=iterations)

    def pause(self) -> None:
        """Pause at the next heartbeat or at the end of the iteration, whichever comes first."""
        self._command()

    def stop(self) -> None:
        """End the training thread; an unfinished iteration is undone. A later `start` goes on from there."""
        self._command(quit=True)

    def reset(self, seed: int | None = None) -> None:
        """Begin again with a fresh learner of the same hyperparameters: with this seed, or else with the seed of before."""
        with self._changed:
            self._fresh_seed = self.seed if seed is None else seed
        self._command()
        self._catch_up()

    def set(self, name: str, value: Number) -> None:
        """Change a hyperparameter before the next iteration.

        Raises:
            traitlets.TraitError: the value is refused (or there is no such hyperparameter); the old value stays.
        """
        with self._changed:
            hyper = self.learner.hyper
            trial = type(hyper)(**{**hyper.values(), **self._pending, name: value})  # refuses here, far from the live object
            self._pending[name] = getattr(trial, name)
            self._changed.notify_all()
        self._catch_up()

    def prepare(self) -> None:
        """Start the thread and let it warm up, without training: the first `start` then answers at once."""
        with self._changed:
            self._spawn()

    def _command(self, go: bool = False, steps: int = 0, quit: bool = False) -> None:
        if go or steps:
            pause_all(but=self)
        with self._changed:
            self._go, self._quit = go, quit
            self._steps = self._steps + steps if steps else 0
            if go or steps:
                self.state, self.error = "running", None
                self._spawn()
            self._changed.notify_all()

    def _spawn(self) -> None:
        if self._thread is None:
            self._quit = False
            self._thread = threading.Thread(target=self._loop, name="dremeta-training", daemon=True)
            self._thread.start()

    # Waiting and running inline: in the caller's thread.

    @property
    def alive(self) -> bool:
        """Whether there is a training thread, be it training or waiting."""
        return self._thread is not None

    @property
    def rate(self) -> float:
        """Iterations in a second of training, over the latest ones; 0 before the second iteration."""
        latest = self.history[-20:]
        return (len(latest) - 1) / max(latest[-1]["seconds"] - latest[0]["seconds"], 1e-9) if len(latest) > 1 else 0.0

    def join(self, timeout: float = 10.0) -> bool:
        """Wait, at most `timeout` seconds, for the thread to end after `stop`; returns whether it has ended."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return not self.alive

    def require(self, iterations: int) -> list[dict[str, float]]:
        """Make sure that the history has so many iterations: wait for them while training runs, else train the rest right here.

        Raises:
            BaseException: the exception that ended the training, if it ended before.
        """
        with self._changed:
            while self.state == "running" and len(self.history) < iterations:
                self._changed.wait(0.1)  # short waits, so that the kernel's interrupt gets through
        missing = iterations - len(self.history)
        if missing > 0 and self.error is not None:
            raise self.error
        if missing > 0:
            self.run(missing)
        return self.history

    def run(self, iterations: int) -> None:
        """Train in the caller's thread, for tests and for notebooks without a screen. What training raises, the caller gets.

        A training thread is paused meanwhile, and an iteration that it left unfinished is undone.
        """
        pause_all()
        with self._changed:
            self._inline = True
            self._changed.notify_all()
        try:
            with self._mine:
                self._run_inline(iterations)
        finally:
            with self._changed:
                self._inline = False
                self._changed.notify_all()

    def _run_inline(self, iterations: int) -> None:
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

    def _catch_up(self) -> None:
        """Without a training thread nobody else would look at the flags, so the caller does, unless an inline run will."""
        if not self.alive and self._mine.acquire(blocking=False):
            try:
                self._obey()
            finally:
                self._mine.release()

    # The advancing thread: everything below runs under `_mine`, except waiting for work.

    def _loop(self) -> None:
        warm_up()
        while self._wait_for_work():
            with self._mine:
                self._work()
        with self._mine:
            self.watch(True)

    def _wait_for_work(self) -> bool:
        with self._changed:
            while not self._quit and (self._inline or not (self._wanted() or self._pending or self._fresh_seed is not None)):
                self._changed.wait()
            if self._quit:  # decided under the lock: a `start` from now on finds no thread and makes a new one
                self._thread, self.state = None, "stopped"
            return not self._quit

    def _work(self) -> None:
        try:
            self._obey()
            with _turn:
                if self._going():
                    self._advance()
                    self._steps = max(0, self._steps - 1)
            if self._going():
                self.watch(False)
            else:
                self._rest()
        except _Abandoned:
            self._rest()
        except BaseException as error:  # whatever it is, it must not vanish with the thread
            self._fail(error)

    def _wanted(self) -> bool:
        return self._go or self._steps > 0

    def _leaving(self) -> bool:
        return self._quit or self._inline or self._fresh_seed is not None

    def _going(self) -> bool:
        return self._wanted() and not self._leaving()

    def _obey(self) -> None:
        """Apply what was asked for since the last iteration: hyperparameters, then a reset."""
        with self._changed:
            pending, self._pending = self._pending, {}
            seed, self._fresh_seed = self._fresh_seed, None
        for name, new in pending.items():
            old = getattr(self.learner.hyper, name)
            setattr(self.learner.hyper, name, new)
            self._log(name, old, new)
        if seed is not None:
            learner = self.make_learner(seed)
            for name, value in self.learner.hyper.values().items():
                setattr(learner.hyper, name, value)
            self._begin(learner, seed)

    def _log(self, name: str, old: Number, new: Number) -> None:
        iteration, symbol = self.learner.iteration, getattr(self.learner.hyper.traits()[name], "symbol", "")
        for earlier in [change for change in self.changes if (change.iteration, change.name) == (iteration, name)]:
            self.changes.remove(earlier)
            old = earlier.old
        if old != new:
            self.changes.append(Change(iteration, name, symbol, old, new))

    def _advance(self) -> None:
        """One iteration; its numbers go to the history."""
        if torch.get_num_threads() != self.threads:
            torch.set_num_threads(self.threads)
        self._waited, began = 0.0, time.perf_counter()
        numbers = self.learner.step()
        self.seconds += time.perf_counter() - began - self._waited
        with self._changed:
            self.history.append({"iteration": self.learner.iteration, **numbers, "seconds": self.seconds})
            self._changed.notify_all()

    def _heartbeat(self) -> None:
        """Called by the learner inside long iterations. While paused it waits here, and other runners may take their turn."""
        if threading.current_thread() is not self._thread:
            return
        while not self._going():
            began = time.perf_counter()
            _turn.release()
            try:
                self._wait_inside()
            finally:
                _turn.acquire()
                self._waited += time.perf_counter() - began

    def _wait_inside(self) -> None:
        if not self._leaving():
            self._rest()
        with self._changed:
            while not self._going():
                if self._leaving():
                    raise _Abandoned
                self._changed.wait()

    def _rest(self) -> None:
        with self._changed:
            if not self._wanted():
                self.state = "failed" if self.error else "paused" if self.history else "idle"
            self._changed.notify_all()
        self.watch(True)

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._go, self._steps = False, 0
            self.error, self.state = error, "failed"
            self._changed.notify_all()
        with contextlib.suppress(Exception):  # what failed may be the watching itself
            self.watch(True)


_turn = threading.Lock()
_everyone: "weakref.WeakSet[Runner]" = weakref.WeakSet()
_everyone_lock = threading.RLock()


def pause_all(but: Runner | None = None) -> None:
    """Pause every runner (except one). Safe in a signal handler: it only sets flags."""
    with _everyone_lock:
        runners = list(_everyone)
    for runner in runners:
        if runner is not but:
            runner.pause()


@atexit.register
def _stop_all() -> None:
    """A thread inside torch while the interpreter shuts down would crash it."""
    for runner in list(_everyone):
        runner.stop()
        runner.join(5)


def warm_up() -> None:
    """Reach everything that a first training step needs: the first optimiser step alone imports for more than a second."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.Adam([weight])
    weight.sum().backward()
    optimiser.step()
    torch.func.vmap(torch.func.grad(lambda x: (x * x).sum()))(torch.zeros(2, 1))
