"""Skills without a reward: what q pays, against closed forms; who learns from it; and a state that is complete."""

import math

import pytest
import torch
from torch import Tensor

from dremeta_lite.meta import SkillDiscovery
from dremeta_lite.meta.skills import EACH
from dremeta_lite.networks import detach
from dremeta_lite.tasks import Navigation2D, Practice, SkillRewards
from tests.conftest import seeded

K, STEPS = 4, 6
PRACTICE = Practice(K, STEPS)


def four_directions(places: Tensor) -> Tensor:
    """log q of one who knows that skills 0 to 3 lead right, left, up and down."""
    x, y = places.unbind(-1)
    return (100 * torch.stack([x, -x, y, -y], -1)).log_softmax(-1)


def frozen(seed: int, log_q: object) -> SkillDiscovery:
    """A learner whose q is this, and stays so."""
    learner = SkillDiscovery(PRACTICE, seed, hidden=(8,))
    learner.guesser.log_q, learner.guesser.advance = log_q, dict  # type: ignore[method-assign, assignment]
    return learner


def test_a_q_that_knows_all_pays_log_k_and_one_that_knows_nothing_pays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
    for log_q, information in ((four_directions, math.log(K)), (lambda places: places.new_full((*places.shape[:-1], K), -math.log(K)), 0)):
        learner = frozen(0, log_q)
        monkeypatch.setattr(learner.policy, "sample", lambda theta, seen, rng: (seen[..., 2:] @ steps, seen[..., 0]))
        rollout = learner.play_on(detach(learner.theta))
        assert learner.information == pytest.approx(information, abs=1e-3) and rollout.reward.shape == (K * EACH, STEPS)
        assert learner.guessed == (1.0 if information else 1 / K)


def test_what_is_paid_is_the_logarithm_of_how_much_better_than_chance_the_guess_is() -> None:
    learner = frozen(0, lambda places: torch.tensor([0.7, 0.1, 0.15, 0.05]).log().expand(*places.shape[:-1], K))
    paid = learner.pays(torch.zeros(2, K, 2), torch.eye(K))
    torch.testing.assert_close(paid, (torch.tensor([0.7, 0.1, 0.15, 0.05]) * K).log().expand(2, K))


def test_q_learns_up_to_the_mutual_information_and_not_beyond() -> None:
    """Skills 0 and 1 lead to one place, 2 and 3 to another: the state says which pair it is, I = log 2."""
    guesser, found = SkillDiscovery(PRACTICE).guesser, []
    guesser.skills, guesser.rate = torch.arange(K), 1e-2
    guesser.places = torch.tensor([[0.5, 0.0], [0.5, 0.0], [-0.5, 0.0], [-0.5, 0.0]])
    for _ in range(30):
        guesser.advance()
        found.append(guesser.log_q(guesser.places).diagonal().mean().item() + math.log(K))
    assert max(found) < math.log(2) + 1e-6 and found[-1] == pytest.approx(math.log(2), abs=0.01)


def test_the_reward_is_what_q_pays_before_it_has_seen_the_states() -> None:
    learner, before = SkillDiscovery(PRACTICE, 1), SkillDiscovery(PRACTICE, 1)
    rollout = learner.play_on(detach(learner.theta))
    places, skill = rollout.next_observation.split([2, K], -1)
    torch.testing.assert_close(rollout.reward, before.pays(places, skill))
    assert learner.information == pytest.approx(rollout.reward.mean().item(), abs=1e-6)
    assert learner.pays(places, skill).mean() > rollout.reward.mean(), "then q has learned from them"
    assert torch.equal(skill.sum((0, 1)), torch.full((K,), float(EACH * STEPS)))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_policy_learns_to_be_guessed(seed: int) -> None:
    """By a q that stays as it is, and knows four directions. The most that can be earned is log 4 = 1.39."""
    learner = frozen(seed, four_directions)
    numbers = [learner.step() for _ in range(25)]
    assert numbers[0]["information"] < 0 and numbers[-1]["information"] > 1.0


@pytest.mark.parametrize("seed", [0, 1])
def test_both_together_find_skills_that_can_be_told_apart(seed: int) -> None:
    learner = SkillDiscovery(PRACTICE, seed)
    numbers = [learner.step() for _ in range(30)]
    assert abs(numbers[0]["information"]) < 0.1 and 1.1 < numbers[-1]["information"] < math.log(K)


def test_it_goes_on_where_it_was_kept() -> None:
    learner, copy = (SkillDiscovery(PRACTICE, seed, hidden=(8,)) for seed in (0, 1))
    learner.step()
    copy.load_state_dict(learner.state_dict())
    assert copy.step() == learner.step()
    assert torch.equal(copy.ends(5, seeded(2)), learner.ends(5, seeded(2)))


def test_goals_lie_where_skills_end() -> None:
    learner = SkillDiscovery(PRACTICE, hidden=(8,))
    learner.policy.sample = lambda theta, seen, rng: (seen[..., 2:4] - seen[..., 4:6], seen[..., 0])  # type: ignore[method-assign]
    goals = learner.ends(400, seeded(0))
    corners = torch.tensor([[1.0, 0], [0, 1], [-1, 0], [0, -1]]) * STEPS * 0.1
    nearest = torch.cdist(goals, corners)
    assert goals.shape == (400, 2) and nearest.amin(-1).max() < 1e-5
    assert nearest.argmin(-1).bincount(minlength=K).min() > 60, "each with probability 1/4: 100 ± 9"


def test_what_does_not_fit_is_refused() -> None:
    for family in (Navigation2D(), SkillRewards(PRACTICE, lambda place, skill: place[..., 0])):
        with pytest.raises(ValueError, match=f"needs a Practice, whose agent is told a skill, and {family.name} has none to tell"):
            SkillDiscovery(family)
