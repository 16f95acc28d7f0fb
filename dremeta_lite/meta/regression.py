"""Five ways to a starting point, on regression tasks: pooled training, MAML, first-order MAML, Reptile and Meta-SGD.

One learner, and one function for each way: `pooled`, `maml`, `first_order`, `reptile`, `meta_sgd`. Each says what ONE task contributes to
the direction in which θ moves; the learner takes the mean over tasks, and Adam the step. Whatever differs stands in these functions.
"""

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import grad, vmap

from dremeta_lite.compatibility import need
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.inner.fitting import descend, mse, one_rate
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.meta.meta_sgd import RATE, split_rates, with_rates
from dremeta_lite.networks import MLP, Params, detach, stack
from dremeta_lite.tasks.family import TaskFamily
from dremeta_lite.tasks.sinusoid import REACH, Points, Sinusoid, SinusoidTask


def pooled(network: MLP, theta: Params, rates: Params, support: Points, query: Points, steps: int) -> Params:
    """∇_θ L(θ): no inner loop. One function for all tasks."""
    return grad(lambda theta: mse(network, theta, query))(theta)


def maml(network: MLP, theta: Params, rates: Params, support: Points, query: Points, steps: int) -> Params:
    """∇_θ L(φ(θ)): the gradient passes through the inner steps. Source: Finn et al. 2017, eq. 1."""
    return grad(lambda theta: mse(network, descend(network, theta, support, rates, steps), query))(theta)


def first_order(network: MLP, theta: Params, rates: Params, support: Points, query: Points, steps: int) -> Params:
    """∇_φ L(φ): the gradient at the adapted parameters, applied to θ. Source: Finn et al. 2017, section 5.2."""
    return grad(lambda phi: mse(network, phi, query))(descend(network, theta, support, rates, steps))


def reptile(network: MLP, theta: Params, rates: Params, support: Points, query: Points, steps: int) -> Params:
    """θ - φ: step towards where the inner loop went. No gradient but the inner ones, and no query: all points are learned from.

    Source: Nichol et al. 2018, "On first-order meta-learning algorithms", Algorithm 1 and section 2 (θ - φ as a gradient for Adam).
    """
    everything = Points(torch.cat([support.x, query.x]), torch.cat([support.y, query.y]))
    phi = descend(network, theta, everything, rates, steps)
    return {name: theta[name] - phi[name] for name in theta}


def meta_sgd(network: MLP, theta: Params, rates: Params, support: Points, query: Points, steps: int) -> Params:
    """∇_θ L(φ) and ∇_α L(φ): MAML, and the step of each parameter is learned, too. Source: Li et al. 2017, "Meta-SGD", Algorithm 1."""
    after = lambda theta, rates: mse(network, descend(network, theta, support, rates, steps), query)  # noqa: E731
    by_theta, by_rates = grad(after, argnums=(0, 1))(theta, rates)
    return by_theta | {RATE + name: g for name, g in by_rates.items()}


ALGORITHMS = {algorithm.__name__: algorithm for algorithm in (pooled, maml, first_order, reptile, meta_sgd)}


LIMIT = 10.0
"""No number of a meta-gradient counts for more. Now and then the inner steps run away in one task, and its gradient would undo the work of
hundreds of iterations. Finn et al. clip at 10, too, in their published code (on images)."""


class RegressionHyper(HyperParameters):
    """What can be changed while a start for regression is learned."""

    inner_lr = Real(0.01, low=1e-4, high=0.1, symbol="α", scale="log", help="inner learning rate: length of each adaptation step")
    meta_lr = Real(1e-2, low=1e-5, high=0.1, symbol="β", scale="log", help="meta learning rate: Adam's step size in the outer loop")
    inner_steps = Whole(1, low=1, high=10, symbol="K", unit="steps", help="adaptation steps that the outer loop looks through")
    tasks = Whole(50, low=1, high=1000, symbol="N", unit="tasks", help="tasks in one meta-iteration")
    support = Whole(5, low=1, high=50, symbol="k", unit="points", help="points that a task is adapted to")
    query = Whole(10, low=1, high=50, symbol="Q", unit="points", help="other points of the task, by which the adapted function is judged")
    lr_decay = Whole(0, low=0, high=1_000_000, unit="iterations", help="over so many iterations β falls to a hundredth; 0: it stays")


