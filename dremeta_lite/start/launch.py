"""What `python3 -m dremeta_lite` does, once the Python is new enough. Standard library only."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from dremeta_lite.files import print_anyway
from dremeta_lite.start.environment import MODULE, ROOT, Venv, ensure, find
from dremeta_lite.start.extras import ensure_extra
from dremeta_lite.start.installing import PYTHONS
from dremeta_lite.start.names import complaint, hiding
from dremeta_lite.start.pins import Problem, python_path

SETTINGS = Path(__file__).parent / "jupyter"
"""More of JupyterLab's settings: without them it asks, over the first notebook, whether it may bring news."""
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"
WITH_RAY = {"rllib", "scaling", "sweep"}
"""Commands that run in the environment of the extra `scale`, which is made first if there is none."""
CAN_BECOME = os.name != "nt"  # whether this process can turn into the one that it starts
# All that takes no long training. Tests of a file stay together, since many share what they have made. One process more than there are
# processors, since tests wait for browsers and kernels.
PROCESSES = ["-n", str(min((os.cpu_count() or 1) + 1, 4)), "--dist", "loadfile", "--no-loadscope-reorder"]
SUITE = [*PROCESSES, "-m", "not slow"]
# Pytest's options that say which tests are meant, those that say in which processes (a debugger needs the terminal), those with a word.
CHOOSE_TESTS = {"-k", "-m", "--lf", "--last-failed", "--sw", "--stepwise", "--co", "--collect-only", "--pyargs"}
SHOW = {"--markers", "--fixtures", "--version", "-V", "-h", "--help"}
CHOOSE_PROCESSES = {"-n", "--numprocesses", "--dist", "-d", "--tx", "--pdb", "--trace", "-s", "--capture"}
WITH_A_WORD = {"-k", "-m", "-n", "-c", "-o", "-r", "-W", "--numprocesses", "--dist", "--tx", "--capture", "--override-ini", "--maxfail"}
WITH_A_WORD |= {"--tb", "--basetemp", "--confcutdir", "--deselect", "--durations", "--ignore", "--ignore-glob", "--junitxml"}
WITH_A_WORD |= {"--rootdir", "--color"}
# JupyterLab neither asks for news and updates nor offers extensions to install: no network is used, and no front end gets out of step.
QUIET_LAB = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
]


def main(arguments: list[str], commands: dict[str, str]) -> int:
    """Do what the command line asks and return the exit status. Problems are told in one paragraph, with status 2."""
    print_anyway()
    command, rest = parse(arguments, commands)
    try:
        if found := hiding([str(ROOT / "notebooks")]):
            raise Problem(complaint(found))
        return run(command_line(command, rest))
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The same command starts again.", file=sys.stderr)
        return 130


def parse(arguments: list[str], commands: dict[str, str]) -> tuple[str, list[str]]:
    """The command, and the arguments after it, untouched. Exits after help or a wrong command, as argparse does."""
    if arguments and arguments[0] in commands:
        return arguments[0], arguments[1:]
    parser = argparse.ArgumentParser(prog=MODULE, description="An interactive course on deep reinforcement meta-learning.")
    choices = parser.add_subparsers(metavar="command", dest="command", required=True)
    for name, line in commands.items():
        choices.add_parser(name, help=line)
    parser.parse_args(arguments or ["--help"])
    raise AssertionError("argparse lets only a command through, and those were dealt with")


def command_line(command: str, rest: list[str], root: Path = ROOT) -> list[str]:
    """What to run for a command, with the Python to run it with; that one is made first if need be. Raises Problem."""
    if command == "doctor":
        return [str(doctors_python(root)), "-m", "dremeta_lite.start.doctor", *rest]
    if command == "test" and "--scale" in rest:
        rest = [word for word in rest if word != "--scale"]
        files = ["tests/test_rllib.py", "tests/test_workers_ray.py", "tests/test_workers_cluster.py", "tests/recording/test_sweep.py"]
        return [str(ensure_extra("scale", root)), "-m", "pytest", "-n", "0", "-m", "scale", *files, *rest]
    python = str(ensure_extra("scale", root) if command in WITH_RAY else ensure(root, tests=command == "test"))
    if command == "lab":
        check_jupyters_folders()
        return [python, *lab_arguments(rest, root)]
    if command == "test":
        return [python, "-m", "pytest", *suite_options(rest, root), *rest]
    if command == "bench":
        return [python, "-m", "dremeta_lite.lab.bench", *rest]
    return [python, "-m", "dremeta_lite.recording", command, *rest]


