"""What learners of a starting point have in common: their inner loop over a batch of tasks, and the agent that plays a trial with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from dremeta_lite.compatibility import need_choice, need_real_actions
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.inner.baselines import SharedBaseline
from dremeta_lite.inner.policy_gradient import Experience, adapt_each, discounted_sum, prepare, step_size, subsample
from dremeta_lite.learner import PolicyLearner
from dremeta_lite.learner_state import State, bring_back, kept_by
from dremeta_lite.networks import Params, detach, stack
from dremeta_lite.policies import BatchPolicy, CategoricalMLP, GaussianMLP
from dremeta_lite.rollout import Trajectories, collect
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.trials import Agent, Seen

FEW = {"fraction": 1.0, "gae_lambda": 1.0, "tasks": 100, "trajectories": 2}
"""What the families with few and short episodes have in common: two episodes a step, in many tasks, and nothing of them wasted."""

RECIPES: Mapping[str, Mapping[str, float]] = {
    "Bandit": FEW | {"inner_lr": 2.5, "inner_steps": 4, "meta_lr": 1e-3, "learning_rate": 1e-3},
    "HiddenGoal": FEW | {"inner_lr": 10.0, "inner_steps": 1, "discount": 0.8},
    "Colours": FEW
    | {"tasks": 16, "trajectories": 32, "inner_lr": 2.0, "inner_steps": 1, "meta_lr": 1e-2, "learning_rate": 1e-2}
    | {"discount": 0.95, "entropy_weight": 0.05},
    "RandomMDP": FEW | {"inner_lr": 5.0, "inner_steps": 4, "discount": 0.3, "tasks": 40, "meta_lr": 3e-3, "learning_rate": 3e-3},
}
"""Measured settings by the family's name, where the defaults are not the best. These families also have a shared baseline."""


class StartHyper(HyperParameters):
    """What all learners of a starting point have."""

    inner_lr = Real(0.5, low=1e-3, high=100, symbol="α", scale="log", help="inner learning rate: length of the first adaptation step")
    meta_lr = Real(5e-3, low=1e-5, high=0.1, symbol="β", scale="log", help="meta learning rate: Adam's step size in the outer loop")
    inner_steps = Whole(2, low=1, high=5, symbol="K", unit="steps", help="adaptation steps that the outer loop looks through")
    tasks = Whole(20, low=1, high=100, symbol="N", unit="tasks", help="tasks in one meta-iteration")
    trajectories = Whole(20, low=2, high=100, symbol="M", unit="trajectories", help="episodes a task, before and after each step")
    fraction = Real(0.5, low=0.05, high=1, symbol="ρ", help="fraction of the time steps that enter the gradients")
    discount = Real(0.99, low=0, high=1, symbol="γ", help="discount factor inside the advantages")
    gae_lambda = Real(0.95, low=0, high=1, symbol="λ", help="GAE's trade between bias (0) and variance (1)")


