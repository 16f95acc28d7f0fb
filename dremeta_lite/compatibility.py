"""What suits a family of tasks: which policy its actions ask for, and which learners have to refuse it, in one sentence that says why."""

from collections.abc import Sequence
from typing import cast

import torch
from gymnasium.spaces import Box, Discrete

from dremeta_lite.policies import CategoricalMLP, GaussianMLP
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.tasks.grid import GridWorld


def make_policy(
    family: TaskFamily, hidden: Sequence[int], device: torch.device | str, log_std: float = -0.5
) -> CategoricalMLP | GaussianMLP:
    """The policy that fits a family's actions: categorical for a choice, Gaussian for real numbers."""
    if isinstance(family.action_space, Discrete):
        return CategoricalMLP(family.observation_size, family.action_size, hidden, device)
    return GaussianMLP(family.observation_size, family.action_size, hidden, log_std, device)


def need(fits: bool, learner: str, needs: str, family: TaskFamily, has: str) -> None:
    """Refuse a family that a learner cannot learn.

    Raises:
        ValueError: it does not fit. The message is one sentence: who needs what, and what the family has instead.
    """
    if not fits:
        raise ValueError(f"{learner} needs {needs}, and {family.name} has {has}.")


def need_choice(family: TaskFamily, learner: str) -> None:
    """Refuse actions that are no choice among a few. Raises ValueError."""
    need(isinstance(family.action_space, Discrete), learner, "actions to choose from", family, f"{family.action_space} as actions")


def need_real_actions(family: TaskFamily, learner: str) -> None:
    """Refuse actions that are no real numbers. Raises ValueError."""
    need(isinstance(family.action_space, Box), learner, "actions that are real numbers", family, f"{family.action_space} to choose from")


def need_certainty(family: TaskFamily, learner: str) -> None:
    """Refuse a family with real-valued actions that draws what comes next: its functions ask for a generator. Raises ValueError."""
    task = family.default_params
    state, action = family.initial(torch.Generator(), task), torch.zeros(family.action_size)
    try:
        family.transition(state, action, None, task)
    except ValueError:
        need(False, learner, "a world in which state and action say what comes next", family, "chance in it")


def need_numbers(family: TaskFamily, learner: str) -> None:
    """Refuse observations that are no vector of numbers, but a single number of a cell, or an image. Raises ValueError."""
    space = family.observation_space
    what = f'{space} as observations (a GridWorld made with observe="one_hot" gives numbers)'
    need(isinstance(space, Box) and len(space.shape) == 1, learner, "observations that are a vector of numbers", family, what)


def grid_world(family: TaskFamily, learner: str) -> GridWorld:
    """The family, as what it has to be: only a GridWorld can be written down as tables. Raises ValueError for another."""
    need(isinstance(family, GridWorld), learner, "the exact tables of a GridWorld", family, "none")
    return cast(GridWorld, family)
