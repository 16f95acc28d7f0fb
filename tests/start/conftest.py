"""A course in a temporary folder, and a source of packages on this machine alone."""

import os
from pathlib import Path

import pytest
from wheels import make_wheel


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course whose one requirement is a wheel made here; pip looks nowhere else."""
    folder = tmp_path / "the course"  # a space, as in many people's paths
    folder.mkdir()
    make_wheel(tmp_path / "wheels", "dremeta_probe", "1.0")
    (folder / "requirements.txt").write_text("dremeta-probe==1.0  # a wheel of one file\n")
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (tmp_path / "wheels").as_uri(), "PIP_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder
