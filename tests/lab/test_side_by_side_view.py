"""The picture of several learners: each line is what its learner earned, and too many to tell apart are refused."""

from typing import Any

import numpy as np
import pytest
import torch

from dremeta_lite.compare.side_by_side import SideBySide
from dremeta_lite.lab.looks import KNOWN, looks
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.side_by_side import SideBySideView
from dremeta_lite.meta.rl2 import RL2
from dremeta_lite.tasks import HiddenGoal

FAMILY = HiddenGoal()


def some(names: list[str], seed: int = 0) -> SideBySide:
    small = {"memory": 8, "hidden": (8,), "trials": 4}
    return SideBySide({name: RL2(FAMILY, seed + i, **small) for i, name in enumerate(names)}, judged=10)


def test_lines_and_words_are_what_was_judged() -> None:
    yardsticks = {"good": torch.tensor([4.0, 11.0, 11.0, 11.0])}
    runner: Any = Runner(lambda seed: some(["a", "b"], seed))
    view = SideBySideView({"a": 1, "b": 1}, yardsticks, episodes=4)
    picture = Picture(view)
    picture.draw(runner)
    assert view.summary() == "Nothing has been trained yet. To compare: good 37.00."
    assert not any(xy.size for xy in view.within.series.values()), "before the first judgement there is nothing to draw"
    runner.run(2)
    picture.draw(runner)
    returns = runner.learner.episode_returns
    for name in ("a", "b"):
        np.testing.assert_allclose(view.within.series[name][1], returns[name])
        assert view.curve.series[name].tolist() == [[1, 2], [row[name] for row in runner.history]]
    assert f"a {returns['a'].sum():.2f}" in view.summary() and "good 37.00" in view.summary()


def test_more_learners_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="tells 8 learners apart, and there are 9"):
        SideBySideView({str(i): 1 for i in range(len(KNOWN) + 1)}, {}, episodes=4)


def test_a_learner_looks_the_same_in_every_company() -> None:
    assert looks(["RL²", "MAML"])["MAML"] == looks(["MAML"])["MAML"] == KNOWN["MAML"]
    for titles in (list(KNOWN), ["mine", "RL²", "yours", "MAML"]):
        found = looks(titles).values()
        assert len({look["color"] for look in found}) == len({look["marker"] for look in found}) == len(titles)
    assert looks(["RL²", "E-MAML"])["E-MAML"] == KNOWN["MAML"], "one kind, one look"
    assert looks(["E-MAML", "MAML"])["E-MAML"] != looks(["E-MAML", "MAML"])["MAML"] == KNOWN["MAML"]


def test_unequal_turns_are_named() -> None:
    view = SideBySideView({"a": 1, "b": 3}, {}, episodes=4)
    figure = Picture(view).figure
    assert view.curve.axes.get_xlabel().startswith("turn") and [t.get_text() for t in figure.legends[0].texts] == ["a", "b ×3"]
