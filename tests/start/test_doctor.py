"""The health check: each thing that can be wrong is named, with the line that fixes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dremeta_lite.start import doctor
from dremeta_lite.start.doctor import Finding
from dremeta_lite.start.environment import ROOT, Note, Venv


def test_it_runs_where_everything_lacks(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from dremeta_lite.start.doctor import main; "
    code += "sys.argv = ['doctor']; sys.exit(main())"
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 1, run.stderr
    assert "torch 2.13.0 (found none)" in run.stdout and "No module named 'torch'" in run.stdout
    assert f"to fix it: {doctor.START}" in run.stdout and "WRONG Packages" in run.stdout and "WRONG Kernel" in run.stdout


def test_a_real_kernel_answers() -> None:
    assert doctor.ask_a_kernel() == ("42", sys.prefix)


@pytest.mark.parametrize(
    ("answer", "words", "fix"),
    [
        (("", sys.prefix), "answered ''", "ipykernel"),
        (("42", "/somewhere/else"), "belongs to another Python", "kernelspecapp remove python3"),
    ],
)
def test_a_kernel_that_is_not_ours_is_told(answer: tuple[str, str], words: str, fix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ask_a_kernel", lambda: answer)
    finding = doctor.check_kernel()
    assert not finding.well and words in finding.text and finding.fix.endswith(fix)


def test_this_environments_widgets_match() -> None:
    assert doctor.check_widgets().well, doctor.check_widgets()


def labextension(folder: Path, version: str) -> Path:
    place = folder / doctor.EXTENSION
    place.mkdir(parents=True)
    (place / "package.json").write_text(json.dumps({"version": version}))
    return place


def test_the_widgets_front_end_is_held_against_ipywidgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    import jupyter_core.paths

    real = importlib.metadata.version
    with monkeypatch.context() as patch:
        patch.setattr(importlib.metadata, "version", lambda name: "1.0.2" if name == "jupyterlab_widgets" else real(name))
        finding = doctor.check_widgets()
    assert not finding.well and "is 1.0.2, but ipywidgets wants" in finding.text and "jupyterlab_widgets~=" in finding.fix

    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *_: [str(tmp_path / "none")])
    finding = doctor.check_widgets()
    assert not finding.well and "has no extension" in finding.text and "--force-reinstall" in finding.fix

    theirs = labextension(tmp_path / "theirs", "3.0.0")
    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *_: [str(tmp_path / "theirs")])
    finding = doctor.check_widgets()
    assert not finding.well and "goes before this one" in finding.text and str(theirs) in finding.fix


def test_a_switched_off_extension_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "labconfig"
    settings.mkdir()
    (settings / "page_config.json").write_text(json.dumps({"disabledExtensions": {doctor.EXTENSION: True}}))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    finding = doctor.check_widgets()
    assert not finding.well and "switched off" in finding.text and finding.fix.endswith(f"enable {doctor.EXTENSION}")


def test_packages_that_differ_are_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pytest==0.1\nno-such-thing==1.0\n")
    finding = doctor.check_packages(tmp_path)
    assert not finding.well and f"pytest 0.1 (found {pytest.__version__}), no-such-thing 1.0 (found none)" in finding.text


def test_an_unfinished_installation_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / "requirements.txt").touch()
    Venv(tmp_path).write_note(Note(finished=False, ours=True))
    monkeypatch.setattr(Venv, "runs_us", lambda self: True)
    assert doctor.check_packages(tmp_path) == Finding(
        "Packages", False, f"the installation of {tmp_path / '.venv'} did not come to its end", doctor.START
    )


def test_without_the_courses_folder_the_packages_own_bounds_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an installed wheel; extras and other systems do not matter."""
    info = tmp_path / "dremeta_lite-0.1.dist-info"
    info.mkdir()
    needs = ["pytest>=1", "no-such-thing>=2", 'for-tests>=3; extra == "test"']
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: dremeta_lite\nVersion: 0.1\n" + "".join(f"Requires-Dist: {need}\n" for need in needs)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = doctor.check_packages(tmp_path)
    assert finding.text == 'not as dremeta_lite needs: "no-such-thing>=2"' and finding.fix.endswith('pip install "no-such-thing>=2"')
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dremeta_lite\nVersion: 0.1\nRequires-Dist: pytest>=1\n")
    assert doctor.check_packages(tmp_path) == Finding("Packages", True, "all 1 as dremeta_lite needs")


def test_a_missing_requirements_file_is_a_finding(tmp_path: Path) -> None:
    assert not doctor.check_packages(tmp_path).well


def test_a_check_that_raises_is_a_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def check_kernel() -> Finding:
        raise TimeoutError("no answer in 30 s")

    monkeypatch.setattr(doctor, "CHECKS", [doctor.check_python, check_kernel])
    doctor.report()
    told = capsys.readouterr().out
    assert "WRONG Kernel   TimeoutError: no answer in 30 s" in told and "to fix it: " in told and "1 of 2 is wrong" in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a place that is always full")
def test_findings_that_cannot_be_written_are_told_in_words() -> None:
    code = f"import sys; from {doctor.__name__} import *; sys.exit(tell([Finding('Python', True, 'as it should be')] * 999))"
    with open("/dev/full", "w") as full:
        run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    told = "What was found could not be written (No space left on device): let it be shown here, or give a file that has room.\n"
    assert (run.returncode, run.stderr) == (2, told)


def test_an_old_python_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert not doctor.check_python().well


def test_it_answers_inside_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose kernel computes with the processor's instructions that its parent was told to use, so that CI's choice reaches lessons."""
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom dremeta_lite.start.doctor import report; report()\n"
    code += "import torch; print(torch.backends.cpu.get_cpu_capability())"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    told = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    assert "ok    Kernel   started, and answered 6*7 with 42" in told and "Widgets  ipywidgets" in told
    assert told.endswith("DEFAULT\n")
