"""Calls made by Ray's actors, also on other machines, as `workers.py` says; and the choice between Ray, processes and neither. Ray is the
extra `scale`.
"""

import os
import socket
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import cloudpickle

from dremeta_lite.speed import prepare_cpu
from dremeta_lite.workers import DEATHS, Call, Found, Inline, Processes, Tick, Workers

STARTING = (
    "It gives itself 30 seconds, three times, in which a busy machine may not get it started: try again when less is running. Or start one "
    "by hand (`ray start --head`), wait until `ray status` answers, and join it: --ray auto."
)
JOINING = "Does `ray status` answer there, is it of the same version, and is the address host:port or auto?"


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
        raise ValueError(f"there has to be at least 1 worker, got {many}: give a larger number")
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
