"""Tabular Q-learning: the worth of every action in every state, learned from single steps, without a model of the world.

    target    y = r + γ max_a' Q(s', a')        where s' is terminal: y = r
    update    Q(s, a) ← Q(s, a) + α (y - Q(s, a))

Source: Watkins 1989; Sutton & Barto 2018, eq. 6.8.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from dremeta_lite.compatibility import grid_world
from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.learner import Learner, generator
from dremeta_lite.rollout import Stream
from dremeta_lite.tasks import GridTask, GridWorld, TaskFamily
from dremeta_lite.world.tabular import terminal_states, value_iteration

Transition = Float[Tensor, "*batch state action state"]
Rewards = Float[Tensor, "*batch state action"]


def td_target(
    reward: Float[Tensor, "*n"], next_value: Float[Tensor, "*n"], terminated: Bool[Tensor, "*n"], discount: float
) -> Float[Tensor, "*n"]:
    """y = r + γ · (worth of the next state), and y = r where the task has ended there: nothing more can be earned.

    A truncated episode has not ended by itself: its next state keeps its worth (*bootstrapping* through truncation).
    Source: Sutton & Barto 2018, eq. 6.8; their section 3.4 (a terminal state stays as it is, with reward 0, so its worth is 0).
    """
    return reward + discount * next_value.masked_fill(terminated, 0.0)


def epsilon_greedy(Q: Float[Tensor, "*n action"], exploration: float, rng: torch.Generator) -> Int[Tensor, "*n"]:
    """With probability ε any action, else one of the best ones; those that tie are equally likely.

    Source: Sutton & Barto 2018, section 2.2. Draws on the generator's device, so that a seed means the same run on every device.
    """
    chance, dice = (torch.rand(shape, generator=rng, device=rng.device).to(Q.device) for shape in (Q.shape[:-1], Q.shape))
    best = Q.eq(Q.amax(-1, keepdim=True))
    greedy = dice.masked_fill(~best, -1.0).argmax(-1)
    return torch.where(chance < exploration, dice.argmax(-1), greedy)


def next_worth(Q: Float[Tensor, "*n action"], exploration: float, on_policy: bool) -> Float[Tensor, "*n"]:
    """What the next state is worth, from the values of its actions.

    Off-policy (Q-learning, Sutton & Barto eq. 6.8): that of the best action, whatever the agent will really do.
    On-policy (Expected Sarsa, their eq. 6.9): the average over what the ε-greedy agent will do.
    """
    best = Q.amax(-1)
    return (1 - exploration) * best + exploration * Q.mean(-1) if on_policy else best


def greedy_return(
    P: Float[Tensor, "state action state"], R: Float[Tensor, "state action"], Q: Float[Tensor, "run state action"], horizon: int, start: int
) -> Float[Tensor, " run"]:
    """The expected undiscounted return of the greedy policy in one episode of at most `horizon` steps, exactly, from the world's tables."""
    action = Q.argmax(-1)
    states = torch.arange(len(P), device=P.device)
    chain, reward = P[states, action], R[states, action]
    value = torch.zeros_like(reward)
    for _ in range(horizon):
        value = reward + (chain @ value.unsqueeze(-1)).squeeze(-1)
    return value[:, start]


def best_return(P: Transition, R: Rewards, horizon: int, start: int) -> Float[Tensor, "*batch"]:
    """The highest expected undiscounted return of an episode of at most `horizon` steps: the yardstick "optimal"."""
    return over_horizon(P, R, horizon, lambda Q: Q.amax(-1))[..., start]


def random_return(P: Transition, R: Rewards, horizon: int, start: int) -> Float[Tensor, "*batch"]:
    """The expected undiscounted return of random actions: the yardstick "random"."""
    return over_horizon(P, R, horizon, lambda Q: Q.mean(-1))[..., start]


def over_horizon(P: Tensor, R: Tensor, horizon: int, choose: Callable[[Tensor], Tensor]) -> Float[Tensor, "*batch state"]:
    """V of the last `horizon` steps, from behind: V ← choose(R + P V)."""
    V = torch.zeros_like(R[..., 0])
    for _ in range(horizon):
        V = choose(R + torch.einsum("...san,...n->...sa", P, V))
    return V


class QLearningHyper(HyperParameters):
    """What can be changed while Q-learning runs."""

    learning_rate = Real(0.5, low=1e-3, high=1, symbol="α", scale="log", help="share of the error that one update corrects")
    discount = Real(0.95, low=0, high=0.99, symbol="γ", help="discount factor: what one step later is worth now")
    exploration = Real(0.2, low=0, high=1, symbol="ε", help="how often the agent takes a random action")
    decay = Real(0.0, low=0, high=1, symbol="ω", help="the n-th update of an entry uses α / n^ω; 0: always α")
    slip = Real(0.0, low=0, high=0.8, symbol="p", help="how often a step goes in another direction than the one chosen")
    initial = Real(0.0, low=-1, high=2, symbol="Q₀", help="what every entry begins with; takes effect at Reset")
    steps = Whole(20, low=1, high=500, symbol="n", unit="steps", help="steps of the agent in one iteration")
    random_starts = Switch(False, help="on: episodes begin anywhere (exploring starts), so that every cell is visited; off: in S")
    on_policy = Switch(False, help="on: learn the worth of what the exploring agent does (Expected Sarsa); off: of the best it could do")
    termination_mask = Switch(True, help="off: a bug. The target adds the table's value of the goal's cell, where nothing follows")


