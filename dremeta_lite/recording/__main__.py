"""`python3 -m dremeta_lite pretrain`, `toggles`, …: a command is the `main` of the file that has its name."""

import sys
from importlib import import_module

OTHERWISE = {"tasks": "drawn_tasks", "compare": "benchmarks"}
"""Files that have another name."""


def main(command: str, *arguments: str) -> None:
    """Do what the command line asks."""
    file = OTHERWISE.get(command, command.replace("-", "_"))
    try:
        import_module(f"dremeta_lite.recording.{file}").main(arguments)
    except KeyboardInterrupt:
        print("\nStopped. The same command starts again, and goes on from the runs that had ended, if it keeps them.", file=sys.stderr)
        sys.exit(130)
    except ConnectionError as error:  # a Ray that does not start or answer
        print(f"\n{error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
