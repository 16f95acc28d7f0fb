"""Reptile: walk, and move the start towards where the walk ended (Nichol, Achiam and Schulman 2018).

inner loop    φ = θ + α ∇J(θ) + α ∇J(φ⁽¹⁾) + …           for each task, K steps, each from new trajectories: `adapt`
outer loop    θ ← θ + β (φ - θ), mean over tasks       no gradient of a gradient, and nothing is judged: `walk`

With K = 1 that is pooled training: φ - θ is then α times the gradient at θ. What makes Reptile more is that the second step is taken
where the first one led.
"""

from collections.abc import Mapping, Sequence

from torch.func import vmap

from dremeta_lite.hyper import Whole
from dremeta_lite.inner.policy_gradient import Experience, adapt, step_size
from dremeta_lite.meta.adapting import RECIPES, StartHyper, StartLearner
from dremeta_lite.networks import Params, detach
from dremeta_lite.policies import Policy

TWO_STEPS: Mapping[str, Mapping[str, float]] = {
    name: {**recipe, "inner_steps": max(2, recipe["inner_steps"])} for name, recipe in RECIPES.items()
}
"""The families' settings, with at least two steps: with one, Reptile is pooled training."""


class ReptileHyper(StartHyper):
    """What can be changed while Reptile trains."""

    inner_steps = Whole(3, low=1, high=5, symbol="K", unit="steps", help="adaptation steps; with one, Reptile is pooled training")


def walk(policy: Policy, theta: Params, experience: Sequence[Experience], inner_lr: float) -> Params:
    """φ - θ: what one task contributes to the outer loop, K steps of policy gradient from θ.

    Args:
        experience: the support of each step, in ONE task: sampled with θ, with φ⁽¹⁾, …, with φ⁽ᴷ⁻¹⁾.

    Source: Nichol et al. 2018, "On first-order meta-learning algorithms", Algorithm 2 (the batched form); there θ - φ serves as a gradient
    for Adam, as it does here.
    """
    phi = theta
    for k, support in enumerate(experience):
        phi = adapt(policy, phi, support, step_size(inner_lr, k))
    return {name: phi[name] - theta[name] for name in theta}


class Reptile(StartLearner):
    """Learns θ near the ends of K policy-gradient steps in every task. Arguments as in `PolicyLearner`."""

    hyper: ReptileHyper
    hyper_type = ReptileHyper
    recipes = TWO_STEPS

    def advance(self) -> dict[str, float]:
        """One meta-iteration: draw tasks, walk in each, move θ to where the walks ended."""
        h, theta = self.hyper, detach(self.theta)
        tasks = self.family.sample_tasks(h.tasks, self.rng, self.device)
        experience, returns = self.sample_experience(theta, tasks)

        one_task = lambda e: walk(self.policy, theta, e, h.inner_lr)  # noqa: E731
        direction = {name: d.mean(0) for name, d in vmap(one_task)(experience[:-1]).items()}
        self.ascend(direction, h.meta_lr)
        self.refit(self.played)
        return self.told(returns, direction, experience[0])
