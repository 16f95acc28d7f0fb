"""A real Jupyter server and a real browser, for tests that press buttons.

Everything that the server and the browser write stays in temporary folders. Without playwright or Chromium these tests are skipped;
with DREMETA_REQUIRE_BROWSER=1 they fail instead, so that nobody mistakes a skipped test for a passed one.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

REPOSITORY = Path(__file__).parents[2]
SCREENSHOTS = REPOSITORY / "tests" / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PATIENCE = 60_000  # milliseconds until something that should happen counts as not happening

SETTINGS: dict[str, dict[str, Any]] = {  # fixed here, so that another JupyterLab's defaults do not move the tests
    "notebook-extension/tracker": {"windowingMode": "none"},  # keeps every cell in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}


def skip_or_fail(reason: str) -> None:
    if os.environ.get("DREMETA_REQUIRE_BROWSER") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def need(module: str) -> None:
    """Skip unless a Python package is installed."""
    try:
        __import__(module)
    except ImportError:
        skip_or_fail(f"needs the Python package {module}: pip install {module}")


@dataclass
class Server:
    """A running Jupyter server: its address, its secret, and the folder whose notebooks it shows."""

    base: str
    token: str
    folder: Path

    def api(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.base}/api/{path}", method=method, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def shut_down_kernels(self) -> None:
        for kernel in self.api("kernels"):
            self.api(f"kernels/{kernel['id']}", "DELETE")

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook with these code cells into the folder; returns its file name."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / f"{name}.ipynb")
        return f"{name}.ipynb"


def environment(home: Path) -> dict[str, str]:
    """Private folders for everything that Jupyter reads and writes; the package and the toy learner on the path."""
    for name, value in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))
    folders = {
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests" / "lab")])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DREMETA_")}
    return kept | {name: str(home / folder) for name, folder in folders.items()} | {"PYTHONPATH": path}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def launch(app: str, folder: Path, home: Path, port: int, token: str, log: Any) -> subprocess.Popen[bytes]:
    options = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", "--allow-root"]
    options += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
    options += ["--JupyterNotebookApp.expose_app_in_browser=True"] if app == "notebook" else []
    command = [sys.executable, "-m", app, *options]
    return subprocess.Popen(command, cwd=folder, env=environment(home), stdout=log, stderr=log)


def wait_until_up(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while True:
        with contextlib.suppress(OSError):
            server.api("status")
            return
        assert process.poll() is None and time.monotonic() < end, log.read_text()
        time.sleep(0.1)


@contextlib.contextmanager
def serving(app: str, folder: Path, home: Path) -> Iterator[Server]:
    port, token = free_port(), secrets.token_hex(16)
    server = Server(f"http://127.0.0.1:{port}", token, folder)
    with (home / "log.txt").open("w") as log:
        process = launch(app, folder, home, port, token, log)
        try:
            wait_until_up(server, process, home / "log.txt")
            yield server
            server.shut_down_kernels()
        finally:
            process.terminate()
            process.wait(20)


Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """`serve(app, folder)`: a server of "jupyterlab" or "notebook" for a folder of notebooks, by default an empty one.

    The folder is copied, so that the tests leave nothing in it. One server for each app and folder serves the whole session.
    """
    servers: dict[tuple[str, Path | None], Server] = {}
    with contextlib.ExitStack() as stack:

        def get(app: str = "jupyterlab", folder: Path | None = None) -> Server:
            need(app)
            if (app, folder) not in servers:
                home = tmp_path_factory.mktemp(app)
                shutil.copytree(folder, home / "root") if folder else (home / "root").mkdir()
                servers[app, folder] = stack.enter_context(serving(app, home / "root", home))
            return servers[app, folder]

        yield get


class NotebookPage:
    """One notebook in the browser: opens it, runs it, finds its panels, and asks its kernel."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, server: Server, name: str, address: str = "doc/tree") -> None:
        self.page.goto(f"{server.base}/{address}/{name}?token={server.token}")
        self.wait_for_kernel()

    def reload(self) -> None:
        self.page.reload()
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        idle = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        self.page.locator(".jp-Notebook").wait_for(timeout=PATIENCE)
        self.page.wait_for_function(idle, timeout=PATIENCE)

    def command(self, name: str, **arguments: Any) -> None:
        """Give JupyterLab a command, without awaiting its end (that of run-all would be the end of the last cell)."""
        self.page.evaluate("([name, arguments]) => { window.jupyterapp.commands.execute(name, arguments) }", [name, arguments])

    def run_all(self) -> None:
        self.command("notebook:run-all-cells")

    def run_new_cell(self, code: str) -> None:
        """Append a cell with this code and run it, without awaiting its end."""
        script = """async code => {
            const {content, context} = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = content.widgets.length - 1;
            await window.jupyterapp.commands.execute('notebook:insert-cell-below');
            content.activeCell.model.sharedModel.setSource(code);
            window.jupyterapp.commands.execute('notebook:run-cell');
        }"""
        self.page.evaluate(script, code)

    def save(self) -> None:
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def restart_kernel(self) -> None:
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")

    def output(self, text: str) -> Any:
        """The output that contains a text (the code that prints it does not count)."""
        return self.page.locator(".jp-OutputArea").get_by_text(text).first

    def focused(self) -> str:
        """The name of what has the focus, as its label, its text or its role says it."""
        return self.page.evaluate("() => { const x = document.activeElement; return (x.labels?.[0] ?? x).innerText || x.role || x.tagName }")

    def expect_value(self, box: Any, value: str) -> None:
        from playwright.sync_api import expect

        expect(box).to_have_value(value, timeout=PATIENCE)

    def ask(self, code: str) -> str:
        """Execute code in the notebook's kernel, beside the notebook's cells, and return what it printed."""
        script = """async code => {
            const future = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code});
            let text = "";
            future.onIOPub = message => { text += message.content.text ?? message.content.evalue ?? "" };
            await future.done;
            return text;
        }"""
        return self.page.evaluate(script, code).strip()

    def panel(self, name: str, n: int = 0) -> "PanelOnPage":
        return PanelOnPage(self.page, self.page.locator(f".dremeta-panel-{name}").nth(n))

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


