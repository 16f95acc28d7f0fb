"""The live panel elsewhere: Notebook 7, Voilà, and nbclient, which executes notebooks for nobody to see."""

import base64
from pathlib import Path
from typing import Any

import nbformat
import pytest

PANEL = """
from dremeta_lite.lab.panel import LivePanel
from toy import Climb, ClimbView

panel = LivePanel("toy", lambda seed: Climb(seed, pause=0.03), ClimbView(), controls=["step_size", "noise", "repeats", "ascend"])
panel.show()
"""


@pytest.mark.browser
def test_notebook_7(serve: Any, notebook_page: Any) -> None:
    server = serve("notebook")
    page = notebook_page
    page.open(server, server.write("seven", PANEL), address="notebooks")
    page.run_all()
    panel = page.panel("toy")
    panel.press("Start", "running")
    assert panel.count_pictures(5) >= 5
    panel.slider("repeats").focus()
    page.page.keyboard.press("PageUp")  # Notebook 7 keeps the arrow keys of a slider to itself, unlike JupyterLab
    page.expect_value(panel.box("K repeats"), "6")
    panel.type("α step size", "0.3")
    page.ask_until("print(panel.learner.hyper.step_size)", "0.3")
    page.command("notebook:interrupt-kernel")
    panel.expect_status("paused")
    page.screenshot("notebook-7")
    server.shut_down_kernels()


@pytest.mark.browser
def test_voila(serve: Any, notebook_page: Any, need: Any) -> None:
    need("voila")
    server = serve()
    page = notebook_page
    page.page.goto(f"{server.base}/voila/render/{server.write('voila', PANEL)}?token={server.token}")
    panel = page.panel("toy")
    panel.expect_status("paused · iteration 3 ")  # trained while the page was made
    panel.press("Start", "running")
    assert panel.count_pictures(5) >= 5
    panel.type("α step size", "99")
    panel.alert.filter(has_text="must be in [0.001, 10]").wait_for()
    panel.press("Pause", "paused")
    page.screenshot("voila")
    assert page.errors == []


@pytest.fixture
def execute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kernel_path: str) -> Any:
    """Executes cells as nbconvert does, with nothing configured."""
    from nbclient import NotebookClient

    for name in ("DREMETA_HEADLESS", "SERVER_SOFTWARE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", kernel_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))

    def run(*cells: str) -> Any:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        return NotebookClient(notebook, timeout=600, kernel_name="python3").execute()

    return run


def test_nbclient_gets_a_picture_and_its_words(execute: Any) -> None:
    notebook = execute(PANEL, "print(len(panel.require(5)), panel.runner.alive)")
    picture, words = notebook.cells[0].outputs
    assert base64.b64decode(picture.data["image/png"]).startswith(b"\x89PNG")
    assert picture.metadata["image/png"]["alt"] + "\n" == words.text
    assert words.text.startswith("After 3 iterations")
    assert notebook.cells[1].outputs[0].text == "5 False\n"


def test_nbclient_gets_errors(execute: Any) -> None:
    from nbclient.exceptions import CellExecutionError

    with pytest.raises(CellExecutionError, match="iteration 2 was told to fail"):
        execute(PANEL.replace("pause=0.03", "raise_at=2"))
