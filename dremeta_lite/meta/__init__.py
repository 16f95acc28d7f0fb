"""Learning OVER tasks: the outer loop."""

from dremeta_lite.meta.maml import MAML
from dremeta_lite.meta.pooled import Pooled
from dremeta_lite.meta.regression import RegressionLearner

__all__ = ["MAML", "Pooled", "RegressionLearner"]
