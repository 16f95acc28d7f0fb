"""Planning with a model: imagine what would happen, choose the best, do its first action, and think again.

Nothing here asks where the model comes from. It is a function f(state, action) → next state, true or learned, and a plan is a sequence
of actions. Everything runs for many plans at once, and for many states at once: `state` [*batch, state], `plans` [*batch, plan, time,
action].
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.episodes import FamilyEpisodes
from dremeta_lite.tasks.family import TaskFamily, crowd_of

Model = Callable[[Tensor, Tensor], Tensor]
"""f(state [*batch, state], action [*batch, action]) → next state [*batch, state]."""
Reward = Callable[[Tensor, Tensor, Tensor], Tensor]
"""r(state, action, next state) → [*batch]."""
LEAST_STD = 0.05
"""Of the box's half width: CEM goes on trying a little, also when its elites agree."""
State = Float[Tensor, "*batch state"]
Plan = Float[Tensor, "*batch time action"]
Plans = Float[Tensor, "*batch plan time action"]
Imagined = Float[Tensor, "*batch plan time+1 state"]
Returns = Float[Tensor, "*batch plan"]


class Planned(NamedTuple):
    """What a planner has come to."""

    actions: Plan
    """The plan to follow."""
    plans: Plans
    """The plans that were tried last."""
    states: Imagined
    """What the model imagined for them, from the present state on."""
    returns: Returns
    """What it imagined that they would earn."""


def imagine(model: Model, state: State, plans: Plans) -> Imagined:
    """Follow each plan in the model, open loop: s_{t+1} = f(s_t, a_t), each step from what the step before has imagined."""
    states = [state.unsqueeze(-2).expand(*plans.shape[:-2], state.shape[-1])]
    for action in plans.unbind(-2):
        states.append(model(states[-1], action))
    return torch.stack(states, -2)


def imagined_return(reward: Reward, states: Float[Tensor, "*batch plan _ state"], plans: Plans, discount: float = 1.0) -> Returns:
    """Σ_t γ^t r(s_t, a_t, s_{t+1}) of each plan: the return of Sutton & Barto (2018), eq. 3.8, cut off at the horizon of the plan."""
    rewards = reward(states[..., :-1, :], plans, states[..., 1:, :])
    powers = discount ** torch.arange(rewards.shape[-1], device=rewards.device, dtype=rewards.dtype)
    return (rewards * powers).sum(-1)


class Box(NamedTuple):
    """The actions that may be planned: lowest and highest, each [action]."""

    low: Float[Tensor, "action"]
    high: Float[Tensor, "action"]

    def clip(self, actions: Tensor) -> Tensor:
        return torch.maximum(torch.minimum(actions, self.high), self.low)


def action_box(family: TaskFamily, like: Tensor) -> Box:
    """The bounds of a family's actions, as tensors."""
    space: Any = family.action_space
    return Box(*(torch.as_tensor(bound, device=like.device).to(like) for bound in (space.low, space.high)))


def true_model(family: TaskFamily, task: Any = None) -> Model:
    """The world itself as a model: what an agent would plan with that knows f. The family's default task if None."""
    return lambda state, action: family.transition(state, action, None, task)


def reward_of(family: TaskFamily, task: Any = None) -> Reward:
    """The reward of a task as a function of the transition alone."""
    return lambda state, action, next_state: family.reward(state, action, next_state, None, task)


def random_shooting(
    model: Model,
    reward: Reward,
    state: State,
    box: Box,
    rng: torch.Generator,
    *,
    plans: int = 300,
    horizon: int = 20,
    discount: float = 1.0,
) -> Planned:
    """Try `plans` random plans, uniform in the box, and take the best."""
    shape = (*state.shape[:-1], plans, horizon, len(box.low))
    unit = torch.rand(shape, generator=rng, device=rng.device).to(state)
    tried = box.low + (box.high - box.low) * unit
    states = imagine(model, state, tried)
    returns = imagined_return(reward, states, tried, discount)
    return Planned(take(tried, returns.argmax(-1, keepdim=True)).squeeze(-3), tried, states, returns)


