"""What a page names and .heliosignore leaves out is told of before it is missed in a cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helios_gui.jobfile.job_files import parse_job
from helios_gui.storage.bundle import scan_job
from helios_gui.storage.left_out import notes_about_left_out, renders_page
from tests.support.jobs import text_job

PAGE = "helios-gui web index.html -o part.mp4"


def notes(folder: Path, ignored: str, command: str = PAGE) -> tuple[str, ...]:
    (folder / ".heliosignore").write_text(ignored, encoding="utf-8")
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "part.mp4", "command": command}
    metadata = {"totalFrames": 1, "fps": 25, "width": 64, "height": 36, "duration": 1}
    spec = parse_job(json.dumps({"metadata": metadata, "chunks": [chunk]}).encode(), "job.json", folder)
    return scan_job(spec, folder, folder / "film.mp4").notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {
        "index.html": '<link href="look.css"><img src="bilder/gr%C3%B6%C3%9Fe%201.png"><video src="film.mp4">',
        "look.css": "body { background: url(bilder/wall.jpg) }",
        "code/main.mjs": 'import * as THREE from "/node_modules/three/three.js"; fetch("../data/rows.csv");',
        "node_modules/three/three.js": "",
        "data/rows.csv": "",
        "data/other.csv": "",
        "bilder/größe 1.png": "",
        "bilder/wall.jpg": "",
        "film.mp4": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("ignored", "named"),
    [
        ("*.csv\n", ["data/rows.csv is named in code/main.mjs"]),
        ("node_modules/\n", ["node_modules/ is named in code/main.mjs"]),
        ("*.png\n*.jpg\n", ["bilder/größe 1.png is named in index.html", "bilder/wall.jpg is named in look.css"]),
        ("data/other.csv\n*.txt\n", []),
        ("", []),
    ],
)
def test_what_the_page_names(folder: Path, ignored: str, named: list[str]) -> None:
    found = notes(folder, ignored)
    assert [note.partition(", but ")[0] for note in sorted(found)] == named
    assert all(".heliosignore leaves it out" in note for note in found)


def test_other_jobs_are_not_searched(folder: Path) -> None:
    assert notes(folder, "*.csv\n", "ffmpeg -i data/rows.csv part.mp4") == ()


def test_a_command_that_is_none_renders_no_page(folder: Path) -> None:
    spec = text_job(1)
    chunk = spec.chunks[0].model_copy(update={"command": "helios-gui web 'index.html"})
    assert not renders_page(spec.model_copy(update={"chunks": (chunk,)}))


def test_a_text_that_cannot_be_read_is_passed_over(folder: Path) -> None:
    (folder / "a.html").symlink_to("gone.html")
    found = [*notes_about_left_out(folder, ["a.html", "code/main.mjs"], ["data/rows.csv"], lambda: None)]
    assert len(found) == 1
    assert "data/rows.csv is named in code/main.mjs" in found[0]
