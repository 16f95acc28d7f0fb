"""The health check: what the course needs, whether it is there, and for each problem the line that fixes it.

`python3 -m dremeta_lite doctor` in a terminal, `from dremeta_lite.start.doctor import report; report()` in a notebook. It installs nothing,
and runs in an environment that lacks everything.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL

from dremeta_lite.files import print_anyway
from dremeta_lite.start.environment import MODULE, OLDEST, ROOT, Venv
from dremeta_lite.start.pins import Problem, applies, canonical, installed, marker_values, misfits, python_path, read_pins

START = f"{MODULE} lab"
KERNEL_TIMEOUT_S = 120
NEWEST_TESTED = (3, 14)
EXTENSION = "@jupyter-widgets/jupyterlab-manager"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `fix` is the exact line to type, empty if all is well or nothing can be typed."""

    name: str
    well: bool
    text: str
    fix: str = ""

    def lines(self) -> list[str]:
        """As shown."""
        first = f"{'ok' if self.well else 'WRONG':<6}{self.name:<9}{self.text}"
        return [first, *([f"{'':15}to fix it: {self.fix}"] if self.fix else [])]


def python_command() -> str:
    """The running Python, quoted for a terminal."""
    return f'"{sys.executable}"' if " " in sys.executable else sys.executable


def install_line(root: Path = ROOT) -> str:
    """The line that completes the running environment: `lab`, unless this is a kernel in an environment of the user's own."""
    if "ipykernel" in sys.modules and not Venv(root).runs_us():
        return f'{python_command()} -m pip install -r "{root / "requirements.txt"}"'
    return START


def check_python() -> Finding:
    """The running Python's version and place."""
    text = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info < OLDEST:
        return Finding("Python", False, f"{text} is older than {OLDEST[0]}.{OLDEST[1]}", "install a newer one from python.org")
    if sys.version_info[:2] > NEWEST_TESTED:
        text += f"; newer than {NEWEST_TESTED[0]}.{NEWEST_TESTED[1]}, the newest that the pins were resolved for"
    return Finding("Python", True, text)


def check_packages(root: Path = ROOT) -> Finding:
    """The pins of requirements.txt against what is installed, and whether `.venv` was finished."""
    venv = Venv(root)
    if venv.runs_us() and (note := venv.note()) is not None and not note.finished:
        return Finding("Packages", False, f"the installation of {venv.folder} did not come to its end", START)
    if not (root / "requirements.txt").exists() and "dremeta-lite" in installed():
        return check_bounds()
    try:
        pins = read_pins(root / "requirements.txt", tests=False)
        wanted = sum(applies(pin.marker, marker_values()) for pin in pins)
        wrong = misfits(pins, installed())
    except Problem as problem:
        return Finding("Packages", False, str(problem))
    if wrong:
        some = ", ".join(map(str, wrong[:4])) + (f" and {len(wrong) - 4} more" if len(wrong) > 4 else "")
        if harmful := python_path(root / "requirements.txt")[1]:
            text = f"not as requirements.txt pins: {some}; the environment variable PYTHONPATH leads to others, in {harmful[0]}"
            return Finding("Packages", False, text, "set PYTHONPATH=" if os.name == "nt" else "unset PYTHONPATH")
        return Finding("Packages", False, f"not as requirements.txt pins: {some}", install_line(root))
    return Finding("Packages", True, f"all {wanted} as pinned in requirements.txt")


def check_bounds() -> Finding:
    """What the package asks for against what is installed, where it was installed by itself, without the course's folder."""
    from importlib.metadata import requires

    from packaging.requirements import Requirement

    there, needs = installed(), [need for need in map(Requirement, requires("dremeta_lite") or []) if need.marker is None]
    wrong = [f'"{need}"' for need in needs if not need.specifier.contains(there.get(canonical(need.name), "0"))]
    if wrong:
        return Finding(
            "Packages", False, f"not as dremeta_lite needs: {', '.join(wrong)}", f"{python_command()} -m pip install {' '.join(wrong)}"
        )
    return Finding("Packages", True, f"all {len(needs)} as dremeta_lite needs")


def check_course(root: Path = ROOT) -> Finding:
    """Whether a notebook finds the package in any working directory."""
    if Venv(root).runs_us() or str(root) in filter(None, sys.path[1:]) or "dremeta-lite" in installed():
        return Finding("Course", True, f"importable from any folder ({root})")
    text = f"importable in {root} and from `{START}`; a Jupyter of your own would not find it elsewhere"
    return Finding("Course", True, text + f" (`{python_command()} -m pip install --no-build-isolation --no-deps -e .` there lets it)")


