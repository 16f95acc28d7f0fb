"""The shared baseline: a fit over all tasks, and what it does for a task of which only an episode or two is known."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dremeta_lite.inner.baselines import SharedBaseline, baseline_features, linear_baseline
from dremeta_lite.inner.policy_gradient import discounted_sum, generalized_advantage, prepare
from dremeta_lite.learner_state import bring_back, kept_by
from dremeta_lite.networks import stack
from dremeta_lite.policies import CategoricalMLP
from dremeta_lite.rollout import Trajectories, collect
from dremeta_lite.tasks import Bandit, HiddenGoal, HiddenGoalTask, Navigation2D
from tests.conftest import seeded

GRID = HiddenGoal()


def walks(tasks: HiddenGoalTask, episodes: int, seed: int = 0) -> Trajectories:
    policy = CategoricalMLP(25, 5, hidden=())
    return collect(GRID, tasks, policy, stack(policy.init(seeded(1)), len(tasks.goal)), episodes, seeded(seed))


def test_the_fit_is_that_of_least_squares_over_all_tasks_and_the_scale_what_it_leaves() -> None:
    rng = seeded(3)
    observation, returns = torch.randn(4, 3, 6, 2, generator=rng), torch.randn(4, 3, 6, generator=rng)
    mask = (torch.arange(6) < torch.tensor([[6, 4, 2]])[..., None]).float().expand(4, 3, 6)
    one = SharedBaseline.blank(2)
    two = one.fitted([observation[:1], observation[1:]], [returns[:1], returns[1:]], [mask[:1], mask[1:]], ridge=1e-9)
    kept = mask.bool()
    x, y = baseline_features(observation, mask)[kept].double().numpy(), returns[kept].double().numpy()
    coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
    assert two.coefficients.numpy() == pytest.approx(coefficients, rel=1e-4, abs=1e-4)  # kept in float32
    assert two.scale.item() == pytest.approx((y - x @ coefficients).std(), rel=1e-4)  # the fit has a constant: the mean left is 0
    value = two.value(observation, mask)
    assert (value[~kept] == 0).all() and value[kept].numpy() == pytest.approx(x @ coefficients, abs=1e-4)
    assert (one.coefficients == 0).all() and one.scale == 1, "fitted() makes another one"


def test_its_numbers_have_names_in_files() -> None:
    one, other = SharedBaseline(torch.arange(6.0), torch.tensor(2.0)), SimpleNamespace(baseline=SharedBaseline.blank(1))
    kept = kept_by(SimpleNamespace(baseline=one), ["baseline"])
    assert kept.keys() == {"baseline.coefficients", "baseline.scale"}
    bring_back(other, ["baseline"], kept | {"weight0": torch.zeros(1)})
    assert torch.equal(other.baseline.coefficients, one.coefficients) and other.baseline.scale == 2
    assert other.baseline.coefficients is not one.coefficients


def test_one_episode_explains_itself_away_without_a_shared_baseline() -> None:
    """Fifteen steps, and a feature for every cell and power of t: the episode's own fit knows its returns, whether or not it paid."""
    t = walks(HiddenGoalTask(GRID.goal_cells), 1)
    returns = discounted_sum(t.reward, 0.8)
    found = (t.reward > 0).any(-1)[:, 0]
    own = returns - linear_baseline(t.observation, returns, t.mask)
    shared = SharedBaseline.blank(25).fitted([t.observation], [returns], [t.mask])
    beside = returns - shared.value(t.observation, t.mask)
    print(f"\nleft of the return of {int(found.sum())} episodes that paid: {own[found].abs().mean():.3f} after the own fit, "
          f"{beside[found].abs().mean():.3f} after the shared one")  # fmt: skip
    assert 3 <= found.sum() <= 18
    assert own[found].abs().mean() < 0.4 * beside[found].abs().mean()
    # An episode that found nothing is nothing unusual. Normalised by itself it moves as much as one that paid; beside the others, less.
    alone, among = prepare(t, 0.8, 1.0).advantage, prepare(t, 0.8, 1.0, shared).advantage
    assert alone.square().mean(-1) == pytest.approx(torch.ones(len(alone)), abs=0.01)
    assert among[~found].square().mean() < 0.3 * among[found].square().mean()


def test_advantages_against_a_shared_baseline() -> None:
    """By hand for a bandit: (r - b) / scale. And in general GAE with the shared values, divided by the scale and not normalised."""
    task = Bandit(3).sample_tasks(2, seeded(0))
    policy = CategoricalMLP(1, 3, hidden=())
    t = collect(Bandit(3), task, policy, stack(policy.init(seeded(1)), 2), 4, seeded(2))
    coefficients = torch.tensor([0.1, 0.2, 9.0, 9.0, 9.0, 0.3])  # of s = 1, s², t = 0 (so the nines say nothing), and 1
    e = prepare(t, 0.9, 0.5, SharedBaseline(coefficients, torch.tensor(2.0)))
    torch.testing.assert_close(e.advantage, (t.reward.flatten(1) - 0.6) / 2)

    t = walks(GRID.sample_tasks(3, seeded(0)), 2)
    shared = SharedBaseline(torch.randn(54, generator=seeded(4)), torch.tensor(0.5))
    value = shared.value(t.observation, t.mask)
    by_hand = generalized_advantage(t.reward, value, torch.zeros(3, 2), 0.9, 0.7) / 0.5
    torch.testing.assert_close(prepare(t, 0.9, 0.7, shared).advantage, by_hand.flatten(1))


def test_masked_steps_get_no_advantage(seeker) -> None:
    goals = torch.tensor([[0.3, 0.1], [-0.1, 0.0]])
    policy, params = seeker(goals, 0.05)
    family = Navigation2D()
    t = collect(family, type(family.default_params)(goals), policy, params, 2, seeded(0))
    e = prepare(t, 0.99, 0.95, SharedBaseline(torch.ones(8), torch.tensor(1.0)))
    gone = t.mask.flatten(1) == 0
    assert gone.any() and (e.advantage[gone] == 0).all()
