"""Agents that play by rule: they count, compute or know, and nothing is trained."""

from typing import TYPE_CHECKING

from dremeta_lite.facade import facade

if TYPE_CHECKING:
    from dremeta_lite.agents.bandits import UCB1, BayesOptimal, FiniteGittins, Gittins, Greedy, RandomArm, Thompson
    from dremeta_lite.agents.commander import Commander
    from dremeta_lite.agents.exact_belief import AfreshInEachStep, ExactBelief, PosteriorSampling, belief_along, prior_belief
    from dremeta_lite.agents.languages import BayesGreedy, Elimination, MutualExclusivity, Walking
    from dremeta_lite.agents.linear_quadratic import LinearQuadratic
    from dremeta_lite.agents.psrl import PSRL
    from dremeta_lite.agents.trilateration import Trilateration
    from dremeta_lite.agents.yardsticks import Oracle, RandomActions, StandingStill
else:
    __getattr__, __dir__ = facade(__name__)
