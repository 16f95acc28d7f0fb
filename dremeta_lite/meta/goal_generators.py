"""Learning p(T) from examples: a GAN and a VAE that are shown the same N goals, and draw new ones.

    GAN    D is drawn to tell shown goals x from made ones G(z), and G to make goals that D takes for shown ones:
               L_D = E softplus(-D(x)) + E softplus(D(G(z))) + γ/2 E |∇D(x)|²            L_G = E softplus(-D(G(z)))
    VAE    an encoder says which z made x, a decoder what z makes; both are drawn to make the shown goals likely:
               L = E |x - μ(z)|² / (2σ²) + KL( q(z|x) ‖ N(0, 1) )

Nothing here adapts to a task, so nothing here is meta-learning: it makes the tasks that a meta-learner trains on.

Sources: Goodfellow et al. 2014, "Generative adversarial nets" (arXiv 1406.2661), eq. 1, with the generator's loss of section 3 that does
not saturate; Mescheder, Geiger and Nowozin 2018, "Which training methods for GANs do actually converge?" (arXiv 1801.04406), for
the penalty γ, their R1; Kingma and Welling 2014, "Auto-encoding variational Bayes" (arXiv 1312.6114), eq. 10.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import leaky_relu, softplus

from dremeta_lite.compatibility import need
from dremeta_lite.hyper import HyperParameters, Real, Whole
from dremeta_lite.learner import GradientLearner, generator
from dremeta_lite.networks import MLP, Params, detach
from dremeta_lite.tasks.drawn_goals import Goals, some
from dremeta_lite.tasks.family import TaskFamily

UNIT = 0.4
"""Networks are shown goals in this unit, in plane units: their inputs and outputs are then near ±1."""
MOST, LATENT, BATCH, UPDATES = 1000, 2, 64, 10
BETAS, AVERAGED = (0.5, 0.99), 0.01
NEAR, JUDGED, JUDGING_SEED = 0.03, 300, 40


class GeneratorHyper(HyperParameters):
    """What can be changed while goals are learned to be drawn."""

    examples = Whole(20, low=1, high=MOST, symbol="N", unit="tasks", scale="log", help="how many tasks are shown; no more is known of p(T)")
    learning_rate = Real(2e-3, low=1e-5, high=0.1, symbol="α", scale="log", help="Adam's step size, of all networks")
    penalty = Real(0.05, low=0, high=10, symbol="γ", help="what the discriminator pays for being steep at the tasks shown (R1)")
    spread = Real(0.04, low=0.005, high=0.2, symbol="σ", scale="log", unit="plane units", help="how far around its mean the VAE draws")


class GoalGenerators(GradientLearner):
    """Learns to draw goals like those of a family, by a GAN and by a VAE at once. One iteration is ten updates of both.

    Args:
        family: a family whose tasks have a goal in the plane; N of them are shown.
        seed, device, hyper: as of every `Learner`.
        hidden: widths of the hidden layers, of all four networks.

    Attributes:
        shown: goals [1000, 2] in plane units; the first N of them are what is known of p(T).
        painted: how many of them, from the first on, somebody has put there.

    Raises:
        ValueError: tasks of the family have no goal in the plane.
    """

    hyper: GeneratorHyper
    kept = (*GradientLearner.kept, "averaged", "shown", "painted")
    cause = "The usual cause is a learning rate (α) that is too large: make it smaller, and start again."

    def __init__(
        self, family: TaskFamily, seed: int = 0, device: torch.device | str = "cpu", hidden: Sequence[int] = (48, 48), **hyper: Any
    ) -> None:
        goal = getattr(family.default_params, "goal", None)
        need(isinstance(goal, Tensor) and goal.shape == (2,), type(self).__name__, "goals in a plane", family, "none")
        self.family, self.seed, self.device, self.hyper = family, seed, torch.device(device), GeneratorHyper(**hyper)
        leaky = partial(leaky_relu, negative_slope=0.2)
        make = lambda prefix, before, after: MLP([before, *hidden, after], 1.0, device, f"{prefix}_", leaky)  # noqa: E731
        self.generate, self.discriminate = make("generator", LATENT, 2), make("discriminator", 2, 1)
        self.encode, self.decode = make("encoder", 2, 2 * LATENT), make("decoder", LATENT, 2)
        rng, networks = generator(seed), (self.generate, self.discriminate, self.encode, self.decode)
        self.shown, self.painted = family.sample_tasks(MOST, rng, device).goal, 0
        self.truth = family.sample_tasks(JUDGED, generator(JUDGING_SEED), device).goal
        first = {name: p for network in networks for name, p in network.init(rng).items()}
        self.averaged = {name: p.clone() for name, p in first.items()}
        super().__init__(first, rng)
        self.optimiser.param_groups[0]["betas"] = BETAS

    def examples(self) -> Goals:
        """The tasks that are shown."""
        return self.shown[: self.hyper.examples]

    def noise(self, n: int, rng: torch.Generator | None = None) -> Float[Tensor, "n latent"]:
        """z ~ N(0, 1)."""
        rng = rng or self.rng
        return torch.randn(n, LATENT, generator=rng, device=rng.device).to(self.device)

    def advance(self) -> dict[str, float]:
        """Ten updates of all four networks; then what both draw is held against p(T)."""
        h = self.hyper
        for _ in range(UPDATES):
            x = some(self.examples(), BATCH, self.rng) / UNIT
            self.descend(self.gan_loss(self.learned, x) + self.vae_loss(self.learned, x), h.learning_rate)
            for name, p in self.learned.items():  # G circles around its goal: the mean over time stands still
                self.averaged[name].lerp_(p.detach(), AVERAGED)
        self.heartbeat()
        return self.judge()

    def gan_loss(self, theta: Params, x: Goals) -> Float[Tensor, ""]:
        """L_D + L_G. Each network gets the gradient of its own loss alone: the other one stands still in it."""
        made, still = self.generate.forward(theta, self.noise(len(x))), detach(theta)
        x = x.clone().requires_grad_()
        real = self.discriminate.forward(theta, x)
        (slope,) = torch.autograd.grad(real.sum(), x, create_graph=True)
        loss_d = softplus(-real).mean() + softplus(self.discriminate.forward(theta, made.detach())).mean()
        loss_g = softplus(-self.discriminate.forward(still, made)).mean()
        return loss_d + self.hyper.penalty / 2 * slope.square().sum(-1).mean() + loss_g

    def vae_loss(self, theta: Params, x: Goals) -> Float[Tensor, ""]:
        """-ELBO, up to a constant."""
        mean, log_variance = self.encode.forward(theta, x).chunk(2, -1)
        log_variance = log_variance.clamp(-8, 4)
        z = mean + (log_variance / 2).exp() * self.noise(len(x))
        wrong = (self.decode.forward(theta, z) - x).square().sum(-1) / (2 * (self.hyper.spread / UNIT) ** 2)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)
        return (wrong + kl).mean()

    @torch.no_grad()
    def gan(self, n: int, rng: torch.Generator) -> Goals:
        """Draw n goals from the GAN."""
        return UNIT * self.generate.forward(self.averaged, self.noise(n, rng))

    @torch.no_grad()
    def vae(self, n: int, rng: torch.Generator) -> Goals:
        """Draw n goals from the VAE: the decoder's mean, and its σ around it."""
        z, around = self.noise(n, rng), torch.randn(n, 2, generator=rng, device=rng.device).to(self.device)
        return UNIT * self.decode.forward(self.averaged, z) + self.hyper.spread * around

    def judge(self) -> dict[str, float]:
        """Of both: the share of what they draw that lies near a true goal, and the share of true goals that something drawn lies near."""
        found = {}
        for name, draw in (("gan", self.gan), ("vae", self.vae)):
            drawn = draw(JUDGED, generator(JUDGING_SEED + 1))
            found |= {f"{name}_precision": near(drawn, self.truth), f"{name}_coverage": near(self.truth, drawn)}
        return found

    def show(self, goal: Sequence[float]) -> None:
        """Put a task of one's own in the place of the next of those that are shown."""
        self.shown[self.painted] = self.shown.new_tensor(goal)
        self.painted += 1


def near(goals: Goals, others: Goals) -> float:
    """The share of goals that have one of the others within 0.03 plane units."""
    return (torch.cdist(goals, others).amin(1) < NEAR).float().mean().item()


def resampled(examples: Goals, n: int, rng: torch.Generator, noise: float = 0.0) -> Goals:
    """One of the examples, with noise around it (a standard deviation in plane units). A kernel density is no more than that."""
    return some(examples, n, rng) + noise * torch.randn(n, 2, generator=rng, device=rng.device).to(examples)


def kernel_width(examples: Goals) -> float:
    """The noise under which each example is most likely, given the others (leave one out), among 30 from 0.004 to 0.8."""
    squared = torch.cdist(examples, examples).square().fill_diagonal_(torch.inf)
    widths = torch.logspace(-2, 0.3, 30, device=examples.device) * UNIT
    likely = [(torch.logsumexp(-squared / (2 * h * h), -1) - 2 * h.log()).mean() for h in widths]
    return widths[int(torch.stack(likely).argmax())].item()
