"""Makes the parameters that notebook 07 loads: RL² trained to the end, on the hidden goal and on bandits of 100 pulls.

    python3 -m dremeta_lite memories                 about six minutes on one CPU core
    python3 -m dremeta_lite memories --to DIR        in a folder of your own

The same seed gives the same parameters on one machine. Each file says how it was made, and what it returns on fixed tasks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dremeta_lite import store
from dremeta_lite.compare.scores import chances, earned, play_agents
from dremeta_lite.meta import RL2
from dremeta_lite.recording.runner import Job, Tick, options, record, train
from dremeta_lite.tasks import Bandit, HiddenGoal

LONG = {"discount": 0.99, "gae_lambda": 0.99, "entropy_weight": 0.01, "reward_weight": 0.5}
"""What suits trials of a hundred pulls: a long view, little pay for being undecided, and a memory that foresees rewards."""

RUNS: dict[str, tuple[Any, dict[str, Any]]] = {
    "hidden_goal": (HiddenGoal(), {"iterations": 300}),
    "bandit_5_100": (Bandit(5, 100), {"iterations": 1400, "privileged": True} | LONG),
}


def run(name: str, seed: int, to: Path, tick: Tick = lambda: None) -> None:
    """Train one of `RUNS`, measure it, and write its file."""
    family, hyper = RUNS[name]
    learner, seconds, _, _ = train(RL2(family, seed, **hyper), hyper["iterations"], tick)
    made_with = {part: value for part, value in store.versions().items() if part not in store.OWN}  # the file says its own version
    notes: dict[str, Any] = {"cpu_seconds": round(seconds[-1]), "origin": "python3 -m dremeta_lite memories", **made_with}
    learner.save(to / f"{name}.safetensors", **figures(learner), **notes)


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
    chosen = options("memories", "Train again what notebook 07 loads.", arguments, store.DATA / "lesson07", names=list(RUNS))
    jobs = [Job(name, 0, name, RUNS[name][1]["iterations"]) for name in chosen.names]
    record(jobs, lambda job, tick: run(job.row, job.seed, chosen.to, tick), lambda job, result: None)
