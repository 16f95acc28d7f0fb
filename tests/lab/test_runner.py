"""The runner: threads, flags, errors, and that one thread and the other do the same."""

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import PATIENCE, Climb, until
from traitlets import TraitError

from dremeta_lite.lab.runner import Change, Runner, pause_all
from dremeta_lite.learner import NotFinite


@pytest.fixture
def make() -> Iterator[Callable[..., Runner]]:
    """Makes runners of the toy learner, and ends their threads."""
    runners: list[Runner] = []

    def make_runner(kind: type[Climb] = Climb, seed: int = 0, **options: Any) -> Runner:
        runners.append(Runner(lambda seed: kind(seed, **options), seed))
        return runners[-1]

    yield make_runner
    for runner in runners:
        runner.stop()
        assert runner.join(PATIENCE)


def numbers(runner: Runner) -> list[float]:
    return [row["x"] for row in runner.history]


def training_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "dremeta-training"]


def test_inline_run_is_bounded_and_numbered(make: Any) -> None:
    runner = make()
    assert runner.state == "idle" and runner.history == []
    runner.run(4)
    assert [row["iteration"] for row in runner.history] == [1, 2, 3, 4]
    assert runner.state == "paused" and runner.learner.iteration == 4
    seconds = [row["seconds"] for row in runner.history]
    assert seconds == sorted(seconds) and seconds[-1] == runner.seconds > 0 and runner.rate > 0
    assert not training_threads()


def test_the_thread_does_what_the_inline_run_does(make: Any) -> None:
    inline, threaded = make(seed=5), make(seed=5)
    inline.set("noise", 0.5)
    threaded.set("noise", 0.5)
    inline.run(20)
    threaded.step(20)
    until(lambda: threaded.state == "paused")
    assert numbers(inline) == numbers(threaded)


def test_start_trains_until_pause(make: Any) -> None:
    runner = make(pause=0.001)
    runner.start()
    assert runner.state == "running"
    until(lambda: len(runner.history) > 10)
    runner.pause()
    until(lambda: runner.state == "paused")
    done = len(runner.history)
    time.sleep(0.05)
    assert len(runner.history) == done == runner.learner.iteration


def test_step_trains_exactly_so_many_iterations(make: Any) -> None:
    runner = make()
    runner.step(3)
    until(lambda: runner.state == "paused")
    assert len(runner.history) == 3
    with pytest.raises(ValueError, match="at least 1, got 0"):
        runner.step(0)


def test_reset_begins_again_with_the_hyperparameters_of_now(make: Any) -> None:
    runner = make(seed=1)
    runner.run(2)
    first = runner.learner
    runner.set("step_size", 0.5)
    runner.reset(seed=2)
    assert runner.learner is not first and (runner.learner.iteration, runner.seed, runner.learner.seed) == (0, 2, 2)
    assert (runner.history, runner.changes, runner.state, runner.seconds) == ([], [], "idle", 0.0)
    assert runner.learner.hyper.step_size == 0.5
    runner.reset()
    assert runner.seed == 2


def test_reset_while_training(make: Any) -> None:
    runner = make(pause=0.001)
    runner.start()
    until(lambda: len(runner.history) > 3)
    runner.reset(seed=4)
    until(lambda: runner.state == "idle")
    assert runner.history == [] and runner.learner.seed == 4


def test_a_refused_value_changes_nothing(make: Any) -> None:
    runner = make()
    for name, value in [("step_size", -1), ("step_size", float("nan")), ("repeats", 2.5), ("ascend", 1), ("speed", 1)]:
        with pytest.raises(TraitError, match=name):
            runner.set(name, value)
    runner.run(1)
    assert runner.learner.hyper.values() == Climb().hyper.values() and runner.changes == []


def test_a_change_takes_effect_in_the_next_iteration_and_is_logged(make: Any) -> None:
    runner = make()
    runner.run(2)
    runner.set("step_size", 0.5)
    runner.run(1)
    assert runner.history[-1]["x"] == pytest.approx(1.0)  # with α = 0.5, Newton's step, one iteration is enough
    assert runner.changes == [Change(iteration=2, name="step_size", symbol="α", old=0.1, new=0.5)]


def test_a_dragged_slider_is_one_change(make: Any) -> None:
    runner = make()
    runner.run(3)
    for value in (0.2, 0.3, 0.4):
        runner.set("step_size", value)
    runner.set("repeats", 2)
    runner.set("noise", 0.7)
    runner.set("noise", 0.0)
    assert runner.changes == [Change(3, "step_size", "α", 0.1, 0.4), Change(3, "repeats", "K", 1, 2)]