class QLearning(Learner):
    """Learns tables Q(s, a) of one task of a GridWorld: several agents, each with a table of its own, to see the spread between runs.

    Args:
        family: the grid; its agents must observe the number of their cell.
        task: the task; the family's default one if None. Its `slip` is overruled by the hyperparameter, which begins with it.
        runs: how many agents learn side by side, each for itself.
        seed, device, hyper: as of every `Learner`.

    Attributes:
        Q: the tables [run, state, action].
        visits: how often each entry was updated.
        exact: Q* [state, action] by value iteration, for comparison only: the agents never see it.

    Raises:
        ValueError: the family observes images or vectors instead of cells.
    """

    family: GridWorld
    hyper: QLearningHyper
    kept = ("rng", "iteration", "Q", "visits", "latest", "stream")
    cause = "The usual cause is a reward or a first value of the table that is not a number."

    def __init__(
        self,
        family: TaskFamily,
        seed: int = 0,
        device: torch.device | str = "cpu",
        task: GridTask | None = None,
        runs: int = 10,
        **hyper: Any,
    ) -> None:
        super().__init__()
        grid = grid_world(family, "QLearning")
        if grid.observe != "cell":
            raise ValueError(f'QLearning needs the number of the cell: make the {grid.name} with observe="cell", not {grid.observe!r}.')
        self.family, self.seed, self.device, self.runs = grid, seed, torch.device(device), runs
        self.goal = (grid.default_params if task is None else task).goal.to(self.device)
        slip = (grid.default_params if task is None else task).slip.item()
        self.hyper = QLearningHyper(**{"slip": round(slip, 6), **hyper})
        self.rng = generator(seed)
        self.stream = Stream(grid, self.task(), runs, self.rng)
        self.Q = torch.full((runs, grid.n_cells, 4), self.hyper.initial, device=self.device)
        self.visits = torch.zeros_like(self.Q)
        self.latest = torch.zeros(runs, device=self.device)
        self._key: object = None
        self.look_up()
        self.last_good = self.state_dict()

    @property
    def cells(self) -> FamilyEpisodes:
        """The agents' episodes, in which the cells are seen."""
        return cast(FamilyEpisodes, self.stream.episodes)

    def task(self) -> GridTask:
        """The present task: its goal, and the slip of the hyperparameters."""
        return GridTask(self.goal, torch.tensor(self.hyper.slip, device=self.device))

    def look_up(self) -> None:
        """The exact tables, when γ, the slip or the map has changed."""
        key = (self.hyper.discount, self.hyper.slip, self.family.cells.tobytes())
        if key != self._key:
            self._key = key
            self.P, self.R = self.family.transition_matrix(self.task()), self.family.reward_matrix(self.task())
            self.exact = value_iteration(self.P, self.R, self.hyper.discount).Q
            self.playable = ~terminal_states(self.P, self.R)
            task = self.task()
            self.cells.tasks = GridTask(*(x.expand(self.runs) for x in task))

    def advance(self) -> dict[str, float]:
        """Some steps of every agent, with one update after each; then compare with value iteration."""
        if self.iteration == 0:
            self.Q.fill_(self.hyper.initial)
        self.look_up()
        for _ in range(self.hyper.steps):
            self.act_and_learn()
        error = (self.Q - self.exact).abs()[:, self.playable].amax((-2, -1))
        achieved = greedy_return(self.P, self.R, self.Q.double(), self.family.horizon, self.family.start)
        return {
            "greedy_return": achieved.mean().item(),
            "greedy_return_low": achieved.min().item(),
            "greedy_return_high": achieved.max().item(),
            "return": self.latest.mean().item(),
            "error": error.mean().item(),
            "mean_error": (self.Q - self.exact).abs()[:, self.playable].mean().item(),
            "agreement": agreement(self.Q, self.exact)[:, self.playable].float().mean().item(),
            "env_steps": float(self.hyper.steps * self.runs),
        }

    def act_and_learn(self) -> None:
        """One step of every agent: act, see what happens, move one entry of each table towards its target."""
        h, each = self.hyper, torch.arange(self.runs, device=self.device)
        state = self.cells.state
        action = epsilon_greedy(self.Q[each, state], h.exploration, self.rng)
        step = self.stream.step(action)
        worth = next_worth(self.Q[each, step.next_observation], h.exploration, h.on_policy)
        ended = step.terminated if h.termination_mask else torch.zeros_like(step.terminated)
        target = td_target(step.reward, worth, ended, h.discount)
        self.visits[each, state, action] += 1
        step_size = h.learning_rate / self.visits[each, state, action] ** h.decay
        self.Q[each, state, action] += step_size * (target - self.Q[each, state, action])
        self.latest = torch.where(step.ended, self.stream.returns, self.latest)
        if h.random_starts:
            self.cells.state = torch.where(step.ended, self.anywhere(), self.cells.state)

    def anywhere(self) -> Int[Tensor, " run"]:
        """A random cell for each agent, in which an episode can begin."""
        cells = self.playable.nonzero().squeeze(-1)
        return cells[torch.randint(len(cells), (self.runs,), generator=self.rng, device=self.rng.device).to(self.device)]


def agreement(Q: Float[Tensor, "run state action"], exact: Float[Tensor, "state action"]) -> Bool[Tensor, "run state"]:
    """Where the best action of a table is one of the truly best; actions that tie are equally right."""
    chosen = exact.expand(Q.shape[0], -1, -1).gather(-1, Q.argmax(-1, keepdim=True)).squeeze(-1)
    return chosen >= exact.amax(-1) - 1e-6
