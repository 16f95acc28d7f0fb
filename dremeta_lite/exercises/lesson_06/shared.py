"""What several exercises of notebook 06 stand on."""

from collections.abc import Callable

import torch
from torch import Tensor

Objective = Callable[[Tensor], Tensor]


def hill(curvature: Tensor, top: Tensor) -> Objective:
    """J(θ) = -½ Σ curvature · (θ - top)²: gradient and everything that follows from it have closed forms."""
    return lambda theta: -0.5 * (curvature * (theta - top) ** 2).sum()


SUPPORT_HILL, QUERY_HILL = (torch.tensor([2.0, 0.5]), torch.tensor([1.0, -3.0])), (torch.tensor([1.5, 4.0]), torch.tensor([0.4, 2.0]))
"""Curvature and top of the two."""
THETA = torch.tensor([0.3, 0.7])
