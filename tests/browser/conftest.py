"""A real Jupyter server and a real browser, for tests that press buttons.

Everything that the server and the browser write stays in temporary folders. Without playwright or Chromium these tests are skipped;
with DREMETA_REQUIRE_BROWSER=1 they fail instead, so that nobody mistakes a skipped test for a passed one.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import NotebookPage, fresh_page
from serving import KERNEL_PATH, PATIENCE, Server, serving

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def skip_or_fail(reason: str) -> None:
    if os.environ.get("DREMETA_REQUIRE_BROWSER") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_module(module: str) -> None:
    """Skip unless a Python package is installed."""
    try:
        __import__(module)
    except ImportError:
        skip_or_fail(f"needs the Python package {module}: pip install {module}")


Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """`serve(app, folder)`: a server of "jupyterlab" or "notebook" for a folder of notebooks, by default an empty one.

    The folder is copied, so that the tests leave nothing in it. One server for each app and folder serves the whole session.
    """
    servers: dict[tuple[str, Path | None], Server] = {}
    with contextlib.ExitStack() as stack:

        def get(app: str = "jupyterlab", folder: Path | None = None) -> Server:
            require_module(app)
            if (app, folder) not in servers:
                home = tmp_path_factory.mktemp(app)
                shutil.copytree(folder, home / "root") if folder else (home / "root").mkdir()
                servers[app, folder] = stack.enter_context(serving(app, home / "root", home))
            return servers[app, folder]

        yield get


@pytest.fixture
def need() -> Callable[[str], None]:
    """`need("voila")` skips the test unless that Python package is installed."""
    return require_module


@pytest.fixture
def kernel_path() -> str:
    """The PYTHONPATH of a kernel that finds the package and the toy learner."""
    return KERNEL_PATH


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    require_module("playwright")
    if CHROMIUM is None:
        skip_or_fail("needs the browser Chromium: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def notebook_page(browser: Any, request: pytest.FixtureRequest) -> Iterator[NotebookPage]:
    """A page for one test."""
    with fresh_page(browser, request.node.name) as page:
        yield page


@pytest.fixture(scope="module")
def shared_page(browser: Any, request: pytest.FixtureRequest) -> Iterator[NotebookPage]:
    """A page for all tests of a file: to load JupyterLab and to start a kernel takes longer than most of them."""
    with fresh_page(browser, request.path.stem) as page:
        yield page


@pytest.fixture
def opened(notebook: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """With a file's own `notebook`: `opened(cell, …)` puts these cells into the notebook, runs all of them, and returns the page."""

    def run(*cells: str) -> Any:
        notebook.put_cells(*cells)
        notebook.run_all()
        return notebook

    yield run
    notebook.screenshot(f"last-{request.node.name}")
