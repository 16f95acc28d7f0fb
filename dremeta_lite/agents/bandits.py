"""Agents that learn one bandit by counting: from pulling anything to the index that is optimal.

All of them keep two numbers an arm, how often it paid and how often it did not, and differ in one function: the *score* by which they
choose the next arm. The arm with the largest score is pulled, the first one of those that tie.
"""

from abc import abstractmethod

import torch
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.agents.sampling import beta
from dremeta_lite.trials import Agent, Seen
from dremeta_lite.world.bayes_bandit import BayesBandit
from dremeta_lite.world.gittins import discounted_index, finite_index

POINTS = 400  # of an integral over the chance to pay
UNIFORM = 2.0  # pulls that are as good as knowing that the probability is uniform: Beta(1, 1)


class CountingAgent(Agent):
    """Counts what each arm paid.

    Args:
        imagined: how many pulls of each arm it imagines to have seen before the first one, half of them paid. With 2, `mean` is the
            posterior mean under the uniform prior; with 0 it is the share of pulls that paid.

    Attributes:
        successes, failures: float64 tensors [task, arm].

    Raises:
        ValueError: there is no arm, or `imagined` is negative.
    """

    def __init__(self, arms: int, *, imagined: float = UNIFORM, device: torch.device | str = "cpu") -> None:
        if arms < 1 or imagined < 0:
            raise ValueError(f"needs at least one arm and no negative number of imagined pulls, got arms={arms}, imagined={imagined}")
        self.arms, self.imagined, self.device = arms, imagined, torch.device(device)

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng = rng
        self.successes = torch.zeros(n, self.arms, dtype=torch.float64, device=self.device)
        self.failures = torch.zeros_like(self.successes)

    def see(self, step: Seen) -> None:
        pulled = torch.nn.functional.one_hot(step.action, self.arms) * step.counts.unsqueeze(-1)
        reward = step.reward.double().unsqueeze(-1)
        self.successes = self.successes + pulled * reward
        self.failures = self.failures + pulled * (1 - reward)

    def act(self, observation: Tensor) -> Int[Tensor, " n"]:
        return self.scores().argmax(-1)

    @abstractmethod
    def scores(self) -> Float[Tensor, "task arm"]:
        """How much speaks for each arm."""

    @property
    def pulls(self) -> Float[Tensor, "task arm"]:
        """How often each arm was pulled."""
        return self.successes + self.failures

    @property
    def mean(self) -> Float[Tensor, "task arm"]:
        """What each arm is expected to pay; 1/2 for one of which nothing is known or imagined."""
        known = self.pulls + self.imagined
        return torch.where(known > 0, (self.successes + self.imagined / 2) / known.clamp(min=1e-12), 0.5)

    def _pulls_left(self, n: int) -> Int[Tensor, "task 1"]:
        """How many of n pulls are left. Raises ValueError: none, in some task."""
        left = n - self.pulls.sum(-1, keepdim=True).long()
        if (left < 1).any():
            raise ValueError(f"this agent was made for {n} pulls, and now a further one comes: make it with more")
        return left

    def _uniform(self, *shape: int) -> Float[Tensor, "..."]:
        return torch.rand(shape, generator=self.rng, device=self.rng.device, dtype=torch.float64).to(self.device)


class RandomArm(CountingAgent):
    """Pulls any arm, whatever happened."""

    def scores(self) -> Float[Tensor, "task arm"]:
        return self._uniform(*self.successes.shape)


class Greedy(CountingAgent):
    """Pulls the arm that is expected to pay most. It never pulls an arm in order to learn: Bayes-greedy, with the uniform prior's mean."""

    def scores(self) -> Float[Tensor, "task arm"]:
        return self.mean


class EpsilonGreedy(CountingAgent):
    """Greedy, but with probability ε any arm. Source: Sutton and Barto, section 2.2. Raises ValueError: `epsilon` is no probability."""

    def __init__(self, arms: int, epsilon: float = 0.1, *, imagined: float = UNIFORM, device: torch.device | str = "cpu") -> None:
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon is a probability, in [0, 1], got {epsilon}")
        super().__init__(arms, imagined=imagined, device=device)
        self.epsilon = epsilon

    def scores(self) -> Float[Tensor, "task arm"]:
        explores = self._uniform(len(self.successes), 1) < self.epsilon
        return torch.where(explores, self._uniform(*self.successes.shape), self.mean)


class UCB1(CountingAgent):
    """Pulls the arm with the largest upper confidence bound on its mean: mean + c √(2 ln t / T), after t pulls, T of them of this arm.

    With c = 1 and nothing imagined this is the textbook's (Auer, Cesa-Bianchi and Fischer 2002), which pulls every arm once first. For a
    known number of pulls a smaller c is far better (*tuned* UCB1). Imagined pulls count in the mean and in T.

    Raises:
        ValueError: c is negative.
    """

    def __init__(self, arms: int, exploration: float = 1.0, *, imagined: float = 0.0, device: torch.device | str = "cpu") -> None:
        if exploration < 0:
            raise ValueError(f"exploration (c) cannot be negative, got {exploration}")
        super().__init__(arms, imagined=imagined, device=device)
        self.exploration = exploration

    def scores(self) -> Float[Tensor, "task arm"]:
        t, known = self.pulls.sum(-1, keepdim=True), self.pulls + self.imagined
        width = (2 * t.clamp(min=1).log() / known.clamp(min=1e-12)).sqrt()
        return torch.where(known > 0, self.mean + self.exploration * width, torch.inf)


