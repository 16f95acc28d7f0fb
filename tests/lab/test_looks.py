"""One look and one name for each learner, yardstick and task: the table says them, and nothing beside it does."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from dremeta_lite import store
from dremeta_lite.compare.regression_side_by_side import RegressionSideBySide
from dremeta_lite.lab import looks
from dremeta_lite.lab.picture import Picture
from dremeta_lite.lab.runner import Runner
from dremeta_lite.lab.views.sinusoid import WaysView
from dremeta_lite.tasks import Sinusoid
from dremeta_lite.titles import LEARNERS, POOLED, YARDSTICKS

PACKAGE = Path(looks.__file__).parents[1]
STALE = {"random", "random actions", "knows the goal", "knows the world", "best arm", "measures distances"}
"""What yardsticks were called before."""
TABLES = {"titles.py", "lab/looks.py"}
SHADED = ("grid", "hidden_goal", "replaying_grid", "replaying_plane", "policy")
"""Views with shades from bad to good, and with pale arrows."""


def constants(path: Path) -> Iterator[str]:
    """The texts of a file, but for docstrings and the public names of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(n) for node in ast.walk(tree) if isinstance(node, ast.Expr) for n in ast.walk(node) if isinstance(node.value, ast.Constant)
    }
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            skipped |= {id(n) for n in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.value


@pytest.mark.parametrize("path", sorted((PACKAGE / "lab").rglob("*.py")), ids=lambda path: path.stem)
def test_no_picture_has_a_colour_of_its_own_or_a_name_of_its_own(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    texts = list(constants(path))
    if path.parent.name == "views" and path.stem not in SHADED:
        assert not [text for text in texts if re.fullmatch("#[0-9A-Fa-f]{6}", text)], "colours are in lab/style.py and lab/looks.py"
    if name not in TABLES:
        known = {*LEARNERS.values(), *YARDSTICKS} - {POOLED}  # "pooled" is a key as well
        assert not known & set(texts), "names are in titles.py"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_in_the_package_is_keyed_by_a_stale_name(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    keys = {key.value for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys if isinstance(key, ast.Constant)}
    assert not STALE & keys


def test_recorded_data_have_the_names_of_the_table() -> None:
    for file in sorted((store.DATA / "lesson10").glob("*.json")):
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for part in ("yardsticks", "plays"):
            assert set(data.get(part, {})) <= set(YARDSTICKS), file.name
        assert {data.get("floor", YARDSTICKS[0]), data.get("ceiling", YARDSTICKS[0])} <= set(YARDSTICKS)
        assert {row["title"] for row in data.get("methods", {}).values()} <= set(LEARNERS.values())
    for file in (*store.DATA.glob("*/results.json"), *(store.DATA / "lesson06").glob("*.json")):
        data = json.loads(file.read_text(encoding="utf-8"))
        assert set(data.get("yardsticks", {})) <= set(YARDSTICKS)
        for row in (data.get("agents") or data["algorithms"]).values():
            assert re.match("|".join(map(re.escape, (*LEARNERS.values(), *YARDSTICKS))), row["title"]), row["title"]


def test_notebooks_call_them_so() -> None:
    for file in sorted((store.DATA.parent / "notebooks").glob("*.ipynb")):
        for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            stale = [name for name in STALE - {"random"} if f'"{name}"' in source]
            assert not stale and not re.search(r"\[(random|knows the \w+|measures distances)\]", source), (file.name, cell["id"])


def test_looks_are_told_apart() -> None:
    """Also by those who see no colours: dash and marker differ. Yardsticks are grey, and no learner is."""
    learners = list(looks.KNOWN.values())
    for what in ("color", "linestyle", "marker"):
        assert len({str(look[what]) for look in learners}) == len(learners)
    spread = lambda colour: np.ptp(to_rgb(colour))
    assert all(spread(look["color"]) > 0.3 for look in learners) and all(spread(look["color"]) == 0 for look in looks.GREYS.values())
    assert set(looks.KNOWN) | set(looks.ALSO) == set(LEARNERS.values())


def test_curves_of_learners_and_yardsticks() -> None:
    found = looks.lines(["Bayes-optimal", "RL²", "E-MAML", "posterior sampling"])
    assert found["RL²"] == looks.KNOWN["RL²"] and found["E-MAML"] == looks.KNOWN["MAML"]
    assert found["Bayes-optimal"] == looks.GREYS["Bayes-optimal"]
    assert looks.lines(["a", "b"])["b"] == looks.LINES[1]
    with pytest.raises(ValueError, match="4 curves apart, and there are 5"):
        looks.lines(list("abcde"))
    assert looks.task_colour(0) == looks.task_colour(6) == looks.TASK_COLOURS["blue"]


def test_ways_look_as_the_learners_that_they_are() -> None:
    view = WaysView(Sinusoid(), tasks=5)
    picture = Picture(view)
    picture.draw(Runner(lambda seed: RegressionSideBySide(Sinusoid(), (), seed, tasks=2), 0))
    drawn = {line.get_color() for axes in picture.figure.axes for line in axes.lines if line in picture.moving}
    assert drawn == {looks.KNOWN[LEARNERS[way]]["color"] for way in ("pooled", "reptile", "first_order", "maml", "meta_sgd")}