def test_changes_reach_a_paused_learner_at_once(make: Any) -> None:
    runner = make()
    runner.step()
    until(lambda: runner.state == "paused")
    runner.set("repeats", 7)
    until(lambda: runner.learner.hyper.repeats == 7)
    assert runner.changes == [Change(1, "repeats", "K", 1, 7)]


class Counted(Climb):
    """Counts how many learners compute at the same time."""

    computing, most = 0, 0

    def work(self) -> None:
        Counted.computing += 1
        Counted.most = max(Counted.most, Counted.computing)
        time.sleep(0.002)
        Counted.computing -= 1


def test_only_one_runner_trains_at_a_time(make: Any) -> None:
    first, second = make(Counted), make(Counted)
    for _ in range(10):
        for runner, other in ((first, second), (second, first)):
            done = len(runner.history)
            runner.start()
            until(lambda runner=runner, done=done: len(runner.history) > done)
            until(lambda other=other: other.state != "running")
            assert runner.state == "running"
    assert Counted.most == 1


def test_inline_training_pauses_the_others(make: Any) -> None:
    live, inline = make(pause=0.001), make()
    live.start()
    until(lambda: live.history)
    inline.run(2)
    until(lambda: live.state == "paused")


def test_pause_answers_inside_a_long_iteration(make: Any) -> None:
    runner = make(pause=0.002, beats=100_000)  # minutes long
    before = runner.learner.state_dict()["x"]
    runner.start()
    until(lambda: not torch.equal(runner.learner.x, before))
    runner.pause()
    until(lambda: runner.state == "idle", "no iteration is complete, so it is idle again")
    other = make()
    other.step()  # it waits inside, so another one may take its turn
    until(lambda: other.state == "paused")
    runner.stop()
    assert runner.join(PATIENCE)
    assert torch.equal(runner.learner.x, before) and runner.learner.iteration == 0


