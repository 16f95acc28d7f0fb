"""The runner: drives a learner's `step()` in a background thread, with Start, Pause, Step, Stop and Reset. It knows of no screen.

How the threads agree. *Commands* (`start`, `pause`, `step`, `stop`, `reset`, `set`) come from any thread, set flags (`Orders`) under one
condition and return; they never touch the learner. The learner, the history and the picture belong to the *advancing thread*: whoever
holds the lock `_mine`, which is the training thread or, inside `run`, the caller. The training thread looks at the flags between iterations
and, in long iterations, at every heartbeat: when it is not to go on, it raises `Abandoned` there, upon which `Learner.step` goes back to
the state before the iteration, and the next start repeats it. So whatever is shown or changed at rest lies between two iterations. One more
lock, `_turn`, is shared by all runners and held while an iteration computes: only one runner trains at a time.
"""

import atexit
import contextlib
import threading
import weakref
from collections.abc import Callable
from typing import Any

from dremeta_lite.lab.orders import Change, Number
from dremeta_lite.lab.training import Training, warm_up
from dremeta_lite.learner import Learner

__all__ = ["Change", "Runner", "pause_all"]


class Runner(Training):
    """Drives one learner.

    Args:
        make_learner: makes a fresh learner from a seed.
        threads: CPU threads that torch may use; by default the environment variable DREMETA_THREADS, else 1. More than one is slower on
            the small networks of this course as soon as the machine has anything else to do.

    Its attributes are those of `Training`, and `crowded_out`: whether it was paused because another one began to train.

    Raises:
        ValueError: the number of threads is not a whole number from 1 up.
    """

    def __init__(self, make_learner: Callable[[int], Learner], seed: int = 0, threads: int | None = None) -> None:
        super().__init__(make_learner, seed, threads)
        self._mine = threading.Lock()
        self.crowded_out = False
        with _everyone_lock:
            _everyone.add(self)

    # Commands: from any thread; they only set flags.

    def start(self) -> None:
        """Train until paused. Other runners are paused. After a failure: try again from the last good state."""
        self._train(go=True)

    def step(self, iterations: int = 1) -> None:
        """Train for some iterations more, then pause. Other runners are paused. Raises ValueError: `iterations` is not positive."""
        if iterations < 1:
            raise ValueError(f"iterations must be at least 1, got {iterations}")
        self._train(steps=iterations)

    def _train(self, go: bool = False, steps: int = 0) -> None:
        pause_all(but=self)
        with self._orders.changed:
            self.crowded_out = False
            self.state, self.error = "running", None
            self._orders.give(go=go, steps=steps)
            self._have_thread()

    def pause(self) -> None:
        """Pause at the next heartbeat, where the unfinished iteration is undone, or at the end of the iteration, whichever comes first."""
        self._orders.give()

    def stop(self) -> None:
        """End the training thread; an unfinished iteration is undone. A later `start` goes on from there."""
        self._orders.give(quit=True)

    def reset(self, seed: int | None = None, device: str | None = None) -> None:
        """Begin again with a fresh learner of the same hyperparameters: with this seed and on this device, or else with those of before.
        If it does not run there, it stays, and `refusal` says why."""
        with self._orders.changed:
            self._orders.device, self.refusal = device or self._orders.device, ""
            self._orders.seed = self.seed if seed is None else seed
            self._orders.give()
        self._catch_up()

    def go_back(self, iteration: int) -> None:
        """Pause, and go back to the moment that was kept nearest to an iteration: training then goes on from there."""
        with self._orders.changed:
            self._orders.back = iteration
            self._orders.give()
        self._catch_up()

    def show(self) -> None:
        """Have the advancing thread show the present state soon."""
        with self._orders.changed:
            self._orders.shown = False
            self._orders.changed.notify_all()
        self._catch_up()

    def set(self, name: str, value: Number) -> None:
        """Change a hyperparameter before the next iteration.
        Raises traitlets.TraitError: the value is refused, or there is no such hyperparameter; the old value stays."""
        with self._orders.changed:
            hyper = self.learner.hyper
            trial = type(hyper)(**{**hyper.values(), **self._orders.values, name: value})  # refused here, far from the live object
            self._orders.values[name] = getattr(trial, name)
            self._orders.changed.notify_all()
        self._catch_up()

    def between_iterations(self, call: Callable[[], Any]) -> None:
        """Do something between two iterations, such as to change the world that is learned. What it raises ends the training."""
        with self._orders.changed:
            self._orders.calls.append(call)
            self._orders.changed.notify_all()
        self._catch_up()

    def prepare(self) -> None:
        """Start the thread and let it warm up, without training: the first `start` then answers at once."""
        with self._orders.changed:
            self._have_thread()

    def _have_thread(self) -> None:
        if self._thread is None:
            self._orders.quit = False
            self._thread = threading.Thread(target=self._loop, name="dremeta-training", daemon=True)
            self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether there is a training thread, be it training or waiting."""
        return self._thread is not None

    # Waiting, and training inline: in the caller's thread.

    def join(self, timeout: float = 10.0) -> bool:
        """Wait, at most `timeout` seconds, for the thread to end after `stop`; returns whether it has ended."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return not self.alive

    def require(self, iterations: int) -> list[dict[str, float]]:
        """Make sure that the history has so many iterations: wait for them while training runs, else train the rest right here.

        An interrupt ends the waiting and pauses the training.

        Raises:
            BaseException: the exception that ended the training, if it ended before.
        """
        self._wait_while_running(iterations)
        missing = iterations - len(self.history)
        if missing > 0 and self.error is not None:
            raise self.error
        if missing > 0:
            self.run(missing)
        return self.history

    def _wait_while_running(self, iterations: int) -> None:
        try:
            with self._orders.changed:
                while self.state == "running" and len(self.history) < iterations:
                    self._orders.changed.wait(0.1)  # short waits, so that an interrupt gets through on every system
        except KeyboardInterrupt:
            self.pause()
            raise

    def run(self, iterations: int) -> None:
        """Train in the caller's thread, for tests and for notebooks that nobody looks at. What training raises, the caller gets.

        The training thread, if there is one, is paused meanwhile; an iteration that it left unfinished is undone.
        """
        pause_all()
        self._stand_aside(True)
        try:
            with self._mine:
                self._run_inline(iterations)
        finally:
            self._stand_aside(False)

    def _stand_aside(self, aside: bool) -> None:
        with self._orders.changed:
            self._orders.aside = aside
            self._orders.changed.notify_all()

    def refresh(self) -> None:
        """Show the latest state now, unless somebody advances the learner, who will show it anyway."""
        if self._mine.acquire(blocking=False):
            try:
                self._obey()
                self._orders.shown = True
                self.watch(True)
            finally:
                self._mine.release()

    def _catch_up(self) -> None:
        """Without a training thread nobody would look at the flags, so the caller does."""
        if not self.alive:
            self.refresh()

    # The training thread.

    def _loop(self) -> None:
        warm_up()
        while self._wait_for_work():
            with self._mine:
                self._work()
        with self._mine, contextlib.suppress(Exception):
            self.watch(True)

    def _wait_for_work(self) -> bool:
        with self._orders.changed:
            if self._orders.wait_for_work():
                return True
            self._thread, self.state = None, "stopped"  # still under the condition: a `start` from now on makes a new thread
            return False


_everyone: "weakref.WeakSet[Runner]" = weakref.WeakSet()
_everyone_lock = threading.RLock()


def pause_all(but: Runner | None = None) -> None:
    """Pause every runner (except one). It only sets flags, so a signal handler may call it."""
    with _everyone_lock:
        runners = list(_everyone)
    for runner in runners:
        if runner is not but:
            runner.crowded_out |= but is not None and runner.state == "running"
            runner.pause()


@atexit.register
def _stop_all() -> None:
    """A thread that is inside torch while the interpreter shuts down would crash it."""
    for runner in list(_everyone):
        runner.stop()
        runner.join(5)
