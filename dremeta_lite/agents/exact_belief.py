"""The exact belief: what can be known of a hidden goal, computed by Bayes' rule, and what agents can make of it.

    b_0(g)      the same for every cell that can be the goal
    b_{t+1}(g)  ∝  p(r_t | s_{t+1}, g) · b_t(g)

The reward says for certain whether the cell just entered is the goal. So the likelihood p(r | s', g) is 0 or 1, and Bayes' rule only
strikes out cells: a step without pay strikes out the one entered, a paid step all others. Until the goal is found, the belief is uniform
over the cells never visited. (Zintgraf et al. 2020, section 5.1, describe it so for this grid.)
"""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.policies import draw_option
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Agent, Seen, Trial


def prior_belief(family: HiddenGoal, n: int, device: torch.device | str = "cpu") -> Float[Tensor, "n cell"]:
    """What is known before the first step: p(T), the same for each cell that can be the goal."""
    belief = torch.zeros(n, family.n_cells, device=device)
    belief[:, family.goal_cells.to(device)] = 1 / len(family.goal_cells)
    return belief


def update_belief(belief: Float[Tensor, "*n cell"], cell: Int[Tensor, "*n"], paid: Bool[Tensor, "*n"]) -> Float[Tensor, "*n cell"]:
    """Bayes' rule for one step that ended in `cell`.

    Raises:
        ValueError: the step cannot have happened, according to the belief: a cell known to be the goal did not pay, or one known not
            to be it did.
    """
    here = torch.nn.functional.one_hot(cell, belief.shape[-1]).to(belief.dtype)
    likelihood = torch.where(paid.unsqueeze(-1), here, 1 - here)
    joint = likelihood * belief
    evidence = joint.sum(-1, keepdim=True)
    if not (evidence > 0).all():
        raise ValueError("a step was seen that the belief holds to be impossible: was it given steps of another task?")
    return joint / evidence


def belief_along(family: HiddenGoal, trial: Trial) -> Float[Tensor, "task episode time cell"]:
    """The exact belief after each step of trials that have been played."""
    cells, paid = trial.next_observation.flatten(1), (trial.reward > 0).flatten(1)
    belief, beliefs = prior_belief(family, len(cells), cells.device), []
    for t in range(cells.shape[1]):
        belief = update_belief(belief, cells[:, t], paid[:, t])
        beliefs.append(belief)
    return torch.stack(beliefs, 1).unflatten(1, trial.reward.shape[1:])


class ExactBelief:
    """The exact belief as a memory that a policy can be fed with: one of three, beside a supervised and a variational one (`meta`).

    Attributes:
        width: how many numbers the memory has, and how many of them `summary` gives.
    """

    def __init__(self, family: HiddenGoal) -> None:
        self.family, self.width = family, family.n_cells

    def start(self, n: int, device: torch.device | str = "cpu") -> Float[Tensor, "n cell"]:
        """The memory of n new trials: the prior."""
        return prior_belief(self.family, n, device)

    def update(self, memory: Float[Tensor, "n cell"], step: Seen) -> Float[Tensor, "n cell"]:
        """The memory after a step; the same where the step does not count."""
        after = update_belief(memory, step.next_observation, step.reward > 0)
        return torch.where(step.counts.unsqueeze(-1), after, memory)

    def summary(self, memory: Float[Tensor, "*n cell"]) -> Float[Tensor, "*n cell"]:
        """What a policy is fed: probabilities times the number of cells, so that a typical one is near 1."""
        return memory * self.family.n_cells

    def cells(self, memory: Float[Tensor, "*n cell"]) -> Float[Tensor, "*n cell"]:
        """The probability of each cell to be the goal."""
        return memory


@runtime_checkable
class Belief(Protocol):
    """What keeps track of what is known: a memory, and what can be read from it. `ExactBelief` is one; encoders of `meta` are others."""

    width: int
    """How many numbers `summary` gives."""

    def start(self, n: int, device: torch.device | str = "cpu") -> Tensor:
        """The memory at the start of n trials."""
        ...

    def update(self, memory: Tensor, step: Seen) -> Tensor:
        """The memory after a step; unchanged where the step does not count."""
        ...

    def summary(self, memory: Tensor) -> Tensor:
        """What a policy is fed: [..., width]."""
        ...

    def cells(self, memory: Tensor) -> Tensor:
        """How likely each cell is to be the goal: [..., cell], summing to 1."""
        ...


class PosteriorSampling(Agent):
    """Posterior sampling: at the beginning of an episode, draw ONE goal from the belief, and act as if it were the true one.

    The agent walks to the drawn cell by a random shortest way, and stays there, whatever it meets. So an episode tests one guess, and cells
    seen on the way are struck out by chance only: exploration needs many episodes. This is what PEARL does with a learned belief.

    Args:
        belief: what keeps track; the exact belief if None.

    Source: Osband, Russo and Van Roy 2013, "(More) efficient reinforcement learning via posterior sampling", algorithm 1 (PSRL); Rakelly et
    al. 2019, "Efficient off-policy meta-reinforcement learning via probabilistic context variables" (PEARL).
    """

    def __init__(self, family: HiddenGoal, belief: Belief | None = None, device: torch.device | str = "cpu") -> None:
        self.family, self.belief, self.device = family, ExactBelief(family) if belief is None else belief, torch.device(device)

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.rng, self.memory = rng, self.belief.start(n, self.device)

    def begin_episode(self) -> None:
        self.guess = HiddenGoalTask(draw_option(self.belief.cells(self.memory), self.rng))

    def act(self, observation: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
        return draw_option(self.family.nearer(observation, self.guess), self.rng)

    def probabilities(self, observation: Int[Tensor, "n *more"]) -> Float[Tensor, "n *more action"]:
        """See `trials.Chooses`: the same for each action that leads towards the goal that was drawn."""
        guess = self.guess.goal[(slice(None), *[None] * (observation.dim() - 1))]
        nearer = self.family.nearer(observation, HiddenGoalTask(guess.expand(observation.shape))).float()
        return nearer / nearer.sum(-1, keepdim=True)

    def see(self, step: Seen) -> None:
        self.memory = self.belief.update(self.memory, step)


class AfreshInEachStep(PosteriorSampling):
    """Posterior sampling that draws another goal before each step, and does what the oracle of that goal would do: what an ideal DPT plays.

    Args:
        any_way: it takes any shortest way to that goal, each as likely, and not always the one that the oracle takes.

    Source: Lee et al. 2023, "Supervised pretraining can learn in-context reinforcement learning" (arXiv 2306.14892).
    """

    def __init__(self, family: HiddenGoal, belief: Belief | None = None, any_way: bool = False) -> None:
        super().__init__(family, belief)
        self.any_way = any_way

    def act(self, observation: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
        self.begin_episode()
        return super().act(observation) if self.any_way else self.family.best_action(observation, self.guess)
