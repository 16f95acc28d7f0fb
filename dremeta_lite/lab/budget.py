"""How much a notebook may train by itself: a real parameter, the same in class, at home and in the tests."""

import os
from typing import NamedTuple

import torch
from IPython.display import display

from dremeta_lite.lab.frame import Frame
from dremeta_lite.lab.notebook import front_end
from dremeta_lite.lab.touch import Keys
from dremeta_lite.speed import prepare_cpu


class Budget(NamedTuple):
    """Iterations that a cell trains when it has to, and where."""

    name: str
    iterations: int
    device: str


def budget(name: str | None = None) -> Budget:
    """The budget called `name`; by default the one that the environment variable DREMETA_BUDGET names, else "quick".

    "quick": a few iterations, so that Run All is over in seconds. "laptop": 100, about 12 seconds of one CPU core. "gpu": 300, on the GPU.

    Raises:
        ValueError: there is no such budget, or no GPU for "gpu".
    """
    name = name or os.environ.get("DREMETA_BUDGET", "quick")
    budgets = {b.name: b for b in (Budget("quick", 5, "cpu"), Budget("laptop", 100, "cpu"), Budget("gpu", 300, "cuda"))}
    if name not in budgets:
        raise ValueError(f"the budget must be one of {', '.join(budgets)}, got {name!r}")
    if budgets[name].device == "cuda" and not torch.cuda.is_available():
        raise ValueError('the budget "gpu" needs an NVIDIA GPU that torch can use, and there is none: take "laptop"')
    return budgets[name]


def begin(name: str | None = None, threads: int = 1) -> Budget:
    """Prepare the processor for small networks, see `prepare_cpu`, and the page for keys, and return the `budget` called `name`: a
    notebook's first call. Raises ValueError: as these two."""
    prepare_cpu(threads)
    if front_end() != "headless":
        display(Frame("page", [Keys()], "keys", height="0", overflow="hidden"))
    return budget(name)
