"""Trials: an agent meets a task, is not told which one, and has a few episodes to find out what to do there.

A trial is what meta-learning is about: the task stays, the episodes start again, and what was learned in one serves the next. Everything
that plays trials is an `Agent`, whether it counts (Thompson sampling), remembers (RL²), infers (a belief) or knows the answer (an oracle).
"""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.episodes import Disturb, Episodes, begin
from dremeta_lite.tasks.family import MANY, TaskFamily, checked_task


class Seen(NamedTuple):
    """One step of n trials side by side, as the agent sees it: what its memory is made of."""

    observation: Float[Tensor, "n *obs"] | Tensor
    action: Tensor
    reward: Float[Tensor, " n"]
    next_observation: Float[Tensor, "n *obs"] | Tensor
    """What the step led to, before any new episode began."""
    ended: Bool[Tensor, " n"]
    """The episode is over with this step, terminated or cut off by the horizon: the next one starts afresh, in the same task."""
    counts: Bool[Tensor, " n"]
    """False for a step after the end of an episode, while others still play theirs. It did not happen: no memory may change."""


class Agent(ABC):
    """What plays trials. It is told everything that happens, and keeps of it what it likes; the task itself it is never told."""

    @abstractmethod
    def begin(self, n: int, rng: torch.Generator) -> None:
        """Forget everything: n new tasks, one a row. Random draws come from `rng`."""

    def begin_episode(self) -> None:  # noqa: B027 (most agents need not know)
        """All rows start their next episode."""

    @abstractmethod
    def act(self, observation: Tensor) -> Tensor:
        """An action for each row."""

    @abstractmethod
    def see(self, step: Seen) -> None:
        """Take in what happened. Rows where `step.counts` is False saw nothing."""


class Through(Agent):
    """Plays as another agent does. What is to be different, a kind of it says."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.agent.begin(n, rng)

    def begin_episode(self) -> None:
        self.agent.begin_episode()

    def act(self, observation: Tensor) -> Tensor:
        return self.agent.act(observation)

    def see(self, step: Seen) -> None:
        self.agent.see(step)


@runtime_checkable
class Chooses(Protocol):
    """An agent that can be asked what it would do now, for actions that are a choice. It is asked between `begin` and the trial's end."""

    def probabilities(self, observation: Tensor) -> Float[Tensor, "n *more action"]:
        """The chance of each action, if it stood at this observation now, with what it knows at present. Nothing changes, nothing is drawn.

        Args:
            observation: one for each row, [n, *obs], or several, [n, *more, *obs].
        """
        ...


@runtime_checkable
class Intends(Protocol):
    """An agent that can be asked what it would do now, for actions that are real numbers, drawn from a Gaussian."""

    def intended(self, observation: Tensor) -> tuple[Float[Tensor, "n *more action"], Float[Tensor, "n *more action"]]:
        """Mean and standard deviation of the action, if it stood at this observation now. Else as `Chooses.probabilities`."""
        ...


class Trial(NamedTuple):
    """What happened in one trial of each task: `episode` episodes of `time` steps. What comes after an episode's end is masked."""

    observation: Tensor
    """[task, episode, time, *obs]"""
    action: Tensor
    """[task, episode, time] for a discrete action, else [task, episode, time, action]."""
    reward: Float[Tensor, "task episode time"]
    """0 where the mask is 0."""
    next_observation: Tensor
    """[task, episode, time, *obs]"""
    terminated: Bool[Tensor, "task episode time"]
    """True in the one step that ends the task itself; an episode cut off by the horizon has no True here."""
    mask: Float[Tensor, "task episode time"]
    """1 up to and including the step that ends the episode, 0 after it."""

    def returns(self) -> Float[Tensor, "task episode"]:
        """The undiscounted sum of rewards of each episode."""
        return self.reward.sum(-1)


def play_trial(
    family: TaskFamily, tasks: Any, agent: Agent, rng: torch.Generator, episodes: int | None = None, disturb: Disturb | None = None
) -> Trial:
    """Let an agent meet every task once.

    Args:
        family, tasks: the family and a batch of its tasks (tensors [task, …]).
        agent: begins with an empty memory, which then lasts for all episodes of the trial.
        rng: everything random is drawn from it, in the tasks and in the agent.
        episodes: how many; the family's own number if None.
        disturb: is asked before each step, for a what-if; the agent is not told.

    Raises:
        ValueError: fewer than one episode.
    """
    episodes = family.episodes if episodes is None else episodes
    if episodes < 1:
        raise ValueError(f"a trial has at least one episode, got {episodes}")
    tasks = checked_task(family, tasks, MANY, as_drawn=True)
    n = len(tasks[0])
    agent.begin(n, rng)
    episode, rows = begin(family, tasks, rng), []
    for i in range(episodes):
        agent.begin_episode()
        episode.reset()
        rows += _play_episode(episode, family.horizon, agent, i * family.horizon, disturb)
    columns = (torch.stack(column, 1).unflatten(1, (episodes, family.horizon)) for column in zip(*rows, strict=True))
    return Trial(*columns)


def _play_episode(episode: Episodes, horizon: int, agent: Agent, first: int, disturb: Disturb | None) -> list[tuple[Tensor, ...]]:
    """One episode of every task, from a step of the trial on: for each step the columns of a `Trial`."""
    counts, rows = torch.ones(episode.shape, dtype=torch.bool, device=episode.device), []
    for t in range(horizon):
        if disturb is not None:
            disturb(first + t, episode)
        observation = episode.observation
        action = agent.act(observation)
        step = episode.step(action)
        reward, terminated = step.reward * counts, step.terminated & counts
        ended = terminated | (counts & (step.truncated | (t == horizon - 1)))
        agent.see(Seen(observation, action, reward, step.next_observation, ended, counts))
        rows.append((observation, action, reward, step.next_observation, terminated, counts.to(reward.dtype)))
        counts = counts & ~ended
    return rows
