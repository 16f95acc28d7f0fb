"""Who is looking, and the kernel's interrupt between cells."""

import signal
from types import SimpleNamespace
from typing import Any

import pytest
from toy import until

from dremeta_lite.lab import notebook


@pytest.mark.parametrize(
    ("kernel", "variables", "place"),
    [
        (None, {}, "headless"),
        (SimpleNamespace(_allow_stdin=True), {}, "live"),
        (SimpleNamespace(_allow_stdin=False), {}, "headless"),
        (SimpleNamespace(), {}, "live"),
        (SimpleNamespace(_allow_stdin=False), {"SERVER_SOFTWARE": "voila/0.5"}, "voila"),
        (SimpleNamespace(_allow_stdin=True), {"DREMETA_HEADLESS": "1"}, "headless"),
        (SimpleNamespace(_allow_stdin=False), {"DREMETA_HEADLESS": "0"}, "live"),
        (SimpleNamespace(_allow_stdin=True), {"DREMETA_HEADLESS": ""}, "live"),
    ],
)
def test_the_place(kernel: Any, variables: dict[str, str], place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DREMETA_HEADLESS", "SERVER_SOFTWARE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(notebook, "get_ipython", lambda: kernel and SimpleNamespace(kernel=kernel))
    assert notebook.front_end() == place


@pytest.mark.parametrize("before", [signal.SIG_IGN, signal.SIG_DFL])
def test_the_interrupt_between_cells_pauses(before: Any, make: Any, live: None, shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = SimpleNamespace(saved_sigint_handler=before)
    monkeypatch.setattr(notebook, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    panel = make(pause=0.001)
    panel.show()
    panel.start.click()
    until(lambda: panel.runner.history)
    kernel.saved_sigint_handler(signal.SIGINT, None)
    until(lambda: panel.runner.state == "paused")


def test_without_ipykernels_private_attribute_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = lambda *_: None
    for kernel in (None, SimpleNamespace(), SimpleNamespace(saved_sigint_handler=theirs)):
        before = dict(vars(kernel)) if kernel else {}
        monkeypatch.setattr(notebook, "get_ipython", lambda kernel=kernel: kernel and SimpleNamespace(kernel=kernel))
        notebook.pause_on_interrupt()
        assert kernel is None or vars(kernel) == before
