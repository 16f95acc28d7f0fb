"""The Bayes-optimal agent of the hidden-goal grid: the best that anybody can do who does not know the goal. Computed exactly.

**Why one walk is enough.** As long as the goal has not been found, every step has paid the same -0.1. So the agent has learned nothing but
"not here", and what it has learned follows from its own walk. A policy for that time is therefore ONE fixed walk, and the goal only decides
how far it is walked. Once the goal is found, the rest is known: stay to the end of the episode, and go straight there in all further ones.

**What a walk is worth.** A goal g, first met in step k of episode e (both from 1) of E episodes of H steps, brings in total

    R(g) = -0.1 · [H (e-1) + k-1]  +  [H - k + 1]  +  (E-e) · O(g),        O(g) = [H - d(g) + 1] - 0.1 · [d(g) - 1]

where d(g) is the distance from the start, and O(g) what an agent that knows g earns in an episode. A goal never met brings
-0.1 · H · E. The value of a walk is the mean of R over all goals. Since an earlier meeting is worth more, a step that stays in its cell
can be left out: walks only move.

**The search.** Two walks that stand in the same cell at the same time and have visited the same cells have the same future: only the better
one is kept. Among what remains we look at the most promising first (A*), by an upper bound on what can still come. The bound pretends that
every cell not yet visited is met in one of the next steps of this episode, one cell a step, and that those for which no step is left are
reached by the shortest way at the beginning of the next episode. No walk does better: it meets at most one new cell a step, and a walk that
meets g in a later episode gets at most O(g) in it and in each after it. For a walk that is finished the bound is its value. So the first
finished walk that comes up is the best of all.
"""

import heapq
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Agent, Seen

UNKNOWN = -1


class Plan(NamedTuple):
    """The best walk for as long as the goal has not been found."""

    actions: Int[Tensor, "episode time"]
    cells: Int[Tensor, "episode time"]
    """The cell that each action leads to."""
    value: float
    """The Bayes-optimal return: of the whole trial, in the mean over all goals, in float64."""
    opened: int
    """How many beginnings of walks the search had to continue."""


class _Node(NamedTuple):
    """The beginning of a walk; nodes are compared by their first entries, so the most promising and then the longest comes first."""

    minus_bound: float
    minus_time: int
    cell: int
    found: int
    """The cells visited so far that could have been the goal, as the bits of a number."""
    earned: float
    """The sum of R over those."""
    walk: tuple[int, ...]


def bayes_optimal_plan(family: HiddenGoal, episodes: int | None = None, goals: Sequence[int] = ()) -> Plan:
    """The best walk over a hidden-goal grid, and the Bayes-optimal return. Takes about half a second for the family's own 4 episodes.

    Args:
        goals: the cells that can be the goal, each equally likely, if the agent is told so much; all of the family's if empty.

    Raises:
        ValueError: fewer than one episode, or a goal is none of the family's.
    """
    if odd := {*goals} - {*family.goal_cells.tolist()}:
        raise ValueError(f"goals must be among the family's, from {min(family.goal_cells)} on, got {min(odd)}")
    episodes = family.episodes if episodes is None else episodes
    if episodes < 1:
        raise ValueError(f"a trial has at least one episode, got {episodes}")
    return _plan(family.size, family.horizon, episodes, tuple(sorted({*goals})))


@lru_cache
def _plan(size: int, horizon: int, episodes: int, goals: tuple[int, ...]) -> Plan:
    family = HiddenGoal(size)
    if goals:
        family.goal_cells = torch.tensor(goals, device="cpu")
    search = _Search(family, horizon, episodes)
    heap, seen, opened = [search.root()], {}, 0
    while (node := heapq.heappop(heap)) and not search.finished(node):
        opened += 1
        for child in search.children(node):
            place = (child.minus_time, child.cell, child.found)
            if child.earned > seen.get(place, float("-inf")):
                seen[place] = child.earned
                heapq.heappush(heap, child)
    return search.plan(node, opened)


