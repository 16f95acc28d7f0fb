"""The variational belief: the ELBO's terms by hand and against torch's own distributions, and the encoder both ways."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import logsigmoid

from dremeta_lite.meta.belief_encoder import Wanderer
from dremeta_lite.meta.task_inference import VariationalBelief, VariationalNetwork, elbo_terms, kl_gaussians, reward_weights, step_before
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Seen, Trial, play_trial
from tests.conftest import seeded

FAMILY = HiddenGoal()


@pytest.fixture
def network() -> VariationalNetwork:
    return VariationalNetwork(FAMILY, latent=3, memory=6, hidden=5)


def wander(tasks: HiddenGoalTask, seed: int = 0) -> Trial:
    return play_trial(FAMILY, tasks, Wanderer(FAMILY), seeded(seed))


def test_kl_of_gaussians_is_that_of_torch() -> None:
    mean, log_variance, other, other_log_variance = torch.randn(4, 7, 3, generator=seeded(0))
    wanted = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(other, (other_log_variance / 2).exp())).sum(-1)
    torch.testing.assert_close(kl_gaussians(mean, log_variance, other, other_log_variance), wanted)
    assert kl_gaussians(mean, log_variance, mean, log_variance).abs().max() < 1e-6


def test_a_posterior_becomes_the_next_prior() -> None:
    x = torch.arange(1.0, 7).view(1, 3, 2)
    assert step_before(x).tolist() == [[[0, 0], [1, 2], [3, 4]]]


def test_which_cells_count() -> None:
    """A trial that enters cell 15 twice and then 10, in an episode of three steps."""
    cells = torch.tensor([[[15, 15, 10]]])
    nothing = torch.zeros(1, 1, 3)
    trial = Trial(cells, cells * 0, nothing, cells, nothing.bool(), nothing + 1)
    often = reward_weights(FAMILY, trial, every_step=True)
    assert often.shape == (1, 4, 25) and often[0, :, [10, 15]].tolist() == [[1, 2]] * 4 and often.sum() == 12
    assert reward_weights(FAMILY, trial)[0, :, [10, 15]].tolist() == [[1, 1]] * 4
    past = reward_weights(FAMILY, trial, future=False, every_step=True)
    assert past[0, :, [10, 15]].tolist() == [[0, 0], [0, 1], [0, 2], [1, 2]]
    assert reward_weights(FAMILY, trial, future=False)[0, :, [10, 15]].tolist() == [[0, 0], [0, 1], [0, 1], [1, 1]]


def test_the_encoder_over_a_trial_is_the_one_step_by_step(network: VariationalNetwork) -> None:
    params = network.init(seeded(1))
    trial, belief = wander(FAMILY.all_tasks()), VariationalBelief(network, params)
    memory, memories = belief.start(21), network.memories(params, trial)
    assert torch.equal(memories[:, 0], memory)
    always = torch.ones(21, dtype=torch.bool)
    for t in range(60):
        e, k = divmod(t, 15)
        step = Seen(
            trial.observation[:, e, k], trial.action[:, e, k], trial.reward[:, e, k], trial.next_observation[:, e, k], ~always, always
        )
        memory = belief.update(memory, step)
        torch.testing.assert_close(memories[:, t + 1], memory)
        assert torch.equal(belief.update(memory, step._replace(counts=~always)), memory)


def test_the_belief_over_cells_and_what_the_policy_is_told(network: VariationalNetwork) -> None:
    params = network.init(seeded(1))
    belief = VariationalBelief(network, params)
    memory = torch.randn(2, 5, 6, generator=seeded(2))
    mean, log_variance = network.posterior_of(params, memory)
    torch.testing.assert_close(belief.summary(memory), torch.cat([mean, log_variance / 2], -1))
    cells = belief.cells(memory)
    pays = 1 / (1 + (-network.decode(params, mean)).exp())
    torch.testing.assert_close(cells, pays / pays.sum(-1, keepdim=True))
    assert belief.width == 6 and cells.sum(-1).flatten().tolist() == pytest.approx([1] * 10)


def test_a_fresh_belief_is_narrow_and_expects_little(network: VariationalNetwork) -> None:
    params = network.init(seeded(1))
    mean, log_variance = network.posterior_of(params, torch.zeros(1, 6))
    assert mean.abs().max() == 0 and log_variance[0, 0].exp().sqrt().item() == pytest.approx(math.exp(-1))
    assert network.decode(params, torch.zeros(1, 3)).sigmoid()[0, 0].item() == pytest.approx(0.047, abs=1e-3)


def test_the_elbo_of_a_decoder_that_ignores_m_can_be_written_down(network: VariationalNetwork) -> None:
    """With a decoder that says -3 of every cell: -log(1 + e⁻³) for each cell entered, and 3 more for the goal, if it was."""
    params = network.init(seeded(1))
    params = {name: p * 0 if name.startswith("decoder_weight") else p for name, p in params.items()}
    tasks = FAMILY.all_tasks()
    trial = wander(tasks)
    terms = elbo_terms(network, params, trial, seeded(3), future=True, every_step=False, kl_to_previous=True)
    entered = FAMILY.features(trial.next_observation.flatten(1)).sum(1) > 0
    said = logsigmoid(torch.tensor([3.0, -3.0]))  # of a cell that does not pay, and of one that does
    met = entered.gather(1, tasks.goal[:, None]).squeeze(1)
    wanted = (entered.sum(-1) - met.long()) * said[0] + met * said[1]
    assert 0 < met.sum() < 21 and terms["reconstruction"].item() == pytest.approx(wanted.mean().item(), rel=1e-5)
    often = elbo_terms(network, params, trial, seeded(3), future=True, every_step=True, kl_to_previous=True)["reconstruction"]
    paid = (trial.reward > 0).flatten(1).sum(-1)
    assert often.item() == pytest.approx(((60 - paid) * said[0] + paid * said[1]).mean().item(), rel=1e-5)


def test_the_kl_term_compares_with_the_belief_before(network: VariationalNetwork) -> None:
    params, trial = network.init(seeded(1)), wander(FAMILY.all_tasks())
    mean, log_variance = network.posterior_of(params, network.memories(params, trial))
    q = Normal(mean, (log_variance / 2).exp())
    standard = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    steps = kl_divergence(q, standard).sum(-1)
    options = {"future": True, "every_step": False}
    fixed = elbo_terms(network, params, trial, seeded(3), kl_to_previous=False, **options)["kl"]
    assert fixed.item() == pytest.approx(steps.mean().item(), rel=1e-4)
    chain = kl_divergence(Normal(q.mean[:, 1:], q.stddev[:, 1:]), Normal(q.mean[:, :-1], q.stddev[:, :-1])).sum(-1)
    moving = elbo_terms(network, params, trial, seeded(3), kl_to_previous=True, **options)["kl"]
    assert moving.item() == pytest.approx((torch.cat([steps[:, :1], chain], 1)).mean().item(), rel=1e-4)
