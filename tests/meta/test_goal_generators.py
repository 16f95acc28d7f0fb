"""Generators of goals: their losses against the formulas written out another way, the closed forms beside them, and a p(T) of one task."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from dremeta_lite.learner import generator
from dremeta_lite.meta.goal_generators import LATENT, UNIT, GoalGenerators, kernel_width, near, resampled
from dremeta_lite.tasks.drawn_goals import RADIUS, WIDTH, NavigationTo, ring
from tests.conftest import seeded

FAMILY = NavigationTo()
X = ring(16, generator(1)) / UNIT


def fresh_noise(learner: GoalGenerators) -> torch.Tensor:
    """What the learner will draw next, left undrawn."""
    state = learner.rng.get_state()
    z = learner.noise(len(X))
    learner.rng.set_state(state)
    return z


def test_each_network_of_the_gan_descends_its_own_loss() -> None:
    """The formulas by -log σ and finite differences of D, beside the gradients that training uses."""
    learner = GoalGenerators(FAMILY, 2, hidden=(6,), penalty=0.7)
    theta, z = {n: p.detach().clone().requires_grad_() for n, p in learner.learned.items()}, fresh_noise(learner)
    got = torch.autograd.grad(learner.gan_loss(theta, X), list(theta.values()), allow_unused=True)
    judge = lambda x: learner.discriminate.forward(theta, x)[:, 0]
    made, h = learner.generate.forward(theta, z), 1e-2
    steep = torch.stack([(judge(X + h * e) - judge(X - h * e)) / (2 * h) for e in torch.eye(2)]).square().sum(0)
    loss_d = -judge(X).sigmoid().log().mean() - (1 - judge(made.detach()).sigmoid()).log().mean() + 0.7 / 2 * steep.mean()
    losses = {"discriminator": loss_d, "generator": -judge(made).sigmoid().log().mean()}
    for name, gradient in zip(theta, got, strict=True):
        if (own := losses.get(name.split("_")[0])) is not None:
            (wanted,) = torch.autograd.grad(own, theta[name], retain_graph=True, allow_unused=True)
            torch.testing.assert_close(gradient, torch.zeros_like(theta[name]) if wanted is None else wanted, atol=3e-3, rtol=3e-2)


def test_the_vaes_loss_is_minus_the_elbo_up_to_a_constant() -> None:
    learner = GoalGenerators(FAMILY, 2, hidden=(6,), spread=0.1)
    theta, z = learner.learned, fresh_noise(learner)
    mean, log_variance = learner.encode.forward(theta, X).chunk(2, -1)
    q, sigma = Normal(mean, (log_variance / 2).exp()), 0.1 / UNIT
    likely = Normal(learner.decode.forward(theta, mean + q.scale * z), sigma).log_prob(X).sum(-1)
    constant = 2 * Normal(0.0, sigma).log_prob(torch.zeros(())).item()
    elbo = (likely - kl_divergence(q, Normal(0.0, 1.0)).sum(-1)).mean()
    torch.testing.assert_close(learner.vae_loss(theta, X), constant - elbo)
    assert z.shape == (16, LATENT)


def test_where_there_is_one_task_both_draw_that_task() -> None:
    """The one p(T) whose answer needs no training to know. Two seeds."""
    for seed in (0, 1):
        learner = GoalGenerators(FAMILY, seed, hidden=(16,), examples=1, learning_rate=1e-2)
        begin = [(draw(200, seeded(0)).mean(0) - learner.examples()[0]).norm() for draw in (learner.gan, learner.vae)]
        for _ in range(25):
            learner.step()
        end = [(draw(200, seeded(0)).mean(0) - learner.examples()[0]).norm() for draw in (learner.gan, learner.vae)]
        assert max(end) < 0.1 < min(begin), (seed, begin, end)


def test_a_task_of_ones_own_takes_the_place_of_another_and_is_kept() -> None:
    learner, copy = (GoalGenerators(FAMILY, seed, hidden=(4,), examples=3) for seed in (0, 1))
    learner.show((0.1, -0.2))
    torch.testing.assert_close(learner.examples()[0], torch.tensor([0.1, -0.2]))
    copy.load_state_dict(learner.state_dict())
    assert torch.equal(copy.examples(), learner.examples()) and len(copy.examples()) == 3


def test_the_ring_is_one() -> None:
    goals = ring(20_000, seeded(0))
    distance = goals.norm(dim=1)
    assert distance.mean().item() == pytest.approx(RADIUS, abs=4 * WIDTH / 20_000**0.5)
    assert distance.std().item() == pytest.approx(WIDTH, rel=0.05) and goals.mean(0).norm() < 4 * RADIUS / 20_000**0.5
    assert torch.equal(NavigationTo().sample_tasks(5, seeded(1)).goal, ring(5, seeded(1)))
    assert torch.equal(NavigationTo(lambda n, rng: torch.ones(n, 2)).sample_tasks(3, seeded(1)).goal, torch.ones(3, 2))


def test_a_kernel_density_is_as_wide_as_leaving_one_out_says() -> None:
    goals = ring(12, seeded(3))
    some, noisy = resampled(goals, 5000, seeded(0)), resampled(goals, 5000, seeded(0), noise=0.1)
    assert near(some, goals) == 1 and {*map(tuple, some.tolist())} == {*map(tuple, goals.tolist())}
    assert (noisy - some).std().item() == pytest.approx(0.1, rel=0.05)

    def left_out(width: float) -> float:
        found = 0.0
        for i in range(12):
            others = torch.cat([goals[:i], goals[i + 1 :]])
            found += Normal(others, width).log_prob(goals[i]).sum(-1).exp().mean().log().item()
        return found

    best = kernel_width(goals)
    assert left_out(best) >= max(left_out(best * 1.2), left_out(best / 1.2))