class RegressionLearner(GradientLearner):
    """Learns a start θ for functions of one family.

    Args:
        family: the tasks.
        algorithm: one of `ALGORITHMS`: "pooled", "maml", "first_order", "reptile" or "meta_sgd".
        seed: of everything that is drawn.
        device: where it computes.
        hidden: widths of the hidden layers; ReLU between them. Finn et al. 2017 have two of 40.
        hyper: starting values of the hyperparameters, by name.

    Attributes:
        theta: θ by name.
        multiples: what Meta-SGD learns along with it: α of each parameter, as multiples of `inner_lr`; nothing elsewhere.

    Raises:
        ValueError: the family is no regression, or there is no such algorithm.
        traitlets.TraitError: a hyperparameter is unknown or out of its bounds.
    """

    family: Sinusoid
    hyper: RegressionHyper
    cause = "The usual cause is a learning rate (α or β) that is too large: make it smaller, and start again."

    def __init__(
        self,
        family: TaskFamily,
        algorithm: str = "maml",
        seed: int = 0,
        device: torch.device | str = "cpu",
        hidden: Sequence[int] = (40, 40),
        **hyper: Any,
    ) -> None:
        need(isinstance(family, Sinusoid), "RegressionLearner", "functions to take points (x, y) of, as Sinusoid has them", family, "none")
        if algorithm not in ALGORITHMS:
            raise ValueError(f"algorithm must be one of {', '.join(ALGORITHMS)}, got {algorithm!r}")
        self.family, self.algorithm, self.seed, self.device = cast(Sinusoid, family), algorithm, seed, torch.device(device)
        self.hyper = RegressionHyper(**hyper)
        self.network = MLP([1, *hidden, 1], device=device, activation=torch.relu)
        rng = generator(seed)
        theta = self.network.init(rng)
        super().__init__(with_rates(theta) if algorithm == "meta_sgd" else theta, rng)
        self.theta, self.multiples = split_rates(self.learned)

    def identity(self) -> dict[str, str]:
        return super().identity() | {"algorithm": self.algorithm}

    @property
    def start(self) -> Params:
        """θ, detached."""
        return detach(self.theta)

    @property
    def rates(self) -> Params:
        """α: the same number for all parameters, or what Meta-SGD has learned so far."""
        learned = {name: self.hyper.inner_lr * p.detach() for name, p in self.multiples.items()}
        return learned or one_rate(self.start, self.hyper.inner_lr)

    def advance(self) -> dict[str, float]:
        """One meta-iteration: draw tasks and points, adapt to each, move θ."""
        h, theta, rates = self.hyper, self.start, self.rates
        tasks = self.family.sample_tasks(h.tasks, self.rng, self.device)
        support, query = self.family.sample_points(tasks, h.support + h.query, self.rng).split(h.support)
        one_task = lambda s, q: ALGORITHMS[self.algorithm](self.network, theta, rates, s, q, h.inner_steps)  # noqa: E731
        gradient = {name: g.mean(0) for name, g in vmap(one_task)(support, query).items()}
        gradient = {name: g * h.inner_lr if name.startswith(RATE) else g for name, g in gradient.items()}  # `rate.` is a multiple of α
        before, after = self.losses(theta, rates, support, query)
        self.ascend({name: -g.clamp(-LIMIT, LIMIT) for name, g in gradient.items()}, self.meta_lr())
        norm = torch.cat([g.flatten() for g in gradient.values()]).norm().item()
        return {"loss_before": before, "loss_after": after, "gradient_norm": norm}

    def losses(self, theta: Params, rates: Params, support: Points, query: Points) -> tuple[float, float]:
        """Squared error on the query before the inner steps and after them; mean over tasks."""
        phi = vmap(lambda s: descend(self.network, theta, s, rates, self.hyper.inner_steps))(support)
        before, after = (mse(self.network, p, query).mean().item() for p in (stack(theta, len(query.x)), phi))
        return before, after

    def meta_lr(self) -> float:
        """β now: along half a cosine down to a hundredth, if it falls."""
        h = self.hyper
        past = min(self.iteration / h.lr_decay, 1.0) if h.lr_decay else 0.0
        return h.meta_lr * (0.01 + 0.99 * (1 + math.cos(math.pi * past)) / 2)


@torch.no_grad()
def adaptation_errors(
    learner: RegressionLearner, tasks: SinusoidTask, points: int = 5, steps: int = 10, rates: Params | None = None, seed: int = 0
) -> Float[Tensor, "step task"]:
    """The mean squared error in each task after 0, 1, …, `steps` inner steps from the learner's θ, over a fine grid of x in [-5, 5].

    Args:
        points: how many points of each task are seen.
        rates: α; the learner's own if None.
        seed: draws the points.
    """
    support = learner.family.sample_points(tasks, points, generator(seed))
    grid = learner.family.points_at(torch.linspace(-REACH, REACH, 101, device=support.x.device), tasks)
    phis = adapted(learner, support, steps, rates)
    return torch.stack([mse(learner.network, phi, grid) for phi in phis])


def adapted(learner: RegressionLearner, support: Points, steps: int, rates: Params | None = None) -> list[Params]:
    """φ after 0, 1, …, `steps` inner steps in each task, from the learner's θ: tensors [task, …]."""
    rates = learner.rates if rates is None else rates
    phis = [stack(learner.start, len(support.x))]
    for _ in range(steps):
        phis.append(detach(vmap(lambda p, s: descend(learner.network, p, s, rates))(phis[-1], support)))
    return phis


CEILING = 100.0


def mean_errors(errors: Float[Tensor, "step task"]) -> Float[Tensor, " step"]:
    """The mean over tasks. Where adaptation runs away, which a few tasks in a thousand do, the error counts as 100: one of them would
    otherwise be the whole mean."""
    return errors.nan_to_num(CEILING).clamp(max=CEILING).mean(-1)
