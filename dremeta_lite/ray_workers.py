"""Calls made by Ray's actors, also on other machines, as `workers.py` says; and the choice between Ray, processes and neither. Ray is the
extra `scale`.
"""

import os
import socket
import sys
from collections import Counter, deque
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
NO_ROOM = (
    "For {:.0f} seconds there was no worker: of the {:.0f} processors that Ray has, none is free. `ray status` says who has them, and "
    "which machines are left. What is recorded is kept: start again when there is room."
)
LOST = "A call has lost its worker {} times: perhaps the memory does not suffice."
NEVER = (
    "{} workers in a row were lost before they had a call. If the Ray there was started without a token, and this machine has one, join it "
    "with RAY_AUTH_MODE=disabled."
)
JOINING = (
    "Does `ray status` answer there, is it of the same version, has this machine its token (~/.ray/auth_token), and is the address "
    "host:port or auto?"
)


class RayWorkers(Workers):
    """Ray's actors. One that has died is replaced wherever there is room, and its call is made again by whoever is there: with a machine
    its workers are gone, and the others go on.

    Args:
        many: how many; as many as there are processors if None.
        address: of a Ray that runs, "auto" for the one on this machine; None starts one here, which ends with `close`. Ray sends this
            package to the machines; what a call reads or writes in files has to be in a folder that they share.

    Raises:
        ModuleNotFoundError, ConnectionError: Ray is not installed, or does not answer. Both say in a sentence what to do.
    """

    ticks = False
    patience = 300.0
    """Seconds without any worker before `each` gives up: a machine may yet come."""

    def __init__(self, many: int | None = None, address: str | None = None) -> None:
        self._many, self._address, self._ray = many, address, import_ray()
        self.actors: list[Any] = []
        self._answered: set[Any] = set()  # actors that live, as far as is known; the others may be waiting for room
        self._join()

    def _join(self) -> None:
        ray, many, address = self._ray, self._many, self._address
        if address and "://" not in address and ":" in address:
            _knock(address)
        self._ours = not ray.is_initialized()
        if self._ours:
            start_ray(ray, many, address)
        self.many = many or max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._kind = ray.remote(num_cpus=1 if address else 0)(_Actor)  # one that Ray itself would start again keeps its call, room or not
        self.actors = [self._kind.remote(sys.path) for _ in range(self.many)]

    def each(self, function: Call, inputs: Sequence[Any], tick: Tick = lambda: None) -> Found:
        if not self.actors:  # closed, perhaps by an error of the last call
            self._join()
        try:
            yield from self._each(self._ray.put(cloudpickle.dumps(function)), inputs)
        except BaseException:
            self.close()
            raise

    def _each(self, call: Any, inputs: Sequence[Any]) -> Found:
        ray, left, missing = self._ray, deque(range(len(inputs))), len(inputs)
        asked: dict[Any, tuple[Any, int | None]] = {}  # of an answer to come: by which actor, and the place of its input, if it got one
        deaths: Counter[int | None] = Counter()

        def engage(actor: Any) -> None:
            """Give a call to an actor, or ask whether it is there."""
            if actor not in self._answered:
                asked[actor.make.remote()] = actor, None
            elif left:
                place = left.popleft()
                asked[actor.make.remote(call, cloudpickle.dumps(inputs[place]))] = actor, place

        for actor in self.actors:
            engage(actor)
        while missing:
            done, _ = ray.wait(list(asked), timeout=self.patience)
            if not done and not any(place is not None for _, place in asked.values()):
                raise RuntimeError(NO_ROOM.format(self.patience, ray.cluster_resources().get("CPU", 0)))
            for answer in done:
                actor, place = asked.pop(answer)
                try:
                    found = ray.get(answer)
                except ray.exceptions.RayTaskError:  # what the call itself has raised
                    raise
                except ray.exceptions.RayError as error:  # its process or its machine is gone, or its answer with them
                    deaths[place] += 1
                    if place is None and deaths[None] > DEATHS + self.many:  # as many as a machine takes along, and some
                        raise RuntimeError(f"{NEVER.format(deaths[None])} {error}") from None
                    if place is not None and deaths[place] > DEATHS:
                        raise RuntimeError(f"{LOST.format(deaths[place])} {error}") from None
                    if place is not None:
                        left.appendleft(place)
                    self._replace(actor)
                    busy = {each for each, _ in asked.values()}
                    for each in [each for each in self.actors if each not in busy]:
                        self._answered.discard(each)  # it may have gone with the same machine
                        engage(each)
                    continue
                self._answered.add(actor)
                deaths[None] = 0
                engage(actor)
                if place is not None:
                    missing -= 1
                    yield place, cloudpickle.loads(found)

    def _replace(self, actor: Any) -> None:
        self._ray.kill(actor)
        self._answered.discard(actor)
        self.actors[self.actors.index(actor)] = self._kind.remote(sys.path)

    def lose_one(self) -> None:
        self._ray.kill(self.actors[0])

    def close(self) -> None:
        if self._ours:
            self._ray.shutdown()
        else:
            for actor in self.actors:
                self._ray.kill(actor)
        self.actors, self._answered = [], set()


class _Actor:
    """What lives in a worker of Ray."""

    def __init__(self, path: Sequence[str]) -> None:
        sys.path.extend(place for place in path if place not in sys.path)  # what is imported there is imported here
        prepare_cpu()

    def make(self, call: bytes | None = None, argument: bytes = b"") -> bytes:
        """The result of the call, or nothing: a sign of life."""
        return cloudpickle.dumps(cloudpickle.loads(call)(cloudpickle.loads(argument), lambda: None)) if call else b""


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
            ray.init("local", num_cpus=many, include_dashboard=False, object_store_memory=200_000_000, **quiet)
        else:
            setup = import_module("ray._private.authentication.authentication_token_setup")
            setup.maybe_enable_token_auth_if_token_available(warn_if_disabled=False)  # as Ray itself does for "auto" and for `ray start`
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
