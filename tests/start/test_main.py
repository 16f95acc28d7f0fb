"""`python3 -m dremeta_lite`: what each command runs, and the message of a Python that is too old."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dremeta_lite.__main__ as entry
from dremeta_lite.recording.__main__ import OTHERWISE
from dremeta_lite.start import extras, launch
from dremeta_lite.start.environment import ROOT
from dremeta_lite.start.pins import Problem, read_pins


@pytest.fixture(autouse=True)
def good(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that needs no making."""
    monkeypatch.setattr(launch, "ensure", lambda root, tests: Path("python-for-tests" if tests else "python"))


@pytest.mark.parametrize("name", ["__main__.py", "__init__.py", "facade.py", "start/__init__.py", "start/names.py"])
def test_an_old_python_can_read_it(name: str) -> None:
    ast.parse((ROOT / "dremeta_lite" / name).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_gets_its_message(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    assert entry.main(["lab"]) == 2
    told = capsys.readouterr().err
    assert "needs Python 3.11 or newer, but this is Python 3.10" in told and sys.executable in told and "dremeta_lite lab" in told


def test_lab_opens_the_first_notebook_and_the_users_arguments_win() -> None:
    command = launch.command_line("lab", ["--no-browser", "--port", "8899"])
    assert command[:3] == ["python", "-m", "jupyterlab"] and "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in command
    assert command[-3:] == ["--no-browser", "--port", "8899"]
    assert "--ip=127.0.0.1" in command and f"--ServerApp.root_dir={ROOT}" in command and not [word for word in command if "token" in word]
    theirs = launch.command_line("lab", ["--ip=127.0.0.2"])
    assert [word for word in theirs if word.startswith("--ip")] == ["--ip=127.0.0.2"]  # JupyterLab refuses an option that comes twice
    assert ("--allow-root" in command) == (hasattr(os, "geteuid") and os.geteuid() == 0)


def test_jupyterlab_knows_the_settings_that_keep_it_offline() -> None:
    labapp = pytest.importorskip("jupyterlab.labapp")
    app = labapp.LabApp()
    app.parse_command_line(launch.QUIET_LAB)
    assert app.news_url is None and app.extension_manager == "readonly"
    assert app.check_for_updates_class.__name__ == "NeverCheckForUpdate"


def test_the_other_commands() -> None:
    assert launch.command_line("pretrain", ["--help"]) == ["python", "-m", "dremeta_lite.recording", "pretrain", "--help"]
    assert launch.command_line("bench", []) == ["python", "-m", "dremeta_lite.lab.bench"]
    assert launch.command_line("doctor", [])[1:] == ["-m", "dremeta_lite.start.doctor"]
    for command in entry.COMMANDS.keys() - {"lab", "test", "doctor", "bench"}:
        file = OTHERWISE.get(command, command.replace("-", "_"))
        assert "\ndef main(" in (ROOT / "dremeta_lite" / "recording" / f"{file}.py").read_text(encoding="utf-8")


def test_the_tests_of_an_extra_run_in_an_environment_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The course's pins and the extra's, as exact pins in a requirements file that `ensure` is given."""
    for name in ("pyproject.toml", "requirements.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    homes: list[Path] = []
    monkeypatch.setattr(extras, "ensure", lambda home, tests: homes.append(home) or Path("python-of-its-own"))
    found = launch.command_line("test", ["-x", "--scale"], tmp_path)
    assert found[:5] == ["python-of-its-own", "-m", "pytest", "-n", "0"] and found[found.index("scale") - 1] == "-m" and found[-1] == "-x"
    marked = [path for path in (ROOT / "tests").rglob("test_*.py") if "pytest.mark.scale" in path.read_text(encoding="utf-8")]
    assert {str(path.relative_to(ROOT)) for path in marked if path.name != "test_main.py"} <= set(found), "no file is forgotten"
    assert homes == [tmp_path / "build" / "scale"]
    assert all(launch.command_line(command, [], tmp_path)[0] == "python-of-its-own" for command in ("rllib", "scaling", "sweep"))
    course, both = (read_pins(folder / "requirements.txt") for folder in (tmp_path, homes[0]))
    added = [pin for pin in both if pin not in course]
    names = {pin.name for pin in added}
    assert {"ray", "gymnasium"} <= names, "RLlib wants another Gymnasium than the course"
    assert both == [*added, *(pin for pin in course if pin.name not in names)], "and none of them has two pins"


@pytest.mark.parametrize(
    ("arguments", "added"),
    [
        ("", launch.SUITE),
        ("-q", launch.SUITE),
        ("-x", launch.SUITE),
        ("-qx --durations 20 --tb=short", launch.SUITE),
        ("--ignore tests/browser --deselect tests/start/test_main.py::test_the_other_commands --ff", launch.SUITE),
        ("-p no:cacheprovider -W error -o log_cli=1", launch.SUITE),
        ("-q -n 2", ["-m", "not slow"]),
        ("-n0", ["-m", "not slow"]),
        ("--numprocesses=3", ["-m", "not slow"]),
        ("--dist no", ["-m", "not slow"]),
        ("-p no:xdist", ["-m", "not slow"]),
        ("-xs", ["-m", "not slow"]),
        ("--capture=no", ["-m", "not slow"]),
        ("--pdb", ["-m", "not slow"]),
        ("-k maml", []),
        ("-qkmaml", []),
        ("-k maml -h", []),
        ("-m slow -s", []),
        ("-x tests/start/test_main.py", []),
        ("tests/start/test_main.py::test_the_other_commands", []),
        ("tests -q", []),
        ("--lf", []),
        ("--collect-only -qq", []),
        ("--help", []),
    ],
)
def test_arguments_are_added_to_the_suites_unless_they_choose(arguments: str, added: list[str]) -> None:
    """Tests that are chosen run as they are chosen, slow ones too; who chooses processes still gets the suite's tests."""
    rest = arguments.split()
    assert launch.command_line("test", rest) == ["python-for-tests", "-m", "pytest", *added, *rest]


def test_what_stands_in_quotes_is_one_argument_and_a_missing_word_is_left_to_pytest() -> None:
    for rest in (["-m", "not slow and not browser"], ["-k", "maml and not first"], ["-k"], ["-q", "-m"]):
        assert launch.command_line("test", rest)[3:] == rest


@pytest.mark.parametrize(("arguments", "passed"), [("-q", 2), ("-x", 2), ("-m slow", 1)])
def test_pytest_takes_it_so(arguments: str, passed: int, tmp_path: Path) -> None:
    """With -q or -x the slow test does not run, with `-m slow` it does."""
    code = "import pytest\n@pytest.mark.slow\ndef test_slow(): pass\ndef test_quick(): pass\ndef test_other(): pass\n"
    tmp_path.joinpath("test_some.py").write_text(code, encoding="utf-8")
    tmp_path.joinpath("pytest.ini").write_text("[pytest]\nmarkers = slow\n", encoding="utf-8")
    command = launch.command_line("test", arguments.split(), tmp_path)
    told = subprocess.run([sys.executable, *command[1:]], cwd=tmp_path, capture_output=True, text=True)
    assert f"{passed} passed" in told.stdout, told.stdout + told.stderr


@pytest.mark.parametrize(("arguments", "status"), [([], 0), (["--help"], 0), (["learn"], 2)])
def test_help_names_every_command(arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        launch.parse(arguments, entry.COMMANDS)
    told = "".join(capsys.readouterr())
    assert left.value.code == status and all(name in told for name in entry.COMMANDS)


def test_a_problem_is_one_paragraph_and_status_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(root: Path, tests: bool) -> Path:
        raise Problem("The disk is full. Free some.")

    monkeypatch.setattr(launch, "ensure", fails)
    assert launch.main(["lab"], entry.COMMANDS) == 2
    assert capsys.readouterr().err == "\nThe disk is full. Free some.\n"

    def stopped(root: Path, tests: bool) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(launch, "ensure", stopped)
    assert launch.main(["lab"], entry.COMMANDS) == 130 and "Stopped" in capsys.readouterr().err


def test_a_command_runs_in_the_courses_folder_with_the_package_importable(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from dremeta_lite.start import launch; launch.run({!r}, Path({!r}))"
    told = "os.getcwd(), os.environ['PYTHONPATH'], os.environ['ATEN_CPU_CAPABILITY']"
    child = [sys.executable, "-c", f"import os, sys; print({told}, sep='\\n'); sys.exit(7)"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "ATEN_CPU_CAPABILITY": "avx2"}
    parent = [sys.executable, "-c", "import sys; " + code.replace("launch.run(", "sys.exit(launch.run(").format(child, str(tmp_path)) + ")"]
    done = subprocess.run(parent, capture_output=True, text=True, env=environ)
    assert done.returncode == 7, done.stderr
    assert done.stdout.splitlines() == [str(tmp_path.resolve()), f"{tmp_path}{os.pathsep}{ROOT}", "avx2"]


def test_without_exec_the_exit_status_comes_through(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = Path.cwd()
    monkeypatch.setattr(launch, "CAN_BECOME", False)  # as on Windows
    try:
        assert launch.run([sys.executable, "-c", "import sys; sys.exit(5)"], tmp_path) == 5
    finally:
        os.chdir(before)