class Gated(Climb):
    """An iteration whose beats wait until the test lets them go on."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.gate, self.begun = threading.Event(), 0

    def work(self) -> None:
        self.begun += 1
        while not self.gate.is_set():
            time.sleep(0.001)
            self.heartbeat()


def test_a_pause_inside_an_iteration_undoes_it_and_what_is_changed_then_counts_from_its_beginning(make: Any) -> None:
    runner, straight = make(Gated), Climb()
    runner.step()
    until(lambda: runner.learner.begun)
    runner.pause()
    until(lambda: runner.state == "idle")
    assert torch.equal(runner.learner.x, straight.x) and runner.learner.iteration == 0, "what is shown is a whole number of iterations"
    seen: list[float] = []
    runner.watch = lambda final: seen.append(runner.learner.hyper.step_size)
    runner.set("step_size", 0.5)
    until(lambda: seen, "the new value is shown while it is paused")
    assert seen[-1] == 0.5
    runner.learner.gate.set()
    runner.step()
    until(lambda: runner.history)
    straight.hyper.step_size = 0.5
    straight.step()
    assert torch.equal(runner.learner.x, straight.x) and runner.learner.begun == 2
    assert [(change.iteration, change.new) for change in runner.changes] == [(0, 0.5)]


def test_reset_and_require_answer_inside_a_long_iteration(make: Any) -> None:
    runner = make(Gated)
    runner.start()
    until(lambda: runner.learner.begun)
    old = runner.learner
    runner.reset(seed=3)
    until(lambda: runner.learner is not old and runner.state == "idle")
    assert old.iteration == 0 and runner.learner.seed == 3
    runner.start()
    until(lambda: runner.learner.begun)
    runner.pause()
    until(lambda: runner.state == "idle")
    runner.learner.gate.set()
    assert len(runner.require(2)) == 2 and runner.learner.begun == 3  # the unfinished one was undone and begun again


@pytest.mark.parametrize(("trouble", "error"), [({"raise_at": 4}, RuntimeError), ({"nan_at": 4}, NotFinite)])
def test_an_error_is_kept_and_start_tries_again(make: Any, trouble: Any, error: Any) -> None:
    runner = make(**trouble)
    runner.start()
    until(lambda: runner.state == "failed")
    assert isinstance(runner.error, error) and "in step\n" in "".join(traceback.format_exception(runner.error))
    assert len(runner.history) == runner.learner.iteration == 3
    assert runner.learner.x.item() == runner.history[-1]["x"]
    with pytest.raises(error):
        runner.require(4)
    assert len(runner.require(3)) == 3
    runner.step()
    until(lambda: runner.state == "paused")
    assert runner.error is None and len(runner.history) == 4


def test_an_inline_error_reaches_the_caller(make: Any) -> None:
    runner = make(raise_at=3)
    with pytest.raises(RuntimeError, match="iteration 3 was told to fail"):
        runner.run(5)
    assert runner.state == "failed" and len(runner.history) == 2


class Interrupted(Climb):
    def work(self) -> None:
        if self.iteration == 2:
            raise KeyboardInterrupt


def test_an_interrupt_pauses_an_inline_run(make: Any) -> None:
    runner = make(Interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner.run(5)
    assert runner.state == "paused" and runner.error is None and runner.learner.x.item() == runner.history[-1]["x"]


def test_a_reset_that_fails_is_shown_like_any_error(make: Any) -> None:
    runner = make()
    runner.prepare()
    runner.make_learner = lambda seed: 1 / 0
    runner.reset()
    until(lambda: runner.state == "failed")
    assert isinstance(runner.error, ZeroDivisionError)


def test_require_waits_while_training_runs(make: Any) -> None:
    runner = make(pause=0.002)
    runner.start()
    assert len(runner.require(10)) >= 10
    assert runner.state == "running" and runner.alive
    runner.pause()
    until(lambda: runner.state == "paused")
    done = len(runner.history)
    assert len(runner.require(done + 5)) == done + 5 and runner.state == "paused"
    assert len(runner.require(1)) == done + 5


def test_watch_is_told_of_each_iteration_and_of_the_rest(make: Any) -> None:
    runner, told = make(), []
    runner.watch = lambda final: told.append((len(runner.history), final, runner.state))
    runner.run(2)
    assert told == [(1, False, "running"), (2, False, "running"), (2, True, "paused")]


def test_an_error_while_watching_is_not_lost(make: Any) -> None:
    runner = make()
    runner.watch = lambda final: 1 / 0
    runner.start()
    until(lambda: runner.state == "failed")
    assert isinstance(runner.error, ZeroDivisionError)


def test_stop_ends_the_thread_and_start_makes_a_new_one(make: Any) -> None:
    runner = make(pause=0.001)
    for _ in range(3):
        done = len(runner.history)
        runner.start()
        until(lambda done=done: len(runner.history) > done)
        runner.stop()
        assert runner.join(PATIENCE) and runner.state == "stopped"
    until(lambda: not training_threads())


def test_training_keeps_a_pace_that_can_be_watched(make: Any) -> None:
    runner = make()
    runner.pace = 50
    began = time.monotonic()
    runner.start()
    until(lambda: len(runner.history) >= 6)
    assert time.monotonic() - began >= 5 / 50 and runner.rate <= 50


def test_a_slow_pace_keeps_no_command_waiting(make: Any) -> None:
    runner = make()
    runner.pace = 0.001
    runner.start()
    until(lambda: len(runner.history) == 1)
    runner.pause()
    until(lambda: runner.state == "paused")
    runner.step(1)
    until(lambda: len(runner.history) == 2 and runner.state == "paused")
    runner.run(5)  # inline nobody watches
    assert len(runner.history) == 7


def test_prepare_only_warms_up(make: Any) -> None:
    runner = make()
    runner.prepare()
    runner.prepare()
    assert runner.alive and len(training_threads()) == 1 and runner.state == "idle"
    pause_all()
    assert runner.state == "idle" and runner.history == []


def test_threads_are_a_setting(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make().threads == 1
    monkeypatch.setenv("DREMETA_THREADS", "2")
    runner, seen = make(), []
    runner.learner.heartbeat = lambda: seen.append(torch.get_num_threads())
    torch.set_num_threads(1)
    runner.step()
    until(lambda: runner.state == "paused")
    assert runner.threads == 2 and seen == [2]
    torch.set_num_threads(1)
    with pytest.raises(ValueError, match="whole number from 1 up"):
        Runner(Climb, threads=0)


COMMANDS = st.sampled_from(["start", "pause", "step", "stop", "reset", "prepare", "set", "run", "require"])


@settings(max_examples=200)
@given(st.lists(COMMANDS, max_size=12))
def test_any_order_of_commands_leaves_a_runner_that_answers(commands: list[str]) -> None:
    runner = Runner(lambda seed: Climb(seed, beats=2), 0)
    arguments: dict[str, tuple[Any, ...]] = {"set": ("repeats", 2), "run": (2,), "require": (3,)}
    try:
        for command in commands:
            getattr(runner, command)(*arguments.get(command, ()))
        runner.pause()
        until(lambda: runner.state != "running")
        runner.run(1)
        iterations = [row["iteration"] for row in runner.history]
        assert iterations == list(range(1, runner.learner.iteration + 1)) and iterations
    finally:
        runner.stop()
        assert runner.join(PATIENCE)
