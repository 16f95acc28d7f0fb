"""E-MAML: what an episode showed is worth what the episodes after the next step earn with it (Stadie et al. 2018).

MAML asks of each step whether φ does well on its query. It does not ask whether the support was worth learning from: the start earns
nothing by looking around. Here the return of the whole trial is what counts, and θ is in it three times:

    E over D_0 ~ θ, D_1 ~ φ⁽¹⁾(θ, D_0), …    of    R(D_0) + R(D_1) + … + R(D_K)

D_k are episodes, and φ⁽ᵏ⁺¹⁾ = φ⁽ᵏ⁾ + α ∇ Σ log π · Â on D_k. The gradient is that of any policy with a memory, only that the memory is
φ: E[ Σ_k Σ_t ∇_θ log π(a_t | s_t; φ⁽ᵏ⁾(θ, D_0 … D_{k-1})) · (all that is earned in the trial from step t on) ].
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import vmap

from dremeta_lite.hyper import Switch
from dremeta_lite.inner.baselines import baseline_features, least_squares
from dremeta_lite.inner.policy_gradient import Experience, adapt, discounted_sum, in_a_row, log_surrogate, step_size, surrogate
from dremeta_lite.meta.adapting import StartHyper
from dremeta_lite.meta.maml import MAML
from dremeta_lite.networks import Params
from dremeta_lite.policies import Policy
from dremeta_lite.rollout import Trajectories


def trial_advantages(played: Sequence[Trajectories], ridge: float = 0.01) -> list[Float[Tensor, "task trajectory time"]]:
    """How much more than expected is earned from each step to the end of the trial, not discounted, in units of its standard deviation.

    That is the rest of the step's own episode and all episodes that are played after a later step of adaptation. Expected is what a
    least-squares fit over all tasks says, by state, time and what the trial has earned before.

    Args:
        played: K + 1 batches of episodes, in the order of adaptation; the first with θ.
    """
    earned = torch.stack([t.returns().sum(-1) for t in played])  # [k, task]
    before, after = earned.cumsum(0) - earned, earned.sum(0) - earned.cumsum(0)
    advantages = []
    for k, t in enumerate(played):
        rest = discounted_sum(t.reward, 1.0) + after[k, :, None, None]
        so_far = t.reward.cumsum(-1) - t.reward
        history = torch.stack([so_far, before[k, :, None, None].expand_as(so_far)], -1) * t.mask[..., None]
        time = torch.linspace(0, 1, t.reward.shape[-1], device=rest.device, dtype=rest.dtype)[:, None]
        x = torch.cat([baseline_features(t.observation, t.mask), history, history * time], -1)
        expected = x.double() @ least_squares(x.flatten(0, -2), (rest * t.mask).flatten(), ridge)
        advantages.append((rest - expected.to(rest)) * t.mask)
    scale = torch.stack(advantages).square().sum() / torch.stack([t.mask for t in played]).sum()
    return [a / (scale.sqrt() + 1e-8) for a in advantages]


def credited(played: Sequence[Trajectories]) -> list[Experience]:
    """The experience that the outer loop learns from: all steps of the trial, each with its `trial_advantages` and the same weight."""
    return [
        in_a_row(t, advantage.flatten(-2), t.mask.flatten(-2) / t.mask[0].numel())
        for t, advantage in zip(played, trial_advantages(played), strict=True)
    ]


def trial_objective(
    policy: Policy, theta: Params, supports: Sequence[Experience], credit: Sequence[Experience], inner_lr: float, second_order: bool = True
) -> Float[Tensor, ""]:
    """What one task contributes to the outer loop: the surrogate of the whole trial's return.

    Args:
        supports: K batches of ONE task, as the inner loop learns from them: sampled with θ, with φ⁽¹⁾, …
        credit: K + 1 batches, `credited`: the same episodes, and those sampled with φ⁽ᴷ⁾.

    The inner step differentiates log π, not the ratio: the ratio adds to the gradient through the step an estimate of what sampling
    contributes to it (Rothfuss et al. 2019), and here the credit has that already.
    """
    phi, total = theta, surrogate(policy, theta, credit[0])
    for k, support in enumerate(supports):
        phi = adapt(policy, phi, support, step_size(inner_lr, k), second_order, log_surrogate)
        total = total + surrogate(policy, phi, credit[k + 1])
    return total


class EMAMLHyper(StartHyper):
    """What can be changed while E-MAML trains."""

    second_order = Switch(True, symbol="∇²", help="on: differentiate through the inner gradient; off: first order")


class EMAML(MAML):
    """MAML whose actions also get credit for what is earned after the steps that learn from them. Arguments as in `PolicyLearner`."""

    hyper: EMAMLHyper  # type: ignore[assignment]
    hyper_type = EMAMLHyper

    def objective(self, experience: Sequence[Experience]) -> Callable[[Params], Tensor]:
        """The surrogate return of the whole trials that were just played, in the mean over tasks."""
        h, credit = self.hyper, tuple(credited(self.played))

        def objective(theta: Params) -> Tensor:
            one_task = lambda e, c: trial_objective(self.policy, theta, e, c, h.inner_lr, h.second_order)  # noqa: E731
            return vmap(one_task)(tuple(experience[:-1]), credit).mean()

        return objective
