"""Ray's workers: the same numbers, and what a computing centre does to them: workers killed, the driver stopped, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import torch
from test_workers import JOBS, trained

from dremeta_lite.meta import SplitMAML
from dremeta_lite.ray_workers import RayWorkers, import_ray
from dremeta_lite.recording.runner import Tick, results
from dremeta_lite.tasks import Navigation2D

pytest.importorskip("ray")
pytestmark = [pytest.mark.scale, pytest.mark.filterwarnings("ignore")]
RECORDING = """
import sys, time
from pathlib import Path
from dremeta_lite.recording import runner
from dremeta_lite.meta import SplitMAML
from dremeta_lite.recording.runner import Job
TO, N = Path(sys.argv[1]), int(sys.argv[2])
def run(job, tick):
    with open(TO.with_suffix(".log"), "a") as log:
        log.write(f"{job.seed}\\n")
    time.sleep(0.5)
    return job.seed ** 2
if __name__ == "__main__":
    runner.options("toggles", "A test.", sys.argv[3:], runner.store.DATA / "x.json", seeds=1)
    jobs = [Job("row", seed, "row", 1) for seed in range(N)]
    runner.finish(TO, runner.results(TO, jobs, run))
"""


@pytest.fixture(scope="module")
def workers() -> Iterator[RayWorkers]:
    with RayWorkers(2) as workers:
        yield workers


def test_ray_computes_what_is_computed_here(workers: RayWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit: every run has its own generator and one thread."""
    from dremeta_lite.recording import runner

    here = results(tmp_path / "here.json", JOBS, trained)
    monkeypatch.setattr(runner, "_workers", workers)
    assert results(tmp_path / "there.json", JOBS, trained) == here


def test_workers_killed_while_they_work_lose_nothing(workers: RayWorkers) -> None:
    """Twice a process is killed from outside, as a machine does that runs out of memory."""
    ray = import_ray()
    pids = set(workers.map(lambda _: (time.sleep(0.2), os.getpid())[1], range(4)))
    assert len(pids) == 2

    def slow(number: int, tick: Tick) -> tuple[int, int]:
        time.sleep(0.5)
        return number, os.getpid()

    def kill() -> None:
        time.sleep(0.7)
        ray.kill(workers.actors[0])
        time.sleep(0.5)
        ray.kill(workers.actors[1])

    killer = threading.Thread(target=kill)
    killer.start()
    found = list(workers.each(slow, range(10)))
    killer.join()
    assert sorted(place for place, _ in found) == list(range(10)) and all(place == number for place, (number, _) in found)
    assert len({pid for _, (_, pid) in found}) >= 3, "some were made by workers that did not exist in the beginning"


def test_a_meta_batch_over_ray_is_that_of_one_process_though_a_worker_is_killed(workers: RayWorkers) -> None:
    """Bit for bit: a share that is computed again gives the same numbers, and gradients are added in order."""
    here, there = (SplitMAML(Navigation2D(), 2, hidden=(8,), tasks=6, workers=each) for each in (None, workers))
    for iteration in range(6):
        if iteration == 2:
            threading.Timer(0.02, workers.lose_one).start()
        assert there.step() == here.step()
    assert all(torch.equal(p, there.state_dict()[name]) for name, p in here.state_dict().items())


def start(folder: Path, n: int, *who: str) -> subprocess.Popen[bytes]:
    (folder / "recording.py").write_text(RECORDING, encoding="utf-8")
    command = [sys.executable, str(folder / "recording.py"), str(folder / "table.json"), str(n), *who]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, start_new_session=True)


def logged(folder: Path) -> list[int]:
    log = folder / "table.log"
    return [int(line) for line in log.read_text(encoding="utf-8").split()] if log.exists() else []


def until(condition: object, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.1)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_a_driver_that_is_stopped_leaves_no_daemon_and_goes_on(how: signal.Signals, tmp_path: Path) -> None:
    """The second start does what had not been kept, without Ray here: the finished runs are not made again, those under way are."""
    driver = start(tmp_path, 8, "--ray", "--workers", "2")
    until(lambda: len(logged(tmp_path)) >= 4)
    family = psutil.Process(driver.pid).children(recursive=True)
    assert any("raylet" in process.name() for process in family)
    driver.send_signal(how)
    driver.wait(60)
    until(lambda: not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE], 180)
    before = logged(tmp_path)
    assert len(before) < 8 and not (tmp_path / "table.json").exists()
    assert start(tmp_path, 8).wait(180) == 0
    assert json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))["row"] == [seed**2 for seed in range(8)]
    times = [logged(tmp_path).count(seed) for seed in range(8)]
    assert min(times) == 1 and max(times) <= 2 and sum(times) <= 8 + 2, "only the two that were under way are made again"


def test_an_address_where_nothing_is_gets_a_sentence() -> None:
    """Ray itself would end the process there."""
    with pytest.raises(ConnectionError, match=r"No Ray answers at 127\.0\.0\.1:1 .*ray status"):
        RayWorkers(1, "127.0.0.1:1")
