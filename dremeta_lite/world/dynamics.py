"""Learning the transition model: a network f_φ that is shown what happened, and learns to say what will happen.

    s' = f_φ(s, a) = s + change,    change = scale(network(o, a; φ))

The network predicts the *change* of the state, which is small and smooth, from what is observed in the state and the action; inputs and
targets are normalised to mean 0 and spread 1. There are several networks, the *members* of an ensemble: they differ in their first weights
and in the order in which they see the data. Where there were data they agree; where there were none each invents something else.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.networks import Params, tanh_
from dremeta_lite.tasks.family import TaskFamily, crowd_of
from dremeta_lite.world.planning import Box, action_box

HOLD = 4  # steps for which a random action is held: with a new one every step they would cancel out
State = Float[Tensor, "*batch state"]
Action = Float[Tensor, "*batch action"]


class Scale(NamedTuple):
    """How to bring numbers to mean 0 and spread 1."""

    mean: Float[Tensor, "numbers"]
    std: Float[Tensor, "numbers"]

    @classmethod
    def of(cls, x: Float[Tensor, "n numbers"]) -> "Scale":
        """The mean and spread of data. A number that never varies is only shifted."""
        std = x.std(0, correction=0)
        return cls(x.mean(0), torch.where(std > 1e-6, std, 1.0))

    def shrink(self, x: Float[Tensor, "*batch numbers"]) -> Float[Tensor, "*batch numbers"]:
        return (x - self.mean) / self.std

    def grow(self, x: Float[Tensor, "*batch numbers"]) -> Float[Tensor, "*batch numbers"]:
        return x * self.std + self.mean


def init_ensemble(sizes: Sequence[int], members: int, rng: torch.Generator, device: torch.device | str = "cpu") -> Params:
    """Fresh weights [member, in, out] of standard deviation 1/√in, and zero biases [member, out]."""
    params: Params = {}
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        params[f"weight{i}"] = (torch.randn(members, fan_in, fan_out, generator=rng, device=rng.device) / fan_in**0.5).to(device)
        params[f"bias{i}"] = torch.zeros(members, fan_out, device=device)
    return params


def network(params: Params, x: Float[Tensor, "*member n inputs"]) -> Float[Tensor, "member n outputs"]:
    """All members at once: a multilayer perceptron with tanh. `x` is the same for all members, or has a member axis."""
    last = len(params) // 2 - 1
    for i in range(last + 1):
        x = x @ params[f"weight{i}"] + params[f"bias{i}"].unsqueeze(-2)
        if i < last:
            x = torch.tanh(x) if x.requires_grad else tanh_(x)
    return x


def one_step_loss(
    params: Params, inputs: Float[Tensor, "*member n inputs"], targets: Float[Tensor, "*member n state"]
) -> Float[Tensor, "member"]:
    """The mean squared error of each member's prediction of the normalised change.

    Where the same (s, a) is followed by one s' or another, the prediction with the least squared error is their mean.
    """
    return (network(params, inputs) - targets).square().mean((-2, -1))


class LearnedModel:
    """f_φ as a function of state and action, ready to plan with.

    Args:
        family: says what is observed in a state.
        params: φ, with a leading member axis.
        inputs, changes: the scales of what goes into the network and of what comes out.
    """

    def __init__(self, family: TaskFamily, params: Params, inputs: Scale, changes: Scale) -> None:
        self.family, self.params, self.inputs, self.changes = family, params, inputs, changes

    def members(self, state: State, action: Action) -> Float[Tensor, "member *batch state"]:
        """What each member thinks the next state will be."""
        x = self.inputs.shrink(features(self.family, state, action)).reshape(-1, len(self.inputs.mean))
        change = self.changes.grow(network(self.params, x))
        return state + change.reshape(-1, *state.shape)

    def __call__(self, state: State, action: Action) -> State:
        """What the members think on average."""
        return self.members(state, action).mean(0)

    def disagreement(self, state: State, action: Action) -> Float[Tensor, "*batch"]:
        """How far the members are apart: the standard deviation of their predictions, in units of the usual change, over all numbers of the
        state. A hint at how wrong they may be, *here*."""
        change = (self.members(state, action) - state) / self.changes.std
        return change.var(0, correction=0).mean(-1).sqrt()

    def imagine(self, state: Float[Tensor, "n state"], actions: Float[Tensor, "n time action"]) -> Float[Tensor, "member n time+1 state"]:
        """Each member follows the actions on its own, open loop."""
        states = [state.expand(len(self.params["bias0"]), *state.shape)]
        for action in actions.unbind(-2):
            x = self.inputs.shrink(features(self.family, states[-1], action.expand(*states[-1].shape[:-1], -1)))
            states.append(states[-1] + self.changes.grow(network(self.params, x)))
        return torch.stack(states, -2)


def features(family: TaskFamily, state: State, action: Action) -> Float[Tensor, "*batch inputs"]:
    """What the network is given: the observation, and the action as the world will take it, within its bounds."""
    box = action_box(family, action)
    return torch.cat([family.observation(state, None), box.clip(action)], -1)


class Play(NamedTuple):
    """What happened to some players: `states` has one step more than `actions`."""

    states: Float[Tensor, "n time+1 state"]
    actions: Float[Tensor, "n time action"]


@torch.no_grad()
def random_play(family: TaskFamily, task: Any, players: int, steps: int, rng: torch.Generator) -> Play:
    """Random actions in ONE task, from fresh starts, without an end before `steps`."""
    episodes = FamilyEpisodes(family, crowd_of(task, players), rng)
    episodes.reset()
    return play_at_random(episodes, steps, rng)


def play_at_random(episodes: FamilyEpisodes, steps: int, rng: torch.Generator) -> Play:
    """Random actions from where the episodes stand."""
    states = [episodes.state]
    actions = random_actions(action_box(episodes.family, states[0]), len(states[0]), steps, rng)
    for action in actions.unbind(1):
        episodes.step(action)
        states.append(episodes.state)
    return Play(torch.stack(states, 1), actions)


def random_actions(box: Box, players: int, steps: int, rng: torch.Generator) -> Float[Tensor, "{players} {steps} action"]:
    """Uniform in the box, each held for some steps: with a new one every step they would cancel out."""
    unit = torch.rand(players, -(-steps // HOLD), len(box.low), generator=rng, device=rng.device).to(box.low)
    return (box.low + (box.high - box.low) * unit).repeat_interleave(HOLD, 1)[:, :steps]


def halves(play: Play) -> Play:
    """The first and the second half of each player's time, as twice as many players."""
    n = play.actions.shape[1] // 2
    states = torch.cat([play.states[:, : n + 1], play.states[:, n : 2 * n + 1]])
    return Play(states, torch.cat([play.actions[:, :n], play.actions[:, n : 2 * n]]))


def rollout_error(
    imagined: Float[Tensor, "*member n time state"], real: Float[Tensor, "n time state"], spread: Float[Tensor, "state"]
) -> Float[Tensor, "time"]:
    """The error after 0, 1, 2, … steps of imagination: root mean square over trajectories, members and the numbers of the state, each
    measured in units of `spread`."""
    wrong = (imagined - real) / spread
    return wrong.square().movedim(-2, 0).flatten(1).mean(1).sqrt()
