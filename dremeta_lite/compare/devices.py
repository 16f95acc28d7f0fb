"""What a GPU can bring, on paper: the operations of one iteration are counted, and so the least time is known that they take on a GPU."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from dremeta_lite.learner import Learner
from dremeta_lite.table import Table

LAUNCH = 10e-6
"""Seconds that Python takes to tell a GPU one operation, typically."""
BYTES, FLOPS = 300e9, 5e12
"""A second, of a laptop's GPU: bytes read and written, and operations in large products of matrices. The fastest do ten times that."""


class Work(NamedTuple):
    """What one iteration takes."""

    tasks: int
    operations: int
    """Each is told to the device by itself. Views, which compute nothing, are not among them."""
    flops: int
    """Multiplications and additions of matrix products."""
    bytes: int
    """Read and written by all operations."""
    waits: int
    """How often the CPU needs a number from the device, and has to wait for it."""

    def told(self) -> float:
        """Seconds until a GPU has been told everything."""
        return self.operations * LAUNCH

    def computed(self) -> float:
        """Seconds that it computes, if nothing but memory and matrix products holds it up. It does so while it is told what comes next."""
        return self.flops / FLOPS + self.bytes / BYTES

    def free(self) -> float:
        """Up to how many tasks an iteration takes no longer, since telling takes longer than computing."""
        return self.tasks * self.told() / self.computed()


class Counting(TorchDispatchMode):
    """Counts what torch is asked for while this is entered."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = self.bytes = self.waits = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        if func is torch.ops.aten._local_scalar_dense.default:
            self.waits += 1
        elif func is torch.ops.aten.aminmax.default:
            self.waits -= 2  # `one_hot` looks at both bounds of what it is given, on a CPU alone
        elif not func.is_view:
            self.operations += 1
            self.bytes += sum(x.nbytes for x in tree_leaves((args, found)) if isinstance(x, Tensor))
        return found


def work(learner: Any) -> Work:
    """Counts during one iteration of a learner of many tasks."""
    with FlopCounterMode(display=False) as products, Counting() as counted:
        learner.step()
    hyper = learner.hyper.values()
    return Work(hyper.get("tasks", hyper.get("trials")), counted.operations, products.get_total_flops(), counted.bytes, counted.waits)


def show_gpu_limits(learners: Mapping[str, Learner]) -> Table:
    """An iteration of each on this CPU, measured, and on a laptop's GPU, computed."""
    rows = []
    for name, learner in learners.items():
        found, began = work(learner), time.perf_counter()
        learner.step()
        here = time.perf_counter() - began
        gpu = max(found.told(), found.computed())
        cells = f"{found.tasks}", f"{1000 * here:.0f} ms", f"{found.operations:,}", f"{1000 * gpu:.0f} ms", f"{found.free():,.0f} tasks"
        rows.append([name, *cells])
    speed = f"{1e6 * LAUNCH:.0f} µs to tell an operation, {BYTES / 1e9:.0f} GB and {FLOPS / 1e12:.0f} TFLOP a second"
    note = f"Both columns on the right are computed, not measured, for a laptop's GPU: {speed}. "
    note += "`python3 -m dremeta_lite devices` measures yours."
    return Table(["learner", "tasks", "an iteration on this CPU", "operations", "on a GPU, at least", "as quick with up to"], rows, note)
