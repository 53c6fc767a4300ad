from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.jobfile.job_files import save_job
from helios_gui.types import JobSpec
from tests.support.jobs import text_job


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the app keeps its things, for commands in this process and in children."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HELIOS_HOME", str(folder))
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The folder of the job file."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def job(work: Path) -> Path:
    """A job file of six quick chunks that count how often they run."""
    return write_job(work, text_job(6))


def write_job(folder: Path, spec: JobSpec) -> Path:
    path = folder / "job.json"
    save_job(spec, path)
    return path
