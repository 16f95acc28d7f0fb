"""Which torch is installed, with which tool: a source of packages on this machine, with torch's own index and with none; uv and pip."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from wheels import make_wheel

from dremeta_lite.start import builds, environment, installing
from dremeta_lite.start.environment import Venv, ensure
from dremeta_lite.start.installing import clean_environ
from dremeta_lite.start.pins import Pin, Problem, installed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere torch has one build")
TORCH = Pin("torch", "9.9")
PYTHON = Path(sys.executable)
REAL_UV = shutil.which("uv")


class Index:
    """A package index on this machine: `usual` has torch 9.9, `own` torch 9.9+cpu."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked = folder, list[str]()
        asked = self.asked

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                asked.append(self.path)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        for place, version in (("usual", "9.9"), ("own", "9.9+cpu")):
            (folder / place / "torch").mkdir(parents=True)
            make_wheel(folder / place / "torch", "torch", version)
            name = f"torch-{version}-py3-none-any.whl"
            (folder / place / "torch" / "index.html").write_text(f'<a href="{name.replace("+", "%2B")}">{name}</a>')

    def wheels(self, place: str) -> list[Path]:
        return list((self.folder / place / "torch").glob("*.whl"))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """Two indexes, and no GPU, whatever this machine has: NVIDIA's library is a broken one."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libcuda.so.1").write_text("broken")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "lib"))
    found = Index(tmp_path / "index")
    threading.Thread(target=found.server.serve_forever, daemon=True).start()
    monkeypatch.setattr(builds, "CPU_INDEX", f"{found.address}/own")
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip, to be copied."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def course(root: Path, index: Index, empty: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course that needs torch, for a user without settings: what pip takes by itself is the usual index."""
    (root / "requirements.txt").write_text("torch==9.9\n")
    for name in os.environ.keys() & {*builds.OWN, "PIP_CERT", "PIP_PROXY"}:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", f"{index.address}/usual")
    monkeypatch.setattr(builds, "OWN", builds.OWN - {"PIP_INDEX_URL"})
    monkeypatch.setattr(builds, "PATIENCE_S", 120)  # however busy the machine is
    monkeypatch.setenv("PATH", os.pathsep.join(place for place in os.environ["PATH"].split(os.pathsep) if not Path(place, "uv").exists()))

    def create(venv: Venv) -> None:
        shutil.copytree(empty, venv.folder, symlinks=True)
        venv.write_note(environment.Note(finished=False, ours=True))

    monkeypatch.setattr(environment, "_create", create)
    return root


def got(root: Path) -> str:
    """The torch that is there after `ensure`."""
    assert ensure(root) == Venv(root).python
    return installed([Venv(root).site_packages(Venv(root).version() or "")])["torch"]


