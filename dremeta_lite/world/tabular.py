"""Exact values of a small world whose tables are known, by dynamic programming (Sutton and Barto, chapter 4).

    P[s, a, s'] = p(s' | s, a)        R[s, a] = expected reward        policy[s, a] = π(a | s)

The end of an episode is a *terminal state*: every action stays there with reward 0. Its value is 0 by definition, since no reward follows.
All functions broadcast over leading axes (`*batch`, for example one world a task).
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

SETTLED = 1e-10
Transition = Float[Tensor, "*#batch state action state"]  # P
Rewards = Float[Tensor, "*#batch state action"]  # R, or a policy
Values = Float[Tensor, "*batch state"]
Table = Float[Tensor, "*batch state action"]  # Q, or a policy


class ValueIteration(NamedTuple):
    """What value iteration found."""

    V: Values
    Q: Table
    sweeps: int


class PolicyIteration(NamedTuple):
    """What policy iteration found."""

    V: Values
    Q: Table
    policy: Table
    improvements: int
    """How many times the policy was made greedy, the last time without a change."""


def policy_evaluation(P: Transition, R: Rewards, policy: Rewards, discount: float) -> Values:
    """The value of a policy: the V that solves V(s) = Σ_a π(a|s) [R(s, a) + γ Σ_s' P(s'|s, a) V(s')], the Bellman equation.

    It is linear in V, so one linear solve gives it exactly: (I - γ P_π) V = R_π. Source: Sutton and Barto, eq. 4.4.

    Raises:
        ValueError: `discount` is outside [0, 1], rows of `P` or `policy` are no probabilities; or `discount` is 1 and some episodes never
            end under this policy, so that the sum of their rewards has no value.
    """
    check(P, discount, policy)
    chain = torch.einsum("...sa,...san->...sn", policy, P)
    reward = (policy * R).sum(-1)
    ended = terminal_states(P, R).expand(reward.shape)
    if discount == 1:
        require_an_end(chain, ended)
    identity = torch.eye(P.shape[-1], dtype=P.dtype, device=P.device)
    system = torch.where(ended.unsqueeze(-1), identity, identity - discount * chain)  # the row of a terminal state says V = 0
    return torch.linalg.solve(system, reward.masked_fill(ended, 0.0).unsqueeze(-1)).squeeze(-1)


def action_values(P: Transition, R: Rewards, V: Float[Tensor, "*#batch state"], discount: float) -> Table:
    """Q(s, a) = R(s, a) + γ Σ_s' P(s'|s, a) V(s'): one action, and from there on what V promises. Source: Sutton and Barto, eq. 4.6."""
    return R + discount * torch.einsum("...san,...n->...sa", P, V)


def greedy(Q: Table) -> Table:
    """The greedy policy: probability 1 for the best action, the first one of those that tie. Source: Sutton and Barto, eq. 4.9."""
    return torch.nn.functional.one_hot(Q.argmax(-1), Q.shape[-1]).to(Q.dtype)


def uniform(R: Table) -> Table:
    """The policy that takes every action equally often."""
    return torch.full_like(R, 1 / R.shape[-1])


def value_iteration(P: Transition, R: Rewards, discount: float, tolerance: float = SETTLED, max_sweeps: int = 10_000) -> ValueIteration:
    """The value of acting best: sweep V(s) ← max_a [R(s, a) + γ Σ_s' P(s'|s, a) V(s')] from V = 0 until no value moves any more.

    Source: Sutton and Barto, eq. 4.10. When the last sweep moved no value by more than `tolerance`, the error of V is at most
    `tolerance` · γ / (1 - γ).

    Raises:
        ValueError: `discount` is outside [0, 1], rows of `P` are no probabilities, `tolerance` is not positive, or the values have not
            settled after `max_sweeps`.
    """
    check(P, discount)
    if not tolerance > 0:
        raise ValueError(f"tolerance must be a positive number, got {tolerance}")
    V = torch.zeros(torch.broadcast_shapes(P.shape[:-1], R.shape)[:-1], dtype=P.dtype, device=P.device)
    for sweep in range(1, max_sweeps + 1):
        before, V = V, action_values(P, R, V, discount).amax(-1)
        if (V - before).abs().max() <= tolerance:
            return ValueIteration(V, action_values(P, R, V, discount), sweep)
    moved = (V - before).abs().max().item()
    raise ValueError(
        f"the values still move by {moved:.2g} after {max_sweeps} sweeps (tolerance {tolerance:g}, discount {discount:g}). "
        "With discount 1 they never settle where no action leads to an end: take a discount below 1, or allow more sweeps."
    )


def policy_iteration(P: Transition, R: Rewards, discount: float) -> PolicyIteration:
    """The value of acting best: evaluate a policy, make it greedy, and again, until it no longer changes.

    It starts from the uniform policy. An action is changed only for one that is better by more than rounding.
    Source: Sutton and Barto, section 4.3.

    Raises:
        ValueError: as `policy_evaluation`; with discount 1 that happens where a policy on the way never comes to an end.
    """
    R = R.expand(torch.broadcast_shapes(P.shape[:-1], R.shape))
    policy, improvements, stable = uniform(R), 0, False
    while not stable:
        V = policy_evaluation(P, R, policy, discount)
        Q = action_values(P, R, V, discount)
        better = Q.amax(-1) > V + SETTLED * (1 + V.abs())
        if improvements == 0:
            better = torch.ones_like(better)  # away from the uniform policy everywhere: what comes out is deterministic
        policy = torch.where(better.unsqueeze(-1), greedy(Q), policy)
        stable, improvements = not better.any(), improvements + 1
    return PolicyIteration(V, Q, policy, improvements)


def terminal_states(P: Transition, R: Rewards) -> Bool[Tensor, "*batch state"]:
    """Where an episode has ended: every action stays, and brings nothing."""
    stays = (P.diagonal(dim1=-3, dim2=-1) == 1).all(-2)  # the diagonal comes out as [..., action, state]
    return stays & (R == 0).all(-1)


def require_an_end(chain: Float[Tensor, "*batch state state"], ended: Bool[Tensor, "*batch state"]) -> None:
    """Check that every episode ends with probability 1: in a finite world, that some way leads from every state to a terminal one.
    Raises ValueError: naming a state from which no way does."""
    ends = ended
    for _ in range(chain.shape[-1]):
        ends = ends | ((chain > 0) & ends.unsqueeze(-2)).any(-1)
    if not ends.all():
        state = (~ends).nonzero()[0, -1].item()
        raise ValueError(
            f"with discount 1 this policy has no value: from state {state} it never reaches a terminal state, so its sum of rewards has no "
            "end. Take a discount below 1, or a policy that finishes."
        )


def check(P: Tensor, discount: float, policy: Tensor | None = None) -> None:
    if not 0 <= discount <= 1:
        raise ValueError(f"discount (γ) must be in [0, 1], got {discount}")
    for name, x in {"P": P, "policy": policy}.items():
        if x is not None and ((x < 0).any() or not torch.allclose(x.sum(-1), torch.ones((), dtype=x.dtype, device=x.device))):
            raise ValueError(
                f"the last axis of {name} must hold probabilities: none negative, sum 1; sums are {x.sum(-1).unique().tolist()}"
            )
