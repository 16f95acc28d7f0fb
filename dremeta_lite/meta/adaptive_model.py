"""Transition models that are learned over many pendulums, so that a few transitions of a new one are enough.

    inner loop    a few transitions of ONE pendulum  →  a model of it        `fit`: by Bayes' rule, or by gradient steps
    outer loop    θ ← θ - β ∇_θ (how wrong that model is about other transitions of the same pendulum)

Both learn c, by how much a step changes the speed (`world.hidden_pendulum`). They differ in the inner loop alone.

Sources: Harrison, Sharma and Pavone 2018, "Meta-learning priors for efficient online Bayesian regression" (ALPaCA, arXiv 1807.08912);
Bertinetto et al. 2019, "Meta-learning with differentiable closed-form solvers" (R2-D2, arXiv 1805.08136); Nagabandi et al. 2019,
"Learning to adapt in dynamic, real-world environments through meta-reinforcement learning" (GrBAL, arXiv 1803.11347).
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, grad_and_value

from dremeta_lite.compatibility import need
from dremeta_lite.hyper import HyperParameters, Real, Switch, Whole
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.meta.trial_learner import clip_gradient
from dremeta_lite.networks import MLP, Params, detach, stack
from dremeta_lite.tasks import Pendulum, TaskFamily
from dremeta_lite.world.bayes_linear import Weights, posterior
from dremeta_lite.world.hidden_pendulum import Fit, Points, first, inputs, moved_by, points, wander
from dremeta_lite.world.model_learner import Transitions
from dremeta_lite.world.planning import Model

SUPPORTS = (2, 4, 8, 16, 32)
"""How many transitions are seen before the model has to do: one of these in each iteration, so that it suits all of them."""
JUDGED = (2, 8, 32)
JUDGED_TASKS, JUDGED_QUERY, JUDGING_SEED = 25, 20, 39
LONGEST_GRADIENT = 1.0


class AdaptiveHyper(HyperParameters):
    """What can be changed while a model over many pendulums is learned."""

    learning_rate = Real(5e-3, low=1e-5, high=0.1, symbol="β", scale="log", help="Adam's step size in the outer loop, at the start")
    iterations = Whole(400, low=1, high=100_000, unit="iterations", help="how many are planned: over them β falls to 3 %")
    tasks = Whole(64, low=1, high=1000, symbol="N", unit="tasks", help="pendulums in one iteration")
    query = Whole(32, low=1, high=200, symbol="Q", unit="transitions", help="others of each pendulum, by which its model is judged")


class GradientHyper(AdaptiveHyper):
    """What can be changed besides, where the inner loop takes gradient steps."""

    inner_lr = Real(0.05, low=1e-3, high=1, symbol="α", scale="log", help="length of inner steps; from here MAML learns each parameter's")
    inner_steps = Whole(2, low=0, high=1000, symbol="K", unit="steps", help="inner steps in a new pendulum; 0: the model stays as it is")
    meta_learned = Switch(True, help="on: the outer loop looks through the inner steps (MAML); off: one model for all pendulums (pooled)")


class AdaptiveModel(GradientLearner):
    """Learns θ of a network with two hidden layers, over pendulums that are drawn at random.

    Args:
        family: the pendulum.
        seed, device, hyper: as of every `Learner`.
        hidden: widths of the hidden layers.

    Raises:
        ValueError: the family is no pendulum.
    """

    family: Pendulum
    hyper: AdaptiveHyper
    hyper_type: type[AdaptiveHyper] = AdaptiveHyper
    outputs = 1

    def __init__(
        self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", hidden: Sequence[int] = (32, 32), **hyper: Any
    ) -> None:
        need(isinstance(family, Pendulum), type(self).__name__, "a pendulum", family, "none")
        self.family, self.seed, self.device = family, seed, torch.device(device)  # type: ignore[assignment]
        self.hyper = self.hyper_type(**hyper)
        self.network = MLP([4, *hidden, self.outputs], device=device)
        rng, judging = generator(seed), generator(JUDGING_SEED)
        held_out = self.family.held_out_tasks(JUDGED_TASKS, self.device)
        self.judged = tuple(wander(self.family, held_out, n, judging) for n in (max(JUDGED), JUDGED_QUERY))
        super().__init__(self.network.init(rng) | self.more(), rng)

    def more(self) -> Params:
        """What is learned besides the network's parameters."""
        return {}

    @abstractmethod
    def loss(self, learned: Params, support: Points, query: Points) -> Float[Tensor, ""]:
        """How wrong the models that are made of the support are about the query: what the outer loop makes small."""

    @abstractmethod
    def fit(self, seen: Transitions) -> Model:
        """A model of each task, from these transitions of it [task, n, …] and nothing else."""

    def advance(self) -> dict[str, float]:
        """One iteration: draw pendulums, adapt to each, move θ."""
        h, family = self.hyper, self.family
        n = SUPPORTS[int(torch.randint(len(SUPPORTS), (), generator=self.rng, device=self.rng.device))]
        tasks = family.sample_tasks(h.tasks, self.rng, self.device)
        if torch.rand((), generator=self.rng, device=self.rng.device) < 0.5:  # the query is other play in the same tasks,
            seen, query = wander(family, tasks, n, self.rng), wander(family, tasks, h.query, self.rng)
        else:  # or what comes next
            play = wander(family, tasks, n + h.query, self.rng)
            seen, query = first(play, n), Transitions(*(x[:, n:] for x in play))
        gradient, loss = grad_and_value(self.loss)(detach(self.learned), points(family, seen), points(family, query))
        parts, _ = clip_gradient([*gradient.values()], LONGEST_GRADIENT)
        self.ascend({name: -g for name, g in zip(gradient, parts, strict=True)}, self.learning_rate())
        return {"loss": loss.item(), **self.judge(), "env_steps": float(h.tasks * (n + h.query))}

    def learning_rate(self) -> float:
        """β of this iteration: along half a cosine down to 3 %."""
        past = min(self.iteration / self.hyper.iterations, 1.0)
        return self.hyper.learning_rate * (0.03 + 0.97 * (1 + math.cos(math.pi * past)) / 2)

    @torch.no_grad()
    def judge(self) -> dict[str, float]:
        """How wrong the predicted speed is in held-out tasks after 2, 8 and 32 transitions, as a share of the usual change."""
        seen, other = self.judged
        return {f"error_{n}": prediction_error(self.fit(first(seen, n)), other) for n in JUDGED}


