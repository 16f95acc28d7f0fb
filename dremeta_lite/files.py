"""Files that processes share: a file is whole or not there, and one process at a time changes it. The standard library is enough."""

import io
import os
import platform
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PART = ".dremeta-part"
HOST = platform.node()[:30]
DAY = 24 * 3600  # no write takes that long, whichever machine it runs on


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a neighbour file and rename it: whoever reads `path` finds the old content or the new one, never a part.

    Raises OSError; then nothing is left behind, and an older file stays as it was. What killed processes left in the folder is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    temporary = path.with_name(f".{path.name}.{HOST}-{os.getpid()}-{threading.get_ident()}{PART}")
    try:
        with temporary.open("wb") as file:  # nobody else has this name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sweep(folder: Path) -> None:
    """Remove the neighbour files of processes of this machine that have ended, and those of others that are a day old."""
    for part in folder.glob(f".*{PART}"):
        with suppress(OSError):  # another process may sweep, too
            ours = re.search(rf"\.{re.escape(HOST)}-(\d+)-\d+{PART}$", part.name)
            if (ours and not runs(int(ours[1]))) or time.time() - part.stat().st_mtime > DAY:
                part.unlink()


def runs(process: int) -> bool:
    """Whether a process of this number exists."""
    import psutil  # only here: before anything is installed there is nothing to sweep

    return psutil.pid_exists(process)


def print_anyway() -> None:
    """From now on a character that the output's encoding lacks (a code page of Windows, ASCII) is shown as "?", here and in the processes
    that we start: no command ends because it cannot print, nor because there is nothing to print to."""
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w", encoding="utf-8") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    encoding = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    os.environ["PYTHONIOENCODING"] = f"{encoding}:replace"


@contextmanager
def alone(lock: Path, go_on: Callable[[], bool]) -> Iterator[None]:
    """Hold a lock file while the block runs. The system frees it when we end, however we end.

    While another process holds it, `go_on` is called, which waits a moment, and says whether to wait on. Raises OSError: the file cannot be
    made, or (TimeoutError) there was no more waiting.
    """
    while True:
        with lock.open("a") as file:
            os.set_inheritable(file.fileno(), True)  # should we be killed, pip runs on, and holds the lock until it ends
            while not locked(file.fileno()):
                if not go_on():
                    raise TimeoutError(f"another process holds {lock}")
            if os.name != "nt" and not _still_there(lock, file.fileno()):
                continue  # whoever held it before us has removed it
            try:
                yield
            finally:
                with suppress(OSError):  # Windows keeps it
                    lock.unlink()
            return


def _still_there(lock: Path, descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.stat(lock), os.fstat(descriptor))
    return False


def locked(descriptor: int) -> bool:
    """Try to take a lock. True too where the file system knows no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
