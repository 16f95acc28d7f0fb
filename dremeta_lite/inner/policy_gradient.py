"""Policy gradient: from a few trajectories of ONE task to better parameters for that task.

The inner loop of the course is three lines long:

    experience = prepare(trajectories, …)                       # which actions did better than expected?
    J = surrogate(policy, theta, experience)                    # make those actions more likely
    phi = theta + alpha * grad(J)                               # `adapt`: one step uphill
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad

from dremeta_lite.inner.baselines import SharedBaseline, linear_baseline
from dremeta_lite.networks import Params
from dremeta_lite.policies import Policy
from dremeta_lite.rollout import Trajectories

STEP_SCALE = (1.0, 0.4, 0.15)
"""Each further adaptation step is shorter: step k uses α · STEP_SCALE[k], the last value from then on. Advantages are normalised, so
the gradient does not shrink near the goal by itself; with a constant α the second and third step overshoot."""
AT_ONCE = 20
"""Tasks whose gradients are computed at a time: all 100 held-out tasks of 40 trajectories at once would take 0.5 GB."""


class Experience(NamedTuple):
    """What the policy gradient needs to know of a task's trajectories. `n` runs over the steps of all of them."""

    observation: Float[Tensor, "*task n obs"]
    action: Tensor
    """[*task, n] for a discrete action, else [*task, n, action]."""
    log_prob: Float[Tensor, "*task n"]
    """log π of the policy that acted."""
    advantage: Float[Tensor, "*task n"]
    """How much better the action did than expected; without a shared baseline, mean 0 and variance 1 in each task."""
    weight: Float[Tensor, "*task n"]
    """1 / (number of steps) for a step that counts, 0 for one after the end of its episode; sums to 1 in each task."""


def discounted_sum(x: Float[Tensor, "*batch time"], factor: float) -> Float[Tensor, "*batch time"]:
    """Σ_l factor^l · x_{t+l} for every t: the discounted return G_t when x is the reward (Sutton & Barto 2018, eq. 3.8).

    It solves y_t = x_t + factor · y_{t+1} for all t at once: a product with the triangular matrix of powers.
    """
    steps = torch.arange(x.shape[-1], device=x.device)
    lag = steps[:, None] - steps[None, :]
    powers = torch.where(lag >= 0, factor ** lag.clamp(min=0).to(x.dtype), 0.0)
    return x @ powers


def generalized_advantage(
    reward: Float[Tensor, "*batch time"],
    value: Float[Tensor, "*batch time"],
    last_value: Float[Tensor, "*batch"],
    discount: float,
    lam: float,
) -> Float[Tensor, "*batch time"]:
    """Â_t = Σ_l (γλ)^l δ_{t+l} with δ_t = r_t + γ V(s_{t+1}) - V(s_t). Source: Schulman et al. 2016 (GAE), eq. 16.

    `last_value` is V of the state after the last step: 0 if nothing can be earned there any more, else its value (bootstrapping).
    """
    next_value = torch.cat([value[..., 1:], last_value[..., None]], -1)
    delta = reward + discount * next_value - value
    return discounted_sum(delta, discount * lam)


def normalise(x: Float[Tensor, "*task n"], weight: Float[Tensor, "*task n"]) -> Float[Tensor, "*task n"]:
    """Shift and scale to mean 0 and variance 1 in each task, under the weights (which sum to 1); 0 where the weight is 0."""
    centred = (x - (x * weight).sum(-1, keepdim=True)) * (weight > 0)
    std = (centred**2 * weight).sum(-1, keepdim=True).sqrt()
    return centred / (std + 1e-8)


@torch.no_grad()
def prepare(trajectories: Trajectories, discount: float = 0.99, lam: float = 0.95, shared: SharedBaseline | None = None) -> Experience:
    """From trajectories to experience: returns, a baseline, advantages; trajectories and time become one axis.

    With a `shared` baseline, advantages are measured against it. Without one, a baseline is fitted in each task, and advantages are
    normalised in each task: that needs many episodes a task.

    Nothing is earned after the horizon (the return is that of the first `time` steps, and the baseline knows the time), so the value
    after the last step is 0. After termination the mask has made rewards and values 0.
    """
    mask = trajectories.mask
    reward = trajectories.reward * mask
    if shared is None:
        value = linear_baseline(trajectories.observation, discounted_sum(reward, discount), mask)
    else:
        value = shared.value(trajectories.observation, mask)
    advantage = (generalized_advantage(reward, value, torch.zeros_like(reward[..., -1]), discount, lam) * mask).flatten(-2)
    weight = (mask / mask.sum((-2, -1), keepdim=True)).flatten(-2)
    return in_a_row(trajectories, normalise(advantage, weight) if shared is None else advantage / shared.scale, weight)


