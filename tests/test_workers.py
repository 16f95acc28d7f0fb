"""Workers: the same numbers from each kind, a dead one is replaced, what a call raises comes back, and none is left behind."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite import store, workers
from dremeta_lite.meta import MAML
from dremeta_lite.ray_workers import import_ray, workers_for
from dremeta_lite.recording import runner
from dremeta_lite.recording.runner import Job, results, train
from dremeta_lite.tasks import Navigation2D
from dremeta_lite.workers import Found, Inline, Processes, Tick, Workers, in_own_process

JOBS = [Job(row, seed, row, 2) for row in ("one", "two") for seed in range(2)]


def trained(job: Job, tick: Tick) -> list[float]:
    """A short training: the last numbers of it."""
    learner = MAML(Navigation2D(), job.seed, hidden=(4,), tasks=2, trajectories=2, inner_steps=1 if job.row == "one" else 2)
    return list(train(learner, job.iterations, tick).history[-1].values())


def killed_once(place: Any, tick: Tick) -> int:
    """Ends its own process the first time that it is called with this file."""
    number, file = place
    if number == 1 and not file.exists():
        file.touch()
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    return number


@pytest.fixture(scope="module")
def processes() -> Iterator[Workers]:
    with Processes(2) as workers:
        yield workers
    assert not multiprocessing.active_children()


def test_processes_compute_what_is_computed_here(processes: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit: every run has its own generator and one thread."""
    here, ticks = results(tmp_path / "here.json", JOBS, trained), []
    monkeypatch.setattr(runner, "_workers", processes)
    assert results(tmp_path / "there.json", JOBS, trained) == here
    found = dict(processes.each(lambda job, tick: trained(job, tick), JOBS[:1], lambda: ticks.append(1)))  # a lambda, as recordings have
    assert found == {0: here["one"][0]} and len(ticks) <= 2, "the last ticks may still be on their way when the result is there"


def test_a_worker_that_dies_is_replaced_and_nothing_is_lost_or_done_twice(processes: Workers, tmp_path: Path) -> None:
    inputs = [(number, tmp_path / "killed") for number in range(5)]
    found = list(processes.each(killed_once, inputs))
    assert sorted(found) == [(number, number) for number in range(5)] and (tmp_path / "killed").exists()


def test_a_process_that_never_came_to_start_is_no_trouble_at_the_end() -> None:
    few = Processes(1)
    assert few.map(abs, [-2]) == [2]
    few._context.Process(target=print)
    few.close()
    assert few.map(abs, [-3]) == [3]
    few.close()


def test_what_a_call_raises_comes_back(processes: Workers) -> None:
    with pytest.raises(ZeroDivisionError):
        processes.map(lambda x: 1 / x, [1, 0])
    assert not multiprocessing.active_children(), "and its processes are ended"


def test_a_call_that_ends_every_worker_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "DEATHS", 0)
    with pytest.raises(RuntimeError, match="Use fewer workers"):
        in_own_process(lambda number, tick: os._exit(1), 0)


def test_a_recording_goes_on_with_other_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one kind has recorded, another does not do again."""
    path = tmp_path / "table.json"

    def ended(job: Job, tick: Tick) -> float:
        if job == JOBS[2]:
            raise KeyboardInterrupt
        return float(job.seed)

    with pytest.raises(KeyboardInterrupt):
        results(path, JOBS, ended)
    assert len(store.read_figures(runner.beside(path), "")["found"]) == 2
    made: list[Job] = []

    class Noting(Inline):
        def each(self, function: Any, inputs: Any, tick: Tick = lambda: None) -> Found:
            made.extend(inputs)
            return super().each(function, inputs, tick)

    monkeypatch.setattr(runner, "_workers", Noting())
    assert results(path, JOBS, lambda job, tick: float(job.seed)) == {"one": [0.0, 1.0], "two": [0.0, 1.0]}
    assert made == JOBS[2:]


def test_the_command_line_says_who_makes_the_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_workers", Inline())
    chosen = runner.options("toggles", "Nothing.", ["--workers", "3"], store.DATA / "nothing.json", seeds=1)
    assert chosen.workers == 3 and isinstance(runner._workers, Processes) and runner._workers.many == 3
    assert isinstance(workers_for(1), Inline)
    with pytest.raises(SystemExit):
        runner.options("toggles", "Nothing.", ["--workers", "0"], store.DATA / "nothing.json", seeds=1)
    assert "at least 1" in capsys.readouterr().err


def test_without_ray_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(ModuleNotFoundError, match=r"--workers 2"):
        import_ray()


def test_tensors_come_back_whole(processes: Workers) -> None:
    (found,) = processes.map(lambda x: x * 2, [torch.arange(3.0)])
    assert found.equal(torch.tensor([0.0, 2.0, 4.0]))
