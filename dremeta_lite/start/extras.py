"""The tests of an extra, in an environment of its own: the course's own `.venv` stays as it is. Standard library only."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from dremeta_lite.start.environment import ROOT, ensure


def extra_pins(extra: str, root: Path = ROOT) -> list[str]:
    """The exact pins of an extra in pyproject.toml, without the names of its own extras: what those need is pinned beside it."""
    found = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"][extra]
    return [re.sub(r"\[.*?\]", "", pin) for pin in found]


def ensure_extra(extra: str, root: Path = ROOT) -> Path:
    """A Python that has the course's packages, those of its tests and the extra's: `build/<extra>/.venv`, made first if there is none.

    What it has to hold is written to a requirements file beside it, so that it is made, completed and brought up to date as `.venv` is.
    Raises Problem.
    """
    home = root / "build" / extra
    home.mkdir(parents=True, exist_ok=True)
    pins = extra_pins(extra, root)
    instead = tuple(f"{pin.partition('==')[0]}==" for pin in pins)  # an extra may need another version than the course has
    course = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lines = [*pins, *(line for line in course if not line.startswith(instead))]
    (home / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ensure(home, tests=True)
