"""Where calls are made: here, in some processes, or by Ray's actors (`ray_workers.py`). One interface, and the same numbers from each.

>>> with Processes(2) as workers:
...     workers.map(abs, [-3, 4])
[3, 4]

A call gets all that it needs as an argument and leaves nothing behind, so it does not matter who makes it, or who makes it again: a worker
that dies is replaced, and its call is repeated. Each worker has one thread of torch (`DREMETA_THREADS`).
"""

import os
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, Self

import cloudpickle

from dremeta_lite.speed import prepare_cpu

Tick = Callable[[], Any]
"""Called for each piece of a call that is done: it moves a progress bar on."""
Call = Callable[[Any, Tick], Any]
Found = Generator[tuple[int, Any], None, None]
"""The place of an input and what came of it, one after the other."""
DEATHS = 3
"""So often a call may lose its worker before it is given up: then it is probably the call that ends it."""


class Workers(ABC):
    """Some workers. What is handed to them and what they return is pickled, except by `Inline`."""

    many: int
    ticks = True
    """Whether calls can be followed while they are made."""

    @abstractmethod
    def each(self, function: Call, inputs: Sequence[Any], tick: Tick = lambda: None) -> Found:
        """Call `function(input, tick)` for each of the inputs, and yield the place of an input and its result, as they become ready.
        Raises what a call raises; and RuntimeError: the same call has lost its worker again and again."""

    def map(self, function: Callable[[Any], Any], inputs: Sequence[Any]) -> list[Any]:
        """The results of `function(input)` in the order of the inputs."""
        found = dict(self.each(lambda each, _: function(each), inputs))
        return [found[place] for place in range(len(inputs))]

    def lose_one(self) -> None:  # noqa: B027
        """End one worker, whatever it does just now, as a machine that fails would: to see that nothing is lost with it."""

    def close(self) -> None:  # noqa: B027
        """End the workers."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Inline(Workers):
    """No workers: every call is made here, one after the other."""

    many = 1

    def each(self, function: Call, inputs: Sequence[Any], tick: Tick = lambda: None) -> Found:
        for place, each in enumerate(inputs):
            yield place, function(each, tick)


class Processes(Workers):
    """Processes of this machine. They start at the first call, and end with `close` or with the process that started them."""

    def __init__(self, many: int = 2) -> None:
        self.many, self._pool = many, None

    def each(self, function: Call, inputs: Sequence[Any], tick: Tick = lambda: None) -> Found:
        call, left, deaths = cloudpickle.dumps(function), dict(enumerate(inputs)), 0
        try:
            while left:
                try:
                    for place, result in self._each(call, left, tick):
                        del left[place]
                        deaths = 0
                        yield place, result
                except BrokenProcessPool:
                    self.close()
                    if (deaths := deaths + 1) > DEATHS:
                        raise RuntimeError(
                            f"A worker process was ended from outside {deaths} times in a row, without any result between: perhaps the "
                            "memory does not suffice. Use fewer workers."
                        ) from None
        except BaseException:  # Ctrl-C, or whoever asked wants no more
            self.close()
            raise

    def _each(self, call: bytes, inputs: dict[int, Any], tick: Tick) -> Found:
        if self._pool is None:
            self._context = _Recorded()
            self._ticks = self._context.SimpleQueue()
            self._pool = ProcessPoolExecutor(self.many, self._context, _begin, (self._ticks,))
        waiting = {self._pool.submit(_make, call, cloudpickle.dumps(each)): place for place, each in inputs.items()}
        while waiting:
            done, _ = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED)
            while not self._ticks.empty():
                self._ticks.get()
                tick()
            for future in done:
                yield waiting.pop(future), cloudpickle.loads(future.result())

    def lose_one(self) -> None:
        if self._pool is not None:
            self._context.started[-1].kill()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for process in self._context.started:
                if process.pid is not None:  # else it never came to start
                    process.terminate()
            for process in self._context.started:
                while process.is_alive():  # the pool's own thread waits for it, too: whoever comes second hears of its end a moment later
                    process.join(0.01)
            self._pool = None


class _Recorded(SpawnContext):
    """Starts processes afresh, as on every system, and knows which it has started."""

    def __init__(self) -> None:
        self.started: list[BaseProcess] = []

    def Process(self, *arguments: Any, **options: Any) -> BaseProcess:  # type: ignore[override]
        self.started.append(super().Process(*arguments, **options))
        return self.started[-1]


_tick: Tick = lambda: None  # noqa: E731


def _begin(ticks: Any) -> None:
    """The first thing that a worker process does."""
    global _tick
    _tick = lambda: ticks.put(None)  # noqa: E731
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare_cpu()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _make(call: bytes, argument: bytes) -> bytes:
    """As bytes, since a tensor would come back in shared memory, which ends with the worker."""
    return cloudpickle.dumps(cloudpickle.loads(call)(cloudpickle.loads(argument), _tick))


def in_own_process(function: Call, argument: Any, tick: Tick = lambda: None) -> Any:
    """One call in a process of its own, which has done nothing before."""
    with Processes(1) as workers, closing(workers.each(function, [argument], tick)) as found:
        return next(found)[1]
