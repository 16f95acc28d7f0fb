"""MAML whose outer loop is PPO's: several steps with each batch of experience. For worlds that are slow to play.

An outer step needs new episodes before and after the inner step, from every task, and plain MAML uses them once. Here θ takes more steps
with them; the probability ratios say how far φ has moved from the one that played, and what has moved too far is clipped.

Source: Rothfuss et al. 2019, "ProMP: Proximal meta-policy search" (arXiv 1810.06784), algorithm 1, here without its penalty on the
distance between the old θ and the new one.
"""

from typing import Any

from jaxtyping import Float
from torch import Tensor
from torch.func import grad

from dremeta_lite.hyper import Real, Whole
from dremeta_lite.inner.policy_gradient import Experience
from dremeta_lite.inner.ppo import clipped_surrogate
from dremeta_lite.meta.maml import MAML, MAMLHyper
from dremeta_lite.networks import Params, detach
from dremeta_lite.policies import Policy


class ClippedMAMLHyper(MAMLHyper):
    """What can be changed while it trains."""

    outer_steps = Whole(4, low=1, high=50, symbol="E", unit="steps", help="outer steps with each batch of experience")
    clip = Real(0.2, low=0.01, high=1, symbol="ε", help="how far a probability may move away from the old one before it gains nothing")


class ClippedMAML(MAML):
    """MAML that takes several outer steps with what it has played. Arguments as in `PolicyLearner`."""

    hyper: ClippedMAMLHyper
    hyper_type = ClippedMAMLHyper
    experience: tuple[Experience, ...]
    """What was played last."""

    def advance(self) -> dict[str, float]:
        """One meta-iteration: MAML's, in whose step every ratio is 1; and further steps with the same experience."""
        told = super().advance()
        for _ in range(self.hyper.outer_steps - 1):
            self.heartbeat()
            self.ascend(grad(self.objective(self.experience))(detach(self.learned)), self.hyper.meta_lr)
        return told

    def sample_experience(self, theta: Params, tasks: Any) -> tuple[tuple[Experience, ...], list[float]]:
        """As MAML's, and it is kept."""
        self.experience, returns = super().sample_experience(theta, tasks)
        return self.experience, returns

    def judged_by(self, policy: Policy, params: Params, experience: Experience) -> Float[Tensor, "*task"]:
        """E[ min(ρ Â, clip(ρ, 1 - ε, 1 + ε) Â) ] with ρ = π(a|s; φ) / π_old(a|s)."""
        ratio = (policy.log_prob(params, experience.observation, experience.action) - experience.log_prob).exp()
        return (clipped_surrogate(ratio, experience.advantage, self.hyper.clip) * experience.weight).sum(-1)
