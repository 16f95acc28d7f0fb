"""Makes what `data/` holds: pretrained parameters for the notebooks, and the table that every claim about them is read from.

    python3 -m dremeta_lite pretrain            about five minutes on one CPU core
    python3 -m dremeta_lite pretrain --seeds 1  a quick look; written to a folder of your own with --to

Each agent is trained from several seeds and measured on the same 100 held-out tasks, 40 trajectories a step.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from dremeta_lite import __version__, store
from dremeta_lite.learner import Learner
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.meta.evaluation import adapt_to, bootstrap_interval, oracle, random_policy, standing_still
from dremeta_lite.speed import prepare_cpu
from dremeta_lite.tasks import Navigation2D

FOLDER = store.DATA / "navigation2d"
STEPS, TRAJECTORIES = 3, 40
KEPT = ("maml", "pooled")  # the agents whose parameters the notebooks load
RATES = [round(0.02 * 2 ** (i / 2), 3) for i in range(13)]  # 0.02, 0.028, 0.04, … 1.28


class Agent(NamedTuple):
    """One row of the table: how it is trained, and for how long."""

    title: str
    make: Callable[[int], Any]
    iterations: int


FAMILY = Navigation2D()
AGENTS = {
    "maml": Agent("MAML, second order", lambda seed: MAML(FAMILY, seed), 100),
    "first_order": Agent("MAML, first order", lambda seed: MAML(FAMILY, seed, second_order=False), 150),
    "one_step": Agent("MAML, one inner step in training", lambda seed: MAML(FAMILY, seed, inner_steps=1, trajectories=40, share=1.0), 75),
    "pooled": Agent("pooled training", lambda seed: Pooled(FAMILY, seed), 600),
    "scratch": Agent("from scratch", lambda seed: Pooled(FAMILY, seed), 0),
}


def train(agent: Agent, seed: int, bar: tqdm) -> tuple[Learner, float]:
    """Train one agent from one seed; returns it and the CPU-seconds that it took."""
    learner = agent.make(seed)
    started = time.process_time()
    for _ in range(agent.iterations):
        numbers = learner.step()
        bar.set_postfix_str(f"return {numbers.get('return_after', numbers['return_before']):.1f}", refresh=False)
        bar.update()
    return learner, time.process_time() - started


def measure(learner: Any, inner_lr: float) -> Tensor:
    """Mean return on each held-out task after 0, 1, 2, 3 steps: [step, task]."""
    tasks = FAMILY.held_out_tasks()
    return adapt_to(
        FAMILY, tasks, learner.policy, learner.theta, inner_lr=inner_lr, steps=STEPS, trajectories=TRAJECTORIES, seed=1
    ).returns()


def best_rate(learner: Any, after: int) -> float:
    """The α with which a policy that was not meta-trained returns most after so many steps. A yardstick deserves its best α: it is
    looked for on 100 tasks that are not the held-out ones."""
    tasks = FAMILY.sample_tasks(100, torch.Generator().manual_seed(10_000 + learner.seed))
    returns = {}
    for rate in RATES:
        adaptation = adapt_to(FAMILY, tasks, learner.policy, learner.theta, inner_lr=rate, steps=after, trajectories=TRAJECTORIES, seed=2)
        returns[rate] = adaptation.returns()[after].mean().item()
    return max(returns, key=lambda rate: returns[rate])


def row(title: str, per_seed: Sequence[Tensor], **more: Any) -> dict[str, Any]:
    """One agent's figures: per seed and step the mean over tasks, their mean, and its 95 % bootstrap interval over seeds."""
    returns = torch.stack([r.mean(-1) for r in per_seed])
    intervals = [bootstrap_interval(returns[:, k]) for k in range(returns.shape[1])]
    return {
        "title": title,
        "mean": rounded(returns.mean(0)),
        "interval": [[round(bound, 2) for bound in interval] for interval in intervals],
        "task_standard_error": rounded(torch.stack([r.std(-1) / r.shape[-1] ** 0.5 for r in per_seed]).mean(0)),
        "seeds": [rounded(r) for r in returns],
        **more,
    }


def rounded(x: Tensor) -> list[float]:
    return [round(value, 2) for value in x.tolist()]


def origin(seeds: int) -> dict[str, Any]:
    """Where the figures come from: enough to make them again."""
    return {
        "command": f"python3 -m dremeta_lite pretrain --seeds {seeds}",
        "version": __version__,
        "torch": torch.__version__.split("+")[0],
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
        "held_out_tasks": 100,
        "trajectories_a_step": TRAJECTORIES,
        "step_sizes": "α times 1, 0.4, 0.15 in the first, second and third step",
        "published": {"source": "Finn et al. 2017, arXiv 1703.03400, appendix, 2D navigation, MAML", "mean": [-40.41, -11.68, -3.33, -3.23]},
    }


def make(seeds: int, folder: Path) -> dict[str, Any]:
    """Train and measure everything; write the parameters of seed 0 and the table. Each file is written whole, when it is ready."""
    agents = {}
    with tqdm(total=seeds * sum(a.iterations for a in AGENTS.values()), unit=" iterations", file=sys.stdout) as bar:
        for name, agent in AGENTS.items():
            trained = []
            for seed in range(seeds):
                bar.set_description(f"{agent.title}, seed {seed}")
                trained.append(train(agent, seed, bar))
            learners = [learner for learner, _ in trained]
            cost = {"iterations": agent.iterations, "cpu_seconds": round(sum(seconds for _, seconds in trained) / seeds, 1)}
            bar.set_description(f"{agent.title}: measuring")
            agents |= rows(name, agent.title, learners, cost)
            if name in KEPT:
                returns = " / ".join(f"{value:.2f}" for value in agents[name]["seeds"][0])
                learners[0].save(folder / f"{name}.safetensors", origin=origin(seeds)["command"], held_out_returns=returns)
    tasks = FAMILY.held_out_tasks()
    yardsticks = {"random": random_policy(FAMILY, tasks), "standing_still": standing_still(FAMILY, tasks), "oracle": oracle(FAMILY, tasks)}
    result = {"origin": origin(seeds), "agents": agents, "yardsticks": {name: round(r.mean().item(), 2) for name, r in yardsticks.items()}}
    store.write_atomically(folder / "results.json", (json.dumps(result, indent=1, ensure_ascii=False) + "\n").encode())
    return result


def rows(name: str, title: str, learners: Sequence[Any], cost: Mapping[str, Any]) -> dict[str, Any]:
    """MAML's row at the α that it was trained for; for the others two rows, at the α that is best for one step and for three."""
    if isinstance(learners[0], MAML):
        rates = [learner.hyper.inner_lr for learner in learners]
        return {name: row(title, [measure(learner, rate) for learner, rate in zip(learners, rates, strict=True)], inner_lr=rates, **cost)}
    result = {}
    for key, words, after in ((name, "one step", 1), (f"{name}_three", "three steps", 3)):
        rates = [best_rate(learner, after) for learner in learners]
        returns = [measure(learner, rate) for learner, rate in zip(learners, rates, strict=True)]
        result[key] = row(f"{title}, α best for {words}", returns, inner_lr=rates, **cost)
    return result


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite pretrain", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds an agent (default 5)")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder to write to (default: data/navigation2d)")
    options = parser.parse_args(arguments)
    prepare_cpu()
    result = make(options.seeds, options.to)
    for agent in result["agents"].values():
        print(f"{agent['title']:44s}" + "".join(f"{value:9.2f}" for value in agent["mean"]) + f"   {agent['cpu_seconds']:5.1f} CPU-s")
    print(f"Written to {options.to}")


if __name__ == "__main__":
    main()
