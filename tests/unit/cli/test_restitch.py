"""Joining the chunks of a render once more, in the terminal, and encoding those that do not match."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from helios_gui.cli import main
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import probe
from tests.support.jobs import python

COPY = "import shutil, sys; shutil.copy(sys.argv[2], sys.argv[1]); open('runs', 'a').write(sys.argv[1] + ' ')"


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job of three chunks, the last of which is larger than the others."""
    folder = tmp_path / "job"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    chunks = []
    for index, size in enumerate(("128x96", "128x96", "160x120")):
        source = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r=30:d=0.2"]
        video = ["-c:v", "libx264", "-preset", "ultrafast", str(folder / f"source_{index}.mov")]
        subprocess.run([find_ffmpeg(), "-v", "error", "-nostdin", *source, *video], check=True)
        part = f"part_{index}.mov"
        command = python(COPY, part, f"source_{index}.mov")
        chunks.append({"id": index, "startFrame": 6 * index, "frameCount": 6, "outputFile": part, "command": command})
    size = {"totalFrames": 18, "fps": 30, "width": 128, "height": 96}
    path = folder / "job.json"
    path.write_text(json.dumps({"metadata": size, "chunks": chunks, "outputFile": "film.mp4"}))
    return path


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_join_that_was_refused_is_mended_without_rendering(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "job.json", "--trust"]) == 1
    said = capsys.readouterr()
    assert "helios-gui restitch job.json --reencode" in said.out + said.err
    rendered = (job.parent / "runs").read_text()

    assert main(["restitch", "job.json", "--json"]) == 1
    last = events(capsys)[-1]
    assert last["event"] == "failed"
    assert "160×120" in str(last["reason"])
    assert last["restitch"] == "helios-gui restitch job.json --reencode"
    assert not (job.parent / "film.mp4").exists()

    assert main(["restitch", "job.json", "--reencode"]) == 0
    assert "evened out: part_2.mov is 160×120" in capsys.readouterr().out
    made = probe(job.parent / "film.mp4")
    assert (made.frames, made.video.width) == (18, 128)

    assert main(["restitch", "job.json", "--reencode", "--output", "other.mov", "--json"]) == 0
    last = events(capsys)[-1]
    assert (last["event"], last["output"]) == ("done", str(job.parent / "other.mov"))
    assert probe(job.parent / "other.mov").frames == 18
    assert (job.parent / "runs").read_text() == rendered


def test_what_restitch_refuses(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restitch", "job.json"]) == 2
    assert "no render of job.json" in capsys.readouterr().err
    assert main(["render", "job.json", "--trust", "--reencode"]) == 0
    (job.parent / "mine.mov").write_bytes(b"precious")
    capsys.readouterr()
    for output, said in (("mine.mov", "exists already"), ("part_1.mov", "file of the job"), (".", "folder")):
        assert main(["restitch", "job.json", "--output", output]) == 2
        assert said in capsys.readouterr().err
    assert (job.parent / "mine.mov").read_bytes() == b"precious"
    assert main(["restitch", "unknown"]) == 2
    assert events_of_queue(capsys) == 1


def events_of_queue(capsys: pytest.CaptureFixture[str]) -> int:
    capsys.readouterr()
    assert main(["jobs", "--json"]) == 0
    return len(json.loads(capsys.readouterr().out))


def test_a_job_is_found_by_its_id_and_a_file_is_replaced_when_told(
    job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "job.json", "--trust", "--reencode"]) == 0
    capsys.readouterr()
    assert main(["jobs", "--json"]) == 0
    job_id = json.loads(capsys.readouterr().out)[0]["id"]
    (job.parent / "old.mov").write_bytes(b"old")
    assert main(["restitch", job_id, "--reencode", "--output", "old.mov", "--overwrite"]) == 0
    assert probe(job.parent / "old.mov").frames == 18


def test_after_a_chunk_was_changed_it_says_how_to_render_it_again(
    job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "job.json", "--trust", "--reencode"]) == 0
    (job.parent / "part_1.mov").unlink()
    capsys.readouterr()
    assert main(["restitch", "job.json", "--reencode", "--json"]) == 1
    last = events(capsys)[-1]
    assert (last["event"], last["chunksDone"]) == ("failed", 2)
    assert last["resume"] == f"helios-gui render {job} --resume"
    assert main(["render", "job.json", "--trust", "--resume"]) == 0


def test_a_resumed_render_may_encode_anew(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "job.json", "--trust"]) == 1
    rendered = (job.parent / "runs").read_text()
    assert main(["render", "job.json", "--trust", "--resume", "--reencode"]) == 0
    assert (job.parent / "runs").read_text() == rendered
    assert probe(job.parent / "film.mp4").frames == 18


def test_reencode_needs_a_video(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "job.json", "--trust", "--no-merge", "--reencode"]) == 2
    assert "--reencode" in capsys.readouterr().err
