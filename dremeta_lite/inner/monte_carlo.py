"""The value of a policy by Monte Carlo: act, add up what came, average. Sutton and Barto, section 5.1.

It needs no model of the world, only episodes; its error shrinks like 1/√n with their number n. On a `GridWorld` the exact value is
known, so the learner reports how far off it is.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.compatibility import grid_world
from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.learner import Learner, generator
from dremeta_lite.tasks.family import TaskFamily, task_on
from dremeta_lite.tasks.grid import GridTask, GridWorld
from dremeta_lite.world.tabular import policy_evaluation, uniform

LONGEST = 2000


class MonteCarloHyper(HyperParameters):
    """What can be moved while values are estimated."""

    discount = Real(0.9, low=0, high=1, symbol="γ", help="weight of a reward one step later; moving it starts the averages afresh")
    episodes = Whole(1, low=1, high=100, symbol="M", unit="episodes", help="episodes in one iteration")
    every_visit = Switch(False, help="on: average over every visit of a cell; off: over the first one in each episode")


class Measures(NamedTuple):
    """What the returns are that are averaged."""

    discount: float
    every_visit: bool


class Walks(NamedTuple):
    """Episodes of a tabular policy. Steps after the end of an episode are there, and masked."""

    cell: Int[Tensor, "episode time"]
    """The cell before each step."""
    reward: Float[Tensor, "episode time"]
    mask: Bool[Tensor, "episode time"]
    """Whether the step belongs to the episode."""
    terminated: Bool[Tensor, "episode time"]
    """True in the step that ends the episode."""


def walk(
    family: GridWorld, task: GridTask, policy: Float[Tensor, "cell 4"], episodes: int, rng: torch.Generator, longest: int = LONGEST
) -> Walks:
    """Walk from the start until every episode has terminated, without a horizon, so that no return is cut off.

    Args:
        policy: π(a | s), one row a cell.
        rng: where chance is drawn; a generator on the CPU gives the same walks on every device.
        longest: steps after which an episode is given up. A random walk on the course's maps has ended long before.

    Returns:
        the walks, as long as the longest of them.
    """
    crowd = GridTask(task.goal.expand(episodes), task.slip.expand(episodes))
    walkers = FamilyEpisodes(family, crowd, rng)
    walkers.reset()
    thresholds = policy.double().cumsum(-1)[:, :-1]  # a chance in [0, 1) below the first means action 0, below the second action 1, …
    alive = torch.ones(episodes, dtype=torch.bool, device=walkers.device)
    cells, rewards, masks, ends = [], [], [], []
    while alive.any() and len(cells) < longest:
        chance = torch.rand(episodes, 1, generator=rng, device=rng.device, dtype=torch.float64).to(walkers.device)
        cells.append(walkers.state)
        step = walkers.step((chance >= thresholds[walkers.state]).sum(-1))
        rewards.append(step.reward)
        masks.append(alive)
        ends.append(alive & step.terminated)
        alive = alive & ~ends[-1]
    return Walks(*(torch.stack(x, dim=1) for x in (cells, rewards, masks, ends)))


def returns_to_go(reward: Float[Tensor, "*batch time"], discount: float) -> Float[Tensor, "*batch time"]:
    """The return from every step on, backwards: G_t = r_t + γ G_{t+1} (Sutton and Barto, eq. 3.9; their R_{t+1} is our r_t)."""
    returns, following = torch.zeros_like(reward), reward.new_zeros(reward.shape[:-1])
    for t in reversed(range(reward.shape[-1])):
        following = reward[..., t] + discount * following
        returns[..., t] = following
    return returns


def returns_by_cell(
    walks: Walks, cells: int, discount: float, every_visit: bool
) -> tuple[Float[Tensor, "cell"], Float[Tensor, "cell"], Float[Tensor, "cell"]]:
    """Sum, sum of squares and number of the returns that followed a visit of each cell: every visit, or the first one in each episode."""
    returns = returns_to_go((walks.reward * walks.mask).double(), discount)
    visit = torch.nn.functional.one_hot(walks.cell, cells).bool() & walks.mask.unsqueeze(-1)
    if not every_visit:
        visit &= visit.cumsum(dim=1) == 1
    count = visit.double()
    total = torch.einsum("et,etc->c", returns, count)
    square = torch.einsum("et,etc->c", returns**2, count)
    return total, square, count.sum((0, 1))


class MonteCarlo(Learner):
    """Estimates V of a fixed policy on a grid from episodes that begin at the start.

    Args:
        task: the goal and the slip; the family's default task if None.
        policy: π(a | s), shape [cell, 4]; every direction equally often if None.
        seed, device, hyper: as of every `Learner`.

    Attributes:
        V: the estimate, in float64; nan where no episode has been.
    """

    family: GridWorld
    hyper: MonteCarloHyper
    kept = ("rng", "iteration", "episodes", "total", "square", "count", "measures")
    _cells: np.ndarray | None = None

    def __init__(
        self,
        family: TaskFamily,
        seed: int = 0,
        device: torch.device | str = "cpu",
        task: GridTask | None = None,
        policy: Float[Tensor, "cell 4"] | None = None,
        **hyper: float,
    ) -> None:
        super().__init__()
        grid = grid_world(family, "MonteCarlo")
        self.family, self.seed, self.device = grid, seed, torch.device(device)
        self.hyper, self.rng = MonteCarloHyper(**hyper), generator(seed)
        self.task = task_on(grid, task, self.device)
        self.look_up()
        self.policy = (uniform(self.R) if policy is None else policy.double()).to(self.device)
        self._begin()
        self.last_good = self.state_dict()

    def look_up(self) -> None:
        """The exact tables, when the map has changed."""
        if self._cells is not self.family.cells:
            self._cells = self.family.cells
            self.P, self.R = self.family.transition_matrix(self.task), self.family.reward_matrix(self.task)

    def _begin(self) -> None:
        zeros = torch.zeros(self.family.n_cells, dtype=torch.float64, device=self.device)
        self.total, self.square, self.count = zeros, zeros.clone(), zeros.clone()
        self.episodes, self.walked = 0, self.family.cells
        self.measures = Measures(self.hyper.discount, self.hyper.every_visit)

    @property
    def V(self) -> Float[Tensor, "cell"]:
        return self.total / self.count

    def exact(self) -> Float[Tensor, "cell"]:
        """The true value, from the tables of the map, with the γ of the averages.
        Raises ValueError: γ is 1 and the policy's episodes do not all end."""
        self.look_up()
        discount = self.measures.discount if self.episodes else self.hyper.discount
        return policy_evaluation(self.P, self.R, self.policy, discount)

    def advance(self) -> dict[str, float]:
        """Walk M episodes, and add their returns to the averages."""
        if self.measures != (self.hyper.discount, self.hyper.every_visit) or self.walked is not self.family.cells:
            self._begin()  # returns with another γ, or on another map, are another quantity
        walks = walk(self.family, self.task, self.policy, self.hyper.episodes, self.rng)
        total, square, count = returns_by_cell(walks, self.family.n_cells, *self.measures)
        self.total, self.square, self.count = self.total + total, self.square + square, self.count + count
        self.episodes += self.hyper.episodes
        return {"episodes": float(self.episodes), "env_steps": float(walks.mask.sum()), **self._errors()}

    def _errors(self) -> dict[str, float]:
        start, visited, exact = self.family.start, self.count > 0, self.exact()
        error = (self.V - exact)[visited]
        n, mean = self.count[start].item(), self.V[start].item()
        variance = max(self.square[start].item() / n - mean**2, 0.0) * n / max(n - 1, 1)
        return {
            "value_start": mean,
            "exact_start": exact[start].item(),
            "error_start": abs(mean - exact[start].item()),
            "error_rms": error.square().mean().sqrt().item(),
            "standard_error": math.sqrt(variance / n),
        }