def cem(
    model: Model,
    reward: Reward,
    state: State,
    box: Box,
    rng: torch.Generator,
    *,
    plans: int = 100,
    horizon: int = 20,
    refits: int = 3,
    elites: int = 10,
    discount: float = 1.0,
    start: Plan | None = None,
) -> Planned:
    """The cross-entropy method: try plans from a Gaussian, fit it to the best of them (the elites), and again, `refits` times.

    Args:
        start: the mean of the first Gaussian; the middle of the box if None.

    Source: Rubinstein & Kroese (2004), *The Cross-Entropy Method*; for control with a learned model: Chua et al. (2018), section 5.

    Raises:
        ValueError: there are fewer plans than elites, or fewer than two elites, which have no spread.
    """
    if not 2 <= elites <= plans:
        raise ValueError(f"elites must be in [2, plans = {plans}], got {elites}: the best plans, which the next Gaussian is fitted to")
    half = (box.high - box.low) / 2
    mean = (box.low + half).expand(*state.shape[:-1], horizon, len(half)) if start is None else start
    std = half.expand_as(mean)
    for _ in range(refits):
        z = torch.randn((*mean.shape[:-2], plans, *mean.shape[-2:]), generator=rng, device=rng.device).to(state)
        tried = box.clip(mean.unsqueeze(-3) + std.unsqueeze(-3) * z)
        states = imagine(model, state, tried)
        returns = imagined_return(reward, states, tried, discount)
        mean, std = refit(take(tried, returns.topk(elites, -1).indices))
        std = torch.maximum(std, LEAST_STD * half)
    return Planned(mean, tried, states, returns)


def refit(elites: Float[Tensor, "*batch elite time action"]) -> tuple[Plan, Plan]:
    """Mean and standard deviation of the elites, at each time and of each action."""
    return elites.mean(-3), elites.std(-3)


def take(plans: Plans, index: Tensor) -> Float[Tensor, "*batch chosen time action"]:
    """The plans at `index` [*batch, chosen]."""
    return torch.take_along_dim(plans, index[..., None, None], -3)


class MPC:
    """Model predictive control: plan, do the first action only, see where that has led, and plan again.

    Args:
        model, reward: what the plans are imagined with.
        ahead: what is left of the last plan [*batch, time, action]; CEM starts from it (*warm start*). None at the beginning.
    """

    def __init__(self, model: Model, reward: Reward, box: Box, ahead: Tensor | None = None) -> None:
        self.model, self.reward, self.box, self.ahead = model, reward, box, ahead

    def plan(self, state: State, rng: torch.Generator, *, horizon: int = 20, **settings: Any) -> Planned:
        """Think once, with `cem` and its `settings`. The action to do is `planned.actions[..., 0, :]`."""
        start = None if self.ahead is None else fit_length(self.ahead, horizon, (self.box.low + self.box.high) / 2)
        planned = cem(self.model, self.reward, state, self.box, rng, horizon=horizon, start=start, **settings)
        self.ahead = planned.actions[..., 1:, :]
        return planned

    def shoot(self, state: State, rng: torch.Generator, **settings: Any) -> Planned:
        """Think once, with `random_shooting` and its `settings`; what was planned before is forgotten."""
        self.ahead = None
        return random_shooting(self.model, self.reward, state, self.box, rng, **settings)


@torch.no_grad()
def act_by_planning(
    family: TaskFamily,
    model: Model,
    players: int,
    rng: torch.Generator,
    *,
    steps: int,
    task: Any = None,
    shoot: bool = False,
    **settings: Any,
) -> tuple[Tensor, Tensor]:
    """Let some players act in ONE task, each planning with `model` before every step: by CEM or, with `shoot`, by random shooting.

    Args:
        task: the family's default task if None.
        settings: those of the planner.

    Returns:
        states [player, steps + 1, state] and rewards [player, steps] of the real world.
    """
    task = family.default_params if task is None else task
    episodes = FamilyEpisodes(family, crowd_of(task, players), rng)
    episodes.reset()
    states, rewards = [episodes.state], []
    mpc = MPC(model, reward_of(family, task), action_box(family, states[0]))
    for _ in range(steps):
        planned = (mpc.shoot if shoot else mpc.plan)(states[-1], rng, **settings)
        rewards.append(episodes.step(planned.actions[:, 0]).reward)
        states.append(episodes.state)
    return torch.stack(states, 1), torch.stack(rewards, 1)


def fit_length(
    plan: Float[Tensor, "*batch _ action"], horizon: int, filler: Float[Tensor, "action"]
) -> Float[Tensor, "*batch {horizon} action"]:
    """A plan cut or filled up to `horizon` steps."""
    missing = max(0, horizon - plan.shape[-2])
    return torch.cat([plan[..., :horizon, :], filler.expand(*plan.shape[:-2], missing, plan.shape[-1])], -2)
