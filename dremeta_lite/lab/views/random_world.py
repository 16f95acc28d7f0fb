"""One random MDP from near: what its actions pay, and how often agents have tried each of them in a trial."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Int
from matplotlib.figure import Figure
from torch import Tensor

from dremeta_lite.compare.scores import PLAYING_SEED
from dremeta_lite.lab.parts import Heat, Row
from dremeta_lite.lab.still import show_figure, still
from dremeta_lite.learner import generator
from dremeta_lite.tasks.random_mdp import RandomMDP, RandomMDPTask
from dremeta_lite.trials import Agent, Trial, play_trial

WORLDS = 200


def visits(trial: Trial, family: RandomMDP) -> Int[Tensor, "task state action"]:
    """How often each action was taken in each state, in a whole trial of each task."""
    pair = (trial.observation * family.actions + trial.action).flatten(1)
    counts = torch.nn.functional.one_hot(pair, family.states * family.actions).sum(1)
    return counts.unflatten(1, (family.states, family.actions))


def world_picture(task: RandomMDPTask, tried: Mapping[str, Int[Tensor, "state action"]], index: int = 0) -> Figure:
    """Left the mean reward of every pair of state and action; then, for each agent, how often it has tried it.

    Args:
        tried: by the agent's name.
    """
    options: dict[str, Any] = {"blank": True, "xlabel": "action", "ylabel": "state", "image": {"aspect": "auto", "alpha": 0.75}}
    reward, pays = task.reward[index], "What it pays, on average"
    heats = [Heat(*reward.shape, values=reward, title=pays, form=".1f", colours="RdBu", limits=(-3.5, 3.5), **options)]
    for name, counts in tried.items():
        heats.append(Heat(*counts.shape, values=counts, title=f"How often {name} tried it", limits=(0.0, 18.0), **options))
    return still(Row(*heats, size=(3.2 * len(heats), 4.3)))


def show_world(agents: Mapping[str, Agent]) -> None:
    """Let agents, by name, meet the same held-out worlds, and look at the first of them; then, over all, how many pairs they tried."""
    family: Any = RandomMDP()
    tasks = family.held_out_tasks(WORLDS)
    tried = {name: visits(play_trial(family, tasks, agent, generator(PLAYING_SEED)), family) for name, agent in agents.items()}
    words = ["A random world: rows are states, columns actions; left what a pair pays on average, then how often it was tried in a trial."]
    for name, counts in tried.items():
        pairs = (counts > 0).sum((1, 2)).float().mean().item()
        often = counts.flatten(1).float().topk(10).values.sum(1) / counts.sum((1, 2))
        words.append(
            f"{name} tries {pairs:.1f} of {family.states * family.actions} pairs, in the mean over {WORLDS} worlds; "
            f"its ten favourites take {often.mean().item():.0%} of its steps."
        )
    show_figure(world_picture(tasks, {name: counts[0] for name, counts in tried.items()}), " ".join(words))
