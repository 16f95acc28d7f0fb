"""How experience is collected: many trajectories, of many tasks, step by step at once."""

import math
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from dremeta_lite.policies import GaussianMLP, Params
from dremeta_lite.tasks.family import TaskFamily, with_axes


class Trajectories(NamedTuple):
    """What happened: `trajectory` episodes in each `task`, `time` steps long. Steps after the end of an episode are there, and masked."""

    observation: Float[Tensor, "task trajectory time obs"]
    action: Float[Tensor, "task trajectory time action"]
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


@torch.no_grad()
def collect(
    family: TaskFamily, tasks: Any, policy: GaussianMLP, params: Params, trajectories: int, rng: torch.Generator, noise: float = 1.0
) -> Trajectories:
    """Let the policy act in every task.

    Args:
        family, tasks: the family and a batch of its tasks (tensors [task, …]).
        policy, params: the policy and its parameters, stacked: one copy a task (tensors [task, …]).
        trajectories: how many episodes a task.
        rng: where the noise of the actions is drawn; a generator on the CPU gives the same noise on every device.
        noise: multiplies the policy's standard deviation; 0 shows what the mean action does.

    Returns:
        the trajectories; one gradient-free tensor operation a step moves all of them.
    """
    n_tasks, device = len(tasks[0]), tasks[0].device
    shape = (family.horizon, n_tasks, trajectories, family.action_size)
    std = policy.std(params)
    z = torch.randn(shape, generator=rng, device=rng.device).to(device, std.dtype) * noise

    crowd = repeat(with_axes(tasks, 1), trajectories)
    state = family.initial(rng, crowd)
    states, observations, actions = [state], [], []
    for t in range(family.horizon):
        observation = family.observation(state, rng, crowd)
        action = policy.mean(params, observation) + std * z[t]
        state = family.transition(state, action, rng, crowd)
        observations.append(observation)
        actions.append(action)
        states.append(state)

    # Rewards and ends are functions of the whole path, so they are computed once, for all steps together.
    path = torch.stack(states, dim=2)
    action = torch.stack(actions, dim=2)
    scenery = with_axes(tasks, 2)
    reward = family.reward(path[:, :, :-1], action, path[:, :, 1:], rng, scenery)
    ended = family.terminal(path[:, :, 1:], rng, scenery)
    mask = (ended.cumsum(-1) - ended.long() == 0).to(reward.dtype)
    log_prob = (-0.5 * z**2 - 0.5 * math.log(2 * math.pi)).sum(-1).permute(1, 2, 0) - std.log().sum(-1, keepdim=True)
    return Trajectories(torch.stack(observations, dim=2), action, log_prob, reward * mask, ended & mask.bool(), mask)


def repeat(tasks: Any, trajectories: int) -> Any:
    """Tasks with a trajectory axis: [task, 1, …] becomes [task, trajectory, …] (a view, no copy)."""
    return type(tasks)(*(x.expand(len(x), trajectories, *x.shape[2:]) for x in tasks))
