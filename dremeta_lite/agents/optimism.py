"""Optimism in a small world: plan as if every action were as good as it may well be, so that what is not known gets tried.

Three ways to say how good an action may well be: the best of several posterior draws (optimistic PSRL), the mean and a bonus that shrinks
as counts grow (BEB, in two forms), and the best world within confidence bounds (UCRL2).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.agents.psrl import PSRL
from dremeta_lite.agents.tabular_model import TRUE, GreedyModel, ModelAgent, Prior
from dremeta_lite.tasks.random_mdp import RandomMDP

Plan = Float[Tensor, "task time state action"]


class OptimisticPSRL(PSRL):
    """PSRL with several draws: each is solved by itself, and an action counts for what it is worth in the draw that is best for it.

    This optimistic PSRL (OPSRL) is the one that Duan et al. compare with, in the form of Osband's published code, TabulaRL.

    Args:
        draws: how many. With 1 it is PSRL.

    Raises:
        ValueError: fewer than one draw.
    """

    def __init__(self, family: RandomMDP, draws: int = 3, *, prior: Prior = TRUE, device: torch.device | str = "cpu") -> None:
        if draws < 1:
            raise ValueError(f"needs at least one draw, got {draws}")
        super().__init__(family, prior=prior, device=device)
        self.draws = draws

    def plan(self) -> Plan:
        return torch.stack([self.solve(*self.draw()) for _ in range(self.draws)]).amax(0)


class ExplorationBonus(GreedyModel):
    """Plans in the mean of what it believes, with a bonus of β / (1 + counts) on every reward: the Bayesian exploration bonus (BEB).

    Args:
        count_prior: on, as Kolter and Ng define it: the counts are the sum of the parameters of the Dirichlet posterior, so a uniform prior
            over ten next states counts for ten visits. Off, only visits count.

    Source: Kolter and Ng, Near-Bayesian Exploration in Polynomial Time, ICML 2009.

    Raises:
        ValueError: β is negative.
    """

    def __init__(
        self, family: RandomMDP, bonus: float = 1.0, *, count_prior: bool = True, prior: Prior = TRUE, device: torch.device | str = "cpu"
    ) -> None:
        if bonus < 0:
            raise ValueError(f"bonus (β) cannot be negative, got {bonus}")
        super().__init__(family, prior=prior, device=device)
        self.bonus, self.count_prior = bonus, count_prior

    def plan(self) -> Plan:
        return self.solve(self.mean_transition, self.mean_reward + self.bonus / (1 + self.counts))

    @property
    def counts(self) -> Float[Tensor, "task s a"]:
        """What the bonus shrinks with."""
        return self.concentration.sum(-1) if self.count_prior else self.visits


class BonusToGo(ExplorationBonus):
    """BEB as Osband's published code (TabulaRL) has it, with which Duan et al. compare: β / (1 + counts) for every step that is left after
    the present one, and 1 / (1 + precision of the mean reward) on the reward itself."""

    def plan(self) -> Plan:
        reward, to_go = self.mean_reward + 1 / (1 + self.reward_precision), self.bonus / (1 + self.counts)
        V, steps = torch.zeros_like(self.paid[..., 0]), []
        for left in range(self.family.horizon):
            Q = reward + left * to_go + (self.mean_transition * V[:, None, None]).sum(-1)
            V = Q.amax(-1)
            steps.append(Q)
        return torch.stack(steps[::-1], 1)


class UCRL2(ModelAgent):
    """The best of all worlds within confidence bounds around the posterior means; planned again every episode, for its finite horizon.

    The bounds have the form of Jaksch, Ortner and Auer (2010), with m visits (at least 1) and t steps so far, S states, A actions: a mean
    reward may be larger by width · √(L / m), and a row of transitions may differ by width · √(S L / m) in the sum of absolute differences,
    with L = log(2 S A (1 + t)). The width is tuned: with that of the proof hardly anything is learned in so few steps.

    Raises:
        ValueError: the width is negative.
    """

    def __init__(self, family: RandomMDP, width: float = 0.2, *, prior: Prior = TRUE, device: torch.device | str = "cpu") -> None:
        if width < 0:
            raise ValueError(f"width cannot be negative, got {width}")
        super().__init__(family, prior=prior, device=device)
        self.width = width

    def plan(self) -> Plan:
        visits = self.visits
        tables = 2 * self.family.states * self.family.actions
        confidence = ((tables * (1 + visits.sum((-1, -2), keepdim=True))).log() / visits.clamp(min=1)).sqrt()
        R, P = self.mean_reward + self.width * confidence, self.mean_transition
        reach = self.width * self.family.states**0.5 * confidence
        V, steps = torch.zeros_like(self.paid[..., 0]), []
        for _ in range(self.family.horizon):
            Q = R + best_expectation(P, V, reach)
            V = Q.amax(-1)
            steps.append(Q)
        return torch.stack(steps[::-1], 1)


def best_expectation(
    P: Float[Tensor, "task s a s"], V: Float[Tensor, "task s"], reach: Float[Tensor, "task s a"]
) -> Float[Tensor, "task s a"]:
    """The largest Σ_s' q(s') V(s') over all probabilities q with Σ |q - p| ≤ reach: move reach / 2 to the best state, from the worst ones.

    Source: Jaksch, Ortner and Auer, Near-optimal Regret Bounds for Reinforcement Learning, JMLR 2010, figure 2.
    """
    order = V.argsort(-1)  # the worst state first
    values = V.gather(-1, order)[:, None, None]
    p = P.gather(-1, order[:, None, None].expand_as(P))
    moved = torch.minimum(reach / 2, 1 - p[..., -1])
    # What is taken from a state: what is still to be moved after all worse ones, at most what it has. The best state gives nothing.
    taken = torch.minimum(p, (moved.unsqueeze(-1) - (p.cumsum(-1) - p)).clamp(min=0))[..., :-1]
    return (p * values).sum(-1) + moved * values[..., -1] - (taken * values[..., :-1]).sum(-1)
