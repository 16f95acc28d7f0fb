"""The policy gradient where everything can be enumerated (a bandit), and REINFORCE as a learner."""

import pytest
import torch
from torch import Tensor

from dremeta_lite.inner.reinforce import Reinforce, score_objective
from dremeta_lite.policies import CategoricalMLP
from dremeta_lite.rollout import play_out
from dremeta_lite.tasks.cartpole import CartPole
from dremeta_lite.tasks.navigation import Navigation2D

BANDIT = CategoricalMLP(1, 3, hidden=())
"""Three arms, one state: logits = weight + bias."""
PAYS = torch.tensor([1.0, -0.5, 3.0], dtype=torch.float64)
LOGITS = torch.tensor([[0.3, -0.2, 0.6]], dtype=torch.float64)
STATE = torch.ones(3, 1, dtype=torch.float64)
ARMS = torch.arange(3)


def theta(logits: Tensor = LOGITS) -> dict[str, Tensor]:
    return {"weight0": logits, "bias0": torch.zeros(3, dtype=torch.float64)}


def scores() -> Tensor:
    """∇ log π(a) by the logits, for each arm a: the rows of a matrix [arm, logit], by autograd through our policy."""
    logits = LOGITS.clone().requires_grad_()
    log_prob = BANDIT.log_prob(theta(logits), STATE, ARMS)
    return torch.stack([torch.autograd.grad(log_prob[a], logits, retain_graph=True)[0][0] for a in range(3)])


def test_the_score_of_a_softmax_in_closed_form() -> None:
    """∂ log π(a) / ∂ logit_b = 1[a = b] - π(b)."""
    torch.testing.assert_close(scores(), torch.eye(3, dtype=torch.float64) - LOGITS.softmax(-1))


def test_the_expected_score_is_zero() -> None:
    p = LOGITS.softmax(-1)[0]
    torch.testing.assert_close(p @ scores(), torch.zeros(3, dtype=torch.float64), rtol=0, atol=1e-15)


def test_the_expected_score_times_the_reward_is_the_gradient_of_the_expected_reward() -> None:
    """By enumeration over the arms, against finite differences of J = Σ π(a) r(a), in float64 (error of order 1e-10)."""
    p = LOGITS.softmax(-1)[0]
    enumerated = p @ (scores() * PAYS[:, None])
    h = 1e-5
    for b in range(3):
        bump = torch.zeros_like(LOGITS).index_fill(1, torch.tensor([b]), h)
        up, down = (((LOGITS + sign * bump).softmax(-1)[0] @ PAYS).item() for sign in (1, -1))
        assert enumerated[b].item() == pytest.approx((up - down) / (2 * h), abs=1e-9)


def test_the_gradient_of_the_score_objective_is_that_expectation() -> None:
    """Weights π(a) instead of 1/n make the sample mean an exact expectation."""
    p = LOGITS.softmax(-1)[0]
    logits = LOGITS.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(score_objective(BANDIT, theta(logits), STATE, ARMS, PAYS, p), logits)
    torch.testing.assert_close(gradient[0], p @ (scores() * PAYS[:, None]))


def variance(baseline: float) -> float:
    """Of the one-sample estimate ∇log π(a) (r(a) - b), summed over the logits, by enumeration."""
    p = LOGITS.softmax(-1)[0]
    samples = scores() * (PAYS - baseline)[:, None]
    return (p @ samples.square() - (p @ samples).square()).sum().item()


@pytest.mark.parametrize("baseline", [-2.0, 0.0, 1.3, 5.0])
def test_a_baseline_leaves_the_mean_and_the_best_one_has_the_least_variance(baseline: float) -> None:
    """The best constant is E[|∇log π|² r] / E[|∇log π|²]; away from it the variance grows by the square of the distance."""
    p = LOGITS.softmax(-1)[0]
    torch.testing.assert_close(p @ (scores() * (PAYS - baseline)[:, None]), p @ (scores() * PAYS[:, None]))
    squared = scores().square().sum(-1)
    best = (p @ (squared * PAYS) / (p @ squared)).item()
    assert variance(baseline) == pytest.approx(variance(best) + (p @ squared).item() * (baseline - best) ** 2)
    expected = (p @ PAYS).item()
    assert variance(best) < variance(expected) < variance(0.0)  # the usual baseline is good, and not the best


def test_sampled_gradients_agree_with_enumeration(rng: torch.Generator) -> None:
    """100 000 draws: four standard errors of the mean, whose variance is known by enumeration; with and without the baseline."""
    n, p = 100_000, LOGITS.softmax(-1)[0]
    arm, _ = BANDIT.sample(theta(), torch.ones(n, 1, dtype=torch.float64), rng)
    exact = p @ (scores() * PAYS[:, None])
    for baseline in (0.0, (p @ PAYS).item()):
        sampled = (scores() * (PAYS - baseline)[:, None])[arm].mean(0)
        assert (sampled - exact).square().sum().item() < 16 * variance(baseline) / n


# --- the learner ------------------------------------------------------------------------------------------------------------------


def test_what_lies_after_the_end_of_an_episode_does_not_count(rng: torch.Generator) -> None:
    learner = Reinforce(CartPole(), discount=1.0, baseline=False, normalise=False)
    rollout = play_out(learner.family, learner.task, lambda s: torch.randint(2, (len(s),), generator=rng), 8, rng)
    advantage, weight = learner.weigh(rollout)
    lengths = rollout.mask.sum(1)
    assert lengths.min() < lengths.max()
    for row, w, length in zip(advantage.view(8, -1), weight.view(8, -1), lengths.int().tolist(), strict=True):
        assert row[:length].tolist() == pytest.approx(list(range(length, 0, -1))) and not row[length:].any()  # the steps still to come
        assert w[:length].tolist() == pytest.approx([1 / lengths.sum().item()] * length) and not w[length:].any()


def test_normalised_weights_have_mean_0_and_variance_1(rng: torch.Generator) -> None:
    learner = Reinforce(CartPole())
    rollout = play_out(learner.family, learner.task, lambda s: torch.randint(2, (len(s),), generator=rng), 8, rng)
    advantage, weight = learner.weigh(rollout)
    assert (advantage * weight).sum().item() == pytest.approx(0, abs=1e-5)
    assert (advantage.square() * weight).sum().item() == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("family", [CartPole(), Navigation2D()], ids=["discrete", "real"])
def test_the_same_seed_gives_the_same_run_and_a_kept_state_goes_on_the_same_way(family, same_state) -> None:
    first, second = (Reinforce(family, seed=4, episodes=2) for _ in range(2))
    assert [first.step() for _ in range(2)] == [second.step() for _ in range(2)]
    kept = first.state_dict()
    numbers = first.step()
    other = Reinforce(family, seed=9, episodes=2)
    other.load_state_dict(kept)
    assert other.step() == numbers and same_state(first.state_dict(), other.state_dict())
