"""The report of a job: complete or not, every attempt, nothing that runs or is loaded."""

from __future__ import annotations

import hashlib
import json
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from helios_gui.cli import main
from helios_gui.media.ffmpeg import find_ffmpeg
from tests.support.jobs import python

HOSTILE = "<script>alert(1)</script><img src=x> & “Film”"
TURNED_AROUND = "\u202e\x9b31m\u200b"

COPY_ON_SECOND_TRY = """
import pathlib, shutil, sys
if sys.argv[3] == "never" or (sys.argv[3] == "later" and not pathlib.Path("tried").exists()):
    pathlib.Path("tried").touch()
    sys.exit("no <licence> for the renderer")
shutil.copy(sys.argv[2], sys.argv[1])
"""


class Elements(HTMLParser):
    """The elements of a page and their texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text = ""
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def make_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "source.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=s=64x36:r=25", "-frames:v", "5", "-c:v", "libx264", str(source)]
    subprocess.run([find_ffmpeg(), "-v", "error", "-nostdin", *picture], check=True)

    def make(*fates: str) -> Path:
        chunks = [
            {
                "id": index + 1,
                "startFrame": 5 * index,
                "frameCount": 5,
                "outputFile": f"part_{index}.mp4",
                "command": python(COPY_ON_SECOND_TRY, f"part_{index}.mp4", "source.mp4", fate),
            }
            for index, fate in enumerate(fates)
        ]
        size = {"totalFrames": 5 * len(fates), "fps": 25, "width": 64, "height": 36}
        path = tmp_path / "job.json"
        document = {"name": HOSTILE + TURNED_AROUND, "metadata": size, "chunks": chunks, "outputFile": "film.mp4"}
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return make


def test_a_complete_job_with_a_failed_attempt(
    make_job: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", str(make_job("now", "later")), "--trust", "--retries", "1"]) == 0
    capsys.readouterr()
    assert main(["report", "job.json", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["isComplete"]
    assert report["missing"] == []
    assert (report["frames"], report["fps"], report["state"]) == (10, "25", "completed")
    first, second = report["chunks"]
    assert (first["firstFrame"], first["lastFrame"], len(first["attempts"])) == (0, 4, 1)
    assert first["sha256"] == hashlib.sha256((tmp_path / "part_0.mp4").read_bytes()).hexdigest()
    failed, succeeded = second["attempts"]
    assert (failed["state"], failed["exitCode"], failed["number"]) == ("failed", 1, 1)
    assert "no <licence>" in failed["cause"]
    assert succeeded["state"] == "succeeded"
    assert report["wastedSeconds"] == failed["seconds"]

    assert main(["report", "job.json"]) == 0
    assert "Wrote film.report.html." in capsys.readouterr().out
    page = Elements((tmp_path / "film.report.html").read_text(encoding="utf-8"))
    assert rf"{HOSTILE}\u202e\x9b31m\u200b" in page.text, "what would hide or reorder others is an escape"
    assert "All 10 frames were rendered" in page.text
    assert "no <licence> for the renderer" in page.text
    assert page.names.count("rect") == 3
    assert not {"script", "img", "link", "iframe"} & set(page.names)
    assert page.addresses == []


def test_what_is_missing_is_named_as_ranges(make_job: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", str(make_job("now", "never", "never", "now")), "--trust", "--retries", "0"]) == 1
    capsys.readouterr()
    assert main(["report", "job.json", "-o", "why.html"]) == 0
    page = Elements((tmp_path / "why.html").read_text(encoding="utf-8"))
    assert "Frames that are missing: 5–14" in page.text
    assert '<th class="number">Frames</th>' in (tmp_path / "why.html").read_text(encoding="utf-8"), "above its numbers"
    assert "frames were rendered" not in page.text


def test_what_cannot_be_reported_or_written_is_said(
    make_job: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "nothing.json"]) == 2
    assert "The queue has no render of nothing.json." in capsys.readouterr().err
    assert main(["render", str(make_job("now")), "--trust"]) == 0
    assert main(["report", "job.json", "-o", "job.json/below.html"]) == 2
    assert "cannot be written" in capsys.readouterr().err
