"""The exact belief: against Bayes' rule written out for every goal, and posterior sampling against what it must do."""

import pytest
import torch
from torch import Tensor

from dremeta_lite.agents.exact_belief import ExactBelief, PosteriorSampling, belief_along, prior_belief, update_belief
from dremeta_lite.tasks.hidden_goal import HiddenGoal, HiddenGoalTask
from dremeta_lite.trials import Agent, Seen, play_trial
from tests.conftest import seeded

FAMILY = HiddenGoal()


class Random(Agent):
    def begin(self, n: int, rng: torch.Generator) -> None:
        self.n, self.rng = n, rng

    def act(self, observation: Tensor) -> Tensor:
        return torch.randint(5, (self.n,), generator=self.rng)

    def see(self, step: Seen) -> None:
        pass


def test_the_prior_is_the_distribution_of_tasks() -> None:
    prior = prior_belief(FAMILY, 2)
    assert prior.shape == (2, 25) and (prior[:, FAMILY.goal_cells] == 1 / 21).all() and prior.sum(-1).tolist() == pytest.approx([1, 1])


def test_the_belief_is_bayes_rule_over_all_goals() -> None:
    """p(g | τ) ∝ p(g) Π_t p(r_t | s_{t+1}, g), the whole product at once, for goals that the family itself rewards."""
    tasks = FAMILY.all_tasks()
    trial = play_trial(FAMILY, tasks, Random(), seeded(0))
    belief = belief_along(FAMILY, trial)
    cells, rewards = trial.next_observation.flatten(1), trial.reward.flatten(1)
    imagined = FAMILY.reward(cells[None], cells[None], cells[None], None, HiddenGoalTask(torch.arange(25)[:, None, None]))
    likely = (imagined == rewards).double().cumprod(-1) * prior_belief(FAMILY, 1)[0][:, None, None]  # [goal, task, time]
    wanted = (likely / likely.sum(0)).permute(1, 2, 0).view(21, 4, 15, 25)
    torch.testing.assert_close(belief.double(), wanted, atol=1e-6, rtol=0)
    found = (trial.reward > 0).flatten(1).any(-1)
    assert 3 < found.sum() < 21 and (belief.flatten(1, 2)[found, -1].max(-1).values == 1).all()


def test_before_the_goal_is_found_the_belief_is_uniform_over_what_was_not_visited() -> None:
    belief = prior_belief(FAMILY, 1)
    for cell in (15, 10, 11, 10):  # the first can be no goal, the last was visited before
        belief = update_belief(belief, torch.tensor([cell]), torch.tensor([False]))
    assert belief[0, [10, 11, 15, 20]].tolist() == [0, 0, 0, 0] and belief.max().item() == pytest.approx(1 / 19)
    assert (belief > 0).sum() == 19
    assert update_belief(belief, torch.tensor([7]), torch.tensor([True]))[0].argmax() == 7


def test_an_impossible_step_is_refused() -> None:
    certain = torch.nn.functional.one_hot(torch.tensor([7]), 25).float()
    for cell, paid in ((7, False), (8, True)):
        with pytest.raises(ValueError, match="the belief holds to be impossible"):
            update_belief(certain, torch.tensor([cell]), torch.tensor([paid]))


def test_a_step_that_does_not_count_changes_nothing() -> None:
    exact = ExactBelief(FAMILY)
    two = torch.tensor([12, 12])
    step = Seen(two, two * 0, torch.tensor([-0.1, -0.1]), two, two > 99, torch.tensor([True, False]))
    memory = exact.update(exact.start(2), step)
    assert exact.cells(memory)[:, 12].tolist() == pytest.approx([0, 1 / 21]) and exact.summary(memory)[1].max().item() == pytest.approx(
        25 / 21
    )


def test_posterior_sampling_tests_one_guess_an_episode() -> None:
    """It ends every episode on a cell that was still possible; once the goal is known it goes there, and never leaves."""
    tasks = FAMILY.sample_tasks(300, seeded(1))
    trial = play_trial(FAMILY, tasks, PosteriorSampling(FAMILY), seeded(2), episodes=6)
    belief, last = belief_along(FAMILY, trial), trial.next_observation[:, :, -1]
    for e in range(1, 6):
        before = belief[:, e - 1, -1]
        assert (before.gather(1, last[:, e : e + 1]) > 0).all()
        known = before.max(-1).values == 1
        assert (last[known, e] == tasks.goal[known]).all() and (trial.returns()[known, e] > 6).all()
    assert known.any()


def test_what_posterior_sampling_comes_to() -> None:
    """Measured over 21 000 trials: -0.77, 1.19, 2.92, 4.48 in the four episodes, far below the 4.0 and 11.07 of the Bayes-optimal agent.

    A return has a standard deviation of about 6, so 2100 trials give a mean to 0.13; allowed are four of those.
    """
    tasks = HiddenGoalTask(FAMILY.goal_cells.repeat(100))
    returns = play_trial(FAMILY, tasks, PosteriorSampling(FAMILY), seeded(3)).returns().mean(0)
    assert returns.tolist() == pytest.approx([-0.77, 1.19, 2.92, 4.48], abs=0.52)
