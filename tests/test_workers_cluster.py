"""A cluster of two machines, as far as Ray can tell: one is lost with all that is on it; commands join, and leave all as it was."""

# pyright: reportMissingImports=false
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
import torch
from test_workers import trained

from dremeta_lite import store
from dremeta_lite.meta import SplitMAML
from dremeta_lite.ray_workers import RayWorkers, import_ray
from dremeta_lite.recording import benchmarks, runner
from dremeta_lite.recording.runner import Job, Tick, results
from dremeta_lite.tasks import Navigation2D

pytest.importorskip("ray")
pytestmark = [pytest.mark.scale, pytest.mark.filterwarnings("ignore")]
ROOT = Path(__file__).parents[1]
MACHINE = {"num_cpus": 1, "object_store_memory": 100_000_000}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Its first machine, which has one processor. It does not know where this package is."""
    import_ray()
    from ray._private.authentication.authentication_token_setup import enable_token_auth_by_default, ensure_token_if_auth_enabled
    from ray.cluster_utils import Cluster

    enable_token_auth_by_default()  # as `ray.init` and, where there is a token, `ray start`
    ensure_token_if_auth_enabled()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)
        cluster = Cluster(initialize_head=True, head_node_args={**MACHINE, "include_dashboard": False})
        yield cluster
        cluster.shutdown()


@pytest.fixture
def workers(cluster: Any) -> Iterator[RayWorkers]:
    """Two, each of which needs a processor."""
    with RayWorkers(2, cluster.address) as workers:
        assert machine() == cluster.head_node.node_id, "this process has joined by the first machine"
        yield workers


def machine() -> str:
    """On which this is called."""
    return import_ray().get_runtime_context().get_node_id()


def machines(workers: RayWorkers) -> set[str]:
    """On which there is one of them now."""
    return set(workers.map(lambda _: (time.sleep(0.2), machine())[1], range(4)))


def lose(cluster: Any, node: Any) -> None:
    """A machine, with all that runs on it."""
    root = psutil.Process(raylet(node))
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.Error):
            process.kill()
    cluster.remove_node(node, allow_graceful=False)


class Log:
    """Which calls began and ended, and on which machine: a file, since workers write it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self, word: str) -> list[tuple[str, str]]:
        """Machine and call."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        return [(line.split()[1], line.split()[2]) for line in text.splitlines() if line.startswith(word)]

    def write(self, *words: Any) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{' '.join(map(str, words))}\n")

    def telling(self, function: Callable[[Any], Any], seconds: float) -> Callable[[int, Tick], Any]:
        """The function, which takes so many seconds more."""

        def told(number: int, tick: Tick) -> Any:
            self.write("begin", machine(), number)
            time.sleep(seconds)
            result = function(number)
            self.write("end", machine(), number)
            return result

        return told


def until(condition: Callable[[], Any], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_a_recording_goes_on_when_a_machine_is_lost(
    cluster: Any, workers: RayWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit what one process records. The machine goes in the middle of its second run; then there is room for one worker only."""
    second, log, jobs = cluster.add_node(**MACHINE), Log(tmp_path / "log"), [Job("row", seed, "row", 2) for seed in range(8)]
    here = results(tmp_path / "here.json", jobs, trained)
    run = log.telling(lambda seed: trained(jobs[seed], lambda: None), 0.3)
    there = lambda: [number for place, number in log.lines("begin") if place == second.node_id]

    def fail() -> None:
        until(lambda: len(there()) == 2)
        lose(cluster, second)

    failing = Thread(target=fail)
    failing.start()
    monkeypatch.setattr(runner, "_workers", workers)
    assert results(tmp_path / "there.json", jobs, lambda job, tick: run(job.seed, tick)) == here
    failing.join()
    begun = Counter(number for _, number in log.lines("begin"))
    assert begun == {str(job.seed): 1 + (str(job.seed) == there()[1]) for job in jobs}, "what was under way is made again, and nothing else"


def test_results_that_are_lost_with_a_machine_are_made_again(cluster: Any, workers: RayWorkers, tmp_path: Path) -> None:
    """Large ones stay where they were made until somebody asks for them."""
    second, log = cluster.add_node(**MACHINE), Log(tmp_path / "log")
    until(lambda: len(machines(workers)) == 2)
    found = workers.each(log.telling(lambda number: torch.full((500_000,), float(number)), 0.2), range(8))
    first = next(found)
    until(lambda: [number for place, number in log.lines("end") if place == second.node_id and int(number) != first[0]])
    time.sleep(1)  # it has returned, and nobody has asked for what yet
    lose(cluster, second)
    every = [first, *found]
    assert sorted(place for place, _ in every) == list(range(8))
    assert all((result == place).all() for place, result in every)


