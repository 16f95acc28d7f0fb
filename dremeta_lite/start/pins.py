"""requirements.txt: its exact pins, and which of them an environment does not meet. Standard library only."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TESTS = "# Its tests"  # how the heading begins


class Problem(Exception):
    """Something that the user can put right. The message is one paragraph: what happened, the value, what to do."""


@dataclass(frozen=True)
class Pin:
    """One line of requirements.txt: `name==version ; marker`."""

    name: str
    version: str
    marker: str = ""

    def __str__(self) -> str:
        """As an installer takes it, the marker being dealt with."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class Misfit:
    """A pin that is not met; `found` is the installed version, or None."""

    pin: Pin
    found: str | None

    def __str__(self) -> str:
        return f"{self.pin.name} {self.pin.version} (found {self.found or 'none'})"


def canonical(name: str) -> str:
    """A package's name as PEP 503 compares it: `Jinja2` and `jinja2` are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(file: Path, tests: bool = True) -> list[Pin]:
    """Every pin of a requirements file, whatever its marker; without `tests` those above the heading of what only tests need.

    Raises Problem if the file is missing or a line is not of the form `name==version ; marker  # comment`.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "it is not UTF-8")
        raise Problem(f"{file} cannot be read ({why}). Download the course again, whole, and start it in its own folder.") from None
    pins = []
    for number, line in enumerate(lines, 1):
        if line.startswith(TESTS) and not tests:
            break
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if not text:
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)\s*(?:;\s*(.+))?", text)
        if match is None:
            raise Problem(f"{file.name}, line {number}: {line!r} is not an exact pin. Write it as name==version.")
        pins.append(Pin(canonical(match[1]), match[2], match[3] or ""))
    return pins


def marker_values(python: str | None = None) -> dict[str, str]:
    """The marker names that are understood, for a Python of that version ("3.12.1") on this machine; default: the running one."""
    full = python or platform.python_version()
    return {
        "sys_platform": sys.platform,
        "platform_system": platform.system(),
        "platform_machine": platform.machine(),
        "implementation_name": sys.implementation.name,
        "platform_python_implementation": platform.python_implementation(),
        "os_name": os.name,
        "python_full_version": full,
        "python_version": ".".join(full.split(".")[:2]),
    }


def release(version: str) -> list[int]:
    """A version's numbers, to compare by: "3.11.7" is [3, 11, 7]."""
    return [int(part) for part in re.findall(r"\d+", version.split("+")[0])]


def applies(marker: str, values: dict[str, str]) -> bool:
    """Whether an environment marker holds: comparisons with a quoted value, joined by `and` and `or`, no parentheses.

    Raises Problem on anything else.
    """
    if not marker:
        return True
    return any(all(_holds(part, values) for part in either.split(" and ")) for either in marker.split(" or "))


def _holds(comparison: str, values: dict[str, str]) -> bool:
    match = re.fullmatch(r"\s*(\w+)\s*(==|!=|<=|>=|<|>)\s*(['\"])(.*)\3\s*", comparison)
    if match is None or match[1] not in values:
        raise Problem(f"requirements.txt: the marker {comparison.strip()!r} is not understood. Use one of: {', '.join(values)}.")
    name, operator, wanted = match[1], match[2], match[4]
    have: object = values[name]
    want: object = wanted
    if name in ("python_version", "python_full_version"):
        have, want = release(values[name]), release(wanted)
    if operator in ("==", "!="):
        return (have == want) == (operator == "==")
    if not (isinstance(have, list) and isinstance(want, list)):
        raise Problem(f"requirements.txt: the marker {comparison.strip()!r} orders text. Use == or !=.")
    return {"<": have < want, "<=": have <= want, ">": have > want, ">=": have >= want}[operator]


def installed(folders: Iterable[Path] | None = None) -> dict[str, str]:
    """Installed packages, canonical name to version: of the running Python, or of these site-packages folders."""
    found: dict[str, str] = {}
    path = sys.path if folders is None else [str(folder) for folder in folders]
    for distribution in importlib.metadata.distributions(path=path):
        with suppress(Exception):  # one with damaged metadata counts as not installed
            found.setdefault(canonical(distribution.metadata["Name"]), distribution.version)
    return found


def python_path(requirements: Path) -> tuple[list[str], list[str]]:
    """The folders in PYTHONPATH: those that do no harm, and those with another version of a pinned package, which hide the right one."""
    pins: list[Pin] = []
    with suppress(Problem):  # it is told elsewhere
        pins = read_pins(requirements)
    folders = list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    harmful = [folder for folder in folders if any(misfit.found for misfit in misfits(pins, installed([Path(folder)])))]
    return [folder for folder in folders if folder not in harmful], harmful


def satisfied_by(pin: Pin, version: str | None) -> bool:
    """Whether an installed version meets the pin; a build's local suffix (`2.13.0+cpu`) does not matter."""
    return version is not None and (version == pin.version or version.split("+")[0] == pin.version)


def misfits(pins: Iterable[Pin], found: dict[str, str], values: dict[str, str] | None = None) -> list[Misfit]:
    """The pins that apply and are not met, in the order of the file."""
    values = values or marker_values()
    wanted = [pin for pin in pins if applies(pin.marker, values)]
    return [Misfit(pin, found.get(pin.name)) for pin in wanted if not satisfied_by(pin, found.get(pin.name))]
