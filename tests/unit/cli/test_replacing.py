"""A finished video of another job, or of nobody knows whom, is replaced only with ``--overwrite``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from helios_gui import cli
from tests.support.jobs import python

WRITE = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"
JOIN = "import sys; open(sys.argv[1], 'w').write(''.join(open(p).read() for p in sys.argv[2:]))"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def job(folder: Path, name: str, content: str = "", output: str = "final.txt") -> Path:
    """A job of one chunk that is merged by a command of its own, so that it takes no FFmpeg."""
    part = f"{name}_0.txt"
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": part}
    document = {
        "name": name,
        "metadata": {"totalFrames": 1, "fps": 30, "width": 8, "height": 8},
        "chunks": [{**chunk, "command": python(WRITE, part, content or name)}],
        "outputFile": output,
        "mergeCommand": python(JOIN, output, part),
    }
    path = folder / f"{name}.helios.json"
    path.write_text(json.dumps(document))
    return path


def render(path: Path, *more: str) -> int:
    return cli.main(["render", str(path), "--trust", *more])


def test_the_video_of_another_job_is_kept_until_it_may_be_replaced(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = job(work, "a"), job(work, "b")
    assert render(first) == 0
    assert render(second) == 2
    told = capsys.readouterr().err
    assert f"{work / 'final.txt'} exists already: the job “a” made it on " in told
    assert "Add --overwrite to replace it" in told
    assert (work / "final.txt").read_text() == "a"
    assert not (work / "b_0.txt").exists()
    assert render(second, "--overwrite") == 0
    assert "It will be replaced." in capsys.readouterr().err
    assert (work / "final.txt").read_text() == "b"
    assert render(first) == 2
    assert (work / "final.txt").read_text() == "b"


def test_a_video_that_only_a_merge_command_names_is_kept_too(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        document = json.loads(job(work, name).read_text())
        del document["outputFile"]
        document["mergeCommand"] = python(f"import sys; open(sys.argv[2], 'w').write('{name}')", "-o", "film.mp4")
        (work / f"{name}.helios.json").write_text(json.dumps(document))
    first, second = work / "a.helios.json", work / "b.helios.json"
    assert render(first) == 0
    assert "Done: " in capsys.readouterr().out
    assert render(second) == 2
    assert f"{work / 'film.mp4'} exists already: the job “a” made it on " in capsys.readouterr().err
    assert (work / "film.mp4").read_text() == "a"
    assert render(first) == 0


def test_a_job_file_replaces_its_own_video_also_when_it_was_edited(work: Path) -> None:
    path = job(work, "a")
    assert render(path) == 0
    assert render(path) == 0
    job(work, "a", "edited")
    assert render(path) == 0
    assert (work / "final.txt").read_text() == "edited"


def test_a_video_that_somebody_has_changed_since_is_nobodys(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = job(work, "a")
    assert render(path) == 0
    (work / "final.txt").write_text("graded by hand")
    assert render(path) == 2
    assert "this job did not make it as it is now" in capsys.readouterr().err
    assert (work / "final.txt").read_text() == "graded by hand"


@pytest.mark.parametrize("how", ["other home", "link to the folder", "hard link", "dangling link", "--output"])
def test_siblings_are_told_too(
    how: str, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = job(work, "a"), job(work, "b")
    more: tuple[str, ...] = ()
    assert render(first) == 0
    if how == "other home":
        monkeypatch.setenv("HELIOS_HOME", str(work.parent / "other"))
    elif how == "link to the folder":
        (work.parent / "link").symlink_to(work)
        more = ("--output", str(work.parent / "link" / "final.txt"))
    elif how == "hard link":
        os.link(work / "final.txt", work / "b.txt")
        more = ("--output", str(work / "b.txt"))
    elif how == "dangling link":
        (work / "b.txt").symlink_to(work / "missing.txt")
        more = ("--output", str(work / "b.txt"))
    else:
        more = ("--output", str(work / "." / "final.txt"))
    assert render(second, *more) == 2
    assert "exists already" in capsys.readouterr().err
    assert (work / "final.txt").read_text() == "a"


def test_a_render_without_a_video_asks_nothing(work: Path) -> None:
    assert render(job(work, "a")) == 0
    assert render(job(work, "b"), "--no-merge") == 0
    assert (work / "final.txt").read_text() == "a"


def test_a_resumed_render_asks_too(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = job(work, "a")
    failing = json.loads(path.read_text())
    failing["mergeCommand"] = python("import sys; sys.exit(3)", "final.txt", "a_0.txt")
    path.write_text(json.dumps(failing))
    assert render(path) == 1
    (work / "final.txt").write_text("somebody's")
    assert render(path, "--resume") == 2
    assert "exists already" in capsys.readouterr().err
    assert (work / "final.txt").read_text() == "somebody's"


def test_somebodys_file_under_the_name_of_a_chunk_is_kept_until_it_may_be_replaced(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = job(work, "a")
    (work / "a_0.txt").write_text("painted by hand")
    assert render(path) == 2
    told = capsys.readouterr().err
    assert f"{work / 'a_0.txt'} exists already, where a chunk of this job goes" in told
    assert "Add --overwrite to replace it, or --missing to keep it" in told
    assert (work / "a_0.txt").read_text() == "painted by hand"
    assert not (work / "final.txt").exists()
    assert render(path, "--no-merge") == 2
    assert render(path, "--chunk", "0") == 2
    capsys.readouterr()
    assert render(path, "--overwrite") == 0
    assert "It will be replaced." in capsys.readouterr().err
    assert (work / "final.txt").read_text() == "a"
    assert render(path) == 0


def test_the_video_and_the_chunks_of_others_are_told_together(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = job(work, "a")
    (work / "a_0.txt").write_text("painted by hand")
    (work / "final.txt").write_text("graded by hand")
    assert render(path) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "final.txt exists already, and this job did not make it" in told
    assert "a_0.txt exists already, where a chunk of this job goes" in told
    assert render(path, "--overwrite") == 0
    assert "They will be replaced." in capsys.readouterr().err


def test_what_is_there_is_kept_with_missing(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = job(work, "a")
    (work / "a_0.txt").write_text("painted by hand")
    assert render(path, "--missing") == 0
    assert (work / "final.txt").read_text() == "painted by hand"
    assert "1 chunk was there before and is as it was found" in capsys.readouterr().out
