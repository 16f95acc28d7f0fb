"""Measures the table of notebook 03: DQN on CartPole with one of its parts switched off at a time.

    python3 -m dremeta_lite toggles                        about five minutes on one CPU core
    python3 -m dremeta_lite toggles --seeds 1 --to FILE    a quick look, in a file of your own

The file has the seeds, the versions, all hyperparameters, and for each run the greedy return at every judgement, so that every claim about
the runs can be read from it.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dremeta_lite import store
from dremeta_lite.inner.dqn import DQN, JUDGE_EVERY, JUDGED
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.tasks.cartpole import CartPole

FILE = store.DATA / "lesson03" / "dqn_toggles.json"
ITERATIONS, LAST = 100, 10
SETTINGS: dict[str, dict[str, Any]] = {
    "everything on": {},
    "no termination mask": {"termination_mask": False},
    "no target network": {"target_network": False},
    "no replay": {"replay": False},
    "neither target network nor replay": {"target_network": False, "replay": False},
    "no double": {"double": False},
}


def measure(setting: str, seed: int, iterations: int = ITERATIONS, bar: Any = None) -> dict[str, Any]:
    """One run.

    Returns:
        curve: the greedy return at each judgement.
        return: its mean over the last ten.
        largest: over all iterations the largest mean, over the states just visited, of max_a Q(s, a).
    """
    learner = DQN(CartPole(), seed, **SETTINGS[setting])
    rows = []
    for _ in range(iterations):
        rows.append(learner.step())
        if bar is not None:
            bar.update()
    curve = [round(row["greedy_return"], 2) for row in rows[::JUDGE_EVERY]]
    return {
        "curve": curve,
        "return": round(sum(curve[-LAST:]) / len(curve[-LAST:]), 1),
        "largest": round(max(row["value"] for row in rows), 1),
    }


def record(seeds: int, bar: Any = None) -> dict[str, Any]:
    """All settings with all seeds, and where the numbers come from."""
    learner = DQN(CartPole())
    hyper = {name: getattr(learner.hyper, name) for name in learner.hyper.trait_names() if not name.startswith("_")}
    return {
        "origin": {
            "command": f"python3 -m dremeta_lite toggles --seeds {seeds}",
            **store.versions(),
            "seeds": list(range(seeds)),
            "iterations": ITERATIONS,
            "agents": learner.agents,
            "steps": learner.steps,
            "judged_every": JUDGE_EVERY,
            "judged_episodes": JUDGED,
            "hyperparameters": hyper,
        },
        "settings": {
            setting: {"off": sorted(off), "runs": [measure(setting, seed, bar=bar) for seed in range(seeds)]}
            for setting, off in SETTINGS.items()
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the file."""
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite toggles", description="Measure the DQN table of notebook 03 again.")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds a setting (default 3)")
    parser.add_argument("--to", type=Path, default=FILE, help=f"the file to write (default: data/lesson03/{FILE.name})")
    options = parser.parse_args(arguments)
    prepare_cpu(threads=1)
    with tqdm(total=len(SETTINGS) * options.seeds * ITERATIONS, unit=" iterations", file=sys.stdout) as bar:
        found = record(options.seeds, bar)
    store.write_figures(options.to, found)


if __name__ == "__main__":
    main()