class StartLearner(PolicyLearner):
    """Learns a start θ for a few steps of policy gradient. Arguments as in `PolicyLearner`; settings not given are those of `recipes`.

    Args:
        episodes, trial_lr: how many episodes the trials have that `agent` plays, and its α in them; the family's own number, and the α of
            training, if None. Training does not depend on them.
        shared: advantages are measured against one baseline for all tasks (`SharedBaseline`), not against one that is fitted to each task's
            own episodes; by default where `recipes` knows the family.

    Attributes:
        baseline: the shared one, fitted again in every iteration; None without it.
        rates: α by the names of the parameters, as multiples of `inner_lr`, where they are learned (Meta-SGD); None elsewhere.
    """

    hyper: Any
    hyper_type: type[HyperParameters] = StartHyper
    recipes: Mapping[str, Mapping[str, float]] = RECIPES
    kept = (*PolicyLearner.kept, "baseline")
    baseline: SharedBaseline | None = None
    rates: Params | None = None

    def __init__(
        self,
        family: TaskFamily,
        *arguments: Any,
        episodes: int | None = None,
        trial_lr: float | None = None,
        shared: bool | None = None,
        **options: Any,
    ) -> None:
        self.episodes, self.trial_lr = family.episodes if episodes is None else episodes, trial_lr
        recipe = {name: value for name, value in self.recipes.get(family.name, {}).items() if name in self.hyper_type.names()}
        super().__init__(family, *arguments, **{**recipe, **options})
        if family.name in self.recipes if shared is None else shared:
            # Of a picture's single pixels little can be expected, and they are many: the time will do.
            picture = len(family.observation_space.shape or ()) > 1
            self.baseline = SharedBaseline.blank(0 if picture else family.observation_size, self.device)
            self.last_good = self.state_dict()

    def sample_experience(self, theta: Params, tasks: Any) -> tuple[tuple[Experience, ...], list[float]]:
        """Act, adapt, act again: K + 1 batches of experience, and the mean return in each.

        Returns:
            experience with tensors [task, n, …], sampled with θ, φ⁽¹⁾, …, φ⁽ᴷ⁾; and K + 1 mean returns.
        """
        h, experience, self.played = self.hyper, [], []
        judge = lambda t: subsample(self.prepare(t), h.fraction, self.rng)  # noqa: E731
        phi, sizes = stack(theta, h.tasks), [step_size(h.inner_lr, k) for k in range(h.inner_steps)]
        stages = act_and_adapt(self.family, tasks, self.policy, phi, judge, self.rng, sizes, h.trajectories, rates=self.rates)
        for played, judged, _ in stages:
            self.played.append(played)
            experience.append(judged)
            self.heartbeat()
        return tuple(experience), [t.returns().mean().item() for t in self.played]

    def prepare(self, trajectories: Trajectories) -> Experience:
        """Advantages, with the shared baseline if there is one."""
        return prepare(trajectories, self.hyper.discount, self.hyper.gae_lambda, self.baseline)

    @torch.no_grad()
    def refit(self, played: Sequence[Trajectories]) -> None:
        """Fit the shared baseline to what was just played: the next iteration uses it."""
        if self.baseline is not None:
            returns = [discounted_sum(t.reward, self.hyper.discount) for t in played]
            self.baseline = self.baseline.fitted([t.observation for t in played], returns, [t.mask for t in played])

    def parameters(self) -> State:
        return super().parameters() | kept_by(self, ["baseline"])

    def set_parameters(self, values: Mapping[str, Tensor]) -> None:
        super().set_parameters(values)
        bring_back(self, ["baseline"], values)

    def told(self, returns: Sequence[float], direction: Params, experience: Experience) -> dict[str, float]:
        """What an iteration with an inner loop tells: the mean return of each batch, how far θ is drawn, how it explores, and the cost."""
        h = self.hyper
        return {
            "return_before": returns[0],
            "return_after": returns[1],
            "return_last": returns[-1],
            "gradient_norm": torch.cat([d.flatten() for d in direction.values()]).norm().item(),
            **self.policy.spread(detach(self.theta), experience.observation),
            "env_steps": float(h.tasks * h.trajectories * self.family.horizon * (h.inner_steps + 1)),
        }

    def agent(self, support: int | None = None, inner_lr: float | None = None, steps: int | None = None) -> "GradientAgent":
        """Plays trials with the present θ, a copy of it.

        Args:
            support: how many episodes each step learns from; if None, the trial is divided evenly: as many before each step as after.
            inner_lr, steps: α and the number of steps; `trial_lr`, else those of training, if None.
        """
        h = self.hyper
        rate = next(each for each in (inner_lr, self.trial_lr, h.inner_lr) if each is not None)
        count = h.inner_steps if steps is None else steps
        episodes = max(1, self.episodes // (count + 1)) if support is None else support
        theta = {name: p.clone() for name, p in detach(self.theta).items()}
        rates = None if self.rates is None else {name: p.detach().clone() for name, p in self.rates.items()}
        baseline = None if self.baseline is None else SharedBaseline(*(x.clone() for x in self.baseline))
        return GradientAgent(self.family, self.policy, theta, rate, episodes, count, h.discount, h.gae_lambda, baseline, rates)


def undecided(policy: BatchPolicy, theta: Params, support: Experience, weight: float) -> float | Tensor:
    """What a start gets for being undecided in these steps of all tasks: one that always does the same finds nothing out by it."""
    return weight * policy.entropy(theta, support.observation.flatten(0, 1)).mean() if weight else 0.0


def act_and_adapt(
    family: TaskFamily,
    tasks: Any,
    policy: BatchPolicy,
    phi: Params,
    judge: Callable[[Trajectories], Experience],
    rng: torch.Generator,
    sizes: Sequence[float],
    trajectories: int,
    *,
    noise: float = 1.0,
    rates: Params | None = None,
    calm: bool = False,
) -> Iterator[tuple[Trajectories, Experience, Params]]:
    """The inner loop in every task by itself: act, judge, take one policy-gradient step, act again, …

    Args:
        phi: where it starts; stacked, [task, …].
        judge: what there is to be learned from trajectories.
        sizes: the length of each step.
        noise, calm: as in `collect`.

    Yields:
        what was played before, between and after the steps, what there is to be learned from it, and the φ that played.
    """
    for k in range(len(sizes) + 1):
        played = collect(family, tasks, policy, phi, trajectories, rng, noise, calm)
        experience = judge(played)
        yield played, experience, phi
        if k < len(sizes):
            phi = adapt_each(policy, phi, experience, sizes[k], rates)


class GradientAgent(Agent):
    """Plays a trial with a start θ: acts with it for some episodes, takes a policy-gradient step, goes on with φ.

    Args:
        family, policy, theta: what is played, and where adaptation starts.
        inner_lr: α; step k has the length α · STEP_SCALE[k].
        support: how many episodes each step learns from.
        steps: how many steps are taken in a trial; after that φ stays as it is.
        discount, lam, baseline: of the advantages, as in `prepare`.
        rates: multiples of α, as in `adapt`.

    Raises:
        ValueError: there are no episodes to learn from.
    """

    def __init__(
        self,
        family: TaskFamily,
        policy: CategoricalMLP | GaussianMLP,
        theta: Params,
        inner_lr: float = 0.5,
        support: int = 1,
        steps: int = 1,
        discount: float = 0.99,
        lam: float = 0.95,
        baseline: SharedBaseline | None = None,
        rates: Params | None = None,
    ) -> None:
        if support < 1:
            raise ValueError(f"a step learns from at least one episode, got support={support}")
        self.family, self.theta, self.inner_lr = family, detach(theta), inner_lr
        self.policy: Any = policy  # of one type or the other
        self.support, self.steps, self.discount, self.lam = support, steps, discount, lam
        self.baseline, self.rates = baseline, rates

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.phi, self.rng, self.taken = stack(self.theta, n), rng, 0
        self.seen: list[Seen] = []

    def begin_episode(self) -> None:
        if len(self.seen) == self.support * self.family.horizon:
            if self.taken < self.steps:
                self.adapt()
            self.seen = []

    @torch.no_grad()
    def act(self, observation: Tensor) -> Tensor:
        features = self.family.features(observation)[:, None]
        z = self.policy.noise((len(features), 1), self.rng).to(features)
        return self.policy.actor(self.phi, z[None])(features)[:, 0]

    @torch.no_grad()
    def probabilities(self, observation: Tensor) -> Float[Tensor, "n *more action"]:
        """See `trials.Chooses`. φ is the present one: a step of adaptation that is due is taken when the next episode begins."""
        need_choice(self.family, "probabilities()")
        features = self.family.features(observation)
        return self.policy.probabilities(self.phi, features.reshape(len(features), -1, features.shape[-1])).view(*features.shape[:-1], -1)

    @torch.no_grad()
    def intended(self, observation: Tensor) -> tuple[Float[Tensor, "n *more action"], Float[Tensor, "n *more action"]]:
        """See `trials.Intends`. φ is the present one: a step of adaptation that is due is taken when the next episode begins."""
        need_real_actions(self.family, "intended()")
        features = self.family.features(observation)
        mean = self.policy.mean(self.phi, features.reshape(len(features), -1, features.shape[-1]))
        std = self.policy.std(self.phi).expand(mean.shape)
        return mean.view(*features.shape[:-1], -1), std.reshape(*features.shape[:-1], -1)

    def see(self, step: Seen) -> None:
        self.seen.append(step)

    def adapt(self) -> None:
        """One step of policy gradient in each task by itself, from the episodes since the last one."""
        experience = prepare(self.trajectories(), self.discount, self.lam, self.baseline)
        size = step_size(self.inner_lr, self.taken)
        self.phi = adapt_each(self.policy, self.phi, experience, size, self.rates)
        self.taken += 1

    @torch.no_grad()
    def trajectories(self) -> Trajectories:
        """What was seen since the last step: [task, episode, time, …]."""
        column = lambda name: torch.stack([getattr(s, name) for s in self.seen], 1).unflatten(1, (-1, self.family.horizon))  # noqa: E731
        observation, action, counts = self.family.features(column("observation")), column("action"), column("counts")
        log_prob = self.policy.log_prob(self.phi, observation.flatten(1, 2), action.flatten(1, 2)).unflatten(1, counts.shape[1:])
        last = torch.arange(self.family.horizon, device=counts.device) == self.family.horizon - 1
        terminated = column("ended") & counts & ~last
        return Trajectories(observation, action, log_prob, column("reward"), terminated, counts.to(log_prob.dtype))
