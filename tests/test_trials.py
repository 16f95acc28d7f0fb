"""Trials: the agent is told everything once, and nothing that did not happen."""

import pytest
import torch
from torch import Tensor

from dremeta_lite.tasks.grid import GridWorld
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask
from dremeta_lite.trials import Agent, Seen, play_trial
from tests.conftest import seeded


class Diary(Agent):
    """Plays by a fixed rule, and writes everything down."""

    def __init__(self, family: Navigation2D, tasks: NavigationTask) -> None:
        self.family, self.tasks, self.seen, self.begun, self.episodes = family, tasks, [], 0, 0

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.begun, self.n = self.begun + 1, n

    def begin_episode(self) -> None:
        self.episodes += 1

    def act(self, observation: Tensor) -> Tensor:
        return self.family.best_action(observation, self.tasks)

    def see(self, step: Seen) -> None:
        self.seen.append(step)


def test_a_trial_has_all_episodes_and_its_steps_end_where_the_task_does() -> None:
    """Goals at distance 0.25 and 0.5 on an axis are reached after 3 and 5 steps of 0.1; the rest of the episode is masked."""
    family, tasks = Navigation2D(), NavigationTask(torch.tensor([[0.25, 0.0], [0.0, 0.5]]))
    agent = Diary(family, tasks)
    trial = play_trial(family, tasks, agent, seeded(0), episodes=3)
    assert trial.reward.shape == (2, 3, 100) and agent.begun == 1 and agent.episodes == 3 and agent.n == 2
    assert trial.mask.sum(-1).tolist() == [[3, 3, 3], [5, 5, 5]]
    assert trial.terminated.sum(-1).tolist() == [[1, 1, 1], [1, 1, 1]]
    torch.testing.assert_close(trial.returns()[:, 0], torch.tensor([-(0.15 + 0.05), -(0.4 + 0.3 + 0.2 + 0.1)]))
    assert (trial.observation[:, :, 0] == 0).all(), "every episode starts afresh"


def test_the_agent_sees_every_step_and_knows_which_did_not_happen() -> None:
    family, tasks = Navigation2D(), NavigationTask(torch.tensor([[0.25, 0.0], [0.0, 0.5]]))
    agent = Diary(family, tasks)
    trial = play_trial(family, tasks, agent, seeded(0), episodes=2)
    counts = torch.stack([step.counts for step in agent.seen], -1).unflatten(-1, (2, 100))
    ended = torch.stack([step.ended for step in agent.seen], -1).unflatten(-1, (2, 100))
    reward = torch.stack([step.reward for step in agent.seen], -1).unflatten(-1, (2, 100))
    assert torch.equal(counts.float(), trial.mask) and torch.equal(reward, trial.reward)
    assert torch.equal(ended, trial.terminated), "no episode here reaches the horizon"


def test_the_horizon_ends_an_episode_but_does_not_terminate_it() -> None:
    family = Navigation2D()
    tasks = family.held_out_tasks(3)
    agent = Diary(family, NavigationTask(-tasks.goal))  # walks away from the goal
    trial = play_trial(family, tasks, agent, seeded(0))
    assert trial.mask.all() and not trial.terminated.any() and trial.reward.shape == (3, 1, 100)
    assert agent.seen[-1].ended.all() and not agent.seen[-2].ended.any()


def test_a_trial_without_episodes_is_refused() -> None:
    family, tasks = Navigation2D(), Navigation2D().held_out_tasks(2)
    with pytest.raises(ValueError, match="at least one episode, got 0"):
        play_trial(family, tasks, Diary(family, tasks), seeded(0), episodes=0)


def test_what_a_network_is_fed() -> None:
    """A cell's number becomes a one-hot vector, an image is laid flat, and a vector stays what it is."""
    cell = GridWorld().features(torch.tensor([[3, 0]]))
    assert cell.shape == (1, 2, 30) and cell[0, 0].argmax() == 3 and cell.sum() == 2
    assert GridWorld(observe="image").features(torch.rand(7, 3, 5, 6)).shape == (7, 90)
    state = torch.rand(4, 2)
    assert torch.equal(Navigation2D().features(state), state)
