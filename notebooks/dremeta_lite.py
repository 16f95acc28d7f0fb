"""Lets a notebook that runs in this folder find the course in any Jupyter: VS Code, a hub, a kernel of your own.

Python looks here first. This file steps aside for the package beside the folder, or else for one that is installed.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

_folder = Path(__file__).resolve().parent
_places = [str(_folder.parent), *(place for place in sys.path if Path(place).resolve() != _folder)]
_spec = PathFinder.find_spec(__name__, _places)
if _spec is None or _spec.loader is None:
    raise ImportError(
        f"{_folder} has lost its course. Put it back beside the folder dremeta_lite, or download the course again, whole, and open its "
        "notebooks with `python3 -m dremeta_lite lab`."
    )
sys.modules[__name__] = module_from_spec(_spec)
_spec.loader.exec_module(sys.modules[__name__])
