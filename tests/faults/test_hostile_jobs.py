"""Job files written to do harm: the real command refuses them in words, or renders them and harms nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import run_cli
from tests.support.jobs import python

CATASTROPHE = "import sys,time; print('a' * 199 + 'b', flush=True); time.sleep(.3); open(sys.argv[1],'w').write('x')"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def write_job(folder: Path, **changes: object) -> Path:
    """A job file of one chunk that writes a text file, with some of its keys changed."""
    command = python("open('part.txt','w').write('x')")
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "part.txt", "command": command}
    job = {"metadata": {"totalFrames": 1, "fps": 30, "width": 9, "height": 9}, "chunks": [chunk], **changes}
    folder.mkdir(exist_ok=True)
    path = folder / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return path


def test_pattern_that_never_ends_is_switched_off_and_the_job_says_so(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "job"
    command = python(CATASTROPHE, "part.txt")
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "part.txt", "command": command}
    path = write_job(folder, chunks=[chunk], progressPattern=r"(?P<frame>(a+)+)$")
    done = run_cli(home, "render", path, "--trust")
    assert done.returncode == 0, done.stderr
    assert "takes too long on a line of the output and is no longer used" in done.stdout
    assert (folder / "part.txt").read_text() == "x"
