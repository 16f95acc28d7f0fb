"""Any learner on any family: it trains, is saved, and goes on bit for bit where it stopped; or it says in one sentence why it cannot."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite.compatibility import on_device
from dremeta_lite.episodes import OutsideFamily
from dremeta_lite.inner.actor_critic import A2C
from dremeta_lite.inner.dqn import DQN
from dremeta_lite.inner.monte_carlo import MonteCarlo
from dremeta_lite.inner.ppo import PPO
from dremeta_lite.inner.q_learning import QLearning
from dremeta_lite.inner.recurrent import RecurrentPPO
from dremeta_lite.inner.reinforce import Reinforce
from dremeta_lite.inner.specialists import Specialists
from dremeta_lite.learner import Learner, draws_on
from dremeta_lite.learner_state import State
from dremeta_lite.meta import EMAML, MAML, RL2, RL2PPO, ClippedMAML, MetaSGD, Pooled, RegressionLearner, Reptile, SplitMAML, Student
from dremeta_lite.meta.adaptive_model import BayesianModel, GradientModel
from dremeta_lite.meta.belief_encoder import BeliefEncoder
from dremeta_lite.meta.belief_policy import BeliefPolicy
from dremeta_lite.meta.dpt import DPT
from dremeta_lite.meta.fast_walker import WalkingWeights
from dremeta_lite.meta.fast_weights import FastWeights
from dremeta_lite.meta.fine_tuning import FineTuned
from dremeta_lite.meta.goal_generators import GoalGenerators
from dremeta_lite.meta.skills import SkillDiscovery
from dremeta_lite.meta.varibad import VariBAD
from dremeta_lite.meta.word_gru import WalkingPairsGRU, WalkingPlainGRU
from dremeta_lite.tasks import (
    Bandit,
    CartPole,
    Colours,
    GrammarWalk,
    GridWorld,
    HiddenGoal,
    HiddenLanguage,
    MirroredNavigation2D,
    MiswiredArm,
    Navigation2D,
    Pendulum,
    PoleOnCart,
    Practice,
    RandomMDP,
    Sinusoid,
    Skirmish,
    TaskFamily,
)
from dremeta_lite.world.adaptive_agent import AdaptiveAgents, Way
from dremeta_lite.world.model_learner import ModelLearner
from dremeta_lite.world.planning_agent import PlanningAgent
from dremeta_lite.world.sweeps import Sweeps

FAMILIES: dict[str, TaskFamily] = {
    "Bandit": Bandit(3, 4),
    "RandomMDP": RandomMDP(4, 3, episodes=2),
    "HiddenGoal": HiddenGoal(3),
    "HiddenLanguage": HiddenLanguage(3, 4),
    "GrammarWalk": GrammarWalk(3, 2),
    "Sinusoid": Sinusoid(5),
    "Navigation2D": Navigation2D(),
    "MirroredNavigation2D": MirroredNavigation2D(),
    "cells": GridWorld(),
    "one-hot cells": GridWorld(observe="one_hot"),
    "images": GridWorld(observe="image"),
    "CartPole": CartPole(),
    "Pendulum": Pendulum(),
    "PoleOnCart": PoleOnCart(),
    "MiswiredArm": MiswiredArm(),
    "Practice": Practice(3, 4),
    "Skirmish": Skirmish(),
    "Colours": Colours(),
    "outside": OutsideFamily("CartPole-v1", 20, max_episode_steps=20),
}
ALL, CHOICE, REAL = (
    set(FAMILIES),
    {"Bandit", "RandomMDP", "HiddenGoal", "HiddenLanguage", "cells", "one-hot cells", "images", "CartPole", "Skirmish", "outside"},
    {"Sinusoid", "Pendulum", "PoleOnCart", "MiswiredArm", "Practice"},
)
CHOICE |= {"GrammarWalk", "Colours"}
REAL |= {"Navigation2D", "MirroredNavigation2D"}
NUMBERS = ALL - {"Bandit", "RandomMDP", "HiddenGoal", "HiddenLanguage", "cells", "images", "Colours"}
GOALS = {"Navigation2D", "MirroredNavigation2D"}
SMALL = {"hidden": (4,), "tasks": 2, "trajectories": 2}

# A small one of each, and the families that it learns. Whatever is not named there has to be refused.
Make = Callable[[Any, int], Learner]
LEARNERS: dict[str, tuple[Make, set[str]]] = {
    "MAML": (lambda f, seed: MAML(f, seed, **SMALL), ALL),
    "first-order MAML": (lambda f, seed: MAML(f, seed, second_order=False, **SMALL), ALL),
    "ClippedMAML": (lambda f, seed: ClippedMAML(f, seed, outer_steps=2, **SMALL), ALL),
    "EMAML": (lambda f, seed: EMAML(f, seed, **SMALL), ALL),
    "SplitMAML": (lambda f, seed: SplitMAML(f, seed, shares=2, **SMALL), ALL),
    "MetaSGD": (lambda f, seed: MetaSGD(f, seed, **SMALL), ALL),
    "Reptile": (lambda f, seed: Reptile(f, seed, **SMALL), ALL),
    "Pooled": (lambda f, seed: Pooled(f, seed, **SMALL), ALL),
    "FineTuned": (lambda f, seed: FineTuned(f, seed, **SMALL), ALL),
    "Specialists": (lambda f, seed: Specialists(f, f.held_out_tasks(2), seed, trajectories=2), ALL),
    "RL2": (lambda f, seed: RL2(f, seed, memory=4, hidden=(4,), trials=2), ALL),
    "transformer RL2": (lambda f, seed: RL2(f, seed, memory=4, hidden=(4,), trials=2, core="transformer"), ALL),
    "sighted RL2": (lambda f, seed: RL2(f, seed, memory=4, hidden=(4,), trials=2, core="eyes"), {"images", "Colours"}),
    "DPT": (
        lambda f, seed: DPT(f, seed, memory=4, hidden=(4,), trials=2),
        {"Bandit", "HiddenGoal", "HiddenLanguage", "GrammarWalk", "Skirmish", "Colours", "MiswiredArm"} | GOALS,
    ),
    "FastWeights": (lambda f, seed: FastWeights(f, seed, trials=2), {"HiddenLanguage", "GrammarWalk"}),
    "WalkingWeights": (lambda f, seed: WalkingWeights(f, seed, trials=2), {"GrammarWalk"}),
    "WalkingPairsGRU": (lambda f, seed: WalkingPairsGRU(f, seed, trials=2), {"GrammarWalk"}),
    "WalkingPlainGRU": (lambda f, seed: WalkingPlainGRU(f, seed, trials=2), {"GrammarWalk"}),
    "RL2PPO": (lambda f, seed: RL2PPO(f, seed, memory=4, hidden=(4,), trials=2, piece=1, epochs=1), ALL),
    "Student": (
        lambda f, seed: Student(f, seed, memory=4, hidden=(4,), trials=2, piece=10, epochs=1),
        {"PoleOnCart", "MiswiredArm"} | GOALS,
    ),
    "RegressionLearner": (lambda f, seed: RegressionLearner(f, seed=seed, hidden=(4,), tasks=2), {"Sinusoid"}),
    "BayesianModel": (lambda f, seed: BayesianModel(f, seed, hidden=(4,), tasks=2), {"Pendulum"}),
    "GradientModel": (lambda f, seed: GradientModel(f, seed, hidden=(4,), tasks=2), {"Pendulum"}),
    "GoalGenerators": (lambda f, seed: GoalGenerators(f, seed, hidden=(4,)), {"Navigation2D", "MirroredNavigation2D"}),
    "SkillDiscovery": (lambda f, seed: SkillDiscovery(f, seed, hidden=(4,)), {"Practice"}),
    "BeliefEncoder": (lambda f, seed: BeliefEncoder(f, seed, trials=2), {"HiddenGoal"}),
    "BeliefPolicy": (lambda f, seed: BeliefPolicy(f, seed, trials=2), {"HiddenGoal"}),
    "VariBAD": (lambda f, seed: VariBAD(f, seed, latent=2, memory=4, hidden=(4,), trials=2), {"HiddenGoal"}),
    "Reinforce": (lambda f, seed: Reinforce(f, seed=seed, hidden=(4,)), NUMBERS),
    "A2C": (lambda f, seed: A2C(f, seed=seed, hidden=(4,), episodes=2), NUMBERS),
    "PPO": (lambda f, seed: PPO(f, seed=seed, hidden=(4,), episodes=2), NUMBERS),
    "RecurrentPPO": (lambda f, seed: RecurrentPPO(f, seed=seed, hidden=(4, 4), episodes=2), (NUMBERS & CHOICE) - {"outside"}),
    "DQN": (
        lambda f, seed: DQN(f, seed, hidden=(4,), agents=2, steps=4),
        CHOICE - {"Bandit", "RandomMDP", "HiddenGoal", "HiddenLanguage", "cells"},
    ),
    "QLearning": (lambda f, seed: QLearning(f, seed, runs=2), {"cells"}),
    "MonteCarlo": (lambda f, seed: MonteCarlo(f, seed), {"cells", "one-hot cells", "images"}),
    "Sweeps": (lambda f, seed: Sweeps(f, seed), {"cells", "one-hot cells", "images"}),
    "ModelLearner": (lambda f, seed: ModelLearner(f, seed, members=2, hidden=(4,)), REAL),
    "PlanningAgent": (lambda f, seed: PlanningAgent(f, None, seed), REAL - {"Sinusoid"}),
    "AdaptiveAgents": (lambda f, seed: AdaptiveAgents(f, {"knows": Way(None)}, seed), {"Pendulum"}),
}
ON_CPU = {"Sweeps", "MonteCarlo", "SplitMAML"}
"""Those that compute on the CPU in any case, and one whose workers do."""
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
PAIRS = [(learner, family) for learner in LEARNERS for family in FAMILIES]


@pytest.mark.parametrize(("learner", "family"), [pair for pair in PAIRS if pair[1] in LEARNERS[pair[0]][1]])
def test_it_trains_and_goes_on_where_it_was_saved(
    learner: str, family: str, tmp_path: Path, same_state: Callable[[State, State], bool]
) -> None:
    """Two iterations are finite (`step` raises otherwise). The copy starts from another seed: whatever the file lacked would show. And
    every tensor is made on a named device: one without would be on `meta` in the first learner, hold no numbers, and fail."""
    make = LEARNERS[learner][0]
    copy = make(FAMILIES[family], 4)
    with torch.device("meta"):
        through = make(FAMILIES[family], 3)
        through.step()
        through.save(tmp_path / "state.safetensors")
        numbers = through.step()
    copy.load(tmp_path / "state.safetensors")
    if family == "outside" and hasattr(through, "stream"):  # what it is in the middle of cannot be kept: new episodes begin
        copy.step()
        return
    assert copy.step() == numbers
    assert same_state(copy.state_dict(), through.state_dict())
    assert all(x.isfinite().all() for x in through.state_dict().values() if isinstance(x, torch.Tensor))


@pytest.mark.parametrize(("learner", "family"), [pair for pair in PAIRS if pair[1] not in LEARNERS[pair[0]][1]])
def test_what_does_not_fit_is_refused_in_one_sentence(learner: str, family: str) -> None:
    make, _ = LEARNERS[learner]
    with pytest.raises(ValueError) as refused:
        make(FAMILIES[family], 0)
    text = str(refused.value)
    assert learner in text and FAMILIES[family].name in text
    assert re.fullmatch(r"[^\n]{30,200}\.", text) and ". " not in text, text


@needs_gpu
@pytest.mark.parametrize(("learner", "family"), [pair for pair in PAIRS if pair[1] in LEARNERS[pair[0]][1] and pair[0] not in ON_CPU])
def test_cpu_and_gpu_agree(learner: str, family: str) -> None:
    """The draws are made on the CPU, so one iteration meets the same tasks and noise; float32 sums differ in their last digits."""
    make = LEARNERS[learner][0]
    cpu = make(FAMILIES[family], 3)
    with on_device("cuda"):
        gpu = make(FAMILIES[family], 3)
    assert gpu.device.type == "cuda"
    assert gpu.step() == pytest.approx(cpu.step(), rel=2e-2, abs=2e-3)
    gpu.step()
    assert all(x.isfinite().all() for x in gpu.state_dict().values())


@needs_gpu
@pytest.mark.parametrize(("learner", "family"), [pair for pair in PAIRS if pair[1] in LEARNERS[pair[0]][1] and pair[0] not in ON_CPU])
def test_with_draws_on_the_gpu_it_goes_on_where_it_was_saved(learner: str, family: str, tmp_path: Path) -> None:
    make = LEARNERS[learner][0]
    with on_device("cuda"), draws_on("cuda"):
        through, copy = make(FAMILIES[family], 3), make(FAMILIES[family], 4)
        through.step()
        through.save(tmp_path / "state.safetensors")
        numbers = through.step()
        copy.load(tmp_path / "state.safetensors")
        if family != "outside":
            assert copy.step() == pytest.approx(numbers, rel=2e-2, abs=2e-3)  # a GPU adds up in any order
