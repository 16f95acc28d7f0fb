"""Fixtures for panels: made and closed, shown without a notebook."""

from collections.abc import Callable, Iterator
from typing import Any

import IPython.display
import pytest
from toy import PATIENCE, Climb, ClimbView

from dremeta_lite.lab.panel import LivePanel

NAMES = ["step_size", "noise", "repeats", "ascend"]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was displayed."""
    outputs: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", outputs.append)
    return outputs


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREMETA_HEADLESS", "0")


@pytest.fixture
def make() -> Iterator[Callable[..., LivePanel]]:
    panels: list[LivePanel] = []

    def make_panel(name: str = "toy", seed: int = 0, **options: Any) -> LivePanel:
        panels.append(LivePanel(name, lambda seed: Climb(seed, **options), ClimbView(), controls=NAMES, seed=seed))
        return panels[-1]

    yield make_panel
    for panel in panels:
        panel.close()
        assert panel.runner.join(PATIENCE)
