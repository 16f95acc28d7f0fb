"""Ways to a start, side by side: each learns exactly what it learns alone."""

from pathlib import Path
from typing import Any

import pytest
import torch

from dremeta_lite.compare.regression_side_by_side import RegressionSideBySide
from dremeta_lite.meta.regression import ALGORITHMS, RegressionLearner
from dremeta_lite.tasks import Sinusoid

FAMILY = Sinusoid()


def test_each_learns_what_it_learns_alone() -> None:
    """Bit for bit, with a β that depends on the iteration, and with a slider moved in between."""
    race = RegressionSideBySide(FAMILY, seed=2, tasks=3, lr_decay=5)
    alone = {each: RegressionLearner(FAMILY, each, 2, tasks=3, lr_decay=5) for each in ALGORITHMS}
    for iteration in range(3):
        race.hyper.inner_steps = 1 + iteration
        numbers = race.step()
        for way, learner in alone.items():
            learner.hyper.inner_steps = 1 + iteration
            found = learner.step()
            assert numbers[f"after_{way}"] == found["loss_after"] and numbers[f"before_{way}"] == found["loss_before"]
    for way, learner in alone.items():
        assert all(torch.equal(p, race.learners[way].theta[name]) for name, p in learner.theta.items())


def test_with_one_step_reptile_is_pooled_training_in_another_size() -> None:
    """Its direction is α times that of pooled training on all points; Adam does not see the factor (but for its tiny ε)."""
    race = RegressionSideBySide(FAMILY, ("pooled", "reptile"), tasks=3)
    for _ in range(3):
        race.step()
    pooled, reptile = (race.learners[way] for way in ("pooled", "reptile"))
    agree = [torch.cosine_similarity(pooled.theta[n].flatten(), reptile.theta[n].flatten(), 0) for n in pooled.theta if "weight" in n]
    assert min(agree) > 0.99


def test_it_is_saved_loaded_and_goes_on_bit_for_bit(tmp_path: Path, same_state: Any) -> None:
    race = RegressionSideBySide(FAMILY, tasks=3)
    race.step()
    race.save(tmp_path / "race.safetensors")
    other = RegressionSideBySide(FAMILY, seed=5)
    other.load(tmp_path / "race.safetensors")
    assert other.iteration == 1 and other.step() == race.step() and same_state(other.state_dict(), race.state_dict())
    state = race.state_dict()
    with pytest.raises(ValueError, match="iteration"):
        other.load_state_dict({name: x for name, x in state.items() if name != "iteration"})
    before = other.state_dict()
    with pytest.raises(ValueError, match="rng"):
        other.load_state_dict({name: x for name, x in state.items() if name != "learners.meta_sgd.rng"})
    assert same_state(other.state_dict(), before)
