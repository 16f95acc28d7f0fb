"""The bandit that a person plays, and the posteriors of its arms."""

import numpy as np
import pytest
import torch

from dremeta_lite.agents.bandits import BayesOptimal
from dremeta_lite.lab.by_hand import TrialByHand
from dremeta_lite.lab.parts import Row
from dremeta_lite.lab.play_bandit import PlayBandit
from dremeta_lite.lab.still import still
from dremeta_lite.lab.views.bandit import CHANCES, ArmPosteriors, PosteriorsAfter, tally
from dremeta_lite.tasks import Bandit, BanditTask
from dremeta_lite.trials import Agent, Seen, Trial


def trial() -> Trial:
    """Two tasks of three arms, five pulls."""
    action = torch.tensor([[[0], [2], [2], [0], [1]], [[1], [1], [0], [2], [2]]])
    reward = torch.tensor([[[1.0], [0.0], [1.0], [1.0], [0.0]], [[0.0], [1.0], [1.0], [1.0], [1.0]]])
    nothing = torch.zeros(2, 5, 1, dtype=torch.long)
    return Trial(nothing, action, reward, nothing, torch.ones(2, 5, 1, dtype=torch.bool), torch.ones(2, 5, 1))


def test_pulls_are_counted() -> None:
    for index, pulls, paid, unpaid in ((0, 5, [2, 0, 1], [0, 1, 1]), (1, 2, [0, 1, 0], [0, 1, 0]), (1, 0, [0, 0, 0], [0, 0, 0])):
        arm, reward = trial().action[index, :pulls, 0], trial().reward[index, :pulls, 0]
        assert [x.tolist() for x in tally(arm, reward, 3)] == [paid, unpaid]


def test_a_leaf_is_the_posterior() -> None:
    part = ArmPosteriors(2)
    still(Row(part))
    part.show(torch.tensor([0.0, 3.0]), torch.tensor([0.0, 1.0]), torch.tensor([0.2, 0.7]))
    flat, peaked = (np.asarray(path.vertices)[: len(CHANCES), 0] for path in part.leaves.get_paths())
    assert np.ptp(flat) == pytest.approx(0, abs=1e-4), "nothing is known: every chance is as likely"
    assert CHANCES[peaked.argmax()] == pytest.approx(3 / 4, abs=0.01), "the mode of Beta(4, 2)"
    np.testing.assert_allclose(part.series["mean"], [[1, 2], [1 / 2, 4 / 6]])
    np.testing.assert_allclose(part.series["chance"], [[1, 2], [0.2, 0.7]])
    assert [note.get_text() for note in part.notes] == ["0/0", "3/4"]
    part.show(torch.zeros(2), torch.zeros(2))
    assert not part.series["chance"].size


def test_posteriors_of_a_trial_in_words() -> None:
    view = PosteriorsAfter(trial(), BanditTask(torch.tensor([[0.9, 0.2, 0.5], [0.1, 0.6, 0.8]])), 1, (2, 5))
    assert [axes.get_ylabel() for axes in still(view).axes] == ["chance to pay", ""]
    words = "Arms with the chances 0.10, 0.60, 0.80 have paid, after 2: 0 of 0, 1 of 2, 0 of 0; after 5: 1 of 1, 1 of 2, 2 of 2."
    assert view.summary() == words


def test_a_person_plays() -> None:
    play = PlayBandit(Bandit(3, 4), seed=1)
    chances = play.trial.task.probability[0]
    first, shown = play.paint(), play.view.posteriors.series
    assert "A new bandit with 3 arms: 4 pulls are left" in play.summary.value and not shown["chance"].size
    for arm in (2, 0, 2):
        list(play.buttons.values())[arm].click()
    assert play.trial.actions == [2, 0, 2] and play.image.frame != first
    assert f"{chances[0]:.2f}" not in play.summary.value
    assert play.view.rewards.series["rewards"].tolist() == [[0, 1, 2, 3], [0, *np.cumsum(play.trial.rewards)]]
    assert f"Rewards so far: {sum(play.trial.rewards):.0f}." in play.summary.value
    play.buttons["Arm 2"].click()
    play.buttons["Arm 2"].click()
    assert play.trial.actions == [2, 0, 2, 1] and "No pull is left" in play.trouble.value
    assert f"The chances were {chances[0]:.2f}" in play.summary.value
    np.testing.assert_allclose(play.view.posteriors.series["chance"][1], chances)
    assert play.view.rewards.series["best arm"][1].tolist() == [0, 4 * chances.max().item()]
    play.reset.click()
    assert play.trial.actions == [] and play.trouble.value == "" and (play.trial.task.probability[0] != chances).all()


class Second(Agent):
    """Pulls the second arm."""

    def begin(self, n: int, rng: torch.Generator) -> None:
        self.n = n

    def act(self, observation: torch.Tensor) -> torch.Tensor:
        return torch.ones(self.n, dtype=torch.long)

    def see(self, step: Seen) -> None:
        pass


def test_a_rival_plays_the_same_bandit_afterwards_and_a_tally_is_kept() -> None:
    play = PlayBandit(Bandit(2, 3), seed=4, rivals={"oracle": Second()})
    assert play.trial.told() == ""
    worth = []
    for n, arms in enumerate(((0, 0, 1), (1, 1, 1)), start=1):
        play.reset.click()
        chances = play.trial.task.probability[0].tolist()
        for arm in arms:
            play.buttons[f"Arm {arm + 1}"].click()
        worth.append((sum(chances[arm] for arm in arms), 3 * chances[1]))
        assert len(play.trial.tally) == n and play.trial.tally[-1]["you"] == pytest.approx((sum(play.trial.rewards), worth[-1][0]))
        assert play.trial.tally[-1]["oracle"] == pytest.approx((sum(play.trial.played["oracle"]), worth[-1][1]))
        assert play.view.rewards.series["oracle"][1].tolist() == [0, *np.cumsum(play.trial.played["oracle"])]
    mine, rivals = np.mean(worth, axis=0)
    assert "In 2 bandits" in play.summary.value and f"and {mine:.1f}; oracle" in play.summary.value
    assert play.summary.value.endswith(f" and {rivals:.1f}.</p>")
    play.reset.click()
    assert play.trial.played == {} and not play.view.rewards.series["oracle"].size and len(play.trial.tally) == 2


def test_the_best_plan_is_a_rival() -> None:
    play = PlayBandit(Bandit(2, 2), seed=0, rivals={"Bayes-optimal": BayesOptimal(2, 2)})
    for _ in range(2):
        play.buttons["Arm 1"].click()
    assert len(play.trial.played["Bayes-optimal"]) == 2


def test_the_same_seed_is_the_same_bandit() -> None:
    games = [TrialByHand(Bandit(5, 10), seed=3) for _ in range(2)]
    for game in games:
        for arm in (0, 1, 2, 3, 4) * 2:
            assert game.act(arm)
    assert games[0].rewards == games[1].rewards == games[0].returns() and not games[0].act(0)
