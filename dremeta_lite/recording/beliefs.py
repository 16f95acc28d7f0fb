"""Record what lesson 08 says about learned beliefs: which of their choices matter, and parameters that were trained to the end.

    python3 -m dremeta_lite beliefs                      all rows that are not recorded yet; about 20 minutes of one CPU core
    python3 -m dremeta_lite beliefs --again              all rows again

Writes `data/lesson08/ablation.json` after every row; what is there already is kept. A row is a variant and a seed. It has the mean return
of each episode over all 21 tasks, 50 trials each, with the policy that was trained and with its most likely actions; how far its belief was
from the exact one in those trials; and CPU-seconds of one thread. `varibad.safetensors` has the parameters of the first full run.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from dremeta_lite import store
from dremeta_lite.agents.exact_belief import PosteriorSampling, belief_along
from dremeta_lite.meta import BeliefPolicy, VariBAD
from dremeta_lite.meta.belief_encoder import BeliefEncoder, Wanderer, calibration
from dremeta_lite.recording.runner import Job, Tick, origin, parsed, record
from dremeta_lite.recording.runner import rounded as to_digits
from dremeta_lite.recording.runner import train as trained
from dremeta_lite.tasks import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Agent, play_trial
from dremeta_lite.world.bayes_optimal import bayes_optimal_plan

FOLDER = store.DATA / "lesson08"
FAMILY = HiddenGoal()
TASKS = HiddenGoalTask(FAMILY.goal_cells.repeat(50))
SHORT, FULL = 400, 800


class Timeless(BeliefPolicy):
    """A policy that is not told the time."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        clock = torch.zeros_like(self.network.clock())
        self.network.clock = lambda: clock


def train(learner: Any) -> Any:
    """To the end of its plan."""
    return trained(learner, learner.hyper.iterations).learner


def two_phases(seed: int, phase: int = 300, **options: Any) -> BeliefPolicy:
    """First a belief from trials of a wanderer, then a policy on that belief, which is learned no more."""
    first = VariBAD(FAMILY, seed, iterations=phase, **options)
    still = {name: torch.zeros_like(first.theta[name]) for name in first.names[0]}
    for _ in range(phase):
        tasks = FAMILY.sample_tasks(first.hyper.trials, first.rng)
        trial = play_trial(FAMILY, tasks, Wanderer(FAMILY), first.rng)
        gradient, _ = first.belief_gradient(trial)
        first.ascend(still | gradient, first.learning_rate())
        first.iteration += 1
    return train(BeliefPolicy(FAMILY, seed, belief=first.belief(), iterations=SHORT))


def supervised(seed: int) -> BeliefPolicy:
    return train(BeliefPolicy(FAMILY, seed, belief=train(BeliefEncoder(FAMILY, seed)).belief(), iterations=SHORT))


def joint(**options: Any) -> Callable[[int], VariBAD]:
    return lambda seed: train(VariBAD(FAMILY, seed, **{"iterations": SHORT, **options}))


ROWS: dict[str, tuple[str, Callable[[int], Any], int]] = {
    "full": ("VariBAD, 800 iterations", joint(iterations=FULL), 5),
    "exact": ("policy on the exact belief", lambda seed: train(BeliefPolicy(FAMILY, seed, iterations=SHORT)), 3),
    "supervised": ("policy on the supervised belief", supervised, 2),
    "hasty": (
        "policy on the exact belief, half the learning rate and a quarter of the iterations",
        lambda seed: train(BeliefPolicy(FAMILY, seed, iterations=SHORT // 4, learning_rate=5e-3)),
        2,
    ),
    "timeless": ("policy on the exact belief, not told the time", lambda seed: train(Timeless(FAMILY, seed, iterations=SHORT)), 1),
    "prototype": (
        "the same as a first prototype did it: N(0, 1) as prior, every step counts, 8 numbers, w = 0.05",
        lambda seed: two_phases(seed, kl_to_previous=False, every_step=True, kl_weight=0.05, latent=8),
        1,
    ),
    "short": ("VariBAD, 400 iterations: what the next rows differ from", joint(), 1),
    "every_step": ("a cell counts as often as it is entered", joint(every_step=True), 1),
    "heavy_kl": ("w = 1", joint(kl_weight=1.0), 1),
    "past": ("only the past is foretold", joint(future=False), 1),
    "two_phases": ("belief first, from a wanderer's trials; then the policy", lambda seed: two_phases(seed), 1),
    "standard_prior": ("the belief is compared with N(0, 1)", joint(kl_to_previous=False), 1),
    "light_kl": ("w = 0.01", joint(kl_weight=0.01), 1),
    "narrow": ("5 numbers for a task", joint(latent=5), 1),
}


def measure(learner: Any, seconds: float) -> dict[str, Any]:
    """One row: returns of the trained policy and of its most likely actions, and its belief beside the exact one."""
    row: dict[str, Any] = {"cpu_seconds": round(seconds, 1)}
    for name, greedy in (("sampled", False), ("greedy", True)):
        agent = learner.agent(greedy=greedy)
        trial = play_trial(FAMILY, TASKS, agent, torch.Generator().manual_seed(99))
        row[name] = rounded(trial.returns())
        if not greedy:
            row |= {key: round(x, 3) for key, x in calibration(agent.beliefs(), belief_along(FAMILY, trial)).items()}
    if isinstance(learner, VariBAD):
        row["one_sample"] = returns_of(learner.agent(sample=True))
        row["posterior_sampling"] = returns_of(PosteriorSampling(FAMILY, learner.belief()))
    return row


def returns_of(agent: Agent) -> list[float]:
    return rounded(play_trial(FAMILY, TASKS, agent, torch.Generator().manual_seed(99)).returns())


def rounded(returns: Tensor) -> list[float]:
    return to_digits(returns.mean(0), 2)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write, row by row."""
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite beliefs", description="Measure again what notebook 08b says of beliefs.")
    parser.add_argument("--again", action="store_true", help="measure what is recorded already, too")
    again = parsed(parser, arguments).again
    path = FOLDER / "ablation.json"
    rows = {} if again or not path.exists() else store.read_figures(path, "beliefs")["rows"]
    for name, (title, _, _) in ROWS.items():
        rows.setdefault(name, {"title": title, "seeds": {}})
    jobs = [Job(name, seed, title, 1) for name, (title, _, seeds) in ROWS.items() for seed in range(seeds)]

    def run(job: Job, tick: Tick) -> dict[str, Any]:
        began = time.process_time()
        learner = ROWS[job.row][1](job.seed)
        row = measure(learner, time.process_time() - began)
        if job.row == "full" and job.seed == 0:
            note = " / ".join(f"{x:.2f}" for x in row["greedy"])
            learner.save(FOLDER / "varibad.safetensors", origin="python3 -m dremeta_lite beliefs", greedy_returns=note)
        tick()
        return row

    def keep(job: Job, row: dict[str, Any]) -> None:
        rows[job.row]["seeds"][str(job.seed)] = row
        best = round(bayes_optimal_plan(FAMILY).value, 4)
        store.write_figures(path, {"origin": origin("beliefs", tasks="all 21, 50 trials each"), "bayes_optimal": best, "rows": rows})

    record([job for job in jobs if str(job.seed) not in rows[job.row]["seeds"]], run, keep)
