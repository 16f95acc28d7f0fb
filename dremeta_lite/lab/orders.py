"""What a runner has been asked to do: flags that any thread may set, and that the training thread looks at."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Number = float | int | bool


@dataclass(frozen=True)
class Change:
    """A hyperparameter that was changed after `iteration` completed iterations."""

    iteration: int
    name: str
    symbol: str
    old: Number
    new: Number


def record(changes: Sequence[Change], change: Change) -> list[Change]:
    """The log with one more change. A slider that is dragged changes many times between two iterations; that counts as one change."""
    same = [c for c in changes if (c.iteration, c.name) == (change.iteration, change.name)]
    merged = replace(change, old=same[0].old) if same else change
    return [c for c in changes if c not in same] + [merged] * (merged.old != merged.new)


class Orders:
    """Flags behind one condition.

    Attributes:
        changed: the condition; hold it to look at several flags at once, or to wait until one of them changes.
        go: train until told otherwise.
        steps: how many single iterations to train.
        quit: end the thread.
        aside: make way for what trains in another thread.
        settled: the order to rest was seen and carried out.
        shown: the order to show what there is was carried out.
        back: go back to this iteration, if it is not None.
        seed: begin again with this seed, if it is not None;
        device: and on this device, if it is not None.
        values: hyperparameters to change, by name.
        calls: what else is to be done between two iterations.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.go, self.quit, self.aside = False, False, False
        self.steps, self.settled, self.shown = 0, True, True
        self.back: int | None = None
        self.seed: int | None = None
        self.device: str | None = None
        self.values: dict[str, Number] = {}
        self.calls: list[Callable[[], Any]] = []

    def give(self, go: bool = False, steps: int = 0, quit: bool = False) -> None:
        """Start (`go`), do some single steps more, end (`quit`), or else: pause."""
        with self.changed:
            self.go, self.quit, self.settled = go, quit, False
            self.steps = self.steps + steps if steps else 0
            self.changed.notify_all()

    def to_train(self) -> bool:
        return self.go or self.steps > 0

    def to_leave(self) -> bool:
        """Whether something comes before any training."""
        return self.quit or self.aside or self.seed is not None or self.back is not None

    def to_do(self) -> bool:
        """Whether there is anything for the training thread to do, be it only to come to rest."""
        waiting = bool(self.values or self.calls) or self.seed is not None or self.back is not None
        return self.to_train() or waiting or not (self.settled and self.shown)

    def going(self) -> bool:
        return self.to_train() and not self.to_leave()

    def wait_for_work(self) -> bool:
        """Wait until there is something to do: True, or until the thread is to end: False."""
        with self.changed:
            while not self.quit and (self.aside or not self.to_do()):
                self.changed.wait()
            return not self.quit

    def take_back(self) -> int | None:
        """The iteration to go back to, if any; it is then no longer asked for."""
        with self.changed:
            back, self.back = self.back, None
            return back

    def take_changes(self) -> tuple[Mapping[str, Number], Sequence[Callable[[], Any]], int | None, str | None]:
        """The hyperparameters to change, what else is to be done, and the seed and the device to begin again with; they are then no longer
        asked for."""
        with self.changed:
            values, self.values = self.values, {}
            calls, self.calls = self.calls, []
            seed, self.seed = self.seed, None
            device, self.device = self.device, None
            return values, calls, seed, device

    def step_done(self) -> None:
        with self.changed:
            self.steps = max(0, self.steps - 1)
            self.changed.notify_all()
