"""Every notebook is executed as shipped and with its exercises solved, and its form is checked: what a reader would stumble over."""

import ast
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nbformat
import pytest
from cells import follows_from
from nbclient import NotebookClient

from dremeta_lite.exercises import LESSONS, Exercise, exercises, find

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CAPSTONE = re.compile(r"^\d\d[bc]_build_")
"""A notebook in which a learner is built. It asks for neither predictions nor a quiz: what is built is the proof."""
LONGEST_CELL = 25
LONGEST_FIRST_CELL = 8
WORDS_A_MINUTE, PANEL, PREDICTION, QUIZ, NEAR = 200, 4, 1, 5, 10
"""How minutes are counted: reading speed; minutes for each live panel, prediction and quiz; and how near the title must be."""


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def notebook(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def cells(notebook: nbformat.NotebookNode, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def test_there_are_notebooks() -> None:
    assert {path.name[:2] for path in NOTEBOOKS} >= {"00", "06"}


Execute = Callable[..., list[nbformat.NotebookNode]]


@pytest.fixture
def execute(notebook: nbformat.NotebookNode, path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Execute]:
    """`execute(places)` executes these cells of the notebook, or all, as they are at the moment, where nobody is looking, and returns
    their outputs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("DREMETA_HEADLESS", raising=False)  # the notebook finds out by itself that nobody is looking
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}})

    def run(places: Sequence[int] = range(len(notebook.cells))) -> list[nbformat.NotebookNode]:
        for index in places:
            client.execute_cell(notebook.cells[index], index)
        return [out for index in places for out in notebook.cells[index].get("outputs", [])]

    with client.setup_kernel():
        yield run


def verdicts(outputs: list[nbformat.NotebookNode], title: str) -> list[str]:
    """The exercises to which the checks have said `title`."""
    texts = [out["data"].get("text/plain", "") for out in outputs if "data" in out]
    return sorted(id for text in texts for id in re.findall(rf"^{title}: (\d\d\.\w+)\.", text))


def checks(notebook: nbformat.NotebookNode) -> list[str]:
    """The exercises whose stubs stand in a notebook, in its order."""
    return re.findall(r'^\w+ = check\("(\d\d\.\w+)"', "\n".join(cell.source for cell in cells(notebook, "code")), re.MULTILINE)


def test_runs_from_top_to_bottom_as_it_is_and_again_with_its_exercises_solved(notebook: nbformat.NotebookNode, execute: Execute) -> None:
    """The second time with the text that `solution` shows pasted over each stub; in the same kernel, as a student's, and only the cells
    below that use it."""
    outputs = execute()
    pictures = [out for out in outputs if "image/png" in out.get("data", {})]
    assert pictures, "a lesson shows a picture also where nobody can press Start"
    assert all(len(out.metadata["image/png"]["alt"]) > 20 and 'alt="' in out.data["text/html"] for out in pictures)
    assert not [out for out in outputs if out.output_type == "execute_result" and len(out.data) == 1], "a cell shows a bare value"
    assert not [out for out in outputs if out.get("name") == "stderr"]
    ids = sorted(checks(notebook))
    assert verdicts(outputs, "Not written yet") == ids
    if not ids:
        return
    answered = []
    for cell in cells(notebook, "code"):
        for id in re.findall(r'check\("(\d\d\.\w+)"', cell.source):
            cell.source = solved(cell.source, find(id))
            answered.append(cell.source)
    outputs = execute(follows_from(answered, [cell.source if cell.cell_type == "code" else "" for cell in notebook.cells]))
    assert verdicts(outputs, "Right") == ids
    assert not [out for out in outputs if out.get("name") == "stderr"]


def solved(source: str, exercise: Exercise) -> str:
    """The cell with the stub replaced by the reference, whose parameters it must have."""
    tree = ast.parse(source)
    reference = ast.parse(exercise.solution()).body[0]
    name = exercise.reference.__name__
    (place,) = (i for i, node in enumerate(tree.body) if isinstance(node, ast.FunctionDef) and node.name == name)
    stub = tree.body[place]
    assert isinstance(stub, ast.FunctionDef) and isinstance(reference, ast.FunctionDef)
    assert [a.arg for a in stub.args.args] == [a.arg for a in reference.args.args], f"{exercise.id}: the stub has other parameters"
    assert ast.get_docstring(stub), f"{exercise.id}: the stub says nothing of shapes"
    tree.body[place] = reference
    return ast.unparse(tree)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_its_exercises_and_its_quiz(lesson: str) -> None:
    """Each exercise once, also where the lesson is two notebooks; within each in the order in which `progress` lists them."""
    halves = [nbformat.read(path, as_version=4) for path in NOTEBOOKS if path.name.startswith(lesson)]
    number = {exercise.id: exercise.number for exercise in exercises(lesson)}
    for half in halves:
        in_order = [number[id] for id in checks(half)]
        assert in_order == sorted(in_order)
    assert sorted(id for half in halves for id in checks(half)) == sorted(number)
    quizzes = [cell.source for half in halves for cell in cells(half, "code") if "quiz(" in cell.source]
    count = sum(path.name.startswith(lesson) and not CAPSTONE.search(path.name) for path in NOTEBOOKS)
    assert quizzes == [f'quiz("{lesson}{letter}")' for letter in ("", "b")[:count]]


def test_first_code_cell_imports_what_exercises_need(notebook: nbformat.NotebookNode) -> None:
    first = ast.parse(cells(notebook, "code")[0].source)
    imported = {alias.name for node in ast.walk(first) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not checks(notebook) or imported >= {"NotYet", "check", "hint", "solution", "progress"}


def test_predictions_are_written_down_and_compared(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Each is asked for in a cell of its own, right below the question, and a later cell shows it beside a value that it computes."""
    number, asked, came_out = path.name.partition("_")[0], [], []
    for above, cell in itertools.pairwise(notebook.cells):
        if cell.cell_type == "code" and (found := re.match(r'predict\("([\w.]+)", "', cell.source)):
            asked.append(found[1])
            assert len(cell.source.splitlines()) == 1 and (above.cell_type == "markdown" or above.id.startswith(f"{number[:2]}-check"))
        for id, value in re.findall(r'predict\("([\w.]+)"\)\.came_out\((.*)\)', cell.source):
            came_out.append(id)
            names = {node.id for node in ast.walk(ast.parse(value)) if isinstance(node, ast.Name)}
            assert id in asked and names, f"{id} is asked for above, and what comes out is computed, not typed in"
    few = 0 if CAPSTONE.search(path.name) else 2
    assert asked == came_out and few <= len(set(asked)) == len(asked) <= 4
    assert {id.partition(".")[0] for id in asked} <= {number}


def test_the_box_of_an_exercise_says_what_the_package_says(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Number, title, minutes and stars stand in the notebook, and title, minutes and stars again in the table of `progress`."""
    boxes = [cell.source for cell in cells(notebook, "markdown") if cell.source.startswith("### Exercise")]
    for box, exercise in zip(boxes, map(find, checks(notebook)), strict=True):
        stars = "★" * exercise.stars + "☆" * (3 - exercise.stars)
        assert box.splitlines()[0] == f"### Exercise {path.name[:2]}.{exercise.number} · {exercise.title}"
        assert re.findall(r"^\*\*(.*?)\*\* Replace", box, re.MULTILINE) == [f"{exercise.minutes} minutes, {stars}."], exercise.id
        assert set(re.findall(r'(?:hint|solution)\("([^"]*)"\)', box)) == {exercise.id}


def test_a_gradient_that_a_check_demands_is_asked_for(notebook: nbformat.NotebookNode) -> None:
    """In the box, or in the stub below it: a right answer in NumPy must not be refused for what nobody has said."""
    asked = {}
    for box, stub in itertools.pairwise(notebook.cells):
        if found := re.search(r'\bcheck\("([^"]+)"', stub.source):
            asked[found[1]] = re.search(r"gradient|∇|differentiate", box.source + stub.source)
    for id in checks(notebook):
        demanded = any(check.__qualname__.startswith("gradient_flows.") for check in find(id).properties)
        assert asked[id] or not demanded, f"{id} demands a gradient, and its text does not say so"


def test_the_minutes_of_a_notebook_are_counted_by_the_rule_of_contributing(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Reading, the exercises as their boxes say, panels, predictions and the quiz."""
    words = sum(len(cell.source.split()) for cell in notebook.cells)
    code = "\n".join(cell.source for cell in cells(notebook, "code"))
    predictions = sum(cell.source.count("**Predict") for cell in cells(notebook, "markdown"))
    writing = sum(find(id).minutes for id in checks(notebook))
    panels = len(re.findall(r"\b(?:LivePanel|LiveBench)\(", code))
    total = words / WORDS_A_MINUTE + writing + PANEL * panels + PREDICTION * predictions + QUIZ * code.count("quiz(")
    said = re.search(r"\*\*About (\d+) minutes\*\*(?:, (\d+) of them for the exercises)?", notebook.cells[0].source)
    assert said and int(said[2] or 0) == writing
    assert abs(int(said[1]) - total) <= NEAR, f"{path.name}: {total:.0f} minutes, not {said[1]}"


def test_is_committed_without_outputs_and_widget_state(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    assert [cell.id for cell in cells(notebook, "code") if cell.outputs or cell.execution_count] == []


def test_cells_have_telling_ids_and_fit_on_a_screen(notebook: nbformat.NotebookNode, path: Path) -> None:
    lesson = path.name[:2]  # cells that moved into a second half keep their ids, so that links still find them
    assert [cell.id for cell in notebook.cells if not re.fullmatch(rf"{lesson}b?-[a-z0-9-]+", cell.id)] == []
    assert [cell.id for cell in cells(notebook, "code") if len(cell.source.splitlines()) > LONGEST_CELL] == []


def test_first_code_cell_shows_every_name_of_the_package_that_is_used(notebook: nbformat.NotebookNode) -> None:
    first, *others = (ast.parse(cell.source) for cell in cells(notebook, "code"))
    assert any(isinstance(node, ast.ImportFrom) for node in first.body)
    later = [node for tree in others for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in later] == []


def test_first_code_cell_is_short(notebook: nbformat.NotebookNode) -> None:
    """What a student reads first. The rooms' facades make it possible: one line a purpose."""
    assert len(cells(notebook, "code")[0].source.splitlines()) <= LONGEST_FIRST_CELL


def test_links_lead_somewhere_and_images_have_alt_text(notebook: nbformat.NotebookNode, path: Path) -> None:
    for cell in cells(notebook, "markdown"):
        for bang, text, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", cell.source):
            assert target.startswith("https://") or (path.parent / target).is_file(), f"{cell.id}: {target}"
            assert not bang or len(text) > 20, f"{cell.id}: the image {target} needs alt text"
        assert "<img" not in cell.source, f"{cell.id}: use Markdown images, which have alt text"


def test_commands_in_formulas_have_one_backslash(notebook: nbformat.NotebookNode) -> None:
    """With two, `\\\\max` would be a new line and the word max. Behind a new line that is meant stands a space."""
    for cell in cells(notebook, "markdown"):
        assert re.findall(r"\$[^$]*\\\\[A-Za-z][^$]*\$", cell.source) == [], cell.id


def test_the_file_is_what_nbformat_writes(notebook: nbformat.NotebookNode, path: Path) -> None:
    """So that saving it in JupyterLab changes nothing but what was changed."""
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(nbformat.writes(notebook))
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
