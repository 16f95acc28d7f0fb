"""How good is a starting point? Return after 0, 1, 2, 3 adaptation steps on held-out tasks, beside its yardsticks."""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.inner.baselines import SharedBaseline
from dremeta_lite.inner.policy_gradient import prepare, step_size
from dremeta_lite.learner import generator
from dremeta_lite.meta.adapting import act_and_adapt
from dremeta_lite.networks import Params, detach, stack
from dremeta_lite.policies import BatchPolicy
from dremeta_lite.rollout import Act, Trajectories, play_out
from dremeta_lite.tasks import Navigation2D, TaskFamily


class Adaptation(NamedTuple):
    """Adaptation to a batch of tasks, step by step: entry k is what happened after k steps."""

    trajectories: list[Trajectories]
    params: list[Params]
    """φ⁽ᵏ⁾, stacked: tensors [task, …]."""
    calm: list[Trajectories]
    """One more episode a task without noise, in which nothing is learned: where the most likely actions lead. Empty unless asked for."""

    def returns(self) -> Float[Tensor, "step task"]:
        """Mean return in each task after 0, 1, … steps."""
        return torch.stack([t.returns().mean(-1) for t in self.trajectories])


def adapt_to(
    family: TaskFamily,
    tasks: Any,
    policy: BatchPolicy,
    theta: Params,
    *,
    inner_lr: float = 0.5,
    steps: int = 3,
    trajectories: int = 40,
    seed: int = 0,
    discount: float = 0.99,
    lam: float = 0.95,
    noise: float = 1.0,
    baseline: SharedBaseline | None = None,
    rates: Params | None = None,
    calm: bool = False,
) -> Adaptation:
    """Adapt θ to each task by itself: act, take one policy-gradient step, act again, …

    Args:
        tasks: a batch of tasks, tensors [task, …].
        theta: where every task starts from; not stacked.
        inner_lr: α. Step k = 0, 1, 2, … has length α · STEP_SCALE[k], that is α · (1, 0.4, 0.15, 0.15, …).
        trajectories: episodes a task, for each gradient and for each reported return.
        noise: scales the exploration noise, as in `collect`.
        baseline: of the advantages, as in `prepare`.
        rates: multiples of α, as in `adapt`.
        calm: whether there is an episode without noise, too, before and after each step.
    """
    start = {name: p.clone() for name, p in detach(theta).items()}  # a copy: the learner may train on while the result is looked at
    phi, sizes = stack(start, len(tasks[0])), [step_size(inner_lr, k) for k in range(steps)]
    judge = lambda t: prepare(t.split(trajectories)[0], discount, lam, baseline)  # noqa: E731
    stages = act_and_adapt(family, tasks, policy, phi, judge, generator(seed), sizes, trajectories, noise=noise, rates=rates, calm=calm)
    played, _, params = zip(*stages, strict=True)
    noisy, others = zip(*(t.split(trajectories) for t in played), strict=True)
    return Adaptation([*noisy], [*params], [*others] if calm else [])


def bootstrap_interval(values: Float[Tensor, " n"], level: float = 0.95, draws: int = 2000) -> tuple[float, float]:
    """A percentile bootstrap interval of the mean: resample the values, and see between which bounds `level` of the means lie."""
    rows = torch.randint(len(values), (draws, len(values)), generator=generator(0), device="cpu")
    means = values.cpu().double()[rows].mean(-1)
    low, high = torch.quantile(means, means.new_tensor([(1 - level) / 2, (1 + level) / 2])).tolist()
    return low, high


# --- yardsticks of the navigation families: what a return means ---


def follow(family: Navigation2D, tasks: Any, act: Act) -> Float[Tensor, " task"]:
    """The return of each task when `act(state)` chooses the actions; one episode a task, state [task, 2]."""
    return play_out(family, tasks, act, len(tasks.goal), generator(0)).returns()  # nothing is drawn


def standing_still(family: Navigation2D, tasks: Any) -> Float[Tensor, " task"]:
    """Never move: what a policy returns that has learned nothing useful. In closed form -100 · |goal|, unless the goal is at the start."""
    state = family.initial(None, tasks)
    reward = family.reward(state, torch.zeros_like(state), state, None, tasks)
    return torch.where(family.terminal(state, None, tasks), reward, family.horizon * reward)


def oracle(family: Navigation2D, tasks: Any) -> Float[Tensor, " task"]:
    """Knows the task, and walks straight to the goal."""
    return follow(family, tasks, lambda state: family.best_action(state, tasks))


def random_policy(family: Navigation2D, tasks: Any, episodes: int = 40, seed: int = 0) -> Float[Tensor, " task"]:
    """Every action drawn uniformly from the action space, mean over `episodes`."""
    rng = generator(seed)
    crowd = type(tasks)(*(x.repeat_interleave(episodes, 0) for x in tasks))
    draw = lambda state: (torch.rand(state.shape, generator=rng, device=rng.device) * 2 - 1).to(state.device)  # noqa: E731
    return follow(family, crowd, draw).unflatten(0, (-1, episodes)).mean(-1)


__all__ = ["Adaptation", "adapt_to", "bootstrap_interval", "oracle", "random_policy", "standing_still"]
