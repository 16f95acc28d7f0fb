"""Parameters on disk: safetensors with metadata. Nothing is ever unpickled, and a file is either whole or not there."""

import hashlib
import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from dremeta_lite import __version__
from dremeta_lite.files import write_atomically

FORMAT = "dremeta_lite 1"
OWN = ("format", "version")  # what every description begins with
HOME = Path(__file__).parent
DATA = HOME / "data" if (HOME / "data").is_dir() else HOME.parent / "data"  # in a wheel it lies inside the package
NOT_JSON = (ValueError, RecursionError)  # what `json.loads` raises, the second for text that is nested too deep


class StoreError(ValueError):
    """A file cannot be used. The message names the file, what is wrong with it, and what to do."""


def place(path: Any) -> Path:
    """A path as such, "~" being the home folder. Raises ValueError: it is none, or has no name."""
    try:
        found = Path(path).expanduser()
        if found.name and "\0" not in str(found):
            return found
    except (TypeError, RuntimeError):  # the second where nobody knows a home
        pass
    raise ValueError(f"a file needs a path with a name, such as 'agents/mine.safetensors', got {path!r}.")


def write(path: Path | str, tensors: Mapping[str, Tensor], description: Mapping[str, Any]) -> None:
    """Write tensors and a description of them.

    Raises:
        ValueError: the path is none.
        OSError: the folder cannot be written; nothing is left behind, and an older file stays as it was.
    """
    path = place(path)
    metadata = json.dumps({"format": FORMAT, "version": __version__, **description})
    content = save({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, {"dremeta_lite": metadata})
    try:
        write_atomically(path, content)
    except OSError as error:
        raise type(error)(
            error.errno, f"{path} was not written ({error.strerror}): give a file in a folder that you may write to"
        ) from error


def read(path: Path | str, command: str = "pretrain") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the metadata of a file that this package has written.

    Args:
        command: the one of `python3 -m dremeta_lite` that makes it.

    Raises:
        StoreError: the file is missing, truncated or foreign.
        ValueError: the path is none.
    """
    path = place(path)
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            description = json.loads((file.metadata() or {}).get("dremeta_lite", "null"))
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except FileNotFoundError:
        raise StoreError(f"{path} does not exist. {remedy(path, command)}") from None
    except (SafetensorError, OSError, *NOT_JSON) as error:
        why = damage(path, f"{error}; it may be truncated, or no safetensors file")
        raise StoreError(f"{path} cannot be read ({why}). {remedy(path, command)}") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise StoreError(f"{path} is a safetensors file, but not one of this package: its format should be {FORMAT!r}.")
    return state, description


def read_figures(path: Path, command: str) -> dict[str, Any]:
    """A recorded file of figures (JSON).

    Args:
        command: the one of `python3 -m dremeta_lite` that makes it.

    Raises:
        StoreError: the file is missing, damaged or foreign.
    """
    try:
        figures = json.loads(path.read_bytes(), object_hook=lambda part: Figures(part, path, command))
    except FileNotFoundError:
        raise StoreError(f"{path} does not exist. {remedy(path, command)}") from None
    except (OSError, *NOT_JSON) as error:
        raise StoreError(f"{path} cannot be read ({damage(path, str(error))}). {remedy(path, command)}") from error
    if not isinstance(figures, dict) or not figures:
        raise StoreError(f"{path} holds no recorded figures. {remedy(path, command)}")
    if figures.pop("seal", sealed := seal(figures)) != sealed:
        raise StoreError(f"{path} was changed after it was recorded. {remedy(path, command)}")
    return figures


class Figures(dict[str, Any]):
    """What a file of figures holds, or a part of it. What is missing in it is a StoreError, as a missing file is."""

    def __init__(self, figures: Mapping[str, Any], path: Path, command: str) -> None:
        super().__init__(figures)
        self.path, self.command = path, command

    def __missing__(self, part: str) -> Any:
        raise StoreError(f"{self.path} lacks {part!r}. {remedy(self.path, self.command)}")


def damage(path: Path, otherwise: str) -> str:
    """What has happened to a file that cannot be read, by how it begins."""
    if path.is_dir():
        return "it is a folder"
    with suppress(OSError), path.open("rb") as file:
        begin = file.read(1 << 20)
        if not begin:
            return "it is empty"
        if begin.startswith(b"version https://git-lfs"):
            return "it is only a pointer of Git LFS: `git lfs pull` fetches the file itself"
        if b"<<<<<<< " in begin and b">>>>>>> " in begin:
            return "it holds a merge conflict"
    return otherwise


def remedy(path: Path, command: str) -> str:
    """How to get a file back."""
    if DATA in path.absolute().parents:
        return (
            f'Copy it from a fresh download of the course (in a clone: `git checkout HEAD -- "{path}"`), or delete it, and '
            f"`python3 -m dremeta_lite {command}` makes it again."
        )
    return f"`python3 -m dremeta_lite {command}` makes the course's own files again; make or copy any other again."


def write_figures(path: Path, content: Mapping[str, Any]) -> None:
    """Write figures (JSON) as `read_figures` reads them.
    Raises OSError: the folder cannot be written; nothing is left behind, and an older file stays as it was."""
    text = json.dumps({**content, "seal": seal(content)}, indent=1, ensure_ascii=False)
    write_atomically(path, f"{text}\n".encode())


def seal(content: Mapping[str, Any]) -> str:
    """A check sum of figures. A file holds it, so that whoever reads them knows that nothing was changed by hand."""
    words = json.dumps(json.loads(json.dumps({name: part for name, part in content.items() if name != "seal"})), sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def versions() -> dict[str, Any]:
    """What figures depend on besides their settings: of this package, of torch and of Python, and the threads that torch uses."""
    return {
        "version": __version__,
        "torch": torch.__version__.split("+")[0],
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
    }
