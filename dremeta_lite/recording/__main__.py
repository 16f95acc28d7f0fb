"""`python3 -m dremeta_lite pretrain`, `toggles`, …: a command is the `main` of the file that has its name."""

import sys
from importlib import import_module

OTHERWISE = {"tasks": "drawn_tasks", "compare": "benchmarks"}
"""Files that have another name."""


def main(command: str, *arguments: str) -> None:
    """Do what the command line asks."""
    file = OTHERWISE.get(command, command.replace("-", "_"))
    import_module(f"dremeta_lite.recording.{file}").main(arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
