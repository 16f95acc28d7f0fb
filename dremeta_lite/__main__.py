# -*- coding: utf-8 -*-
"""`python3 -m dremeta_lite lab|test|doctor|…`: makes the environment if there is none, then does what was asked.

This file keeps to a Python of years ago, so that an old one reads it and gets its message. No import above the check but `sys` and `os`.
"""

import os
import sys

if not __package__:  # `python3 dremeta_lite`: other than with -m, Python itself starts without looking into the course's folder
    sys.path[0], sys.argv[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "-m"

OLDEST = (3, 11)
START = "py -m dremeta_lite" if os.name == "nt" else "python3 -m dremeta_lite"
COMMANDS = {
    "lab": "open the course in JupyterLab (installs what is missing, once); further arguments go to JupyterLab",
    "test": "run the tests; further arguments go to pytest, for example -x; to choose tests yourself: a file, -k maml, -m slow",
    "doctor": "check Python, packages, devices, kernel and widgets, and name the line that fixes each problem",
    "pretrain": "train again the parameters that the notebooks load",
    "toggles": "measure again what DQN does without its parts, the table of notebook 03",
    "starts": "measure again what ways to a starting point lead to, the tables of notebook 06b",
    "memories": "train again the RL² that notebook 07 loads",
    "beliefs": "measure again what matters for a learned belief, the table of notebook 08b, and train what it loads",
    "models": "measure again the models of notebook 09 that adapt, and RL² beside them",
    "tasks": "measure again the learned task distributions of notebook 11",
    "robots": "train and measure again the robots of notebook 12; the cheetah needs the extra `robots`",
    "contexts": "measure again what learns in context, the table of notebook 13, and train what it loads",
    "games": "measure the tables of notebook 14 again, battles and colours, and train what it loads",
    "languages": "measure again who learns a language from rewards, the tables of notebook 15",
    "scaling": "measure again what more workers bring, the figures of notebook 16, in the environment of the extra `scale`",
    "rllib": "measure again RLlib beside ours, notebook 16, in the environment of the extra `scale`",
    "sweep": "try a learner's hyperparameters between their bounds, with Ray Tune, in the environment of the extra `scale`",
    "compare": "train and judge again the learners that notebook 10 compares",
    "published": "measure again the published tables, ours beside the papers' figures; with --learned the rows that need training",
    "try-it": "make again notebooks/try_it.html, the page that shows the course without an install",
    "glossary": "make again notebooks/glossary.html, the words of the course in English and Chinese",
    "bench": "measure speed and print it",
    "devices": "measure the learners on each device of this machine, GPUs too, and print it",
}


def main(arguments):
    """Do what the command line asks; the exit status: 2 for an error that the user can put right."""
    if sys.version_info < OLDEST:
        return too_old(sys.version_info, sys.executable)
    from dremeta_lite.start import launch

    return launch.main(arguments, COMMANDS)


def too_old(version, executable):
    """Say that this Python is too old, and what to do."""
    sys.stderr.write(
        "dremeta_lite needs Python {}.{} or newer, but this is Python {}.{} ({}). Install a newer one (python.org, or your system's "
        "packages) and run the same command with it, for example: {} lab\n".format(
            OLDEST[0], OLDEST[1], version[0], version[1], executable, START.replace("python3", "python3.12").replace("py ", "py -3.12 ")
        )
    )
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
