"""The house: a file imports only from its own floor and from those below, and the core can be used without a screen."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "dremeta_lite"
FLOORS: tuple[set[str], ...] = (
    {"facade", "tasks", "networks", "transformer", "policies", "hyper", "files", "store", "speed", "table", "titles"}
    | {"workers", "ray_workers"},
    {"episodes", "rollout", "trials", "compatibility", "learner_state", "learner", "rllib_policy"},
    {"world"},
    {"agents"},
    {"inner"},
    {"meta"},
    {"compare"},
    {"exercises", "recording"},
    {"lab"},
)
SCREEN = {"IPython", "anywidget", "ipywidgets", "matplotlib"}
OUTSIDE = {"__init__", "__main__", "start"}
"""What makes the environment: standard library alone. Of the package, only `__init__` and `__main__` import it."""


def floor(name: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if name in names)


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names} if node.module == "dremeta_lite" else {node.module}
    return found


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0].removesuffix(".py") not in OUTSIDE]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_is_imported_from_above(path: Path) -> None:
    own = floor(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    for module in imported(path):
        first, _, rest = module.partition(".")
        if own < len(FLOORS) - 1:
            assert first not in SCREEN, f"only the lab knows {first}"
        part = rest.partition(".")[0]
        if first == "dremeta_lite" and part not in {"", "__version__"}:
            assert floor(part) <= own, f"{module} lies above"


def test_what_makes_the_data_needs_no_screen() -> None:
    """In a process of its own, since the tests have loaded everything."""
    names = sorted(path.stem for path in (PACKAGE / "recording").glob("*.py") if path.stem != "__init__")
    code = "import sys; " + "; ".join(f"import dremeta_lite.recording.{name}" for name in names) + "; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    assert not SCREEN & set(done.stdout.split())


STEPS: dict[str, str] = {
    "episodes.py": "the seam itself",
    "compatibility.py": "asks a family once whether chance is in it",
    "world/planning.py": "the transition model as a model: plans are imagined with it",
    "agents/commander.py": "asks the rules which tasks agree with what was seen",
    "agents/linear_quadratic.py": "takes the derivatives of the transition model at rest",
    "tasks/adapters.py": "the other side of the seam: a family becomes a Gymnasium environment",
    "tasks/mirrored.py": "a family made of another",
}


def test_one_seam_to_the_world() -> None:
    """Whoever plays, plays through `episodes`; nobody else moves a family on, so that an outside environment enters at one place."""
    found = {path.relative_to(PACKAGE).as_posix() for path in FILES if ".transition(" in path.read_text(encoding="utf-8")}
    assert found == set(STEPS)


def test_no_two_files_of_tests_have_one_name() -> None:
    """pytest imports them by their name alone."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)
