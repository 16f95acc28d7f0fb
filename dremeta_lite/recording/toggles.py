"""Measures the table of notebook 03: DQN on CartPole with one of its parts switched off at a time.

    python3 -m dremeta_lite toggles                        about five minutes on one CPU core
    python3 -m dremeta_lite toggles --seeds 1 --to FILE    a quick look, in a file of your own

The file has the seeds, the versions, all hyperparameters, and for each run the greedy return at every judgement, so that every claim about
the runs can be read from it.
"""

from collections.abc import Sequence
from typing import Any

from dremeta_lite import store
from dremeta_lite.inner.dqn import DQN, JUDGE_EVERY, JUDGED
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, train
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


def measure(setting: str, seed: int, iterations: int = ITERATIONS, tick: Tick = lambda: None) -> dict[str, Any]:
    """One run.

    Returns:
        curve: the greedy return at each judgement.
        return: its mean over the last ten.
        largest: over all iterations the largest mean, over the states just visited, of max_a Q(s, a).
    """
    history = train(DQN(CartPole(), seed, **SETTINGS[setting]), iterations, tick).history
    curve = [round(row["greedy_return"], 2) for row in history[::JUDGE_EVERY]]
    mean = sum(curve[-LAST:]) / len(curve[-LAST:])
    return {"curve": curve, "return": round(mean, 1), "largest": round(max(row["value"] for row in history), 1)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the file."""
    chosen = options("toggles", "Measure the DQN table of notebook 03 again.", arguments, FILE, seeds=3)
    jobs = [Job(setting, seed, setting, ITERATIONS) for setting in SETTINGS for seed in range(chosen.seeds)]
    runs = results(chosen.to, jobs, lambda job, tick: measure(job.row, job.seed, tick=tick))
    learner = DQN(CartPole())
    training = {"iterations": ITERATIONS, "agents": learner.agents, "steps": learner.steps, "hyperparameters": learner.hyper.values()}
    judging = {"judged_every": JUDGE_EVERY, "judged_episodes": JUDGED}
    made = origin(f"toggles --seeds {chosen.seeds}", seeds=list(range(chosen.seeds)), **training, **judging)
    rows = {setting: {"off": sorted(off), "runs": runs[setting]} for setting, off in SETTINGS.items()}
    finish(chosen.to, {"origin": made, "settings": rows})
