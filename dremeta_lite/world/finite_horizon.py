"""Acting best when only so many steps are left, by backward induction: from the last step, after which nothing follows, to the first.

    Q_h(s, a) = R(s, a) + Σ_s' P(s'|s, a) max_a' Q_{h+1}(s', a'),     Q_H = 0

The best action depends on the step: near the end it no longer pays to walk to a better state. It is value iteration with discount 1 that
stops after H sweeps (Sutton and Barto, eq. 4.10), and it needs no terminal state. Source: Puterman, Markov Decision Processes, section 4.5.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.world.tabular import action_values


def backward_induction(
    P: Float[Tensor, "*#batch state action state"], R: Float[Tensor, "*#batch state action"], horizon: int
) -> Float[Tensor, "*batch time state action"]:
    """Q[..., h, s, a]: the undiscounted sum of rewards from step h to the last one, with action a in state s first and the best ones after.
    Raises ValueError: `horizon` is less than one step."""
    if horizon < 1:
        raise ValueError(f"horizon must be at least one step, got {horizon}")
    V = torch.zeros((), dtype=R.dtype, device=R.device).expand(torch.broadcast_shapes(P.shape[:-1], R.shape)[:-1])
    steps = []
    for _ in range(horizon):
        Q = action_values(P, R, V, 1.0)
        V = Q.amax(-1)
        steps.append(Q)
    return torch.stack(steps[::-1], -3)
