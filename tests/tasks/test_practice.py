"""Practice is an environment in the plane, whose agent is told a skill; SkillRewards pays what it is told to pay, and tells nothing."""

import pytest
import torch
from gymnasium.utils.env_checker import check_env

from dremeta_lite.networks import stack
from dremeta_lite.policies import GaussianMLP
from dremeta_lite.rollout import collect, play_out
from dremeta_lite.tasks import Navigation2D, Practice, SkillRewards
from dremeta_lite.tasks.adapters import TaskEnv
from tests.conftest import seeded


@pytest.mark.parametrize("family", [Practice(3, 4), SkillRewards(Practice(3, 4), lambda place, skill: place[..., 0])])
def test_both_are_environments(family: Practice) -> None:
    check_env(TaskEnv(family), skip_render_check=True)


def test_it_moves_as_navigation_does_and_shows_the_skill() -> None:
    practice, tasks = Practice(5, 6), Practice(5, 6).told(torch.tensor([4, 0, 2]))
    action = torch.tensor([[0.5, -2.0], [0.0, 1.0], [-0.3, 0.1]])
    played = play_out(practice, tasks, lambda seen: action, 3, seeded(0))
    assert played.reward.shape == (3, 6) and not played.reward.any() and played.truncated[:, -1].all() and not played.terminated.any()
    state = torch.zeros(3, 2)
    for t in range(6):
        state = Navigation2D().transition(state, action)
        torch.testing.assert_close(played.next_observation[:, t], torch.cat([state, tasks.skill], -1))


def test_each_skill_is_drawn_as_often_as_the_others() -> None:
    """Of 8,000 draws 1,000 each, with a standard deviation of 30."""
    counts = Practice().sample_tasks(8000, seeded(1)).skill.sum(0)
    assert len(counts) == 8 and (counts - 1000).abs().max() < 150


def test_the_rewards_of_a_skill_are_those_of_its_own_task() -> None:
    """In whole episodes of many tasks, too, where the rewards of all steps are computed together."""
    family = SkillRewards(Practice(3, 4), lambda place, skill: place.sum(-1) * (skill * torch.arange(3.0)).sum(-1))
    assert family.observation_size == 2
    policy = GaussianMLP(2, 2, (4,))
    tasks = family.told(torch.tensor([2, 1]))
    played = collect(family, tasks, policy, stack(policy.init(seeded(0)), 2), 5, seeded(1))
    after = torch.cat([played.observation[..., 1:, :], family.transition(played.observation[..., -1:, :], played.action[..., -1:, :])], -2)
    torch.testing.assert_close(played.reward, after.sum(-1) * torch.tensor([2.0, 1.0]).view(2, 1, 1))
