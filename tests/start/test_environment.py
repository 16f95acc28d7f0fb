"""The environment maker: pins, markers, and what happens when the making fails. Nothing is fetched and the real `.venv` is not touched."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wheels import make_wheel

from dremeta_lite import files
from dremeta_lite.start import doctor, environment, installing, names
from dremeta_lite.start.environment import ROOT, Note, Venv, ensure, find
from dremeta_lite.start.pins import (
    Pin,
    Problem,
    applies,
    canonical,
    installed,
    marker_values,
    misfits,
    python_path,
    read_pins,
    satisfied_by,
)


def one_paragraph(problem: Problem) -> str:
    text = str(problem)
    assert "\n" not in text and text.endswith(".") and "Traceback" not in text
    return text


# requirements.txt


def test_our_requirements_are_exact_and_their_markers_are_understood() -> None:
    pins = read_pins(ROOT / "requirements.txt")
    assert {"torch", "gymnasium", "jupyterlab", "ipykernel", "ipywidgets", "pytest", "playwright"} <= {pin.name for pin in pins}
    assert not [pin for pin in pins if pin.name.startswith(("nvidia-", "cuda-", "triton"))]
    for python in ("3.11.0", "3.12.4", "3.13.1"):
        for system in ("linux", "darwin", "win32"):
            names = [pin.name for pin in pins if applies(pin.marker, marker_values(python) | {"sys_platform": system})]
            assert len(names) == len(set(names)), "a package is pinned twice"
            assert ("pywinpty" in names) == (system == "win32") and ("appnope" in names) == (system == "darwin")


def test_the_course_needs_nothing_that_is_pinned_for_tests_alone() -> None:
    from packaging.requirements import Requirement

    file = ROOT / "requirements.txt"
    course, more = ({pin.name for pin in read_pins(file, tests)} for tests in (False, True))
    assert more - course >= {"pytest", "hypothesis", "beartype", "playwright", "pluggy"}
    there = installed()
    lines = [line for name in course & there.keys() for line in importlib.metadata.requires(name) or []]
    needed = [part.name for part in map(Requirement, lines) if part.marker is None or part.marker.evaluate({"extra": ""})]
    assert len(needed) > 100 and not {canonical(name) for name in needed} - course


def test_no_file_of_ours_names_a_place_to_fetch_from() -> None:
    for name in ("requirements.txt", ".ci/requirements.txt", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text and "--" + "index" not in text


def test_lower_bounds_admit_the_pins() -> None:
    tomllib = pytest.importorskip("tomllib")
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = {pin.name: pin.version for pin in read_pins(ROOT / "requirements.txt")}
    bounds = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["test"]]
    assert not [bound for bound in bounds if not bound.specifier.contains(pins[canonical(bound.name)])]


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ("sys_platform == 'win32'", False),
        ('sys_platform == "linux"', True),
        ("sys_platform != 'win32' and python_version >= '3.12'", False),
        ("python_full_version < '3.11.5'", False),
        ("python_full_version >= '3.11.5' and python_full_version < '3.12'", True),
        ("python_version < '3.9'", False),  # numbers, not text: "3.11" < "3.9"
        ("sys_platform == 'darwin' or platform_machine == 'x86_64'", True),
    ],
)
def test_markers(marker: str, holds: bool) -> None:
    values = marker_values("3.11.7") | {"sys_platform": "linux", "platform_machine": "x86_64"}
    assert applies(marker, values) is holds
    if marker:
        from packaging.markers import Marker  # an independent reading of the same words

        assert Marker(marker).evaluate(values) is holds


@pytest.mark.parametrize("marker", ["extra == 'x'", "(os_name == 'nt')", "sys_platform", "sys_platform < 'win32'", "__import__('os')"])
def test_other_markers_are_refused(marker: str) -> None:
    with pytest.raises(Problem, match="marker"):
        applies(marker, marker_values())


@given(st.lists(st.sampled_from(["Jinja2", "typing_extensions", "a.b-c", "x"])), st.sampled_from(["", "  # why", "\t#why"]))
def test_pins_are_read_whatever_the_names_look_like(names: list[str], comment: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("# head\n\n" + "".join(f"{name}==1.2{comment}\n" for name in names))
        assert read_pins(file) == [Pin(canonical(name), "1.2") for name in names]


@pytest.mark.parametrize("line", ["torch", "torch>=2", "-r other.txt", "torch==2.*", "git+ssh://x", "a==1 b==2"])
def test_what_is_no_exact_pin_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"six==1.17.0\n{line}\n")
    with pytest.raises(Problem, match=r"line 2.*name==version"):
        read_pins(tmp_path / "requirements.txt")


def test_what_an_editor_makes_of_the_file(tmp_path: Path) -> None:
    """A byte-order mark changes nothing; another encoding is told."""
    file = tmp_path / "requirements.txt"
    file.write_text("six==1.17.0\n", encoding="utf-8-sig")
    assert read_pins(file) == [Pin("six", "1.17.0")]
    file.write_text("six==1.17.0\n", encoding="utf-16")
    with pytest.raises(Problem, match=r"not UTF-8.*Download the course again"):
        read_pins(file)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="Download the course again"):
        read_pins(tmp_path / "requirements.txt")


@pytest.mark.parametrize(
    ("version", "well"),
    [("2.13.0", True), ("2.13.0+cpu", True), ("2.13.0+cu130", True), ("2.13.1", False), ("2.13.0.1", False), (None, False)],
)
def test_a_builds_suffix_satisfies_a_pin(version: str | None, well: bool) -> None:
    assert satisfied_by(Pin("torch", "2.13.0"), version) is well
    assert bool(misfits([Pin("torch", "2.13.0")], {"torch": version} if version else {})) is not well


def test_damaged_metadata_counts_as_not_installed(tmp_path: Path) -> None:
    (tmp_path / "half-1.0.dist-info").mkdir()
    whole = tmp_path / "Whole_One-2.0.dist-info"
    whole.mkdir()
    (whole / "METADATA").write_text("Metadata-Version: 2.1\nName: Whole_One\nVersion: 2.0\n")
    assert installed([tmp_path]) == {"whole-one": "2.0"}


# making it


def test_it_is_made_once_used_again_and_brought_up_to_date(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(root) is None
    python = ensure(root)
    assert python == Venv(root).python and "Installing 1 packages" in capsys.readouterr().out
    # its notebooks find the package, from anywhere
    (root / "dremeta_lite").mkdir()
    (root / "dremeta_lite" / "__init__.py").touch()
    program = "import dremeta_lite, dremeta_probe; print(dremeta_lite.__file__)"
    told = subprocess.run([python, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True)  # -I: without PYTHONPATH
    assert Path(told.stdout.strip()).parent.parent == root
    # again: nothing is installed
    with monkeypatch.context() as patch:
        patch.setattr(environment, "install", lambda *_, **__: pytest.fail("installed again"))
        assert ensure(root) == python and capsys.readouterr().out == ""
    # a new pin that cannot be had: the message, and what there was is still good
    (root / "requirements.txt").write_text("dremeta-probe==2.0\n")
    with pytest.raises(Problem, match="Connect to the internet once"):
        ensure(root)
    assert Venv(root).note() == Note(finished=True, ours=True)
    # now it can be had
    make_wheel(tmp_path / "wheels", "dremeta_probe", "2.0")
    assert ensure(root) == python and "up to date" in capsys.readouterr().out
    assert installed([Venv(root).site_packages(Venv(root).version() or "")])["dremeta-probe"] == "2.0"
    # somebody's start was cut short: it is not used, but made anew
    Venv(root).write_note(Note(finished=False, ours=True))
    left_over = root / ".venv" / "left over"
    left_over.touch()
    assert find(root) is None
    assert ensure(root) == python and not left_over.exists()


def test_an_environment_that_satisfies_the_pins_is_used_as_it_is(root: Path) -> None:
    """What only tests need does not matter, except to tests."""
    (root / "requirements.txt").write_text(
        f"pytest=={pytest.__version__}\nnot-for-us==1.0 ; sys_platform == 'emscripten'\n# Its tests, and more\nfor-tests==1.0\n"
    )
    assert ensure(root) == Path(sys.executable) and not (root / ".venv").exists()
    assert find(root, tests=True) is None


def test_a_failed_installation_leaves_nothing(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def bare(venv: Venv) -> None:  # an environment is not what is tested here: without its own pip it is made at once
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--system-site-packages", venv.folder], check=True)
        venv.write_note(Note(finished=False, ours=True))

    monkeypatch.setattr(environment, "_create", bare)
    (root / "requirements.txt").write_text("dremeta-nowhere==1.0\n")
    with pytest.raises(Problem) as caught:
        ensure(root)
    assert one_paragraph(caught.value).startswith("The packages could not be installed (pip ended with status 1).")
    assert "dremeta-nowhere==1.0" in capsys.readouterr().out or "No module named pip" in capsys.readouterr().out
    assert not (root / ".venv").exists()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(environment, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ensure(root)
    assert not (root / ".venv").exists()


@pytest.mark.parametrize("absent", ["venv", "ensurepip"])
def test_no_venv_module_names_debians_package(root: Path, monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    real = environment.importlib.util.find_spec
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None if name == absent else real(name))
    with pytest.raises(Problem, match=f"'{absent}'.*apt install python3-venv"):
        ensure(root)
    assert not (root / ".venv").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("dremeta-nowhere==1.0\n")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for method in ("open", "mkdir"):  # at the lock, or later, at the folder itself
        with monkeypatch.context() as patch:
            patch.setattr(Path, method, refused)
            patch.setattr(environment, "read_pins", lambda *_: [Pin("dremeta-nowhere", "1.0")])
            with pytest.raises(Problem, match=r"cannot be written .Permission denied.*home folder"):
                ensure(tmp_path)


def test_a_full_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12 - 10**8, 10**8))  # type: ignore[attr-defined]
    with pytest.raises(Problem, match=r"0\.1 GB free.*needs 1\.3 GB"):
        ensure(root)
    assert not (root / ".venv").exists()


@pytest.mark.parametrize(("free", "needed"), [(1.0, "1.3"), (1.5, "1.6"), (1.8, "1.9"), (2.0, "")])
def test_what_lies_on_one_disk_is_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, needed: str) -> None:
    """The packages, and what is fetched, once in a temporary folder and once in the cache."""
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, free * 1e9))  # type: ignore[attr-defined]
    monkeypatch.setattr(environment.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    if needed:
        with pytest.raises(Problem, match=f"needs {needed} GB there"):
            environment._check_disk(tmp_path, 0.3, 1.3)
    else:
        environment._check_disk(tmp_path, 0.3, 1.3)


def test_a_venv_of_somebody_else_is_never_deleted(root: Path) -> None:
    (root / ".venv").write_text("a file\n")
    with pytest.raises(Problem, match="is not a folder"):
        ensure(root)
    (root / ".venv").unlink()
    (root / ".venv").mkdir()
    (root / ".venv" / "precious.txt").touch()
    with pytest.raises(Problem, match=r"was not made by dremeta_lite\. Rename or delete it"):
        ensure(root)
    assert [path.name for path in (root / ".venv").iterdir()] == ["precious.txt"]


@pytest.mark.parametrize("content", ["", "{", '{"finished": tr', "[]", '{"other": 1}'])
def test_a_note_cut_while_it_was_written_is_not_trusted(root: Path, content: str) -> None:
    (root / ".venv").mkdir()
    (root / ".venv" / environment.NOTE).write_text(content)
    assert Venv(root).note() == Note(finished=False, ours=True) and find(root) is None


def test_two_starts_do_not_install_into_one_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import sys, time; from pathlib import Path; from dremeta_lite.start.environment import _one_at_a_time\n"
        "with _one_at_a_time(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(root)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin and holder.stdout and holder.stdout.readline() == "held\n"
    with (root / ".venv.lock").open("a") as lock:
        assert not files.locked(lock.fileno())
    holder.stdin.close()
    holder.wait()
    holder.stdout.close()
    with (root / ".venv.lock").open("a") as lock:
        assert files.locked(lock.fileno())


# what pip says


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "Connect to the internet once"),
        ("ERROR: No matching distribution found for torch==2.13.0", "64-bit Python"),
        ("SSL: CERTIFICATE_VERIFY_FAILED", "certificate"),
        ("/x/python: No module named pip", "no pip"),
        ("something new", "lines, above"),
    ],
)
def test_the_advice_fits_what_pip_said(output: str, advice: str) -> None:
    assert advice in installing.advice_on(output)


def test_progress_names_what_it_does_and_what_is_left(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
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

    assert "0/4  0:11  torch" in shown_after("Collecting torch==2.13.0 (from -r requirements.txt (line 7))")
    assert "1/4  0:22  torch (527.2 MB)" in shown_after("  Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (527.2 MB)")
    assert "torch (100 of 527 MB)" in shown_after("Progress 100000000 of 527200000")
    assert "1/4" in shown_after("  Downloading numpy-2.4.6-cp311-cp311-win_amd64.whl.metadata (6.6 kB)")
    assert "2/4" in shown_after(
        "Processing /a place/six-1.17.0-py2.py3-none-any.whl (from -r requirements.txt (line 1))".replace("a place", "a")
    )
    assert "does not answer" in shown_after("WARNING: Retrying (Retry(total=4, connect=None)) after connection broken")
    progress.unpacked = 3
    assert "Unpacking [###############     ] 3/4" in shown_after("Installing collected packages: six, torch")


LEADING = {
    "PIP_TARGET": "x", "PIP_PREFIX": "x", "PIP_ROOT": "x", "PIP_PYTHON": "/none/python", "PIP_DRY_RUN": "1", "PIP_REQUIRE_HASHES": "1",
    "PIP_NO_DEPS": "1", "PIP_ONLY_BINARY": ":none:", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_CONSTRAINT": "/none", "PIP_USER": "1",
    "PYTHONPATH": "/none", "PYTHONHOME": "/none", "PYTHONSTARTUP": "/none", "PYTHONINSPECT": "1", "PYTHONWARNINGS": "error",
}  # fmt: skip


def test_pip_is_not_led_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"PIP_INDEX_URL": "there", "PIP_PROXY": "gate", "PYTHONUTF8": "1"}
    monkeypatch.delenv("PIP_CERT", raising=False)
    for name, value in {**LEADING, **kept}.items():
        monkeypatch.setenv(name, value)
    environ = installing.clean_environ()
    assert environ["PIP_USER"] == "0" and not (LEADING.keys() - {"PIP_USER"}) & environ.keys() and environ.items() >= kept.items()
    environ = installing.clean_environ({"index-url": "file", "cert": "pem"})
    assert environ["PIP_INDEX_URL"] == "there" and environ["PIP_CERT"] == "pem" and environ["PIP_CONFIG_FILE"] == os.devnull


def test_an_installation_ends_well_whatever_pip_was_told_elsewhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By variables, and by its configuration file; the places to fetch from are still those of the file."""
    for name, value in LEADING.items():
        if name.startswith("PIP_"):
            monkeypatch.setenv(name, value)
    config = root / "pip.conf"
    led = "target = /none\nroot = /none\ndry-run = true\nrequire-hashes = true\nno-deps = true\n"
    config.write_text(f"[global]\n{led}no-index = true\n[install]\nfind-links = {os.environ['PIP_FIND_LINKS']}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.delenv("PIP_FIND_LINKS")
    python = ensure(root)
    run = subprocess.run([python, "-I", "-c", "import dremeta_probe; print(dremeta_probe.version)"], capture_output=True, text=True)
    assert run.stdout == "1.0\n"


def test_a_full_disk_is_not_taken_for_a_missing_package(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(command: object, **_: object) -> None:
        raise subprocess.CalledProcessError(1, "venv", "", "Error: [Errno 28] No space left on device: 'x'")

    with monkeypatch.context() as patch, pytest.raises(Problem, match=r"No space left on device.*The disk is full\. Free") as caught:
        patch.setattr(environment.subprocess, "run", full)
        ensure(root)
    assert "apt" not in one_paragraph(caught.value) and not (root / ".venv").exists()
    for number in (28, 122):
        error = OSError(number, os.strerror(number))
        monkeypatch.setattr(Venv, "write_note", lambda *_, error=error: (_ for _ in ()).throw(error))
        with pytest.raises(Problem, match=r"The disk is full\. Free"):
            ensure(root)
        assert not (root / ".venv").exists()


def test_folders_in_the_python_path_that_hide_the_right_packages_are_found(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "requirements.txt").write_text("numpy==9.9\n")
    for name, version in (("old", "1.0"), ("right", "9.9")):
        (tmp_path / name / f"numpy-{version}.dist-info").mkdir(parents=True)
        (tmp_path / name / f"numpy-{version}.dist-info" / "METADATA").write_text(f"Name: numpy\nVersion: {version}\n")
    folders = [str(tmp_path / name) for name in ("mine", "old", "right")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(folders))
    assert python_path(root / "requirements.txt") == ([folders[0], folders[2]], [folders[1]])
    assert python_path(root / "none") == (folders, [])
    finding = doctor.check_packages(root)
    assert not finding.well and folders[1] in finding.text and finding.fix.endswith("PYTHONPATH" if os.name != "nt" else "=")


def test_only_the_standard_library_is_used_before_the_environment_exists() -> None:
    code = "import sys, json, dremeta_lite.start.launch; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"], capture_output=True, text=True
    )
    loaded = set(json.loads(told.stdout)) - {"dremeta_lite", "__main__", "__mp_main__"}
    assert not {name for name in loaded - set(sys.stdlib_module_names) if not name.startswith("_")}


