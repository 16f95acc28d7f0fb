"""uv or pip, run with progress that is never silent and errors that say what to do. Standard library only."""

from __future__ import annotations

import ast
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dremeta_lite.start.pins import Pin, Problem, installed, misfits

HEARTBEAT_S = 0.5
AGAIN = "Retrying ("  # pip, when the network does not answer
SEEK_NETWORK = "Connect to the internet once and run the same command again; after that no network is needed."
# What pip's output holds, and what that means for the reader.
CAUSES = {
    r"no space left|errno 28|quota exceeded|not enough space on the disk": (
        "The disk is full. Free some space, then run the same command again."
    ),
    r"certificate.verify.failed|sslerror": "The network's certificate is not trusted: it may want a login or a proxy. Try another network.",
    r"no module named pip": "Its Python has no pip. Rename or delete the folder .venv and run the same command again.",
    r"newconnectionerror|name or service not known|name resolution|getaddrinfo|refused|timed out|unreachable|proxyerror|retrying \(": (
        "The network did not answer. " + SEEK_NETWORK
    ),
    r"from versions: none\)|no matching distribution|could not find a version": (
        "A package was not found: without a network, that is why. "
        + SEEK_NETWORK
        + " With a network, this Python or this machine has no build of "
        "it: use a 64-bit Python 3.11 to 3.14 on Linux, Windows or a Mac with Apple silicon."
    ),
    r"permission denied|access is denied": "A file was not writable or in use. Close every program that uses .venv and run it again.",
}


# Of pip's settings, those that say where packages come from and how the network is reached. Others say what to do and where to put it,
# such as target, dry-run, python and require-hashes, and that is ours to say.
SOURCES = """
index-url extra-index-url find-links no-index proxy cert client-cert trusted-host timeout retries cache-dir no-cache-dir keyring-provider
use-feature use-deprecated
"""
PYTHONS = {f"PYTHON{name}" for name in ("UTF8", "IOENCODING", "UNBUFFERED", "DONTWRITEBYTECODE", "PYCACHEPREFIX", "HASHSEED")}


def _variable(setting: str) -> str:
    return f"PIP_{setting.upper().replace('-', '_')}"


def clean_environ(pip: Mapping[str, str] | None = None) -> dict[str, str]:
    """The process's environment without what would lead another Python, or pip, to other packages or places.

    `pip` are the settings that its configuration files make; with None, the files stay in force, and only variables are left out.
    """
    allowed = PYTHONS | {"PIP_CONFIG_FILE"} | {_variable(name) for name in SOURCES.split()}
    led = re.compile(r"PYTHON|PIP_|__PYVENV_LAUNCHER__")
    kept = {name: value for name, value in os.environ.items() if name in allowed or not led.match(name)} | {"PIP_USER": "0"}
    if pip is None:
        return kept
    return {_variable(name): value for name, value in pip.items()} | kept | {"PIP_CONFIG_FILE": os.devnull}


def pip_settings(python: Path) -> dict[str, str]:
    """The sources that pip's configuration files name."""
    command = [str(python), "-m", "pip", "--no-input", "config", "list"]
    told = subprocess.run(command, env=clean_environ(), capture_output=True, encoding="utf-8", errors="replace").stdout
    found = re.findall(r"^(?:global|install)\.([\w-]+)=(['\"].*)$", told, re.MULTILINE)
    return {name: ast.literal_eval(value) for name, value in found if name in SOURCES.split()}


def install(python: Path, pins: Sequence[Pin], site: Path, environ: Mapping[str, str], *, index: str = "", force: bool = False) -> None:
    """Install pins into the environment of `python`, showing how far it is: with uv where there is one and it succeeds, else with pip.

    Args:
        python: the environment's Python.
        pins: what is to be there afterwards.
        site: the folder that it goes to.
        environ: the installer's environment variables, from `clean_environ`.
        index: take the pins themselves, without what they need, from this index.
        force: install again what seems to be there.

    Raises Problem, with pip's last lines shown before it.
    """
    words = [*(["--force-reinstall"] if force else []), *(["--no-deps"] if index else []), *map(str, pins)]
    environ = {**environ, "PIP_INDEX_URL": index} if index else environ
    if uv := shutil.which("uv"):
        status, last = _run([uv, *uv_words(python, environ), *words], {**environ, **uv_environ(environ)}, Progress(len(pins)), site)
        if status == 0 and not misfits(pins, installed([site])):
            return
        print(f"uv did not install them ({last[-1] if last else 'it said nothing'}): pip comes next.", flush=True)
    pip = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
    pip += ["--progress-bar", "raw" if _pip_counts_bytes(site) else "off"]
    status, last = _run([*pip, *words], environ, Progress(len(pins)), site)
    if status:
        print("\nThe last lines of the installation:", *(f"  {line}" for line in last), "", sep="\n", flush=True)
        raise Problem(f"The packages could not be installed (pip ended with status {status}). {advice_on(' '.join(last))}")


def uv_words(python: Path, environ: Mapping[str, str]) -> list[str]:
    """How uv is told what pip is told by its settings: the same sources, the best version of all of them."""
    words = ["pip", "install", "--python", str(python), "--index-strategy", "unsafe-best-match"]
    for option in ("index-url", "extra-index-url", "find-links", "trusted-host"):
        words += [word for place in environ.get(_variable(option), "").split() for word in (f"--{option}", place)]
    return [*words, *(["--no-index"] if environ.get("PIP_NO_INDEX", "0").lower() not in ("0", "no", "false", "off", "") else [])]


