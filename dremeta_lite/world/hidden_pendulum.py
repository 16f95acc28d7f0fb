"""A pendulum that nobody describes: mass, length, gravity and motor are hidden, and a few transitions have to tell what they are.

Every pendulum moves in the same way, θ̇' = clip(θ̇ + c(s, a)) and θ' = θ + dt θ̇'. Only c, by how much a step changes the speed, differs from
task to task. So c is all that a model has to learn.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.learner import generator
from dremeta_lite.tasks.pendulum import Pendulum, PendulumTask
from dremeta_lite.world.bayes_linear import posterior
from dremeta_lite.world.dynamics import features, play_at_random
from dremeta_lite.world.model_learner import Transitions
from dremeta_lite.world.planning import Model

Change = Callable[[Tensor, Tensor], Tensor]
"""c(state [task, n, 2], action [task, n, 1]) → by how much the speed will change, [task, n]."""
Fit = Callable[[Transitions], Model]
"""From a few transitions of each task [task, n, …] to a model of each: all that adapting is."""
KNOWN_NOISE = 1e-6
"""σ² of the known form, which is right up to rounding."""


class Points(NamedTuple):
    """What a model of c learns from."""

    inputs: Float[Tensor, "*task n 4"]
    """cos θ, sin θ, θ̇ and u, each within ±1."""
    change: Float[Tensor, "*task n"]
    counts: Float[Tensor, "*task n"]
    """0 where the speed was stopped at its limit: from there nobody can tell how far it would have changed."""


def inputs(family: Pendulum, state: Float[Tensor, "*batch 2"], action: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 4"]:
    """What a network is shown: what is observed and the action, within ±1."""
    return features(family, state, action) / state.new_tensor([1.0, 1.0, family.max_velocity, family.max_torque])


def points(family: Pendulum, seen: Transitions) -> Points:
    """Transitions as a model of c learns from them."""
    before, after = seen.state[..., 1], seen.next_state[..., 1]
    free = after.abs() < family.max_velocity - 1e-3
    return Points(inputs(family, seen.state, seen.action), after - before, free.to(after.dtype))


def moved_by(family: Pendulum, change: Change) -> Model:
    """The model that has this c: what is known of all pendulums, and what was learned of this one."""

    def model(state: Tensor, action: Tensor) -> Tensor:
        rows = state.reshape(len(state), -1, 2), action.reshape(len(action), -1, 1)
        velocity = (state[..., 1] + change(*rows).view(state.shape[:-1])).clamp(-family.max_velocity, family.max_velocity)
        return torch.stack([state[..., 0] + family.time_step * velocity, velocity], -1)

    return model


@torch.no_grad()
def wander(family: Pendulum, tasks: PendulumTask, n: int, rng: torch.Generator) -> Transitions:
    """n transitions of random play in each task [task, n, …], from a start that may be any angle and any speed."""
    unit = torch.rand(len(tasks.mass), 2, generator=rng, device=rng.device).to(tasks.mass)
    episodes = FamilyEpisodes(family, tasks, rng)
    episodes.state = (2 * unit - 1) * unit.new_tensor([math.pi, family.max_velocity])
    path, actions = play_at_random(episodes, n, rng)
    return Transitions(path[:, :-1], actions, path[:, 1:])


def first(seen: Transitions, n: int) -> Transitions:
    """The first n transitions of each task."""
    return Transitions(*(x[:, :n] for x in seen))


def known_form(family: Pendulum) -> Fit:
    """The yardstick of whoever knows the equation: c = dt (A sin θ + B u), and only A = 3g/(2l) and B = 3 gain/(ml²) have to be found, by
    least squares. It also knows p(T): before any transition A and B have the mean and the spread that they have over tasks."""
    some = family.sample_tasks(10_000, generator(0))
    drawn = torch.stack([1.5 * some.gravity / some.length, 3 * some.gain / (some.mass * some.length**2)], -1).double()
    mean, precision = drawn.mean(0), drawn.var(0).reciprocal().diag()

    def terms(state: Tensor, action: Tensor) -> Tensor:
        return family.time_step * torch.stack([state[..., 0].sin(), family.torque(action)], -1)

    def fit(seen: Transitions) -> Model:
        data = points(family, seen)
        known = posterior(terms(seen.state, seen.action), data.change, data.counts, mean, precision, KNOWN_NOISE)
        weights = known.mean[..., None].to(data.change)
        return moved_by(family, lambda state, action: (terms(state, action) @ weights)[..., 0])

    return fit
