"""The Python environment of the course: what it must hold, whether it does, and how it is made.

Only the standard library is used here: this runs before anything is installed.

An environment is good when every pin of `requirements.txt` is installed. The running one is taken if it is good, else `.venv` beside README
if that is, else `.venv` is made, or brought up to date. The note `.venv/dremeta_lite.json` is written before and after an installation,
so that one cut short (power, a closed lid) is recognised and never used.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from dremeta_lite.files import alone
from dremeta_lite.start.builds import builds
from dremeta_lite.start.installing import advice_on, clean_environ, clock, install, pip_settings
from dremeta_lite.start.pins import Misfit, Pin, Problem, applies, installed, marker_values, misfits, read_pins, release

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 11)
TESTS_GB = (0.1, 0.2)  # what only tests need: to download, and on the disk
NOTE = "dremeta_lite.json"
MODULE = "py -m dremeta_lite" if os.name == "nt" else "python3 -m dremeta_lite"
# Lets notebooks import the package from any working directory. It is computed, so that the folder may be moved.
PATH_LINE = "import os, sys; sys.path.append(os.path.dirname(sys.prefix))\n"


@dataclass
class Note:
    """What `.venv/dremeta_lite.json` says: whether an installation came to its end, and whether we made the folder."""

    finished: bool
    ours: bool


class Venv:
    """`.venv` beside README, which may be absent, cut short, broken, or somebody else's."""

    def __init__(self, root: Path) -> None:
        self.folder = root / ".venv"
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self._note = self.folder / NOTE

    def note(self) -> Note | None:
        """The note, or None where there is none: nothing here, or not made by us."""
        try:
            return Note(**json.loads(self._note.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError):
            return Note(finished=False, ours=True)  # cut while it was written

    def write_note(self, note: Note) -> None:
        """Write the note. Raises OSError."""
        self._note.write_text(json.dumps(asdict(note)), encoding="utf-8")

    def version(self) -> str | None:
        """The version of its Python ("3.11.7"), asked by running it; None if it does not run."""
        code = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
        try:
            answer = subprocess.run([self.python, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True)
        except (OSError, subprocess.SubprocessError):
            return None
        return answer.stdout.strip() or None

    def site_packages(self, version: str) -> Path:
        """Where its packages are."""
        minor = ".".join(version.split(".")[:2])
        return self.folder / ("Lib/site-packages" if os.name == "nt" else f"lib/python{minor}/site-packages")

    def misfits(self, pins: Iterable[Pin], version: str) -> list[Misfit]:
        """The pins that it does not meet."""
        return misfits(pins, installed([self.site_packages(version)]), marker_values(version))

    def runs_us(self) -> bool:
        """Whether the running Python is this one."""
        with suppress(OSError):
            return Path(sys.prefix).resolve() == self.folder.resolve()
        return False


def find(root: Path = ROOT, tests: bool = False) -> Path | None:
    """A Python that satisfies requirements.txt, in `tests` their part too: the running one, else `.venv`'s, else None. Installs nothing."""
    pins = read_pins(root / "requirements.txt", tests)
    venv = Venv(root)
    cut = (note := venv.note()) is not None and not note.finished
    if not (venv.runs_us() and cut) and not misfits(pins, installed()):
        return Path(sys.executable)
    if cut or not venv.python.exists():
        return None
    version = venv.version()
    return venv.python if version and not venv.misfits(pins, version) else None


def ensure(root: Path = ROOT, tests: bool = False) -> Path:
    """A Python as `find` finds it, made first if there is none. Shows its progress. Raises Problem."""
    python = find(root, tests)
    if python is None:
        with _one_at_a_time(root):
            try:
                python = find(root, tests) or _make(root, tests)  # another start may have made it while we waited
            except OSError as error:
                raise Problem(_unwritable(root / ".venv", error)) from None
    return python


def _make(root: Path, tests: bool) -> Path:
    """Make `.venv`, complete it, or bring it up to date."""
    pins = read_pins(root / "requirements.txt", tests)
    venv = Venv(root)
    force = _clear_the_way(venv)
    new = not venv.folder.exists()
    if new:
        _create(venv)
    version = venv.version()
    if version is None or tuple(release(version)[:2]) < OLDEST:
        runs = f"holds Python {version}" if version else "holds no Python that runs"
        raise Problem(f"{venv.folder} {runs}, and was not made by dremeta_lite. Rename or delete it, then run the same command again.")
    site = venv.site_packages(version)
    before = installed([site])
    note = venv.note() or Note(finished=True, ours=False)
    venv.write_note(Note(finished=False, ours=note.ours))
    begin = time.monotonic()
    try:
        _fill(venv, version, [pin for pin in pins if applies(pin.marker, marker_values(version))], new=new, tests=tests, force=force)
    except BaseException:  # Ctrl-C too
        if new:
            _remove(venv.folder)
        elif installed([site]) == before:  # nothing was changed: what was there is as good as it was
            venv.write_note(note)
        raise
    if missing := venv.misfits(pins, version):
        raise Problem(f"The installation ended, but without {missing[0]}. Delete {venv.folder} and run the same command again.")
    (site / "dremeta_lite.pth").write_text(PATH_LINE, encoding="ascii")
    venv.write_note(Note(finished=True, ours=note.ours))
    print(f"Installed in {clock(time.monotonic() - begin)} (minutes:seconds).", flush=True)
    return venv.python


def _fill(venv: Venv, version: str, pins: list[Pin], *, new: bool, tests: bool, force: bool) -> None:
    """Install pins with the build of torch that suits this machine, or with the next best. Says first what it costs. Raises Problem."""
    site, missing = venv.site_packages(version), venv.misfits(pins, version)
    environ = clean_environ(pip_settings(venv.python))
    torch = [misfit.pin for misfit in missing if misfit.pin.name == "torch"]
    for build in builds(venv.python, torch[0] if torch else None, environ):
        told = f"Bringing {venv.folder.name} up to date with requirements.txt ({len(missing)} packages)."
        if new:
            download, disk = (size + more for size, more in zip((build.download, build.disk), TESTS_GB if tests else (0, 0), strict=True))
            _check_disk(venv.folder, download, disk)
            told = f"Installing {len(pins)} packages into {venv.folder.name} (once): {download:.1f} GB to download, {disk:.1f} on the disk."
        print(f"{told} {build.why}".strip(), flush=True)
        if build.index:
            try:
                install(venv.python, torch, site, environ, index=build.index, force=force)
            except Problem:
                continue  # the next build comes from elsewhere
        return install(venv.python, pins, site, environ, force=force)


def _clear_the_way(venv: Venv) -> bool:
    """Remove a `.venv` of ours that is cut short or broken. True if it was cut short but cannot be removed: complete it by force."""
    if not os.path.lexists(venv.folder):
        return False
    if not venv.folder.is_dir():
        raise Problem(f"{venv.folder} is not a folder, but the packages belong there. Rename it, then run the same command again.")
    note = venv.note()
    if note is None:
        if not any(venv.folder.iterdir()):
            venv.folder.rmdir()  # cut before its first note
        return False
    if note.ours and not venv.runs_us() and not (note.finished and venv.version()):
        print(f"Removing {venv.folder.name}: it was not finished, or no longer runs.", flush=True)
        _remove(venv.folder)
        return False
    return not note.finished


def _create(venv: Venv) -> None:
    """An empty virtual environment with pip. Raises Problem: no venv module, an unwritable folder."""
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    absent = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if absent:
        raise Problem(
            f"This Python ({sys.executable}) has no module {absent[0]!r}, so it cannot make an environment. On Debian or Ubuntu "
            f"run `sudo apt install python3-venv` (or python{minor}-venv), elsewhere install Python from python.org; then run the same "
            "command again."
        )
    print(f"Making {venv.folder} ...", flush=True)
    try:
        venv.folder.mkdir()
        venv.write_note(Note(finished=False, ours=True))
        subprocess.run([sys.executable, "-m", "venv", venv.folder], check=True, capture_output=True, text=True, env=clean_environ())
    except OSError as error:
        _remove(venv.folder)
        raise Problem(_unwritable(venv.folder, error)) from None
    except subprocess.CalledProcessError as error:
        _remove(venv.folder)
        told = (error.stderr or error.stdout or "it said nothing").strip()
        debian = f"On Debian or Ubuntu, `sudo apt install python3-venv` (or python{minor}-venv) helps; then run the same command again."
        raise Problem(f"Python could not make the environment {venv.folder}: {told.splitlines()[-1]}. {advice_on(told, debian)}") from None
    except KeyboardInterrupt:
        _remove(venv.folder)
        raise


def _check_disk(folder: Path, download: float, disk: float) -> None:
    """Refuse disks that are too small (in gigabytes). What is fetched lies in a temporary folder and in the cache until all is unpacked."""
    needed: dict[int, float] = {}
    for place, size in ((folder, disk), (Path(tempfile.gettempdir()), download), (Path(os.path.expanduser("~")), download)):
        with suppress(OSError):
            needed[place.stat().st_dev] = size + needed.get(place.stat().st_dev, 0)
            if (free := shutil.disk_usage(place).free / 1e9) < (wanted := needed[place.stat().st_dev]):
                raise Problem(
                    f"The disk that holds {place} has {free:.1f} GB free, and the installation needs {wanted:.1f} GB there. "
                    "Free some space, or use another disk: move the course's folder, or name a temporary folder in the variable TMPDIR "
                    "(on Windows TEMP); then run the same command again."
                )


def _unwritable(place: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{place} could not be written: {error.strerror}. {advice_on('no space left')}"
    return (
        f"{place} cannot be written ({error.strerror}), and the packages belong there. Copy the whole folder {place.parent} to a place of "
        "your own, such as your home folder, and run the same command there."
    )


def _remove(folder: Path) -> None:
    """Delete a folder of ours. Raises Problem if something holds on to it; what is left then keeps its note of not being finished."""
    for _ in range(10):
        rest = [path for path in folder.glob("*") if path.name != NOTE]
        for path in rest:
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if not any(os.path.lexists(path) for path in rest):
            shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.5)  # a virus scanner, or a program that is ending, lets go in a moment
    raise Problem(f"{folder} is half made and cannot be removed: a program may be using it. Close it, delete the folder, and try again.")


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Hold `.venv.lock`, so that two starts do not install into one folder."""
    path, told = root / ".venv.lock", False

    def wait() -> bool:
        nonlocal told
        if not told:
            print("Another start is installing the packages: waiting for it ...", flush=True)
        told = True
        time.sleep(1)
        return True

    with ExitStack() as stack:
        try:
            stack.enter_context(alone(path, wait))
        except OSError as error:
            raise Problem(_unwritable(path, error)) from None
        yield
