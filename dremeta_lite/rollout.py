"""How experience is collected: whole episodes of many tasks step by step at once (`collect`), or a stream of episodes without end."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.episodes import Act, Disturb, Episodes, Step, begin
from dremeta_lite.networks import Params
from dremeta_lite.policies import BatchPolicy
from dremeta_lite.tasks.family import MANY, TaskFamily, checked_task, with_axes


class Trajectories(NamedTuple):
    """What happened: `trajectory` episodes in each `task`, `time` steps long. Steps after the end of an episode are there, and masked."""

    observation: Float[Tensor, "task trajectory time obs"]
    """As numbers for a network: `family.features` of what was observed."""
    action: Tensor
    """[task, trajectory, time] for a discrete action, else [task, trajectory, time, action]."""
    log_prob: Float[Tensor, "task trajectory time"]
    """log π(action | observation) under the policy that acted."""
    reward: Float[Tensor, "task trajectory time"]
    """0 where the mask is 0."""
    terminated: Bool[Tensor, "task trajectory time"]
    """True in the one step that ends the task itself. An episode cut off by the horizon is truncated: it has no True here."""
    mask: Float[Tensor, "task trajectory time"]
    """1 up to and including the step that ends the episode, 0 after it."""

    def returns(self) -> Float[Tensor, "task trajectory"]:
        """The return of each episode: its undiscounted sum of rewards."""
        return self.reward.sum(-1)

    def split(self, trajectories: int) -> "tuple[Trajectories, Trajectories]":
        """The first so many episodes of each task, and the others."""
        return Trajectories(*(x[:, :trajectories] for x in self)), Trajectories(*(x[:, trajectories:] for x in self))


@torch.no_grad()
def collect(
    family: TaskFamily,
    tasks: Any,
    policy: BatchPolicy,
    params: Params,
    trajectories: int,
    rng: torch.Generator,
    noise: float = 1.0,
    calm: bool = False,
) -> Trajectories:
    """Let the policy act in every task.

    Args:
        family, tasks: the family and a batch of its tasks (tensors [task, …]).
        policy, params: the policy and its parameters, stacked: one copy a task (tensors [task, …]).
        trajectories: how many episodes a task.
        rng: where the noise of the actions is drawn; a generator on the CPU gives the same noise on every device.
        noise: multiplies the policy's noise; 0 shows what the most likely action does.
        calm: one more episode a task, the last, without noise.

    Returns:
        the trajectories; one gradient-free tensor operation a step moves all of them.
    """
    tasks = checked_task(family, tasks, MANY, as_drawn=True)
    dtype = next(iter(params.values())).dtype
    z = policy.noise((family.horizon, len(tasks[0]), trajectories), rng).to(tasks[0].device, dtype) * noise
    if calm:
        z, trajectories = torch.cat([z, torch.zeros_like(z[:, :, :1])], 2), trajectories + 1
    actor = policy.actor(params, z)
    act = lambda observation: actor(family.features(observation))  # noqa: E731
    seen = episodes_in(family, tasks, trajectories, rng).whole(act, family.horizon)
    observation = family.features(seen.observation)
    log_prob = policy.log_prob_of_act(params, observation, seen.action, z.movedim(0, 2))
    return Trajectories(observation, seen.action, log_prob, seen.reward, seen.terminated, seen.mask)


def episodes_in(family: TaskFamily, tasks: Any, trajectories: int, rng: torch.Generator) -> Episodes:
    """So many episodes in each task, side by side: [task, trajectory]; `reset` begins them. What is random comes from `rng`."""
    return begin(family, repeat(with_axes(checked_task(family, tasks, MANY, as_drawn=True), 1), trajectories), rng)


def repeat(tasks: Any, trajectories: int) -> Any:
    """Tasks with a trajectory axis: [task, 1, …] becomes [task, trajectory, …] (a view, no copy)."""
    return type(tasks)(*(x.expand(len(x), trajectories, *x.shape[2:]) for x in tasks))


RECENT = 20


class Stream:
    """Experience without end: n episodes side by side; where one ends, the next begins in the same step.

    Args:
        family: the family.
        tasks: one task for all episodes (tensors without a task axis), or one for each (tensors [n, …]).
        n: how many episodes run side by side.
        rng: where starting states (and random transitions) are drawn; a generator on the CPU gives the same on every device.
        horizon: steps after which an episode is truncated; the family's if None.

    Attributes:
        episodes: those under way.
        elapsed: how many steps each of them has behind it; 0 at its start.
        earned: what each of them has earned, undiscounted; the return of one that ended in the last step stands in `returns`.

    Raises:
        ValueError: the tasks are neither one nor n, or n or the horizon is not positive.
    """

    def __init__(self, family: TaskFamily, tasks: Any, n: int, rng: torch.Generator, horizon: int | None = None) -> None:
        self.family, self.n, self.rng = family, n, rng
        self.horizon = family.horizon if horizon is None else horizon
        if n < 1 or self.horizon < 1:
            raise ValueError(f"a stream needs at least one episode of at least one step, got n={n}, horizon={self.horizon}")
        tasks = checked_task(family, tasks, n, as_drawn=True)
        self.recent = torch.zeros(RECENT, device=tasks[0].device)
        self.finished = 0
        self.enter(tasks)

    def enter(self, tasks: Any) -> None:
        """Begin n new episodes, in these tasks (tensors [n, …]); those under way are forgotten."""
        self.episodes = begin(self.family, tasks, self.rng)
        self.episodes.reset()
        self.elapsed = torch.zeros(self.n, dtype=torch.long, device=tasks[0].device)
        self.earned = self.returns = torch.zeros(self.n, dtype=torch.float32, device=tasks[0].device)

    @property
    def observation(self) -> Tensor:
        """What to act on [n, *obs]."""
        return self.episodes.observation

    @torch.no_grad()
    def step(self, action: Tensor) -> Step:
        """Move all episodes on by one step; action [n] or [n, action]."""
        step = self.episodes.step(action)
        step = step._replace(truncated=step.truncated | (self.elapsed + 1 >= self.horizon))
        ended, self.returns = step.ended, self.earned + step.reward.to(self.earned)
        self.episodes.restart(ended)
        self.recent = torch.cat([self.recent, self.returns[ended]])[-RECENT:]
        self.finished += int(ended.sum())
        self.elapsed = (self.elapsed + step.counts).masked_fill(ended, 0)
        self.earned = self.returns.masked_fill(ended, 0)
        return step

    def recent_return(self) -> float:
        """The mean return of the last 20 finished episodes; of the unfinished ones, so far, while there is none."""
        done = min(self.finished, RECENT)
        return (self.recent[-done:] if done else self.earned).mean().item()

    def state_dict(self) -> dict[str, Tensor]:
        """Where all episodes stand. The generator is not in it: it belongs to the learner."""
        tensors = {name: getattr(self, name).clone() for name in ("elapsed", "earned", "recent")}
        return self.episodes.state_dict() | tensors | {"finished": torch.tensor(self.finished, device="cpu")}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go back to where the episodes stood; an outside environment cannot: there new ones begin."""
        for name in ("elapsed", "earned", "recent"):
            setattr(self, name, state[name].to(self.recent.device).clone())
        self.finished = int(state["finished"])
        if not self.episodes.load_state_dict(state):
            self.elapsed, self.earned = torch.zeros_like(self.elapsed), torch.zeros_like(self.earned)


