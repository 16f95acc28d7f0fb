"""What all tests share. Shapes and types that the core's annotations promise are checked at every call while the tests run."""

import sys
from collections.abc import Callable
from pathlib import Path

import jaxtyping
import pytest
import torch
from hypothesis import HealthCheck, settings
from torch import Tensor

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # jsonschema would build its grammars, seconds in every process, for nothing

# Before anything of the package is imported. Left out: `lab`, which has no tensors of its own.
CHECKED = [
    "tasks",
    "hyper",
    "networks",
    "policies",
    "episodes",
    "rollout",
    "trials",
    "compatibility",
    "learner_state",
    "learner",
    "store",
    "agents",
    "inner",
    "world",
    "meta",
    "compare",
]
jaxtyping.install_import_hook([f"dremeta_lite.{name}" for name in CHECKED], "sparing.counted")

from sparing import CALLS, allow, spare  # noqa: E402

from dremeta_lite.learner import Learner  # noqa: E402
from dremeta_lite.networks import Params, stack  # noqa: E402
from dremeta_lite.policies import GaussianMLP  # noqa: E402
from dremeta_lite.tasks.navigation import Navigation2D, NavigationTask  # noqa: E402

spare(Learner)
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # however busy the machine is
settings.load_profile("unhurried")
torch.set_num_threads(1)  # several threads may add in another order, and spin on a busy machine


LONG = ["browser", "test_notebooks", "lessons", "inner", "meta", "world", "exercises"]
"""Folders and files whose tests take long, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no processor waits for another in the end."""
    home = Path(__file__).parent
    items.sort(key=lambda item: place_of(item.path.relative_to(home).parts[0].removesuffix(".py")))


def place_of(part: str) -> int:
    return LONG.index(part) if part in LONG else len(LONG)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    allow(CALLS)


@pytest.fixture(autouse=True)
def own_progress(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the progress of the person who runs it."""
    monkeypatch.setenv("DREMETA_PROGRESS", str(tmp_path / "progress.json"))


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def family() -> Navigation2D:
    return Navigation2D()


@pytest.fixture
def rng() -> torch.Generator:
    return seeded(7)


class DoubleNavigation(Navigation2D):
    """The same tasks in float64, for finite differences."""

    def sample_tasks(self, n: int, rng: torch.Generator, device: torch.device | str = "cpu") -> NavigationTask:
        return NavigationTask(super().sample_tasks(n, rng, device).goal.double())


@pytest.fixture
def double_family() -> Navigation2D:
    return DoubleNavigation()


@pytest.fixture
def double_params() -> Callable[[GaussianMLP, int], Params]:
    """Fresh parameters in float64, moved off the special first values (zero biases, small last layer) by noise."""

    def make(policy: GaussianMLP, seed: int = 0) -> Params:
        rng = seeded(seed)
        fresh = policy.init(rng)
        return {name: p.double() + 0.3 * torch.randn(p.shape, generator=rng, dtype=torch.float64) for name, p in fresh.items()}

    return make


@pytest.fixture
def seeker() -> Callable[[Tensor, float], tuple[GaussianMLP, Params]]:
    """A linear policy that walks to its goal, one copy a task: mean = 5 (goal - s), half the way each step. Its episodes terminate."""

    def make(goals: Tensor, std: float = 0.05) -> tuple[GaussianMLP, Params]:
        policy = GaussianMLP(2, 2, hidden=())
        one = {"weight0": -5 * torch.eye(2), "bias0": torch.zeros(2), "log_std": torch.full((2,), std).log()}
        return policy, {**stack(one, len(goals)), "bias0": 5 * goals}

    return make


@pytest.fixture
def same_state() -> Callable[[dict[str, Tensor], dict[str, Tensor]], bool]:
    """Whether two states are equal bit for bit."""
    return lambda a, b: a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
