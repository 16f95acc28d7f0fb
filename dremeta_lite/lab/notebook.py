"""Where are we: in a live notebook, in one that a program executes, or in no notebook? And what follows from it."""

import os
import signal
import threading
from typing import Any, Literal

from IPython.core.getipython import get_ipython

from dremeta_lite.lab.runner import pause_all

FrontEnd = Literal["live", "headless", "voila"]


def front_end() -> FrontEnd:
    """Who is looking.

    "live": a person at JupyterLab, Notebook or the like, so that training may go on in the background.
    "headless": nobody. nbconvert and nbclient execute the cells one after the other, or there is no notebook at all.
    "voila": nobody while the cells are executed; afterwards a person looks at the result, and its widgets work.

    The sign is whether cells may ask for input: clients with a keyboard say so in every request, nbclient says no. The environment
    variable DREMETA_HEADLESS, 1 or 0, overrules it.
    """
    forced = os.environ.get("DREMETA_HEADLESS", "")
    if forced in ("0", "1"):
        return "headless" if forced == "1" else "live"
    if os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return "voila"
    kernel: Any = getattr(get_ipython(), "kernel", None)
    return "live" if kernel is not None and getattr(kernel, "_allow_stdin", True) else "headless"


def pause_on_interrupt() -> None:
    """Let the kernel's interrupt pause live training also while no cell runs, when ipykernel would ignore it.

    While a cell runs, ipykernel keeps the handler for the time between cells in `saved_sigint_handler`. That attribute is private: without
    it nothing is changed, and the interrupt then does what it did before.
    """
    kernel: Any = getattr(get_ipython(), "kernel", None)
    if threading.current_thread() is threading.main_thread() and hasattr(kernel, "saved_sigint_handler"):
        previous = kernel.saved_sigint_handler
        if previous in (signal.SIG_IGN, signal.SIG_DFL, None):  # somebody else's handler is left alone
            kernel.saved_sigint_handler = lambda *_: pause_all()
