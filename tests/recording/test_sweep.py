"""A sweep by Ray Tune: it draws between the declared bounds, and one that was stopped goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dremeta_lite import store
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole

pytest.importorskip("ray")
pytestmark = [pytest.mark.scale, pytest.mark.filterwarnings("ignore")]


class Some(HyperParameters):
    rate = Real(0.1, low=1e-4, high=10, scale="log")
    share = Real(0.5, low=0.25, high=0.75)
    steps = Whole(2, low=1, high=3)
    open = Switch(True)


def test_what_is_drawn_lies_between_the_declared_bounds() -> None:
    from dremeta_lite.recording.sweep import space

    drawn = {name: [domain.sample() for _ in range(300)] for name, domain in space(Some, Some.names()).items()}
    assert set(drawn["steps"]) == {1, 2, 3} and set(drawn["open"]) == {False, True}
    assert 0.25 <= min(drawn["share"]) < 0.3 and 0.7 < max(drawn["share"]) <= 0.75
    assert min(drawn["rate"]) >= 1e-4 and max(drawn["rate"]) <= 10 and 0.4 < sum(r < 10**-1.5 for r in drawn["rate"]) / 300 < 0.6
    for values in zip(*drawn.values(), strict=True):
        Some(**dict(zip(drawn, values, strict=True)))  # none is refused


def test_a_sweep_that_was_stopped_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dremeta_lite.recording", "sweep", "MAML", "Navigation2D", "inner_lr", "meta_lr"]
    command += ["--samples", "2", "--iterations", "20", "--to", str(tmp_path)]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    first = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 200
    while not list(tmp_path.glob("tries/*/checkpoint_*")):
        assert time.monotonic() < end and first.poll() is None
        time.sleep(0.2)
    first.send_signal(signal.SIGINT)
    assert first.wait(100) == 130
    assert not (tmp_path / "sweep.json").exists()
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, timeout=250, check=True)
    tries = store.read_figures(tmp_path / "sweep.json", "sweep")["tries"]
    returns = [each["return_last"] for each in tries]
    assert len(tries) == 2 == len(list(tmp_path.glob("tries/attempt_*"))) and returns == sorted(returns, reverse=True)
    assert max(each["iteration"] for each in tries) == 20 and all(1e-3 <= each["settings"]["inner_lr"] <= 100 for each in tries)
