"""Makes what `data/` holds: pretrained parameters for the notebooks, and the tables that every claim about them is read from.

    python3 -m dremeta_lite pretrain                       about fifteen minutes on one CPU core
    python3 -m dremeta_lite pretrain --seeds 1 --to DIR    a quick look, in a folder of your own

Each agent is trained from several seeds and measured on the same 100 held-out tasks, 40 trajectories a step. Yardsticks that were not
meta-trained get the best that can be had for them: α, and for pooled training the moment to stop, are searched on other tasks.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from dremeta_lite import store, titles
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.meta.evaluation import adapt_to, bootstrap_interval, oracle, random_policy, standing_still
from dremeta_lite.networks import Params, detach
from dremeta_lite.recording.runner import Job, Tick, finish, options, origin, results, rounded, train
from dremeta_lite.tasks import MirroredNavigation2D, Navigation2D

STEPS, TRAJECTORIES = 3, 40
TIMES = {("MirroredNavigation2D", "maml"): 3}
"""How many times as many seeds: there they are far apart before adaptation."""
STOPS = (0, 50, 150, 300, 600)  # iterations of pooled training; 0 is a fresh policy, and 600 take as long as MAML's 100
RATES = [round(0.02 * 2 ** (i / 2), 3) for i in range(13)]  # 0.02, 0.028, 0.04, … 1.28
PUBLISHED = {"source": "Finn et al. 2017, arXiv 1703.03400, appendix, 2D navigation, MAML", "mean": [-40.41, -11.68, -3.33, -3.23]}


class Choice(NamedTuple):
    """One policy to measure: where adaptation starts, and its first step size."""

    theta: Params
    inner_lr: float
    iterations: int
    rates: Params | None = None


NAVIGATION: dict[str, tuple[str, dict[str, Any], int]] = {
    "maml": ("MAML", {}, 100),
    "first_order": ("first-order MAML", {"second_order": False}, 150),
    "one_step": ("MAML, one inner step in training", {"inner_steps": 1, "trajectories": 40, "fraction": 1.0}, 75),
}
FAMILIES = ((Navigation2D(), NAVIGATION), (MirroredNavigation2D(), {"maml": ("MAML", {}, 100)}))
POOLED_TITLES = {
    "pooled": "pooled, stop and α tuned for one step",
    "pooled_three": "pooled, stop and α tuned for three steps",
    "pooled_plain": "pooled, as long as MAML and with its α",
    "scratch": "from scratch, α tuned for one step",
    "scratch_three": "from scratch, α tuned for three steps",
}


def theta_of(state: Mapping[str, Tensor]) -> Params:
    """The parameters in a learner's state."""
    return {name.removeprefix("theta."): p for name, p in state.items() if name.startswith("theta.")}


def best(family: Navigation2D, seed: int, kept: Mapping[int, Any], after: int, stops: Sequence[int] | None = None) -> Choice:
    """The stop and the α that return most after so many steps, on 100 tasks that are not the held-out ones."""
    tasks, policy = family.sample_tasks(100, generator(10_000 + seed)), MAML(family).policy
    found: dict[tuple[int, float], float] = {}
    for stop in STOPS[1:] if stops is None else stops:
        for rate in RATES:
            result = adapt_to(family, tasks, policy, theta_of(kept[stop]), inner_lr=rate, steps=after, trajectories=20, seed=2)
            found[stop, rate] = result.returns()[after].mean().item()
    stop, rate = max(found, key=lambda key: found[key])
    return Choice(theta_of(kept[stop]), rate, stop)


def measure(family: Navigation2D, choice: Choice) -> dict[str, Any]:
    """Mean return on each held-out task after 0, 1, 2, 3 steps [step, task], and what was chosen."""
    tasks, policy = family.held_out_tasks(), MAML(family).policy
    settings: dict[str, Any] = {"inner_lr": choice.inner_lr, "rates": choice.rates, "steps": STEPS, "trajectories": TRAJECTORIES, "seed": 1}
    result = adapt_to(family, tasks, policy, detach(choice.theta), **settings)
    return {"returns": result.returns().tolist(), "inner_lr": choice.inner_lr, "iterations": choice.iterations}


def row(title: str, runs: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, Any]:
    """One agent's figures: per seed and step the mean over tasks, their mean, and its 95 % bootstrap interval over seeds."""
    per_task = [torch.tensor(run["returns"], device="cpu") for run in runs]
    returns = torch.stack([r.mean(-1) for r in per_task])
    return {
        "title": title,
        "mean": rounded(returns.mean(0), 2),
        "interval": [rounded(bootstrap_interval(returns[:, k]), 2) for k in range(STEPS + 1)],
        "task_standard_error": rounded(torch.stack([r.std(-1) / r.shape[-1] ** 0.5 for r in per_task]).mean(0), 2),
        "seeds": [rounded(r, 2) for r in returns],
        "inner_lr": [run["inner_lr"] for run in runs],
        "iterations": [run["iterations"] for run in runs],
        "cpu_seconds": round(seconds, 1),
    }