def prediction_error(model: Model, seen: Transitions) -> float:
    """The root mean square error of the next speed, as a share of that of a model in which the speed never changes."""
    wrong = (model(seen.state, seen.action) - seen.next_state)[..., 1]
    return (wrong.square().mean() / (seen.next_state - seen.state)[..., 1].square().mean()).sqrt().item()


class BayesianModel(AdaptiveModel):
    """Features φ(s, a) that are learned, and weights on them that are not: Bayes' rule gives those, from the transitions seen.

        c(s, a) = φ(s, a; θ)ᵀ w + ε,    w ~ N(m, 1),    ε ~ N(0, σ²)

    θ, m and σ² are learned by making the query likely (Harrison et al. 2018, who learn the prior's covariance, too; here it is 1, since φ
    can be anything). Arguments as of `AdaptiveModel`.
    """

    outputs = 16
    cause = "The usual cause is a learning rate (β) that is too large: make it smaller, and start again."

    def more(self) -> Params:
        """The prior's mean, and log σ²."""
        return {"prior": torch.zeros(self.outputs, device=self.device), "log_noise": torch.tensor(-8.0, device=self.device)}

    def believed(self, learned: Params, support: Points) -> Weights:
        """w after the support."""
        features = self.network.forward(learned, support.inputs)
        precision = torch.eye(self.outputs, device=features.device)
        return posterior(features, support.change, support.counts, learned["prior"], precision, learned["log_noise"].double().exp())

    def loss(self, learned: Params, support: Points, query: Points) -> Float[Tensor, ""]:
        """-log p(query | support), up to a constant; the mean over the points that count."""
        mean, variance = self.believed(learned, support).at(self.network.forward(learned, query.inputs))
        variance = variance + learned["log_noise"].double().exp()
        surprise = 0.5 * ((query.change - mean).square() / variance + variance.log())
        return (surprise * query.counts).sum() / query.counts.sum()

    def fit(self, seen: Transitions) -> Model:
        learned = detach(self.learned)
        weights = self.believed(learned, points(self.family, seen)).mean[..., None].to(learned["prior"])
        return moved_by(self.family, lambda s, a: (self.network.forward(learned, inputs(self.family, s, a)) @ weights)[..., 0])

    def sure(self, seen: Transitions, state: Float[Tensor, "task n 2"], action: Float[Tensor, "task n 1"]) -> Float[Tensor, "task n"]:
        """The standard deviation of what it says of the next speed: its weights' and σ together."""
        learned = detach(self.learned)
        features = self.network.forward(learned, inputs(self.family, state, action))
        _, variance = self.believed(learned, points(self.family, seen)).at(features)
        return (variance + learned["log_noise"].double().exp()).sqrt().to(features)


