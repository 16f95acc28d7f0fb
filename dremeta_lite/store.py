"""Parameters on disk: safetensors with metadata. Nothing is ever unpickled, and a file is either whole or not there."""

import json
import os
import platform
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from dremeta_lite import __version__

FORMAT = "dremeta_lite 1"
DATA = Path(__file__).parent.parent / "data"


class StoreError(ValueError):
    """A file cannot be used. The message names the file, what is wrong with it, and what to do."""


def write(path: Path, tensors: Mapping[str, Tensor], description: Mapping[str, Any]) -> None:
    """Write tensors and a description of them.

    Raises:
        OSError: the folder cannot be written; nothing is left behind, and an older file stays as it was.
    """
    metadata = json.dumps({"format": FORMAT, "version": __version__, **description})
    write_atomically(path, save({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, {"dremeta_lite": metadata}))


def read(path: Path, command: str = "pretrain") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the metadata of a file that this package has written.

    Args:
        path: the file.
        command: the one of `python3 -m dremeta_lite` that makes it.

    Raises:
        StoreError: the file is missing, truncated or foreign.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            description = json.loads((file.metadata() or {}).get("dremeta_lite", "null"))
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except FileNotFoundError:
        raise StoreError(f"{path} does not exist. `python3 -m dremeta_lite {command}` makes the course's own files again.") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read ({error}). It may be truncated, or no safetensors file: make or copy it again.") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise StoreError(f"{path} is a safetensors file, but not one of this package: its format should be {FORMAT!r}.")
    return state, description


def read_figures(path: Path, command: str) -> dict[str, Any]:
    """A recorded file of figures (JSON).

    Args:
        path: the file.
        command: the one of `python3 -m dremeta_lite` that makes it.

    Raises:
        StoreError: the file is missing.
    """
    if not path.exists():
        raise StoreError(f"{path} does not exist. `python3 -m dremeta_lite {command}` makes it again.")
    return json.loads(path.read_text(encoding="utf-8"))


def write_figures(path: Path, content: Mapping[str, Any]) -> None:
    """Write figures (JSON) as `read_figures` reads them.

    Raises:
        OSError: the folder cannot be written; nothing is left behind, and an older file stays as it was.
    """
    write_atomically(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def versions() -> dict[str, Any]:
    """What figures depend on besides their settings: of this package, of torch and of Python, and the threads that torch uses."""
    return {
        "version": __version__,
        "torch": torch.__version__.split("+")[0],
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
    }


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a neighbour file and rename it: whoever reads `path` finds the old content or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with temporary.open("wb") as file:  # nobody else has this name; what a killed process left there is overwritten
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