def note(run: Mapping[str, Any]) -> dict[str, Any]:
    """What a file of parameters says of itself."""
    returns = torch.tensor(run["returns"], device="cpu").mean(-1).tolist()
    said = " / ".join(f"{value:.2f}" for value in returns)
    return {"origin": "python3 -m dremeta_lite pretrain", "held_out_returns": said, "adapts_best_with": run["inner_lr"]}


def trained(family: Navigation2D, learner: Any, iterations: int, tick: Tick) -> dict[str, Any]:
    """A learner of a start, trained and measured with its own α."""
    seconds = train(learner, iterations, tick).seconds[-1]
    return measure(family, Choice(learner.theta, learner.hyper.inner_lr, iterations, learner.rates)) | {"seconds": seconds}


def pooled(family: Navigation2D, seed: int, to: Path, tick: Tick) -> dict[str, Any]:
    """Pooled training and training from scratch, each with the choices that suit it best, and pooled training with none."""
    learner, seconds, _, kept = train(Pooled(family, seed), STOPS[-1], tick, STOPS)
    choices = {
        "pooled": best(family, seed, kept, 1),
        "pooled_three": best(family, seed, kept, 3),
        "pooled_plain": Choice(learner.theta, 0.5, STOPS[-1]),
        "scratch": best(family, seed, kept, 1, stops=(0,)),
        "scratch_three": best(family, seed, kept, 3, stops=(0,)),
    }
    runs = {name: measure(family, choice) for name, choice in choices.items()}
    if seed == 0:
        learner.load_state_dict(kept[choices["pooled"].iterations])
        learner.save(to / family.name.lower() / "pooled.safetensors", **note(runs["pooled"]))
    return runs | {"seconds": seconds[-1]}


def yardsticks(family: Navigation2D) -> dict[str, float]:
    tasks = family.held_out_tasks()
    heights = {titles.RANDOM: random_policy, titles.STILL: standing_still, titles.ORACLE: oracle}
    return {name: round(function(family, tasks).mean().item(), 2) for name, function in heights.items()}


def agents(family: Navigation2D, variants: Mapping[str, tuple[str, dict[str, Any], int]], seeds: int, to: Path) -> dict[str, Any]:
    """Train and measure; write the parameters of seed 0, and return the table's rows."""
    jobs = [
        Job(name, seed, f"{family.name}: {title}", iterations)
        for name, (title, _, iterations) in variants.items()
        for seed in range(seeds * TIMES.get((family.name, name), 1))
    ]
    jobs += [Job("pooled", seed, f"{family.name}: pooled training", STOPS[-1]) for seed in range(seeds)]

    def run(job: Job, tick: Tick) -> dict[str, Any]:
        if job.row == "pooled":
            return pooled(family, job.seed, to, tick)
        learner = MAML(family, job.seed, **variants[job.row][1])
        found = trained(family, learner, job.iterations, tick)
        if job.row == "maml" and job.seed == 0:
            learner.save(to / family.name.lower() / "maml.safetensors", **note(found))
        return found

    found = results(table_of(family, to), jobs, run)
    mean = lambda runs: sum(run["seconds"] for run in runs) / len(runs)  # noqa: E731
    rows = {name: row(title, found[name], mean(found[name])) for name, (title, _, _) in variants.items()}
    for name, title in POOLED_TITLES.items():
        seconds = 0.0 if name.startswith("scratch") else mean(found["pooled"])
        rows[name] = row(title, [each[name] for each in found["pooled"]], seconds)
    return rows


def table_of(family: Navigation2D, to: Path) -> Path:
    return to / family.name.lower() / "results.json"


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options("pretrain", "Make the files in data/ again.", arguments, store.DATA, seeds=5)
    sizes, tried = "α times 1, 0.4, 0.15 in the first, second and third step", {"stops_tried": STOPS[1:], "rates_tried": RATES}
    judging = {"held_out_tasks": 100, "trajectories_a_step": TRAJECTORIES, "step_sizes": sizes}
    made = origin(f"pretrain --seeds {chosen.seeds}", **judging, **tried)
    for family, variants in FAMILIES:
        rows = agents(family, variants, chosen.seeds, chosen.to)
        published = {"published": PUBLISHED} if family.name == "Navigation2D" else {}
        finish(table_of(family, chosen.to), {"origin": made, "agents": rows, "yardsticks": yardsticks(family)} | published)
        for agent in rows.values():
            print(f"{agent['title']:44s}" + "".join(f"{value:9.2f}" for value in agent["mean"]))
