"""Files of the reader's that Python would take in place of its own modules or of the course's packages: `random.py` beside the notebooks.

This file keeps to a Python of years ago, like `__main__.py`, and imports nothing that such a file could hide.
"""

import os
import sys

UNUSED = {"test", "this", "antigravity", "turtle", "turtledemo", "tkinter", "idlelib", "lib2to3", "distutils"}
PACKAGES = """
PIL IPython attr beartype comm gymnasium hypothesis ipykernel ipywidgets jaxtyping jinja2 jsonschema jupyter_client jupyter_core
jupyter_server jupyterlab matplotlib mpmath nbclient nbconvert nbformat networkx numpy packaging platformdirs playwright psutil pytest
requests safetensors six sympy torch tornado tqdm traitlets yaml zmq
"""


def hiding(path=None):
    """The files that do so, with the folders in which Python looks for modules, in its order."""
    home = os.path.dirname(os.__file__)
    names = (set(getattr(sys, "stdlib_module_names", ())) - UNUSED) | set(PACKAGES.split())
    found = []
    for folder in map(os.path.abspath, sys.path if path is None else path):
        if folder == home:
            names = set(PACKAGES.split())
        if os.path.basename(folder) in ("site-packages", "dist-packages"):
            break
        files = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        if any(file.endswith(".dist-info") for file in files):
            continue  # packages that were installed there, which is another matter (`pins.python_path`)
        for file in files:
            name, kind = os.path.splitext(file)
            whole = os.path.join(folder, file)
            if name in names and (kind == ".py" or os.path.isfile(os.path.join(whole, "__init__.py"))):
                found.append(whole)
    return found


def complaint(found):
    """What to say of the first of them."""
    name = os.path.splitext(os.path.basename(found[0]))[0]
    return (
        "{} has the name of a module that the course needs: Python takes it in place of its own {!r}. Rename it, for example to my_{}, "
        "then start again.".format(found[0], name, os.path.basename(found[0]))
    )