def check_device() -> Finding:
    """What torch can compute on, and its threads."""
    import torch

    devices = ["cpu"]
    if torch.cuda.is_available():
        devices += [f"cuda:{index} ({torch.cuda.get_device_name(index)})" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps (Apple)")
    threads = f"torch {torch.__version__} by itself uses {torch.get_num_threads()} of {os.cpu_count()} cores"
    threads += f", panels set {os.environ.get('DREMETA_THREADS', '1')}"
    return Finding("Devices", True, f"{', '.join(devices)}; {threads}" + ("; no GPU, and none is needed" if len(devices) == 1 else ""))


def check_kernel() -> Finding:
    """A kernel of this Python, started and spoken to."""
    begin = time.monotonic()
    with ThreadPoolExecutor(1) as pool:  # in a notebook this thread has a running event loop, that one has none
        answer, prefix = pool.submit(ask_a_kernel).result()
    if answer != "42":
        return Finding(
            "Kernel", False, f"started, but answered {answer!r} to 6*7", f"{python_command()} -m pip install --force-reinstall ipykernel"
        )
    if prefix and Path(prefix).resolve() != Path(sys.prefix).resolve():
        text = f"the kernel named python3 belongs to another Python, in {prefix}: a kernel of yours goes before this one"
        return Finding("Kernel", False, text, f"{python_command()} -m jupyter_client.kernelspecapp remove python3")
    return Finding("Kernel", True, f"started, and answered 6*7 with 42 in {time.monotonic() - begin:.1f} s")


def ask_a_kernel(timeout: float = KERNEL_TIMEOUT_S) -> tuple[str, str]:
    """What a new python3 kernel answers to 6*7, and its `sys.prefix`. Raises RuntimeError or TimeoutError after `timeout` seconds."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(startup_timeout=timeout, kernel_name="python3", stdout=DEVNULL, stderr=DEVNULL)
    try:
        asked = {"answer": "6*7", "prefix": "__import__('sys').prefix"}
        reply = client.execute_interactive("", user_expressions=asked, silent=True, store_history=False, timeout=timeout)
        answers = {name: value.get("data", {}).get("text/plain", "") for name, value in reply["content"]["user_expressions"].items()}
        return answers["answer"], ast.literal_eval(answers["prefix"])
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def check_widgets() -> Finding:
    """That JupyterLab's side of the widgets is there, is switched on, and is the one that ipywidgets wants."""
    from importlib.metadata import requires, version

    from jupyter_core.paths import jupyter_path
    from packaging.requirements import Requirement

    again = f"{python_command()} -m pip install --force-reinstall --no-deps ipywidgets=={version('ipywidgets')}"
    wanted = next(Requirement(line) for line in requires("ipywidgets") or [] if line.startswith("jupyterlab_widgets"))
    try:
        have = version("jupyterlab_widgets")
    except ImportError:
        return Finding("Widgets", False, f"ipywidgets is here, jupyterlab_widgets is not: {wanted} is wanted", f"{again} '{wanted}'")
    if not wanted.specifier.contains(have):
        return Finding("Widgets", False, f"jupyterlab_widgets is {have}, but ipywidgets wants {wanted.specifier}", f"{again} '{wanted}'")
    again = f"{python_command()} -m pip install --force-reinstall --no-deps jupyterlab_widgets=={have}"
    # JupyterLab takes the first of these folders that has the extension.
    files = [folder for place in jupyter_path("labextensions") if (folder := Path(place) / EXTENSION / "package.json").is_file()]
    if not files:
        return Finding("Widgets", False, f"JupyterLab has no extension {EXTENSION}: sliders would not show", again)
    shown = _version(files[0])  # numbered apart from its package: jupyterlab_widgets 3.0.17 holds front end 5.0.16
    if not _is_of_this_python(files[0]) and shown not in {_version(file) for file in files if _is_of_this_python(file)}:
        text = f"an extension of another installation goes before this one: {files[0].parent} ({shown})"
        remove = "rmdir /s" if os.name == "nt" else "rm -r"
        return Finding("Widgets", False, text, f'{remove} "{files[0].parent}"')
    if switched_off():
        return Finding(
            "Widgets", False, f"{EXTENSION} is switched off", f"{python_command()} -m jupyterlab.labextensions enable {EXTENSION}"
        )
    return Finding("Widgets", True, f"ipywidgets {version('ipywidgets')} with jupyterlab_widgets {have}, front end {shown}")


def _version(file: Path) -> str:
    return json.loads(file.read_text(encoding="utf-8"))["version"]


def _is_of_this_python(file: Path) -> bool:
    return Path(sys.prefix).resolve() in file.resolve().parents


def switched_off() -> bool:
    """Whether JupyterLab's settings, of the user, the environment or the system, disable the widgets' extension."""
    from jupyter_core.paths import jupyter_path
    from jupyterlab.commands import get_app_dir
    from jupyterlab_server.config import get_page_config

    page = get_page_config(jupyter_path("labextensions"), str(Path(get_app_dir(), "settings")))
    return any(name.partition(":")[0] == EXTENSION for name in page.get("disabledExtensions", []))


CHECKS: list[Callable[[], Finding]] = [check_python, check_packages, check_course, check_device, check_kernel, check_widgets]


def examine() -> list[Finding]:
    """Look at everything; a few seconds, most of them torch and the kernel. Never raises."""
    findings = []
    for check in CHECKS:
        name = check.__name__.removeprefix("check_").capitalize()
        try:
            findings.append(check())
        except ImportError as error:
            findings.append(Finding(name, False, f"not looked at: {error}", install_line()))
        except Exception as error:
            again = f'{python_command()} -m pip install --force-reinstall -r "{ROOT / "requirements.txt"}"'
            findings.append(Finding(name, False, f"{type(error).__name__}: {error}".splitlines()[0], again))
    return findings


def report() -> None:
    """Print the health check's lines."""
    tell(examine())


def tell(findings: list[Finding]) -> int:
    """Print findings; 1 if something is wrong, else 0; 2 if they cannot be printed."""
    print_anyway()
    wrong = sum(not finding.well for finding in findings)
    lines = [line for finding in findings for line in finding.lines()]
    end = f"{wrong} of {len(findings)} {'is' if wrong == 1 else 'are'} wrong. Fix the first, then look again." if wrong else "All is well."
    try:
        print(*lines, end, sep="\n", flush=True)
    except OSError as error:  # a full disk, or a reader that is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # where Python writes what is left, once it ends
        print(
            f"What was found could not be written ({error.strerror}): let it be shown here, or give a file that has room.", file=sys.stderr
        )
        return 2
    return int(wrong > 0)


def main() -> int:
    """The `doctor` command; its exit status."""
    argparse.ArgumentParser(prog=f"{MODULE} doctor", description=(__doc__ or "").splitlines()[0]).parse_args()
    return tell(examine())


if __name__ == "__main__":
    sys.exit(main())
