"""Jupyter servers for the browser tests, with private folders for everything that they read and write."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

REPOSITORY = Path(__file__).parents[2]
KERNEL_PATH = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests" / "lab")])
PATIENCE = 300_000  # milliseconds until something that should happen counts as not happening

SETTINGS: dict[str, dict[str, Any]] = {  # fixed here, so that another JupyterLab's defaults do not move the tests
    "notebook-extension/tracker": {"windowingMode": "none"},  # keeps every cell in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}


@dataclass
class Server:
    """A running Jupyter server: its address, its secret, and the folder whose notebooks it shows."""

    base: str
    token: str
    folder: Path

    def api(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.base}/api/{path}", method=method, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=PATIENCE / 1000) as answer:
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
        "DREMETA_PROGRESS": "progress.json",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DREMETA_")}
    return kept | {name: str(home / folder) for name, folder in folders.items()} | {"PYTHONPATH": KERNEL_PATH}


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
            process.wait()