class _Search:
    """What one search knows: the grid as plain numbers, what a walk is worth, and the bound."""

    def __init__(self, family: HiddenGoal, horizon: int, episodes: int) -> None:
        self.family, self.horizon, self.episodes = family, horizon, episodes
        self.pay, self.step = family.goal_reward, family.step_reward
        self.goals = family.goal_cells.tolist()
        self.bit = {goal: 1 << i for i, goal in enumerate(self.goals)}
        self.known = dict(zip(self.goals, known_goal_returns(family, horizon).tolist(), strict=True))
        self.moves = [[(a, int(c)) for a, c in enumerate(row) if c != cell] for cell, row in enumerate(family.neighbours.tolist())]
        # What an episode brings whose k-th step finds the goal, for k = 1 … H, and the sums of the first so many of them from each k on.
        self.finds = [self.step * k + self.pay * (horizon - k) for k in range(horizon)]
        self.sums = [[0.0, *accumulate(self.finds[k:])] for k in range(horizon + 1)]

    def root(self) -> _Node:
        return self.node(0, self.family.start, 0, 0.0, ())

    def node(self, time: int, cell: int, found: int, earned: float, walk: tuple[int, ...]) -> _Node:
        return _Node(-self.bound(time, found, earned), -time, cell, found, earned, walk)

    def bound(self, time: int, found: int, earned: float) -> float:
        """What is earned, and at most can be, over all goals together."""
        e, k = divmod(time, self.horizon)  # so many whole episodes, and steps of the present one, are over
        open_goals = [goal for goal in self.goals if not found & self.bit[goal]]
        soon = min(len(open_goals), self.horizon - k) if e < self.episodes else 0
        later = max(self.episodes - e - 1, 0)
        lost = self.step * self.horizon
        coming = self.sums[k][soon] + (len(open_goals) - soon) * (lost if e < self.episodes else 0.0)
        return earned + coming + len(open_goals) * lost * e + later * sum(self.known[goal] for goal in open_goals)

    def finished(self, node: _Node) -> bool:
        return -node.minus_time == self.horizon * self.episodes or node.found == (1 << len(self.goals)) - 1

    def children(self, node: _Node) -> list[_Node]:
        """The walks that go on by one step."""
        time, children = -node.minus_time, []
        e, k = divmod(time, self.horizon)
        for action, cell in self.moves[self.family.start if k == 0 else node.cell]:
            bit, earned = self.bit.get(cell, 0), node.earned
            if bit and not node.found & bit:
                earned += self.step * self.horizon * e + self.finds[k] + (self.episodes - e - 1) * self.known[cell]
            children.append(self.node(time + 1, cell, node.found | bit, earned, (*node.walk, action)))
        return children

    def plan(self, node: _Node, opened: int) -> Plan:
        """The finished walk as tensors; when no goal is left to look for, it stays."""
        actions, cells, cell = [], [], self.family.start
        for t in range(self.horizon * self.episodes):
            cell = self.family.start if t % self.horizon == 0 else cell
            actions.append(node.walk[t] if t < len(node.walk) else 0)
            cell = int(self.family.neighbours[cell, actions[-1]])
            cells.append(cell)
        shape = (self.episodes, self.horizon)
        value = -node.minus_bound / len(self.goals)
        return Plan(torch.tensor(actions, device="cpu").view(shape), torch.tensor(cells, device="cpu").view(shape), value, opened)


def known_goal_returns(family: HiddenGoal, horizon: int | None = None) -> Float[Tensor, " goal"]:
    """O(g), one episode of who knows the goal, for each of `family.goal_cells`, in float64."""
    horizon = family.horizon if horizon is None else horizon
    away = family.distance(torch.tensor(family.start, device="cpu"), family.goal_cells).double()
    there = family.step_reward * (away - 1) + family.goal_reward * (horizon - away + 1)
    return torch.where(away <= horizon, there, family.step_reward * horizon)


class BayesOptimal(Agent):
    """Plays the Bayes-optimal plan until the goal is found, and then goes there.

    Args:
        episodes: how many a trial has: with more of them left it pays to explore for longer. The family's own number if None.
    """

    def __init__(self, family: HiddenGoal, episodes: int | None = None) -> None:
        self.family, self.plan = family, bayes_optimal_plan(family, episodes)

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.goal, self.time, self.walk = torch.full((n,), UNKNOWN, device="cpu"), 0, self.plan.actions.flatten()

    def act(self, observation: Int[Tensor, " n"]) -> Int[Tensor, " n"]:
        if self.time == len(self.walk):
            raise ValueError(f"this agent has planned for {len(self.plan.actions)} episodes: make it with more of them")
        action, self.time = self.walk[self.time].to(observation.device), self.time + 1
        goal = self.goal.to(observation.device)
        straight = self.family.best_action(observation, HiddenGoalTask(goal.clamp(min=0)))
        return torch.where(goal == UNKNOWN, action, straight)

    def see(self, step: Seen) -> None:
        self.goal = torch.where(step.reward > 0, step.next_observation, self.goal.to(step.reward.device))