class GradientModel(AdaptiveModel):
    """A network that takes gradient steps on the transitions seen: MAML on the model (GrBAL), with a learned α for each parameter; or, with
    `meta_learned` off, one network for all pendulums, which may be fine-tuned in the same way. Arguments as of `AdaptiveModel`.
    """

    hyper: GradientHyper
    hyper_type = GradientHyper
    cause = "The usual cause is a learning rate (α or β) that is too large: make it smaller, and start again."

    def more(self) -> Params:
        """α of each parameter."""
        return {f"alpha.{name}": torch.full_like(p, self.hyper.inner_lr) for name, p in self.network.init(generator(0)).items()}

    def error(self, theta: Params, data: Points) -> Float[Tensor, "*task"]:
        """The mean squared error, over the points that count."""
        wrong = (self.network.forward(theta, data.inputs)[..., 0] - data.change).square() * data.counts
        return wrong.sum(-1) / data.counts.sum(-1).clamp(min=1)

    def adapt(self, learned: Params, support: Points, start: Params | None = None) -> Params:
        """φ of each task: K times φ ← φ - α ∘ ∇L(φ), from θ, or from some other start for each task."""
        h = self.hyper
        phi = start or stack({name: p for name, p in learned.items() if not name.startswith("alpha.")}, len(support.change))
        for _ in range(h.inner_steps):
            gradient = grad(lambda phi: self.error(phi, support).sum())(phi)
            alpha = {name: learned[f"alpha.{name}"] if h.meta_learned else h.inner_lr for name in phi}
            phi = {name: p - alpha[name] * gradient[name] for name, p in phi.items()}
        return phi

    def loss(self, learned: Params, support: Points, query: Points) -> Float[Tensor, ""]:
        phi = self.adapt(learned, support) if self.hyper.meta_learned else learned
        return self.error(phi, query).mean()

    def fit(self, seen: Transitions) -> Model:
        return self.model_of(detach(self.adapt(detach(self.learned), points(self.family, seen))))

    def going_on(self) -> Fit:
        """A way to fit that never goes back to θ: its steps go on from where the last ones have ended. Make one for each episode."""
        phi: Params | None = None

        def fit(seen: Transitions) -> Model:
            nonlocal phi
            phi = detach(self.adapt(detach(self.learned), points(self.family, seen), phi))
            return self.model_of(phi)

        return fit

    def model_of(self, phi: Params) -> Model:
        """The model of each task with these parameters [task, …]."""
        return moved_by(self.family, lambda s, a: self.network.forward(phi, inputs(self.family, s, a))[..., 0])
