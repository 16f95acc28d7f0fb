"""Two settings of the process that make small networks train fast on a laptop's CPU. Both are made by whoever starts a training."""

import ctypes
import os
import sys

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
ONE_GIB = 1 << 30


def prepare_cpu(threads: int | None = None) -> int:
    """Set torch's threads, and let the process keep the memory that it frees. Call it in the thread that trains.

    Args:
        threads: how many threads torch may use for one operation; `DREMETA_THREADS` or 1 if None. With other load on the machine torch's
            default of several was measured 3 to 20 times slower than one on these networks: waiting threads spin.

    Returns:
        the number of threads set.

    Raises:
        ValueError: `threads` is not a whole number from 1 up.
    """
    wanted = os.environ.get("DREMETA_THREADS", "1") if threads is None else str(threads)
    if not wanted.isdecimal() or int(wanted) < 1:
        raise ValueError(f"DREMETA_THREADS must be a whole number from 1 up, got {wanted!r}")
    torch.set_num_threads(int(wanted))
    keep_freed_memory()
    return int(wanted)


def keep_freed_memory() -> None:
    """Linux's malloc hands every large block back to the kernel at once, and a training step asks for the same blocks again:
    a fifth of the time of a meta-iteration went into that. Elsewhere this does nothing."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, ONE_GIB)
        mallopt(M_TRIM_THRESHOLD, ONE_GIB)
