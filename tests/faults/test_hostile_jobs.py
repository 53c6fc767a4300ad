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


def test_names_and_output_move_nothing_in_the_terminal(home: Path, tmp_path: Path) -> None:
    hostile = "\x1b[2J\x1b]0;evil\x07[red]a[/red]\u202e\x9b31m<b>"
    command = python(f"import sys; print({hostile!r}); sys.exit(3)")
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "part.txt", "command": command}
    path = write_job(tmp_path / "job", name=hostile, chunks=[chunk])
    failed = run_cli(home, "render", path, "--trust", "--retries", "0")
    listed = run_cli(home, "jobs")
    as_json = run_cli(home, "render", path, "--trust", "--retries", "0", "--json")
    assert failed.returncode == 1
    assert "[red]a[/red]" in failed.stdout + failed.stderr
    for text in (failed.stdout, failed.stderr, listed.stdout, as_json.stdout):
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(text), text


@pytest.mark.parametrize(
    "changes",
    [
        {"command": "x" * 300 + " p.txt"},
        {"outputFile": "y" * 300 + ".mov"},
        {"outputFile": "a\ud800.mov"},
        {"command": "true \ud800"},
    ],
    ids=lambda changes: f"{next(iter(changes))}-{len(next(iter(changes.values())))}",
)
def test_what_cannot_be_run_is_said_in_words(changes: dict[str, str], home: Path, tmp_path: Path) -> None:
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "p.txt", "command": "true p.txt", **changes}
    path = write_job(tmp_path / "job", chunks=[chunk])
    done = run_cli(home, "render", path, "--trust", "--retries", "0")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stdout + done.stderr
    assert "Error" in done.stderr or "Failed" in done.stdout + done.stderr