def in_a_row(t: Trajectories, advantage: Float[Tensor, "*task n"], weight: Float[Tensor, "*task n"]) -> Experience:
    """Trajectories with time and trajectory as one axis, and what their steps are worth."""
    return Experience(t.observation.flatten(1, 2), t.action.flatten(1, 2), t.log_prob.flatten(-2), advantage, weight)


def subsample(experience: Experience, fraction: float, rng: torch.Generator) -> Experience:
    """A random fraction of the steps, the same ones in every task. Sampling is cheap and second gradients are not: half the steps cost half
    the time and, measured, no return."""
    n = experience.weight.shape[-1]
    if fraction >= 1:
        return experience
    kept = torch.randperm(n, generator=rng, device=rng.device)[: max(1, round(n * fraction))].to(experience.weight.device)
    observation, action, log_prob, advantage, weight = experience
    weight = weight[..., kept] * (n / len(kept))  # the weights of the steps that are left still sum to 1, on average
    discrete = action.dim() == log_prob.dim()
    action = action[..., kept] if discrete else action[..., kept, :]
    return Experience(observation[..., kept, :], action, log_prob[..., kept], advantage[..., kept], weight)


def surrogate(policy: Policy, params: Params, experience: Experience) -> Float[Tensor, "*task"]:
    """J̃(θ) = E[ π(a|s; θ) / π_old(a|s) · Â ]. Its gradient at θ_old is the policy gradient E[ ∇log π · Â ].

    log π · Â has the same gradient there. But its second derivative, which the gradient *through*
    adaptation feels, lacks the term E[ ∇log π ∇log πᵀ Â ]. The ratio has it.
    Source: Rothfuss et al. 2019 (ProMP), section 5, "low variance curvature".
    """
    log_prob = policy.log_prob(params, experience.observation, experience.action)
    ratio = (log_prob - experience.log_prob).exp()
    return (ratio * experience.advantage * experience.weight).sum(-1)


def log_surrogate(policy: Policy, params: Params, experience: Experience) -> Float[Tensor, "*task"]:
    """E[ log π(a|s; θ) · Â ]: the same gradient again. Here ALL that the step knows is the episodes as they were; how likely they were is
    left to whoever differentiates through the step."""
    return (policy.log_prob(params, experience.observation, experience.action) * experience.advantage * experience.weight).sum(-1)


Objective = Callable[[Policy, Params, Experience], Tensor]


def adapt(
    policy: Policy,
    params: Params,
    experience: Experience,
    step_size: float,
    second_order: bool = True,
    objective: Objective = surrogate,
    rates: Params | None = None,
) -> Params:
    """One step of adaptation in ONE task: φ = θ + α ∇J(θ), uphill on the return.

    With `second_order` off the gradient counts as a constant, so that a gradient of φ by θ
    sees only the identity: first-order MAML.
    `rates` (Meta-SGD) multiply α: a number for each parameter.
    `objective` is `surrogate` or, with the same gradient here but another one through the step, `log_surrogate`.
    Source: Finn et al. 2017, section 2.2 (there downhill on a loss, -J).
    """
    gradient = grad(lambda p: objective(policy, p, experience))(params)
    if not second_order:
        gradient = {name: g.detach() for name, g in gradient.items()}
    return {name: p + (step_size if rates is None else step_size * rates[name]) * gradient[name] for name, p in params.items()}


@torch.enable_grad()
def adapt_each(policy: Policy, phi: Params, experience: Experience, step_size: float, rates: Params | None = None) -> Params:
    """`adapt` in every task, where nobody differentiates through the step: quicker than `vmap` of it, which gets ready for that.

    Args:
        phi, experience: with a task axis. The tasks share no parameters, so in the gradient of the sum over tasks each has its own.
    """
    gradients: list[tuple[Tensor, ...]] = []
    for first in range(0, len(experience.weight), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        few = {name: p[some].detach().requires_grad_() for name, p in phi.items()}
        J = surrogate(policy, few, Experience(*(x[some] for x in experience))).sum()
        gradients.append(torch.autograd.grad(J, tuple(few.values()), materialize_grads=True))
    gradient = dict(zip(phi, map(torch.cat, zip(*gradients, strict=True)), strict=True))
    return {name: p.detach() + (step_size if rates is None else step_size * rates[name]) * gradient[name] for name, p in phi.items()}


def step_size(inner_lr: float, k: int) -> float:
    """The length of adaptation step k = 0, 1, 2, …: α · STEP_SCALE[k]."""
    return inner_lr * STEP_SCALE[min(k, len(STEP_SCALE) - 1)]
