"""Which build of torch suits this machine, and how large the installation becomes with it. Standard library only.

On Linux the usual build brings CUDA, which is of use with an NVIDIA GPU only. Torch's own wheel index has one without. Sizes: those of the
wheels that requirements.txt leads to, and what they take once installed with Python 3.11 (on Windows and macOS a little less).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dremeta_lite.start.pins import Pin

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE_S = 12
# A user who has set one of these has a source of packages already, which decides.
SOURCES = ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX")
OWN = {f"PIP_{name}" for name in SOURCES} | {f"UV_{name}" for name in (*SOURCES, "INDEX", "DEFAULT_INDEX", "TORCH_BACKEND", "OFFLINE")}
COUNT_GPUS = (
    "import ctypes; cuda, count = ctypes.CDLL('libcuda.so.1'), ctypes.c_int(); "
    "assert cuda.cuInit(0) == cuda.cuDeviceGetCount(ctypes.byref(count)) == 0 < count.value"
)


@dataclass(frozen=True)
class Build:
    """A way to get torch: gigabytes to download and on the disk, with all the other packages; why; and its index, if not the usual one."""

    download: float
    disk: float
    why: str = ""
    index: str = ""


def small(why: str = "", index: str = "") -> Build:
    """With a torch that computes on the processor alone, or on a Mac's GPU."""
    return Build(0.3, 1.3, why, index)


def large(why: str) -> Build:
    """With a torch that brings CUDA."""
    return Build(2.8, 5.4, why)


def builds(python: Path, torch: Pin | None, environ: Mapping[str, str], system: str = sys.platform) -> list[Build]:
    """The ways to get torch, the best first; `environ` is what the installer gets, and `torch` the pin, if it is not met yet."""
    if torch is None or system != "linux":
        return [small()]
    if OWN & {name for name, value in environ.items() if value}:
        return [
            small("Your own source of packages decides which torch it is; one with CUDA takes 2.5 GB more to download, 4.1 GB on the disk.")
        ]
    if has_nvidia_gpu(python):
        return [large("There is an NVIDIA GPU, so torch comes with CUDA.")]
    without = "There is no NVIDIA GPU with a driver, so torch's smaller build, without CUDA, would be enough, but its download site "
    if not has_cpu_build(python, torch, environ):
        return [large(without + "does not answer: this is the usual one.")]
    return [
        small("There is no NVIDIA GPU with a driver, so torch comes without CUDA, from its own download site.", CPU_INDEX),
        large(without + "failed: now comes the usual one."),
    ]


def has_nvidia_gpu(python: Path) -> bool:
    """Whether NVIDIA's driver finds a GPU, asked as torch asks it, in WSL and in containers too. Drivers crash: in a process of its own."""
    try:
        return subprocess.run([python, "-I", "-c", COUNT_GPUS], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def has_cpu_build(python: Path, torch: Pin, environ: Mapping[str, str]) -> bool:
    """Whether torch's own index answers soon, and has this version for this Python without CUDA."""
    ask = [python, "-m", "pip", "--no-input", "index", "versions", torch.name, "--index-url", CPU_INDEX, "--timeout", "4", "--retries", "0"]
    try:
        told = subprocess.run(ask, env=dict(environ), capture_output=True, encoding="utf-8", errors="replace", timeout=PATIENCE_S).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    return f"{torch.version}+cpu" in told.replace(",", " ").split()
