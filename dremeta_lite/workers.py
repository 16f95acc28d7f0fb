"""Where calls are made: here, in some processes, or by Ray's actors, also on other machines. One interface, and the same numbers from each.

>>> with Processes(2) as workers:
...     workers.map(abs, [-3, 4])
[3, 4]

A call gets all that it needs as an argument and leaves nothing behind, so it does not matter who makes it, or who makes it again: a worker
that dies is replaced, and its call is repeated. Each worker has one thread of torch (`DREMETA_THREADS`). Ray is the extra `scale`.
"""

import os
import signal
import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
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


STARTING = (
    "It gives itself 30 seconds, three times, in which a busy machine may not get it started: try again when less is running. Or start one "
    "by hand (`ray start --head`), wait until `ray status` answers, and join it: --ray auto."
)
JOINING = "Does `ray status` answer there, is it of the same version, and is the address host:port or auto?"


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
                process.terminate()
            for process in self._context.started:
                process.join()
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


class RayWorkers(Workers):
    """Ray's actors. Ray starts an actor again that has died, wherever there is room, and repeats its call.

    Args:
        many: how many; as many as there are processors if None.
        address: of a Ray that runs, "auto" for the one on this machine; None starts one here, which ends with `close`. Ray sends this
            package to the machines; what a call reads or writes in files has to be in a folder that they share.

    Raises:
        ModuleNotFoundError, ConnectionError: Ray is not installed, or does not answer. Both say in a sentence what to do.
    """

    ticks = False

    def __init__(self, many: int | None = None, address: str | None = None) -> None:
        self._many, self._address, self._ray = many, address, import_ray()
        self.actors: list[Any] = []
        self._join()

    def _join(self) -> None:
        ray, many, address = self._ray, self._many, self._address
        if address and "://" not in address and ":" in address:
            _knock(address)
        self._ours = not ray.is_initialized()
        if self._ours:
            start_ray(ray, many, address)
        self.many = many or max(1, int(ray.cluster_resources().get("CPU", 1)))
        kind = ray.remote(num_cpus=1 if address else 0, max_restarts=-1, max_task_retries=DEATHS)(_Actor)
        self.actors = [kind.remote(sys.path) for _ in range(self.many)]

    def each(self, function: Call, inputs: Sequence[Any], tick: Tick = lambda: None) -> Found:
        if not self.actors:  # closed, perhaps by an error of the last call
            self._join()
        pool, call = self._ray.util.ActorPool(self.actors), self._ray.put(cloudpickle.dumps(function))
        try:
            for place, each in enumerate(inputs):
                pool.submit(lambda actor, value: actor.make.remote(call, *value), (place, cloudpickle.dumps(each)))
            while pool.has_next():
                place, result = pool.get_next_unordered()
                yield place, cloudpickle.loads(result)
        except self._ray.exceptions.RayActorError as error:
            self.close()
            raise RuntimeError(f"A call has lost its worker {DEATHS + 1} times: perhaps the memory does not suffice. {error}") from None
        except BaseException:
            self.close()
            raise

    def lose_one(self) -> None:
        self._ray.kill(self.actors[0], no_restart=False)

    def close(self) -> None:
        if self._ours:
            self._ray.shutdown()
        else:
            for actor in self.actors:
                self._ray.kill(actor)
        self.actors = []


class _Actor:
    """What lives in a worker of Ray."""

    def __init__(self, path: Sequence[str]) -> None:
        sys.path.extend(place for place in path if place not in sys.path)  # what is imported there is imported here
        prepare_cpu()

    def make(self, call: bytes, place: int, argument: bytes) -> tuple[int, bytes]:
        return place, cloudpickle.dumps(cloudpickle.loads(call)(cloudpickle.loads(argument), lambda: None))


def import_ray() -> ModuleType:
    """Ray. Raises ModuleNotFoundError: how to install it."""
    try:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # else it reports to its makers
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else it warns
        return import_module("ray")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "Ray is not installed here: install the course's extra by `python -m pip install 'ray[tune]==2.60.0'`, or go without it, "
            "by processes (`--workers 2`)."
        ) from None


def _knock(address: str) -> None:
    """Where nothing answers, Ray itself would end this process. Raises ConnectionError."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError) as error:
        raise ConnectionError(f"No Ray answers at {address} ({error}). {JOINING}") from None


def start_ray(ray: ModuleType, many: int | None, address: str | None, tries: int = 3) -> None:
    """Start a Ray for so many workers, or join the one at this address. Raises ConnectionError."""
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if address is None:
            ray.init(num_cpus=many, include_dashboard=False, object_store_memory=200_000_000, **quiet)
        else:
            ray.init(address, runtime_env={"py_modules": [str(Path(__file__).parent)]}, **quiet)
    except Exception as error:
        ray.shutdown()
        if address is None and tries > 1:  # its files are in memory now
            return start_ray(ray, many, address, tries - 1)
        told = (str(error).strip() or type(error).__name__).splitlines()[0]
        if address is None:
            raise ConnectionError(f"Ray did not start: {told} {STARTING}") from None
        raise ConnectionError(f"No Ray answers at {address}: {told} {JOINING}") from None


def workers_for(many: int, ray: str | None = None) -> Workers:
    """What `--workers many` and `--ray [address]` ask for; `ray` is "local" for one that is started here. Raises as `RayWorkers`."""
    if many < 1:
        raise ValueError(f"there have to be at least 1 worker, got {many}")
    if ray is not None:
        return RayWorkers(many if many > 1 or ray == "local" else None, None if ray == "local" else ray)
    return Processes(many) if many > 1 else Inline()


def ray_or_processes(many: int) -> Workers:
    """Ray's workers where the extra `scale` is installed and Ray starts, else processes. Says which."""
    try:
        workers = workers_for(many, "local" if find_spec("ray") else None)
    except ConnectionError as error:
        print(error)
        workers = workers_for(many)
    print(f"{many} workers: {'actors of Ray' if isinstance(workers, RayWorkers) else 'processes of this machine'}")
    return workers


def in_own_process(function: Call, argument: Any, tick: Tick = lambda: None) -> Any:
    """One call in a process of its own, which has done nothing before."""
    with Processes(1) as workers, closing(workers.each(function, [argument], tick)) as found:
        return next(found)[1]
