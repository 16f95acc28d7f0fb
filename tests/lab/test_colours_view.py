"""The picture of Colours: where the paddle goes, before and after a step."""

import torch

from dremeta_lite.lab.still import still
from dremeta_lite.lab.views.colours import START, columns, paddle_view
from dremeta_lite.meta import MAML
from dremeta_lite.tasks import Colours


def test_shares_sum_to_one_and_each_task_goes_its_own_way() -> None:
    learner = MAML(Colours(), hidden=(4,), episodes=16)
    agent = learner.agent()
    before, after = columns(agent)
    assert agent.support == 8 and before.shape == after.shape == (2, 8, 8)
    for shares in (before, after):
        torch.testing.assert_close(shares.sum(-1), torch.ones(2, 8))
        assert (shares[:, 0].argmax(-1) == START[0]).all() and (shares[:, 0].amax(-1) == 1).all()
    assert not torch.equal(after[0], after[1])
    view = paddle_view(agent)
    assert len(still(view).axes) == 3
    words = view.summary()
    assert f"Before the step, the paddle ends {before[0, -1, START[2]]:.0%} under blue" in words and "After it, orange pays" in words
