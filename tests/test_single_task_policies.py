"""The categorical policy, the protocol's functions of the Gaussian one, and the memory, each against torch's own."""

import math

import pytest
import torch
from torch.distributions import Categorical, Normal

from dremeta_lite.policies import MLP, CategoricalMLP, GaussianMLP, GRUPolicy, Policy, draw


def test_both_keep_the_protocol() -> None:
    assert isinstance(CategoricalMLP(3, 2), Policy) and isinstance(GaussianMLP(3, 2), Policy)


def test_log_prob_and_entropy_are_torchs(rng: torch.Generator) -> None:
    policy = CategoricalMLP(3, 4, (5,))
    params = {name: p + 0.5 * torch.randn(p.shape, generator=rng) for name, p in policy.init(rng).items()}
    s, a = torch.randn(50, 3, generator=rng), torch.randint(4, (50,), generator=rng)
    theirs = Categorical(logits=policy.logits(params, s))
    torch.testing.assert_close(policy.log_prob(params, s, a), theirs.log_prob(a))
    torch.testing.assert_close(policy.entropy(params, s), theirs.entropy())
    assert torch.equal(policy.greedy(params, s), theirs.probs.argmax(-1))
    _, log_prob = policy.sample(params, s, rng)
    assert log_prob.shape == (50,) and (log_prob < 0).all()


def test_draws_have_the_right_frequencies_and_log_probabilities(rng: torch.Generator) -> None:
    """200 000 draws: four standard errors."""
    n, logits = 200_000, torch.tensor([0.0, 1.5, -4.0, 0.7])
    action, log_prob = draw(logits.expand(n, 4), rng)
    p = logits.softmax(-1)
    for a in range(4):
        assert (action == a).double().mean().item() == pytest.approx(p[a].item(), abs=4 * math.sqrt(p[a] * (1 - p[a]) / n))
    torch.testing.assert_close(log_prob, p.log()[action])


def test_an_impossible_action_is_never_drawn(rng: torch.Generator) -> None:
    action, _ = draw(torch.tensor([-math.inf, 0.0, -math.inf]).expand(1000, 3), rng)
    assert action.eq(1).all()


def test_the_gaussians_samples_and_entropy(rng: torch.Generator) -> None:
    policy = GaussianMLP(3, 2, (4,), log_std=-0.7)
    params, s = policy.init(rng), torch.randn(20_000, 3, generator=rng)
    action, log_prob = policy.sample(params, s, rng)
    normal = Normal(policy.mean(params, s), math.exp(-0.7))
    torch.testing.assert_close(log_prob, normal.log_prob(action).sum(-1), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(policy.entropy(params, s), normal.entropy().sum(-1))
    z = (action - policy.mean(params, s)) / math.exp(-0.7)  # four standard errors of a mean and of a variance
    assert z.mean().item() == pytest.approx(0, abs=4 / math.sqrt(40_000))
    assert z.var().item() == pytest.approx(1, abs=4 * math.sqrt(2 / 40_000))
    assert torch.equal(policy.greedy(params, s), policy.mean(params, s))


def test_two_networks_live_in_one_dict(rng: torch.Generator) -> None:
    actor, critic = CategoricalMLP(2, 2, (3,)), MLP([2, 3, 1], prefix="value_")
    both = actor.init(rng) | critic.init(rng)
    assert len(both) == 8
    s = torch.randn(5, 2, generator=rng)
    hidden = torch.tanh(s @ both["value_weight0"] + both["value_bias0"])
    torch.testing.assert_close(critic.forward(both, s), hidden @ both["value_weight1"] + both["value_bias1"])


def noisy(policy: GRUPolicy, rng: torch.Generator) -> dict[str, torch.Tensor]:
    return {name: p + 0.3 * torch.randn(p.shape, generator=rng) for name, p in policy.init(rng).items()}


def test_the_memory_is_torchs_gru(rng: torch.Generator) -> None:
    policy = GRUPolicy(3, 2, memory=5)
    params, theirs = noisy(policy, rng), torch.nn.GRU(3, 5, batch_first=True)
    own = dict(
        zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), ("see", "remember", "see_bias", "remember_bias"), strict=True)
    )
    theirs.load_state_dict({name: params[mine].mT if "weight" in name else params[mine] for name, mine in own.items()})
    s, h = torch.randn(4, 9, 3, generator=rng), torch.randn(4, 5, generator=rng)
    never = torch.zeros(4, 9, dtype=torch.bool)
    torch.testing.assert_close(policy.unroll(params, h, s, never), theirs(s, h[None])[0])
    torch.testing.assert_close(policy.step(params, h, s[:, 0]), theirs(s[:, :1], h[None])[0][:, 0])


def test_unrolled_equals_step_by_step_with_a_fresh_memory_for_each_episode(rng: torch.Generator) -> None:
    policy = GRUPolicy(2, 2, memory=4)
    params, s, h = noisy(policy, rng), torch.randn(3, 7, 2, generator=rng), torch.randn(3, 4, generator=rng)
    first = torch.rand(3, 7, generator=rng) < 0.3
    assert first.any() and not first.all()
    all_at_once, steps = policy.unroll(params, h, s, first), []
    for t in range(7):
        h = torch.where(first[:, t, None], policy.blank(3), h)
        h = policy.step(params, h, s[:, t])
        steps.append(h)
    torch.testing.assert_close(all_at_once, torch.stack(steps, 1))