def uv_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The same for what uv is told by variables. It compiles what it installs, as pip does: else every start of a kernel would do so where
    Python may not write."""
    pairs = {"UV_COMPILE_BYTECODE": "1", "SSL_CERT_FILE": environ.get("PIP_CERT"), "ALL_PROXY": environ.get("PIP_PROXY")}
    return {name: value for name, value in pairs.items() if value}


def _run(command: list[str], environ: Mapping[str, str], progress: Progress, site: Path) -> tuple[int, list[str]]:
    """Run an installer, showing how far it is; its exit status and its last lines."""
    process = subprocess.Popen(
        command,
        env={**environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,  # it inherits the lock
    )
    last: deque[str] = deque(maxlen=12)
    try:
        for line in _lines(process):
            if line and not line.startswith("Progress ") and not (AGAIN in line and AGAIN in " ".join(last)):
                last.append(line[:200])
            progress.read(line)
            progress.unpacked = sum(1 for _ in site.glob("*.dist-info"))
            progress.show()
    finally:
        if process.poll() is None:  # we are being interrupted
            process.terminate()
        process.wait()
        progress.end()
    return process.returncode, list(last)


def advice_on(
    output: str, otherwise: str = "Its last lines, above, say why. Fix that, or delete the folder .venv, and run the same command again."
) -> str:
    """What to do, by what was printed."""
    return next((advice for pattern, advice in CAUSES.items() if re.search(pattern, output, re.IGNORECASE)), otherwise)


def _pip_counts_bytes(site: Path) -> bool:
    """Whether this pip (24.1 or newer) can tell how much of a download is done."""
    versions = [re.findall(r"\d+", folder.name) for folder in site.glob("pip-*.dist-info")]
    return any([int(part) for part in version[:2]] >= [24, 1] for version in versions)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """The lines that it prints, as they come, and an empty one at each heartbeat without any."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                lines.put(line.rstrip())
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=HEARTBEAT_S)
        except queue.Empty:
            line = ""
        if line is None:
            return
        yield line


def clock(seconds: float) -> str:
    """A duration as minutes:seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    """How far an installation is: one line that is redrawn on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, total: int) -> None:
        self.total = total  # packages; torch's own build may bring more
        self.unpacked = 0
        self._fetched: set[str] = set()
        self._coming: dict[str, str] = {}  # sizes of what uv is fetching
        self._installing = False
        self._detail = "asking what there is"
        self._begin = self._shown = time.monotonic()
        self._width = 0
        self._terminal = sys.stdout.isatty()

    def read(self, line: str) -> None:
        """Take in one line of pip's output."""
        if match := re.match(
            r"\s*(?:Downloading|Using cached|Processing) (?:\S*/)?([^/\s-]+)\S*\.whl(?: \(([\d.]+ \w?B)\)| \(from .*)?$", line
        ):
            self._fetched.add(match[1])
            self._detail = match[1] + (f" ({match[2]})" if match[2] else "")
        elif match := re.match(r"Downloading ([\w.-]+) \(([\d.]+[KMG]iB)\)$", line):  # uv names the large ones
            self._coming[match[1]] = match[2]
            self._tell_of_coming()
        elif match := re.match(r"\s*Downloaded ([\w.-]+)$", line):
            self._fetched.add(match[1])
            self._tell_of_coming()
        elif match := re.match(r"(?:Prepared|Resolved) (\d+) packages?", line):
            self.total, self._installing = int(match[1]), line.startswith("Prepared")
            self._detail = ""
        elif match := re.match(r"Progress (\d+) of (\d+)", line):
            done, size = (int(part) / 1e6 for part in match.groups())
            self._detail = re.sub(r" \(.*", "", self._detail) + f" ({done:.0f} of {size:.0f} MB)"
        elif match := re.match(r"Collecting ([\w.-]+)", line):
            self._detail = match[1]
        elif AGAIN in line:
            self._detail = "the network does not answer: trying again"
        elif line.startswith("Installing collected packages"):
            self._installing = True
            self._detail = "torch is the large one" if "torch" in self._fetched else ""

    def _tell_of_coming(self) -> None:
        self.total = len(self._coming)
        self._detail = next((f"{name} ({size})" for name, size in reversed(self._coming.items()) if name not in self._fetched), "")

    def show(self) -> None:
        """Show where it is, if it is time to."""
        now = time.monotonic()
        if now - self._shown < (0.1 if self._terminal else 10):
            return
        self._shown = now
        total = max(self.total, len(self._fetched))
        done = min(self.unpacked if self._installing else len(self._fetched), total)
        bar = "#" * (20 * done // total) if total else ""
        text = (
            f"{'Unpacking' if self._installing else 'Fetching':<9} [{bar:<20}] {done}/{total}  {clock(now - self._begin)}  {self._detail}"
        )
        if self._terminal:
            text = text[: shutil.get_terminal_size().columns - 1]
            print(f"\r{text:<{self._width}}", end="", flush=True)
            self._width = len(text)
        else:
            print(text, flush=True)

    def end(self) -> None:
        """Leave the redrawn line."""
        if self._terminal and self._width:
            print(flush=True)