def suite_options(rest: list[str], root: Path = ROOT) -> list[str]:
    """What the suite adds to the user's arguments: nothing if they choose tests, and no processes of its own if they choose those."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-p", action="append", nargs="?", default=[])
    for option in WITH_A_WORD:
        parser.add_argument(option, dest=option, nargs="?", const="")
    for letter in "qvxlsdhV":  # they may be written together, as in -xs
        parser.add_argument(f"-{letter}", dest=f"-{letter}", action="store_const", const="")
    known, others = parser.parse_known_args(rest)
    given = {name for name, value in vars(known).items() if value is not None} | {word.split("=")[0] for word in others}
    places = [word.split("::")[0] for word in others if not word.startswith("-")]
    if given & (CHOOSE_TESTS | SHOW) or any(place and (root / place).exists() for place in places):
        return []
    return SUITE[len(PROCESSES) :] if given & CHOOSE_PROCESSES or "no:xdist" in known.p else SUITE


def lab_arguments(rest: list[str], root: Path) -> list[str]:
    """The arguments that start JupyterLab on the first notebook, without those that the user gives."""
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # As the page to begin with, not as a file to open: so the address that is printed for those without a browser leads there too.
    first = f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}"
    ours = [first, f"--ServerApp.root_dir={root}", "--ip=127.0.0.1", *QUIET_LAB, *as_root]
    given = {word.partition("=")[0] for word in rest}  # JupyterLab wants each option once
    return ["-m", "jupyterlab", *(word for word in ours if word.partition("=")[0] not in given), *rest]


def check_jupyters_folders() -> None:
    """Try to write where JupyterLab and its kernels will. Raises Problem."""
    told, system = os.environ.get, {"darwin": "Library/Jupyter", "win32": "AppData/Roaming/jupyter"}
    data = told("JUPYTER_DATA_DIR") or os.path.join(told("XDG_DATA_HOME") or "~/.local/share", "jupyter")
    data = os.path.join("~", system[sys.platform]) if sys.platform in system and not told("JUPYTER_DATA_DIR") else data
    runtime = told("JUPYTER_RUNTIME_DIR") or os.path.join(data, "runtime")
    for folder in map(os.path.expanduser, (runtime, told("JUPYTER_CONFIG_DIR") or "~/.jupyter", told("IPYTHONDIR") or "~/.ipython")):
        try:
            os.makedirs(folder, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise Problem(
                f"{folder} cannot be written ({error.strerror}), and JupyterLab keeps its settings and keys there. Make it writable, "
                "or name a home folder that is, and start again: set the environment variable HOME (on Windows USERPROFILE)."
            ) from None


def doctors_python(root: Path) -> Path:
    """The Python that `lab` would use, without making one: else `.venv`'s, if it runs, so that its faults are named; else this one."""
    try:
        python = find(root)
    except Problem:
        python = None  # the doctor says it
    venv = Venv(root)
    return python or (venv.python if venv.version() else Path(sys.executable))


def run(command: list[str], root: Path = ROOT) -> int:
    """Run a command in the course's folder, with the package importable from any folder. Its exit status, if this process survives."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON") or name in PYTHONS}
    environ["PYTHONPATH"] = os.pathsep.join([str(root), *python_path(root / "requirements.txt")[0]])
    environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [os.environ.get("JUPYTER_CONFIG_PATH"), str(SETTINGS)]))
    os.chdir(root)
    sys.stdout.flush()
    if CAN_BECOME:
        os.execve(command[0], command, environ)  # signals reach it, and nothing is left behind
    with subprocess.Popen(command, env=environ) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue  # the child has had it too, and decides
