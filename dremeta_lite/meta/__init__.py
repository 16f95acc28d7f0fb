"""Learning OVER tasks: the outer loop."""

from dremeta_lite.meta.belief_encoder import BeliefEncoder
from dremeta_lite.meta.belief_policy import BeliefPolicy
from dremeta_lite.meta.maml import MAML
from dremeta_lite.meta.meta_sgd import MetaSGD
from dremeta_lite.meta.pooled import Pooled
from dremeta_lite.meta.regression import RegressionLearner
from dremeta_lite.meta.reptile import Reptile
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.meta.varibad import VariBAD

__all__ = [
    "MAML",
    "RL2",
    "BeliefEncoder",
    "BeliefPolicy",
    "MetaSGD",
    "Pooled",
    "RegressionLearner",
    "Reptile",
    "VariBAD",
]