class Thompson(CountingAgent):
    """Thompson sampling: draws every arm's probability from its posterior Beta(1 + s, 1 + f), and pulls the best arm of what it has drawn.

    Source: Thompson 1933; Russo et al., A Tutorial on Thompson Sampling, 2018.
    """

    def __init__(self, arms: int, *, device: torch.device | str = "cpu") -> None:
        super().__init__(arms, device=device)

    def scores(self) -> Float[Tensor, "task arm"]:
        return beta(1 + self.successes, 1 + self.failures, self.rng)


class OptimisticThompson(Thompson):
    """Optimistic Thompson sampling (OTS): a draw never counts for less than the arm's posterior mean.

    Source: May, Korda, Lee and Leslie, Optimistic Bayesian Sampling in Contextual-Bandit Problems, JMLR 2012.
    """

    def scores(self) -> Float[Tensor, "task arm"]:
        return torch.maximum(super().scores(), self.mean)


class LikelyThompson(Thompson):
    """Thompson sampling that draws several times, and follows the draw of all arms that the posterior finds most likely.

    This is what the code published with Duan et al. (2016) does under the name of optimistic Thompson sampling. The more draws, the closer
    to the posterior's mode, and the less it explores. With one draw it is Thompson sampling.

    Raises:
        ValueError: fewer than one draw.
    """

    def __init__(self, arms: int, draws: int = 5, *, device: torch.device | str = "cpu") -> None:
        if draws < 1:
            raise ValueError(f"needs at least one draw, got {draws}")
        super().__init__(arms, device=device)
        self.draws = draws

    def scores(self) -> Float[Tensor, "task arm"]:
        drawn = torch.stack([super(LikelyThompson, self).scores() for _ in range(self.draws)])
        # The density of Beta(1 + s, 1 + f) at x is x^s (1 - x)^f, up to a factor that all draws share.
        likelihood = (torch.xlogy(self.successes, drawn) + torch.xlogy(self.failures, 1 - drawn)).sum(-1)
        return drawn[likelihood.argmax(0), torch.arange(drawn.shape[1], device=self.device)]


class LikeliestBest(CountingAgent):
    """Pulls the arm that is most likely to be the best: the one that Thompson sampling would pull most often.

    P(a is best) = ∫ p_a(x) ∏_{b ≠ a} P_b(x) dx        density p and distribution P of each arm's posterior, on POINTS values of x
    """

    def scores(self) -> Float[Tensor, "task arm"]:
        x = (torch.arange(POINTS, dtype=torch.float64, device=self.device) + 0.5) / POINTS
        s, f = self.successes.unsqueeze(-1), self.failures.unsqueeze(-1)
        density = (torch.xlogy(s, x) + torch.xlogy(f, 1 - x)).softmax(-1)
        below = (density.cumsum(-1) - density / 2).clamp(min=1e-300).log()
        return (density * (below.sum(-2, keepdim=True) - below).exp()).sum(-1)


class Gittins(CountingAgent):
    """Pulls the arm with the largest Gittins index: optimal for infinitely many pulls, of which pull t counts γ^t.

    Args:
        pulls: n: the table of indices reaches so far.
        discount: γ. For n pulls that all count the same, about 1 - 1/n does well, or see `FiniteGittins`.
    """

    def __init__(self, arms: int, pulls: int, discount: float = 0.99, *, device: torch.device | str = "cpu") -> None:
        super().__init__(arms, device=device)
        self.n, self.discount = pulls, discount
        self.index = discounted_index(discount, pulls).to(self.device)

    def scores(self) -> Float[Tensor, "task arm"]:
        self._pulls_left(self.n)
        return self.index[self.successes.long(), self.failures.long()]


class FiniteGittins(CountingAgent):
    """Pulls the arm with the largest finite-horizon index for the pulls that are left: close to optimal for n pulls, at most 150.
    Raises ValueError: n is larger, and the table of indices too large."""

    def __init__(self, arms: int, pulls: int, *, device: torch.device | str = "cpu") -> None:
        if pulls > 150:
            raise ValueError(f"the finite-horizon table is for at most 150 pulls, got {pulls}: take Gittins with a discount")
        super().__init__(arms, device=device)
        self.n = pulls
        self.index = finite_index(pulls).to(self.device)

    def scores(self) -> Float[Tensor, "task arm"]:
        return self.index[self._pulls_left(self.n), self.successes.long(), self.failures.long()]


class BayesOptimal(CountingAgent):
    """Pulls what is best for the n pulls as a whole: exact dynamic programming, for small k and n. No agent is better on average.
    Raises ValueError: there are too many states, see `world.bayes_bandit`."""

    def __init__(self, arms: int, pulls: int, *, device: torch.device | str = "cpu") -> None:
        super().__init__(arms, device=device)
        self.solved = BayesBandit(arms, pulls)

    def scores(self) -> Float[Tensor, "task arm"]:
        self._pulls_left(self.solved.pulls)
        rows, row_of_task = torch.stack([self.successes, self.failures], -1).long().unique(dim=0, return_inverse=True)
        values = [self.solved.action_values(tuple((s, f) for s, f in row)) for row in rows.tolist()]
        return self.successes.new_tensor(values)[row_of_task]
