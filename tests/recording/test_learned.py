"""The rows of the published tables that need training, made again: `python3 -m dremeta_lite test -m slow -s -k learned` prints them."""

import math

import pytest

from dremeta_lite.compare import published_starts
from dremeta_lite.compare.published import Row, read
from dremeta_lite.meta import RegressionLearner
from dremeta_lite.recording import duan, learned, starts
from dremeta_lite.tasks import Sinusoid

pytestmark = pytest.mark.slow

ROWS = {name: {row.setting: row for row in read(name)[0] if row.name == learned.NAME} for name in ("bandits", "mdps")}


def compare(found: Row, recorded: Row) -> None:
    """Print ours beside the paper's; and the recorded row lies within four standard errors, which leaves room for another machine."""
    print(f"\nRL², {found.setting}: {found.ours:.2f} [{found.low:.2f}, {found.high:.2f}], paper {found.paper}; {found.cpu_s:.0f} CPU-s")
    assert found.ours == pytest.approx(recorded.ours, abs=4 * math.hypot(found.error, recorded.error))


@pytest.mark.parametrize(("n", "k"), list(learned.BANDITS))
def test_rl2_on_bandits_again(n: int, k: int) -> None:
    compare(learned.bandit_row(n, k, duan.TRIALS[n]), ROWS["bandits"][duan.bandit_setting(n, k)])


@pytest.mark.parametrize("n", list(learned.MDPS))
def test_rl2_on_random_mdps_again(n: int) -> None:
    compare(learned.mdp_row(n, duan.MDP_TRIALS), ROWS["mdps"][duan.mdp_setting(n)])


@pytest.mark.parametrize("way", ["pooled", "maml"])
def test_sinusoids_again(way: str) -> None:
    """Errors after 1, 5 and 10 steps from 5 points; the recorded three seeds lie within 0.3 (pooled) and 0.06 of each other."""
    title, hyper = starts.WAVES[way]
    learner = RegressionLearner(Sinusoid(), way, 0, meta_lr=starts.META_LR, **hyper)
    for _ in range(hyper["lr_decay"]):
        learner.step()
    rate = starts.tuned(learner) if way == "pooled" else None
    errors = starts.errors_of(learner, rate, 5)["mean"][1:]
    recorded = [row for row in published_starts.sinusoids()[0] if row.name == title]
    for error, row in zip(errors, recorded, strict=True):
        print(f"\n{title}, {row.setting}: {error:.2f}, paper {row.paper}")
        assert error == pytest.approx(row.ours, abs=0.3 if way == "pooled" else 0.1)
