"""Makes what `data/` holds: pretrained parameters for the notebooks, and the tables that every claim about them is read from.

    python3 -m dremeta_lite pretrain                       about fifteen minutes on one CPU core
    python3 -m dremeta_lite pretrain --seeds 1 --to DIR    a quick look, in a folder of your own

Each agent is trained from several seeds and measured on the same 100 held-out tasks, 40 trajectories a step. Yardsticks that were not
meta-trained get the best that can be had for them: α, and for pooled training the moment to stop, are searched on other tasks.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from dremeta_lite import store, titles
from dremeta_lite.learner import generator
from dremeta_lite.meta import MAML, Pooled
from dremeta_lite.meta.evaluation import adapt_to, bootstrap_interval, oracle, random_policy, standing_still
from dremeta_lite.networks import Params, detach
from dremeta_lite.speed import prepare_cpu
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


class Agents:
    """What is trained and measured on one family of tasks.

    Args:
        family: the tasks.
        variants: names, titles, hyperparameters and iterations of the MAML learners.
    """

    def __init__(self, family: Navigation2D, variants: Mapping[str, tuple[str, dict[str, Any], int]], bar: tqdm) -> None:
        self.family, self.variants, self.bar = family, variants, bar
        self.folder = family.name.lower()
        self.policy = MAML(family).policy

    def make(self, seeds: int, to: Path) -> dict[str, Any]:
        """Train and measure; write the parameters of seed 0, and return the table's rows."""
        rows = {}
        for name, (title, hyper, iterations) in self.variants.items():
            times = TIMES.get((self.family.name, name), 1)
            learners, seconds = self.train(title, lambda seed, hyper=hyper: MAML(self.family, seed, **hyper), iterations, seeds * times)
            choices = [Choice(learner.theta, learner.hyper.inner_lr, iterations) for learner in learners]
            rows[name] = self.row(title, choices, seconds)
            if name == "maml":
                learners[0].save(to / self.folder / "maml.safetensors", **self.note(rows[name]))
        return rows | self.pooled(seeds, to)

    def pooled(self, seeds: int, to: Path) -> dict[str, Any]:
        """Pooled training and training from scratch, each with the choices that suit it best, and pooled training with none."""
        learners, seconds = self.train("pooled training", lambda seed: Pooled(self.family, seed), STOPS[-1], seeds, keep=True)
        best = {after: [self.best(learner, after) for learner in learners] for after in (1, 3)}
        fresh = {after: [self.best(learner, after, stops=(0,)) for learner in learners] for after in (1, 3)}
        plain = [Choice(learner.theta, 0.5, STOPS[-1]) for learner in learners]
        rows = {
            "pooled": self.row("pooled, stop and α tuned for one step", best[1], seconds),
            "pooled_three": self.row("pooled, stop and α tuned for three steps", best[3], seconds),
            "pooled_plain": self.row("pooled, as long as MAML and with its α", plain, seconds),
            "scratch": self.row("from scratch, α tuned for one step", fresh[1], 0.0),
            "scratch_three": self.row("from scratch, α tuned for three steps", fresh[3], 0.0),
        }
        learners[0].load_state_dict(learners[0].kept[best[1][0].iterations])
        learners[0].save(to / self.folder / "pooled.safetensors", **self.note(rows["pooled"]))
        return rows

    def train(self, title: str, make: Callable[[int], Any], iterations: int, seeds: int, keep: bool = False) -> tuple[list[Any], float]:
        """Train one learner from each seed; the learners, and CPU-seconds for one. With `keep`, `learner.kept` has its state at STOPS."""
        learners, began = [], time.process_time()
        for seed in range(seeds):
            self.bar.set_description(f"{self.family.name}: {title}, seed {seed}")
            learner = make(seed)
            learner.kept = {}
            for iteration in range(iterations + 1):
                if keep and iteration in STOPS:
                    learner.kept[iteration] = learner.state_dict()
                if iteration < iterations:
                    learner.step()
                    self.bar.update()
            learners.append(learner)
        return learners, (time.process_time() - began) / seeds

    def best(self, learner: Any, after: int, stops: Sequence[int] = STOPS[1:]) -> Choice:
        """The stop and the α that return most after so many steps, on 100 tasks that are not the held-out ones."""
        tasks = self.family.sample_tasks(100, generator(10_000 + learner.seed))
        found: dict[tuple[int, float], float] = {}
        for stop in stops:
            theta = theta_of(learner.kept[stop])
            for rate in RATES:
                self.bar.set_description(f"{self.family.name}: pooled, seed {learner.seed}, tuning: stop {stop}, α {rate}")
                result = adapt_to(self.family, tasks, self.policy, theta, inner_lr=rate, steps=after, trajectories=20, seed=2)
                found[stop, rate] = result.returns()[after].mean().item()
        stop, rate = max(found, key=lambda key: found[key])
        return Choice(theta_of(learner.kept[stop]), rate, stop)

    def row(self, title: str, choices: Sequence[Choice], seconds: float) -> dict[str, Any]:
        """One agent's figures: per seed and step the mean over tasks, their mean, and its 95 % bootstrap interval over seeds."""
        self.bar.set_description(f"{self.family.name}: measuring {title}")
        per_task = [self.measure(choice) for choice in choices]
        returns = torch.stack([r.mean(-1) for r in per_task])
        intervals = [bootstrap_interval(returns[:, k]) for k in range(STEPS + 1)]
        return {
            "title": title,
            "mean": rounded(returns.mean(0)),
            "interval": [[round(bound, 2) for bound in interval] for interval in intervals],
            "task_standard_error": rounded(torch.stack([r.std(-1) / r.shape[-1] ** 0.5 for r in per_task]).mean(0)),
            "seeds": [rounded(r) for r in returns],
            "inner_lr": [choice.inner_lr for choice in choices],
            "iterations": [choice.iterations for choice in choices],
            "cpu_seconds": round(seconds, 1),
        }

    def measure(self, choice: Choice) -> Tensor:
        """Mean return on each held-out task after 0, 1, 2, 3 steps: [step, task]."""
        tasks, rate = self.family.held_out_tasks(), choice.inner_lr
        result = adapt_to(
            self.family, tasks, self.policy, detach(choice.theta), inner_lr=rate, steps=STEPS, trajectories=TRAJECTORIES, seed=1
        )
        return result.returns()

    def note(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What a file of parameters says of itself."""
        return {
            "origin": "python3 -m dremeta_lite pretrain",
            "held_out_returns": " / ".join(f"{value:.2f}" for value in row["seeds"][0]),
            "adapts_best_with": row["inner_lr"][0],
        }

    def yardsticks(self) -> dict[str, float]:
        tasks = self.family.held_out_tasks()
        heights = {titles.RANDOM: random_policy, titles.STILL: standing_still, titles.ORACLE: oracle}
        return {name: round(function(self.family, tasks).mean().item(), 2) for name, function in heights.items()}


NAVIGATION: dict[str, tuple[str, dict[str, Any], int]] = {
    "maml": ("MAML", {}, 100),
    "first_order": ("first-order MAML", {"second_order": False}, 150),
    "one_step": ("MAML, one inner step in training", {"inner_steps": 1, "trajectories": 40, "fraction": 1.0}, 75),
}
FAMILIES = ((Navigation2D(), NAVIGATION), (MirroredNavigation2D(), {"maml": ("MAML", {}, 100)}))


def theta_of(state: Mapping[str, Tensor]) -> Params:
    """The parameters in a learner's state."""
    return {name.removeprefix("theta."): p for name, p in state.items() if name.startswith("theta.")}


def rounded(x: Tensor) -> list[float]:
    return [round(value, 2) for value in x.tolist()]


def origin(seeds: int) -> dict[str, Any]:
    """Where the figures come from: enough to make them again."""
    return {
        "command": f"python3 -m dremeta_lite pretrain --seeds {seeds}",
        **store.versions(),
        "held_out_tasks": 100,
        "trajectories_a_step": TRAJECTORIES,
        "step_sizes": "α times 1, 0.4, 0.15 in the first, second and third step",
        "stops_tried": STOPS[1:],
        "rates_tried": RATES,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python3 -m dremeta_lite pretrain", description="Make the files in data/ again.")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds an agent (default 5)")
    parser.add_argument("--to", type=Path, default=store.DATA, help="the folder to write to (default: data)")
    options = parser.parse_args(arguments)
    prepare_cpu()
    times = lambda family, name: TIMES.get((family.name, name), 1)  # noqa: E731
    iterations = sum(sum(v[2] * times(family, name) for name, v in variants.items()) + STOPS[-1] for family, variants in FAMILIES)
    with tqdm(total=options.seeds * iterations, unit=" iterations", file=sys.stdout) as bar:
        for family, variants in FAMILIES:
            agents = Agents(family, variants, bar)
            result = {"origin": origin(options.seeds), "agents": agents.make(options.seeds, options.to), "yardsticks": agents.yardsticks()}
            if family.name == "Navigation2D":
                result["published"] = PUBLISHED
            store.write_figures(options.to / agents.folder / "results.json", result)
            for agent in result["agents"].values():
                bar.write(f"{agent['title']:44s}" + "".join(f"{value:9.2f}" for value in agent["mean"]))


if __name__ == "__main__":
    main()