def test_a_meta_batch_is_that_of_one_process_though_a_machine_is_lost_and_another_comes(cluster: Any, workers: RayWorkers) -> None:
    """Bit for bit, with two workers, with the one that is left, and with a second one again."""
    here, there = (SplitMAML(Navigation2D(), 2, hidden=(8,), tasks=6, workers=each) for each in (None, workers))
    for _ in range(2):
        second = cluster.add_node(**MACHINE)
        until(lambda: len(machines(workers)) == 2)
        failing = Thread(target=lambda: (time.sleep(0.02), lose(cluster, second)))  # noqa: B023
        failing.start()
        for _ in range(3):
            assert there.step() == here.step()
        failing.join()
    assert machines(workers) == {cluster.head_node.node_id}
    assert all(torch.equal(p, there.state_dict()[name]) for name, p in here.state_dict().items())


def test_where_no_machine_has_room_a_sentence_says_so(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with RayWorkers(1, cluster.address) as there:
        assert there.map(abs, [-1]) == [1]
        monkeypatch.setattr(RayWorkers, "patience", 1.0)
        with pytest.raises(RuntimeError, match=r"of the \d processors that Ray has, none is free"):
            RayWorkers(1, cluster.address).map(abs, [-1])


def test_a_command_joins_a_cluster_goes_on_in_it_and_leaves_it_as_it_was(cluster: Any, tmp_path: Path) -> None:
    """Once by its address, stopped by Ctrl-C, and once as the one of this machine. Workers get the package from the command."""
    names = ["--benchmarks", "bandit", "--methods", "rl2", "--seeds", "2", "--iterations", "5", "--to"]
    environ = {name: value for name, value in os.environ.items() if name != "RAY_AUTH_MODE"}
    runs = lambda folder: store.read_figures(folder / "bandit.json", "compare")["methods"]["rl2"]["runs"]

    def command(address: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "dremeta_lite.recording", "compare", *names, "there", "--ray", address]
        told = {**environ, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(line, cwd=tmp_path, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    first = command(cluster.address)
    until(lambda: (tmp_path / "there" / "bandit.json").exists())
    first.send_signal(signal.SIGINT)
    told = first.communicate(timeout=60)[1].decode()
    assert first.returncode == 130 and told.endswith("if it keeps them.\n") and "Traceback" not in told, told
    until(lambda: not actors())
    kept = runs(tmp_path / "there")
    assert len(kept) == 1
    second = command("auto")
    until(lambda: actors())
    second.communicate(timeout=120)
    assert second.returncode == 0
    until(lambda: not actors())
    made = runs(tmp_path / "there")
    assert [run for run in made if run in kept] == kept
    benchmarks.main([*names, str(tmp_path / "here")])
    told = lambda run: [(each["iteration"], each["returns"]) for each in run["checkpoints"]]
    assert list(map(told, made)) == list(map(told, runs(tmp_path / "here")))
    look = lambda _: subprocess.check_output(
        [sys.executable, "-c", "import dremeta_lite; print(dremeta_lite.__file__)"], cwd="/", text=True
    )
    with RayWorkers(1, cluster.address) as workers:  # the cluster is still there
        (found,) = workers.map(look, [0])
    assert "py_modules" in found, "where a new Python finds the package, to which nobody has told of this folder"


def test_a_sweep_runs_on_a_cluster_and_leaves_it_as_it_was(cluster: Any, tmp_path: Path) -> None:
    """It starts no Ray of its own: its tries run on the cluster's machine, and the cluster answers when they have ended."""
    line = [sys.executable, "-m", "dremeta_lite.recording", "sweep", "MAML", "Navigation2D", "inner_lr", "--samples", "2"]
    line += ["--iterations", "3", "--to", str(tmp_path), "--ray", cluster.address]
    with subprocess.Popen(line, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL) as sweep:
        until(lambda: named(psutil.Process(raylet(cluster.head_node)), "ray::Impl"))  # as Tune calls what makes a try
        assert sweep.wait(200) == 0
    found = store.read_figures(tmp_path / "sweep.json", "sweep")["tries"]
    assert len(found) == 2 and {each["iteration"] for each in found} == {3}
    with RayWorkers(1, cluster.address) as workers:
        assert workers.map(abs, [-1]) == [1]


def raylet(node: Any) -> int:
    """The process of Ray on this machine, from which all workers there come."""
    return node.all_processes["raylet"][0].process.pid


def actors() -> list[psutil.Process]:
    """Processes of our workers."""
    return named(psutil.Process(), "ray::_Actor")


def named(root: psutil.Process, name: str) -> list[psutil.Process]:
    """Those below this one whose name begins so."""
    found = []
    for process in root.children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            found += [process] * process.name().startswith(name)
    return found
