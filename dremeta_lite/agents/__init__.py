"""Agents that play by rule: they count, compute or know, and nothing is trained."""

from dremeta_lite.agents.bandits import UCB1, FiniteGittins, Gittins, Greedy, RandomArm, Thompson
from dremeta_lite.agents.exact_belief import ExactBelief, PosteriorSampling, belief_along, prior_belief
from dremeta_lite.agents.psrl import PSRL
from dremeta_lite.agents.trilateration import Trilateration
from dremeta_lite.agents.yardsticks import Oracle, RandomActions, StandingStill

__all__ = [
    "PSRL",
    "UCB1",
    "ExactBelief",
    "FiniteGittins",
    "Gittins",
    "Greedy",
    "Oracle",
    "PosteriorSampling",
    "RandomActions",
    "RandomArm",
    "StandingStill",
    "Thompson",
    "Trilateration",
    "belief_along",
    "prior_belief",
]