class Rollout(NamedTuple):
    """What n episodes side by side went through in `time` steps: what `Step` says, with a time axis."""

    observation: Float[Tensor, "n time *obs"]
    action: Tensor
    """[n, time] for a discrete action, else [n, time, action]."""
    reward: Float[Tensor, "n time"]
    """0 where the mask is 0."""
    terminated: Bool[Tensor, "n time"]
    truncated: Bool[Tensor, "n time"]
    next_observation: Float[Tensor, "n time *obs"]
    mask: Float[Tensor, "n time"]
    """1 for a step that counts: those that happened in a stretch of a stream; up to the end of the first episode in whole episodes."""

    def returns(self) -> Float[Tensor, " n"]:
        """The undiscounted sum of rewards of each row."""
        return self.reward.sum(-1)


@torch.no_grad()
def play(stream: Stream, act: Act, steps: int) -> Rollout:
    """The next `steps` steps of a stream; where an episode ends, the next one begins."""
    return _play(stream, act, steps, once=False)


@torch.no_grad()
def play_out(
    family: TaskFamily, tasks: Any, act: Act, n: int, rng: torch.Generator, horizon: int | None = None, disturb: Disturb | None = None
) -> Rollout:
    """n whole episodes from fresh starts, one a row, as long as the longest. Arguments as for `Stream`; `returns()` are their returns.
    `disturb` is asked before each step, for a what-if; who acts is not told."""
    stream = Stream(family, tasks, n, rng, horizon)
    return _play(stream, act, stream.horizon, once=True, disturb=disturb)


def _play(stream: Stream, act: Act, steps: int, once: bool, disturb: Disturb | None = None) -> Rollout:
    rows, counts = [], torch.ones(stream.n, dtype=torch.bool, device=stream.earned.device)
    for t in range(steps):
        if disturb is not None:
            disturb(t, stream.episodes)
        observation = stream.observation
        action = act(observation)
        step = stream.step(action)
        live = counts & step.counts
        rows.append((observation, action, step.reward * live, step.terminated, step.truncated, step.next_observation, live))
        if once:
            counts = counts & ~step.ended
            if not counts.any():
                break
    observation, action, reward, terminated, truncated, following, mask = (torch.stack(column, 1) for column in zip(*rows, strict=True))
    return Rollout(observation, action, reward, terminated, truncated, following, mask.to(reward.dtype))