def copied(root: Path, make: Callable[[Path], object] | None = None) -> Path:
    shutil.copytree(ROOT / "dremeta_lite", root / "dremeta_lite", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def test_the_command_tells_a_failure_in_one_paragraph(root: Path) -> None:
    (root / "requirements.txt").write_text("dremeta-nowhere==1.0\n")
    run = subprocess.run([sys.executable, "-m", "dremeta_lite", "test"], cwd=copied(root), capture_output=True, text=True)
    assert run.returncode == 2 and "Traceback" not in run.stderr
    assert "Connect to the internet once and run the same command again" in run.stderr
    assert "ERROR: No matching distribution" in run.stdout and not (root / ".venv").exists()


def speaks(folder: Path, *arguments: str, python: str = sys.executable, **environ: str) -> str:
    """What a command says that is refused: one paragraph, and no traceback."""
    environ = {**plain(), **environ}
    run = subprocess.run([python, "-m", "dremeta_lite", *arguments], cwd=folder, env=environ, capture_output=True)
    told = run.stderr.decode("utf-8", "replace").strip()
    assert run.returncode == 2 and "Traceback" not in told and "\n" not in told, told
    return told


HIDING = ["json.py", "random.py", "subprocess.py", "argparse.py", "torch.py", "numpy.py", "socket/__init__.py"]


@pytest.mark.parametrize("name", HIDING)
@pytest.mark.parametrize("place", ["", "notebooks"])
def test_a_file_that_hides_a_module_is_named(tmp_path: Path, name: str, place: str) -> None:
    file = copied(tmp_path) / place / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("raise SystemError('never to be run')")
    hidden = file.parent if "/" in name else file
    told = speaks(tmp_path, "doctor")
    assert str(hidden) in told and f"Rename it, for example to my_{hidden.name}" in told
    python = [sys.executable, "-c", "import dremeta_lite"]  # as in a notebook
    run = subprocess.run(python, cwd=hidden.parent, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True)
    assert b"ImportError" in run.stderr and b"Rename it" in run.stderr


@pytest.mark.parametrize("name", ["types", "collections", "functools", "keyword", "operator", "contextlib", "warnings", "runpy", "enum"])
def test_a_file_that_keeps_python_itself_from_starting_is_named(tmp_path: Path, name: str) -> None:
    """With -m, Python reads it before the course. -S: no package of this environment has loaded the module before."""
    (copied(tmp_path) / f"{name}.py").touch()
    run = subprocess.run([sys.executable, "-S", "dremeta_lite", "doctor"], cwd=tmp_path, env=plain(), capture_output=True, text=True)
    told = f"{tmp_path / name}.py has the name of a module that the course needs"
    assert run.returncode == 2 and told in run.stderr and "Traceback" not in run.stderr, run.stderr


def plain() -> dict[str, str]:
    """The environment without what leads Python to other modules."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.mark.parametrize("name", ["test.py", "my_json.py", "json.txt", "json/notes.txt"])
def test_other_files_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    assert names.hiding([str(tmp_path)]) == []


def test_installed_packages_are_no_file_of_the_readers(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").touch()
    assert names.hiding([str(tmp_path)]) == [str(tmp_path / "numpy.py")]
    (tmp_path / "numpy-1.0.dist-info").mkdir()
    assert names.hiding([str(tmp_path)]) == []


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "ascii:strict"])
def test_a_folder_may_have_any_name_on_any_terminal(root: Path, encoding: str) -> None:
    home = copied(root).rename(root.with_name("my course 中文"))
    (home / "requirements.txt").unlink()
    told = speaks(home, "lab", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert "my course ??" in told and "Download the course again" in told


@pytest.mark.skipif(sys.platform != "linux", reason="where these folders are")
@pytest.mark.parametrize("home", ["/dev/null", "/proc/none"])
def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, home: str) -> None:
    (copied(tmp_path) / "requirements.txt").write_text(f"pytest=={pytest.__version__}\n")
    clean = dict.fromkeys(("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "XDG_DATA_HOME"), "")
    told = speaks(tmp_path, "lab", HOME=home, **clean)
    assert told.startswith(f"{home}/.local/share/jupyter/runtime cannot be written (") and "set the environment variable HOME" in told


OLD = [path for version in ("2.7", "3.6", "3.8", "3.10") if (path := shutil.which(f"python{version}"))]


@pytest.mark.parametrize("python", OLD)
def test_a_python_of_years_ago_gets_its_sentence(tmp_path: Path, python: str) -> None:
    if subprocess.run([python, "-c", ""], capture_output=True).returncode == 0:  # else only a name for one that is not chosen
        assert "dremeta_lite needs Python 3.11 or newer" in speaks(copied(tmp_path), "lab", python=python)


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py", "start/__init__.py", "start/names.py"])
def test_what_a_python_of_years_ago_reads_has_nothing_newer(name: str) -> None:
    """Python 2.7 wants ASCII, and knows neither annotations nor strings that begin with f."""
    text = (ROOT / "dremeta_lite" / name).read_text(encoding="utf-8")
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Starred)
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, newer) or getattr(node, "returns", None)]
    assert (text.isascii() or "coding: utf-8" in text.splitlines()[0]) and not found
