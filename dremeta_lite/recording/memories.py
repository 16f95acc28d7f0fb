"""Makes the parameters that notebook 07 loads: RL² trained to the end, on the hidden goal and on bandits of 100 pulls.

    python3 -m dremeta_lite memories                 about six minutes on one CPU core
    python3 -m dremeta_lite memories --to DIR        in a folder of your own

The same seed gives the same parameters on one machine. Each file says how it was made, and what it returns on fixed tasks.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dremeta_lite import store
from dremeta_lite.compare.scores import chances, earned, play_agents
from dremeta_lite.meta import RL2
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.tasks import Bandit, HiddenGoal

LONG = {"discount": 0.99, "gae_lambda": 0.99, "entropy_weight": 0.01, "reward_weight": 0.5}
"""What suits trials of a hundred pulls: a long view, little pay for being undecided, and a memory that foresees rewards."""

RUNS: dict[str, tuple[Any, dict[str, Any]]] = {
    "hidden_goal": (HiddenGoal(), {"iterations": 300}),
    "bandit_5_100": (Bandit(5, 100), {"iterations": 1400, "privileged": True} | LONG),
}


def record(name: str, to: Path, seed: int = 0) -> None:
    """Train one of `RUNS`, measure it, and write its file."""
    family, hyper = RUNS[name]
    learner, began = RL2(family, seed, **hyper), time.process_time()
    for _ in tqdm(range(learner.hyper.iterations), name, file=sys.stdout):
        learner.step()
    seconds = time.process_time() - began
    learner.save(
        to / f"{name}.safetensors",
        **figures(learner),
        cpu_seconds=round(seconds),
        origin="python3 -m dremeta_lite memories",
        **store.versions(),
    )


def figures(learner: RL2) -> dict[str, float]:
    """What a trial returns in the mean, by drawn actions and by the most likely ones: every goal ten times, or 2000 bandits."""
    if isinstance(learner.family, HiddenGoal):
        tasks = learner.family.all_tasks()
        tasks, score = type(tasks)(tasks.goal.repeat(10)), earned
    else:
        tasks, score = learner.family.held_out_tasks(2000), chances
    agents = {"return": learner.agent(), "return_greedy": learner.agent(greedy=True), "return_wiped": learner.agent(wipe=True)}
    played = play_agents(learner.family, agents, tasks, score=score)
    return {name: round(each.sum().item(), 3) for name, each in played.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write them."""
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite memories", description="Train anew what notebook 07 loads.")
    parser.add_argument("names", nargs="*", default=list(RUNS), help=f"which of {', '.join(RUNS)} (default: all)")
    parser.add_argument("--to", type=Path, default=store.DATA / "lesson07", help="the folder to write to (default: data/lesson07)")
    options = parser.parse_args(arguments)
    prepare_cpu()
    for name in options.names:
        record(name, options.to)


if __name__ == "__main__":
    main()