def test_without_a_gpu_torch_comes_without_cuda_from_its_own_index(course: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    assert got(course) == "9.9+cpu" and not [path for path in index.asked if "usual" in path]
    told = capsys.readouterr().out
    assert "Installing 1 packages into .venv (once): 0.3 GB to download, 1.3 on the disk. There is no NVIDIA GPU" in told
    (course / "requirements.txt").write_text("torch==9.9\ndremeta-nowhere==1.0\n")
    with pytest.raises(Problem):  # the rest fails, and torch is not asked for again
        ensure(course)
    assert "usual one" not in capsys.readouterr().out


def test_where_torchs_index_has_none_the_usual_one_comes_and_its_size_is_said(
    course: Path, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(index.folder / "own")
    assert got(course) == "9.9"
    assert "2.8 GB to download, 5.4 on the disk." in (told := capsys.readouterr().out) and "does not answer" in told


def test_where_torchs_index_has_no_file_the_usual_one_comes(course: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    index.wheels("own")[0].unlink()
    assert got(course) == "9.9"
    told = capsys.readouterr().out
    assert told.index("0.3 GB to download") < told.index("failed: now comes the usual one") < told.index("Installed in")


def test_an_index_that_never_answers_is_not_waited_for(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(builds, "CPU_INDEX", f"http://127.0.0.1:{silent.getsockname()[1]}/own")
        assert not builds.has_cpu_build(PYTHON, TORCH, clean_environ({}))
    monkeypatch.setattr(builds, "PATIENCE_S", 0.01)
    assert not builds.has_cpu_build(PYTHON, TORCH, clean_environ({}))


@pytest.mark.parametrize("setting", sorted(builds.OWN))
def test_a_users_own_source_decides_and_no_other_is_asked(index: Index, setting: str) -> None:
    (way,) = builds.builds(PYTHON, TORCH, {setting: "there"})
    assert not way.index and way.why.startswith("Your own source of packages decides") and index.asked == []


def test_a_users_own_source_is_taken(course: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file of settings, as it often is; here a folder of wheels."""
    monkeypatch.delenv("PIP_INDEX_URL")
    (course / "pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {(index.folder / 'usual' / 'torch').as_uri()}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(course / "pip.conf"))
    assert got(course) == "9.9" and index.asked == []


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_elsewhere_there_is_nothing_to_choose(index: Index, system: str) -> None:
    assert builds.builds(PYTHON, TORCH, {}, system) == builds.builds(PYTHON, None, {}) == [builds.small()] and index.asked == []


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a compiler")
@pytest.mark.parametrize(("status", "count", "there"), [(0, 1, True), (0, 0, False), (100, 1, False)])
def test_nvidias_driver_is_asked_for_gpus(tmp_path: Path, index: Index, status: int, count: int, there: bool) -> None:
    """By a library that answers like the driver: 100 is its error for no device."""
    source = f"int cuInit(unsigned flags) {{ return {status}; }} int cuDeviceGetCount(int *n) {{ *n = {count}; return 0; }}"
    library = tmp_path / "lib" / "libcuda.so.1"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=source, text=True, check=True)
    assert builds.has_nvidia_gpu(PYTHON) is there
    assert (builds.builds(PYTHON, TORCH, {})[0].why == "There is an NVIDIA GPU, so torch comes with CUDA.") is there


UV = """#!{python}
import json, subprocess, sys
json.dump(sys.argv[1:], open({log!r}, "w"))
if {behaviour!r} == "works":
    at = sys.argv.index("--python") + 1
    sys.exit(subprocess.call([sys.argv[at], "-m", "pip", "install", "-q", *sys.argv[at + 3 :]]))
print("error: this uv {behaviour}")
sys.exit({behaviour!r} == "fails")
"""


@pytest.mark.parametrize("behaviour", ["works", "fails", "does nothing"])
def test_uv_installs_where_there_is_one_and_pip_where_it_fails(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], behaviour: str
) -> None:
    uv, log = tmp_path / "bin" / "uv", tmp_path / "log"
    uv.parent.mkdir()
    uv.write_text(UV.format(python=sys.executable, log=str(log), behaviour=behaviour))
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}{os.pathsep}{os.environ['PATH']}")
    assert got(course) == "9.9+cpu"
    words = json.loads(log.read_text())
    assert words[:4] == ["pip", "install", "--python", str(Venv(course).python)] and words[-1] == "torch==9.9"
    told = capsys.readouterr().out
    assert (f"uv did not install them (error: this uv {behaviour}): pip comes next." in told) is (behaviour != "works")


@pytest.mark.skipif(REAL_UV is None, reason="needs uv")
def test_the_real_uv_understands_its_words(course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(installing.shutil, "which", lambda _: REAL_UV)
    assert got(course) == "9.9+cpu" and "pip comes next" not in capsys.readouterr().out


def test_uv_gets_the_sources_of_pip() -> None:
    pips = {
        "index-url": "a",
        "extra-index-url": "b c",
        "find-links": "/d",
        "trusted-host": "e",
        "no-index": "true",
        "cert": "f",
        "proxy": "g",
    }
    environ = {installing._variable(name): value for name, value in pips.items()}
    words = " ".join(installing.uv_words(PYTHON, environ))
    assert words.endswith("--index-url a --extra-index-url b --extra-index-url c --find-links /d --trusted-host e --no-index")
    assert installing.uv_environ(environ) == {"UV_COMPILE_BYTECODE": "1", "SSL_CERT_FILE": "f", "ALL_PROXY": "g"}
    assert "--no-index" not in installing.uv_words(PYTHON, {"PIP_NO_INDEX": "0"}) and installing.uv_environ({}) == {
        "UV_COMPILE_BYTECODE": "1"
    }


def test_progress_understands_uv(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the large packages when it begins to fetch them, and again when they are there."""
    now = 0.0
    monkeypatch.setattr(installing.time, "monotonic", lambda: now)
    progress = installing.Progress(4)

    def shown_after(*lines: str) -> str:
        nonlocal now
        now += 11
        for line in lines:
            progress.read(line)
        progress.show()
        return capsys.readouterr().out

    assert "0/145" in shown_after("Using Python 3.11.7 environment at: .venv", "Resolved 145 packages in 563ms")
    assert "0/2  0:22  torch (502.2MiB)" in shown_after("Downloading numpy (16.1MiB)", "Downloading torch (502.2MiB)")
    assert "1/2  0:33  torch (502.2MiB)" in shown_after(" Downloaded numpy")
    progress.unpacked = 29
    assert "Unpacking [####                ] 29/145" in shown_after(" Downloaded torch", "Prepared 145 packages in 22.82s")
