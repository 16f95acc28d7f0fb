"""Learning OVER tasks: the outer loop."""

from dremeta_lite.meta.maml import MAML
from dremeta_lite.meta.pooled import Pooled

__all__ = ["MAML", "Pooled"]
