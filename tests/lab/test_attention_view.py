"""The picture of attention: what it shows is what the network computes, and a click chooses a row."""

import pytest
import torch

from dremeta_lite.lab.views.attention import AttentionExplorer
from dremeta_lite.learner import generator
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.tasks import HiddenGoal


@pytest.fixture
def explorer() -> AttentionExplorer:
    learner = RL2(HiddenGoal(3), core="transformer", memory=8, hidden=(6,), episodes=2)
    learner.set_parameters({name: p + 0.5 * torch.randn(p.shape, generator=generator(5)) for name, p in learner.parameters().items()})
    made = AttentionExplorer(learner, goal=2, at=(3, 2, 1))
    made.paint()
    return made


def test_a_row_adds_up_to_one_and_so_do_the_places(explorer: AttentionExplorer) -> None:
    view = explorer.view
    assert view.heat.values.shape == (30, 30)
    assert view.heat.values.sum(1) == pytest.approx(1.0) and view.map.fill.get_array().sum() == pytest.approx(1.0)
    trial = view.played(None)[0]
    goal_share = view.heat.values[2][(trial.next_observation[0].flatten() == 2).numpy()].sum()
    assert view.map.fill.get_array()[2] == pytest.approx(goal_share)
    assert view.heat.paid.tolist() == (trial.reward[0] > 0).flatten().nonzero().flatten().tolist()


def test_a_click_chooses_the_step_that_looks(explorer: AttentionExplorer) -> None:
    view = explorer.view
    view.heat.move = explorer.move
    view.heat.clicked(5.2, 19.8)
    assert explorer.hyper.step == 21  # type: ignore[attr-defined]
    view.heat.clicked(5.2, 99.0)
    assert explorer.hyper.step == 21  # type: ignore[attr-defined]
    explorer.paint()
    assert "at step 6 of episode 2" in view.summary()


def test_a_head_that_is_cut_out_is_played_without(explorer: AttentionExplorer) -> None:
    view = explorer.view
    with_it = view.played(None)
    explorer.put("cut", True)
    explorer.paint()
    without = view.played((1, 0))
    assert not torch.equal(with_it[1][1], without[1][1]) or not torch.equal(with_it[0].action, without[0].action)
    assert f"a trial without this head returns {without[2]:.1f} over all goals, and {with_it[2]:.1f} with it" in view.summary()
