"""Every notebook is executed as shipped, and its form is checked: what a reader or GitHub would stumble over."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 25


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


def test_runs_from_top_to_bottom(notebook: nbformat.NotebookNode, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("DREMETA_HEADLESS", raising=False)  # the notebook finds out by itself that nobody is looking
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}})
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
    pictures = [out for cell in cells(notebook, "code") for out in cell.outputs if "image/png" in out.get("data", {})]
    assert pictures, "a lesson shows a picture of its panel also where nobody can press Start"
    assert not [out for cell in cells(notebook, "code") for out in cell.outputs if out.get("name") == "stderr"]


def test_is_committed_without_outputs_and_widget_state(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    assert [cell.id for cell in cells(notebook, "code") if cell.outputs or cell.execution_count] == []


def test_cells_have_telling_ids_and_fit_on_a_screen(notebook: nbformat.NotebookNode, path: Path) -> None:
    number = path.name[:2]
    assert [cell.id for cell in notebook.cells if not re.fullmatch(rf"{number}-[a-z0-9-]+", cell.id)] == []
    assert [cell.id for cell in cells(notebook, "code") if len(cell.source.splitlines()) > LONGEST_CELL] == []


def test_first_code_cell_shows_every_name_of_the_package_that_is_used(notebook: nbformat.NotebookNode) -> None:
    first, *others = (ast.parse(cell.source) for cell in cells(notebook, "code"))
    assert any(isinstance(node, ast.ImportFrom) for node in first.body)
    later = [node for tree in others for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in later] == []


def test_links_lead_somewhere_and_images_have_alt_text(notebook: nbformat.NotebookNode, path: Path) -> None:
    for cell in cells(notebook, "markdown"):
        for bang, text, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", cell.source):
            assert target.startswith("https://") or (path.parent / target).is_file(), f"{cell.id}: {target}"
            assert not bang or len(text) > 20, f"{cell.id}: the image {target} needs alt text"
        assert "<img" not in cell.source, f"{cell.id}: use Markdown images, which have alt text"


def test_the_file_is_what_nbformat_writes(notebook: nbformat.NotebookNode, path: Path) -> None:
    """So that saving it in JupyterLab changes nothing but what was changed."""
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(nbformat.writes(notebook))
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
