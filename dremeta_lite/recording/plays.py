"""Agents that need no training, in the settings of a published table: tuned on tasks of their own, then measured on others."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from dremeta_lite.compare.published import Row
from dremeta_lite.learner import generator
from dremeta_lite.meta.evaluation import bootstrap_interval
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, play_trial

TUNING_TASKS, TUNING_PLAY, TASKS, PLAY = 1, 2, 3, 4
"""Seeds: constants are tuned on other tasks than those that are reported."""
PAPER_TRIALS = 1000
"""Of Duan et al. 2016, as their published code has it: from it and from our spread follows how precise their figures are."""


class Method(NamedTuple):
    """An agent, and between which constants it is tuned."""

    name: str
    make: Callable[..., Agent]
    """Takes the constants by name, and the tasks too if it is told them."""
    candidates: Sequence[dict[str, float]] = ({},)
    told: bool = False
    """An oracle: it is given the tasks."""


def totals(family: TaskFamily, method: Method, constants: dict[str, float], trials: int, seeds: tuple[int, int]) -> torch.Tensor:
    """What the agent collects in each of `trials` tasks, all episodes summed."""
    tasks = family.sample_tasks(trials, generator(seeds[0]))
    told = {"tasks": tasks} if method.told else {}
    return play_trial(family, tasks, method.make(**constants, **told), generator(seeds[1])).returns().sum(-1).double()


def measure(
    family: TaskFamily,
    setting: str,
    method: Method,
    paper: float | None,
    trials: int,
    tuning_trials: int = 1000,
    tick: Callable[[], Any] = lambda: None,
) -> Row:
    """Tune the agent on tasks of their own, then measure it on others.

    Args:
        tick: is called after every play, for a progress bar.
    """
    started = time.process_time()
    chosen, best = method.candidates[0], -math.inf
    for constants in method.candidates if len(method.candidates) > 1 else ():
        found = totals(family, method, constants, tuning_trials, (TUNING_TASKS, TUNING_PLAY)).mean().item()
        chosen, best = (constants, found) if found > best else (chosen, best)
        tick()
    values = totals(family, method, chosen, trials, (TASKS, PLAY))
    tick()
    low, high = bootstrap_interval(values)
    ours = [round(x, 3) for x in (values.mean().item(), low, high)]
    errors = [round(values.std().item() / math.sqrt(n), 4) for n in (trials, PAPER_TRIALS)]
    figures = (*ours, round(time.process_time() - started, 1), *errors)
    return Row(method.name, setting, paper, *figures, trials=trials, parameters=chosen)


def plays(methods: Sequence[Method]) -> int:
    """How many plays it takes to tune and measure them."""
    return sum(len(c.candidates) + (len(c.candidates) > 1) for c in methods)


def exact(name: str, setting: str, value: float, cpu_s: float = 0.0) -> Row:
    """A row that was computed, not measured."""
    return Row(name, setting, None, round(value, 3), round(value, 3), round(value, 3), round(cpu_s, 1))