class PanelOnPage:
    """A live panel as a person sees it: its buttons, boxes, sliders, status and picture, found by their roles and names."""

    def __init__(self, page: Any, locator: Any) -> None:
        self.page, self.locator = page, locator
        self.status, self.alert = locator.get_by_role("status"), locator.get_by_role("alert")
        self.image, self.summary = locator.get_by_role("img"), locator.locator(".dremeta-summary")

    def button(self, name: str) -> Any:
        return self.locator.get_by_role("button", name=name, exact=True)

    def press(self, name: str, expected: str) -> None:
        """Press a button and wait until the status line says what is expected."""
        self.button(name).click()
        self.expect_status(expected)

    def expect_status(self, text: str) -> None:
        from playwright.sync_api import expect

        expect(self.status).to_contain_text(text, timeout=PATIENCE)

    def expect_no_status(self, text: str) -> None:
        from playwright.sync_api import expect

        expect(self.status).not_to_contain_text(text, timeout=PATIENCE)

    def type(self, label: str, value: str) -> None:
        """Type a value into a number box, and press Enter."""
        self.box(label).fill(value)
        self.box(label).press("Enter")

    def contrast(self) -> float:
        """How much the status text stands out from the page behind it, as the WCAG define it: 1 not at all, 21 black on white."""
        script = """status => {
            const colour = (x, what) => getComputedStyle(x)[what].match(/[\\d.]+/g).map(Number);
            let behind = status;
            while (behind && (colour(behind, 'backgroundColor')[3] ?? 1) === 0) behind = behind.parentElement;
            const light = rgb => rgb.slice(0, 3).map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const [a, b] = [light(colour(status, 'color')), light(colour(behind, 'backgroundColor'))].sort((a, b) => b - a);
            return (a + 0.05) / (b + 0.05);
        }"""
        return self.status.evaluate(script)

    def box(self, label: str) -> Any:
        return self.locator.get_by_role("spinbutton", name=label)

    def slider(self, hyperparameter: str) -> Any:
        return self.locator.locator(f".dremeta-control-{hyperparameter}").get_by_role("slider")

    def iteration(self) -> int:
        found = re.search(r"iteration ([\d,]+)", self.status.inner_text())
        assert found, self.status.inner_text()
        return int(found[1].replace(",", ""))

    def wait_for_iteration(self, at_least: int) -> None:
        script = """([panel, n]) => +panel.querySelector('[role=status]').innerText.match(/iteration (\\d+)/)[1] >= n"""
        self.page.wait_for_function(script, arg=[self.locator.element_handle(), at_least], timeout=PATIENCE)

    def count_pictures(self, wanted: int) -> int:
        """Watch the image until it has shown so many different pictures; returns how many it has shown."""
        script = """([image, wanted]) => new Promise((done, failed) => {
            const seen = new Set([image.src]);
            const look = () => { seen.add(image.src); if (seen.size >= wanted) done(seen.size) };
            const observer = new MutationObserver(look);
            observer.observe(image, {attributes: true});
            setTimeout(() => failed(new Error(`only ${seen.size} pictures`)), 60000);
        })"""
        return self.page.evaluate(script, [self.image.element_handle(), wanted])


@pytest.fixture
def notebook_page(request: pytest.FixtureRequest) -> Iterator[NotebookPage]:
    """A fresh browser with one page. What it showed last is kept in tests/screenshots."""
    need("playwright")
    if CHROMIUM is None:
        skip_or_fail("needs the browser Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = NotebookPage(browser.new_page(viewport={"width": 1280, "height": 1000}))
        yield page
        page.screenshot(f"last-{request.node.name}")
        browser.close()
