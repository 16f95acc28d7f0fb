"""Agents without parameters play where the tasks are."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from dremeta_lite.agents import bandits, optimism
from dremeta_lite.agents.commander import Commander
from dremeta_lite.agents.exact_belief import PosteriorSampling
from dremeta_lite.agents.languages import BayesGreedy, Elimination, MutualExclusivity
from dremeta_lite.agents.linear_quadratic import LinearQuadratic
from dremeta_lite.agents.psrl import PSRL
from dremeta_lite.agents.trilateration import Trilateration
from dremeta_lite.agents.yardsticks import Oracle, RandomActions, StandingStill
from dremeta_lite.inner.q_player import QPlayer
from dremeta_lite.learner import generator
from dremeta_lite.meta.belief_encoder import Wanderer
from dremeta_lite.tasks import Bandit, HiddenGoal, HiddenLanguage, Navigation2D, PoleOnCart, RandomMDP, Skirmish, TaskFamily
from dremeta_lite.tasks.grammar import HiddenGrammar
from dremeta_lite.trials import Agent, Trial, play_trial
from dremeta_lite.world.bayes_optimal import BayesOptimal

ARMS, GRID, PLANE, WORLD, POLE, WORDS = (
    Bandit(3, 6),
    HiddenGoal(3),
    Navigation2D(),
    RandomMDP(3, 2, episodes=2),
    PoleOnCart(),
    HiddenLanguage(3, 4),
)
Make = Callable[[Any, str], Agent]
"""From a batch of tasks, and the name of their device."""
AGENTS: dict[str, tuple[TaskFamily, Make]] = {
    **{kind.__name__: (ARMS, lambda tasks, device, kind=kind: kind(3, device=device)) for kind in (bandits.RandomArm, bandits.Greedy)},
    **{kind.__name__: (ARMS, lambda tasks, device, kind=kind: kind(3, device=device)) for kind in (bandits.UCB1, bandits.Thompson)},
    "Gittins": (ARMS, lambda tasks, device: bandits.Gittins(3, 6, 0.9, device=device)),
    "FiniteGittins": (ARMS, lambda tasks, device: bandits.FiniteGittins(3, 6, device=device)),
    "bandits.BayesOptimal": (ARMS, lambda tasks, device: bandits.BayesOptimal(3, 6, device=device)),
    "Oracle": (ARMS, lambda tasks, device: Oracle(ARMS, tasks)),
    "Commander": (Skirmish(), lambda tasks, device: Commander(Skirmish())),
    "PosteriorSampling": (GRID, lambda tasks, device: PosteriorSampling(GRID, device=device)),
    "BayesOptimal": (GRID, lambda tasks, device: BayesOptimal(GRID)),
    "QPlayer": (GRID, lambda tasks, device: QPlayer(GRID)),
    "Wanderer": (GRID, lambda tasks, device: Wanderer(GRID)),
    "Elimination": (WORDS, lambda tasks, device: Elimination(WORDS)),
    "MutualExclusivity": (WORDS, lambda tasks, device: MutualExclusivity(WORDS)),
    "BayesGreedy": (HiddenGrammar(), lambda tasks, device: BayesGreedy(HiddenGrammar())),
    "LinearQuadratic": (POLE, lambda tasks, device: LinearQuadratic(POLE, tasks)),
    "PSRL": (WORLD, lambda tasks, device: PSRL(WORLD, device=device)),
    "OptimisticPSRL": (WORLD, lambda tasks, device: optimism.OptimisticPSRL(WORLD, device=device)),
    "BonusToGo": (WORLD, lambda tasks, device: optimism.BonusToGo(WORLD, device=device)),
    "UCRL2": (WORLD, lambda tasks, device: optimism.UCRL2(WORLD, device=device)),
    "Trilateration": (PLANE, lambda tasks, device: Trilateration(PLANE, device=device)),
    "StandingStill": (PLANE, lambda tasks, device: StandingStill(PLANE)),
    "RandomActions": (PLANE, lambda tasks, device: RandomActions(PLANE)),
}


def played(name: str, device: str) -> Trial:
    family, make = AGENTS[name]
    tasks = family.sample_tasks(4, generator(0), device)
    return play_trial(family, tasks, make(tasks, device), generator(1), min(2, family.episodes) if family.horizon > 1 else None)


@pytest.mark.parametrize("name", AGENTS)
def test_a_default_device_elsewhere_changes_nothing(name: str) -> None:
    """Whatever is made without a device is on `meta` now, holds no numbers, and fails."""
    here = played(name, "cpu")
    with torch.device("meta"):
        there = played(name, "cpu")
    assert all(torch.equal(x, y) for x, y in zip(here, there, strict=True))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", AGENTS)
def test_it_plays_on_a_gpu(name: str) -> None:
    """The same tasks, and draws from the CPU: the same trial but for rounding."""
    here, there = played(name, "cpu"), played(name, "cuda")
    assert all(x.is_cuda for x in there)
    torch.testing.assert_close(there.reward.cpu(), here.reward, rtol=1e-3, atol=1e-3)
