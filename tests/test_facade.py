"""Rooms and their facades: every name is there, importing a room is cheap, and no name is hidden by a file."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import dremeta_lite

PACKAGE = Path(dremeta_lite.__file__).parent
ROOMS = [
    ".".join(("dremeta_lite", *path.parent.relative_to(PACKAGE).parts))
    for path in sorted(PACKAGE.rglob("__init__.py"))
    if "facade(__name__)" in path.read_text(encoding="utf-8")
]


def test_the_rooms_of_the_lessons_have_one() -> None:
    rooms = ("agents", "compare", "inner", "lab", "lab.views", "meta", "tasks", "world")
    assert {*ROOMS} >= {"dremeta_lite", *(f"dremeta_lite.{room}" for room in rooms)}


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_is_there_and_is_not_that_of_a_file(room: str) -> None:
    """A file that is imported first would take the place of a function that is called like it."""
    package = importlib.import_module(room)
    names = {name for name in dir(package) if not name.startswith("_")}
    files = {path.stem for path in Path(str(package.__file__)).parent.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not [name for name in names & files if not isinstance(getattr(package, name), ModuleType)]
    assert all(getattr(package, name) is not None for name in names)
    with pytest.raises(AttributeError, match=f"module '{room}' has no attribute 'nothing'"):
        _ = package.nothing


def test_importing_the_rooms_is_cheap() -> None:
    """In a process of its own, since the tests have loaded everything."""
    heavy = {"torch", "matplotlib", "IPython", "ipywidgets"}
    light = [room for room in ROOMS if room != "dremeta_lite.lab.views"]
    code = f"import sys, {', '.join(light)}; print(*sys.modules); from dremeta_lite import meta, inner; print(meta.MAML, inner.PPO)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    assert not heavy & set(done.stdout.splitlines()[0].split())
