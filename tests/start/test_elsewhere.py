"""Outside the course's folder: the package in a wheel, notebooks in somebody's own Jupyter, and the settings that JupyterLab gets."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dremeta_lite.start.environment import ROOT

SKIP = shutil.ignore_patterns("__pycache__")


def says(code: str, folder: Path, *options: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """What Python answers in a folder, with PYTHONPATH as given."""
    environ = {**os.environ, "PYTHONPATH": path, "DREMETA_HEADLESS": "1"}
    return subprocess.run([sys.executable, *options, "-c", code], cwd=folder, env=environ, capture_output=True, text=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's wheel, built from a copy and without a network."""
    copy, built = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in ("dremeta_lite", "data"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    build = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-q", "-w", built, copy]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(built.glob("*.whl"))


def test_a_wheel_holds_all_files_of_the_package_and_the_data(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {path for path in (ROOT / "dremeta_lite").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    data = {path for path in (ROOT / "data").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    wanted = {path.relative_to(ROOT).as_posix() for path in package} | {
        f"dremeta_lite/{path.relative_to(ROOT).as_posix()}" for path in data
    }
    assert len(data) > 30 and held == wanted


def test_what_lies_in_a_wheel_is_loaded_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "-q", "--target", target, wheel]
    subprocess.run(install, check=True, capture_output=True)
    code = """
import dremeta_lite
from dremeta_lite.compare import recorded_run, show_results
from dremeta_lite.lab import hint, pretrained, quiz, solution
from dremeta_lite.start.doctor import check_course, check_packages
print(dremeta_lite.__file__, len(pretrained("maml")[1]), len(recorded_run("bandit", "rl2").checkpoints) > 2)
assert check_packages().well and check_course().well, check_packages()
quiz("06"); hint("06.adapt_k"); print(solution("06.adapt_k"), show_results().markdown())
"""
    done = says(code, elsewhere, "-W", "error", path=str(target))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{target / 'dremeta_lite' / '__init__.py'} ") and " True\n" in done.stdout, done.stdout
    assert "def adapt_k" in done.stdout and "| MAML |" in done.stdout


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the course, with an empty folder of another name for what is not there."""
    shutil.copytree(ROOT / "dremeta_lite", tmp_path / "dremeta_lite", ignore=SKIP)
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "dremeta_lite.py", tmp_path / "notebooks")
    return tmp_path


FIRST_LINE = "from dremeta_lite import Navigation2D; import dremeta_lite.tasks as tasks; print(tasks.__file__)"


def test_a_notebook_finds_the_course_beside_its_folder(course: Path) -> None:
    """Before one that is installed, which may be of another time."""
    done = says(FIRST_LINE, course / "notebooks", path=str(ROOT))
    assert done.stdout == f"{course / 'dremeta_lite' / 'tasks' / '__init__.py'}\n", done.stderr


def test_a_copied_notebook_finds_the_course_that_is_installed(course: Path) -> None:
    shutil.rmtree(course / "dremeta_lite")
    done = says(FIRST_LINE, course / "notebooks", path=str(ROOT))
    assert done.stdout == f"{ROOT / 'dremeta_lite' / 'tasks' / '__init__.py'}\n", done.stderr
    done = says(FIRST_LINE, course / "notebooks", "-S")
    assert (
        done.stderr.splitlines()[-1].startswith(f"ImportError: {course / 'notebooks'} has lost its course.")
        and "dremeta_lite lab" in done.stderr
    )


def test_a_python_without_the_packages_gets_the_line_to_type(course: Path) -> None:
    done = says(FIRST_LINE, course / "notebooks", "-S")
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"ImportError: This Python ({sys.executable}) has no "), done.stderr
    assert last.endswith(f'type in a cell: %pip install -r "{course / "requirements.txt"}"')


def test_a_file_that_hides_a_module_is_named_there_too(course: Path) -> None:
    (course / "notebooks" / "torch.py").touch()
    assert "Rename it, for example to my_torch.py" in says(FIRST_LINE, course / "notebooks").stderr


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """What a JupyterLab that `lab` has started says of the defaults of one of its extensions."""

    def defaults(extension: str) -> Any:
        page = f"http://127.0.0.1:{port}/lab/api/settings/@jupyterlab/{extension}?token=t"
        with urllib.request.urlopen(page, timeout=60) as answer:
            return {name: what.get("default") for name, what in json.load(answer)["schema"]["properties"].items()}

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    private = {f"JUPYTER{name}_DIR": str(tmp_path / name) for name in ("LAB_SETTINGS", "LAB_WORKSPACES", "_CONFIG", "_DATA", "_RUNTIME")}
    command = [
        sys.executable,
        "-m",
        "dremeta_lite",
        "lab",
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=t",
    ]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **private, "IPYTHONDIR": str(tmp_path)}, stdout=log, stderr=log)
        try:
            for _ in range(300):
                try:
                    defaults("apputils-extension:notification")
                    break
                except OSError:
                    assert server.poll() is None, (tmp_path / "log").read_text()
                    time.sleep(0.2)
            yield defaults
        finally:
            server.terminate()
            server.wait()


def test_jupyterlab_neither_asks_over_the_first_notebook_whether_it_may_bring_news_nor_cuts_off_long_lines(
    settings: Callable[[str], Any],
) -> None:
    assert settings("apputils-extension:notification")["fetchNews"] == "false"
    assert settings("notebook-extension:tracker")["codeCellConfig"]["lineWrap"]
