"""Which options have an encoder read or write files, and that neither job files nor presets may give them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helios_gui.jobfile.job_files import JobFileError, load_job
from helios_gui.media.encoder_files import names_files
from helios_gui.media.presets import read_preset, read_presets
from helios_gui.types import UserInputError

WITH_FILES = [
    ("x264-params", "pass=1:stats=/home/ann/film.txt"),
    ("x264-params", "stats=film.txt"),
    ("x264opts", "dump-yuv=film.txt"),
    ("x265-params", "aq-mode=2:csv=a.csv"),
    ("x265-params", "analysis-save=a"),
    ("svtav1-params", "pass=1"),
    ("stats", "film.txt"),
    ("pass", 1),
    ("passlogfile", "film"),
    ("passlogfile:v", "film"),
    ("vstats_file", "film.txt"),
    ("filter", "drawtext=textfile=a"),
    ("x265-params", "lambda-file=..\\a"),
    ("anything", "/etc/passwd"),
    ("x264-params", "cqmfile=matrix"),
    ("x264-params", "opencl-clbin=cache"),
    ("x265-params", "aq-mode=2:qpfile=a"),
    ("x265-params", "dhdr10-info=a"),
    ("aom-params", "film-grain-table=a"),
    ("x264-params", "an-option-of-later=film.txt"),
    ("an-option-of-later", "film.txt"),
]


@pytest.mark.parametrize(("option", "value"), WITH_FILES)
def test_options_with_files(option: str, value: object) -> None:
    assert names_files(option, value)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("crf", 18),
        ("preset", "slow"),
        ("r", "24000/1001"),
        (
            "x265-params",
            "aq-mode=2:master-display=G(13250,34500)B(7500,3000)L(10000000,1)",
        ),
        ("svtav1-params", "film-grain=8:tune=0"),
        ("x264-params", "sar=16/11:keyint=25"),
        ("x265-params", "scaling-list=default"),
        ("x264-params", "level=4.1:aq-strength=1.2:psy-rd=1.0,0.15"),
        (
            "svtav1-params",
            "mastering-display=G(0.2650,0.6900)R(0.6800,0.3200)WP(0.3127,0.3290)L(1000,1)",
        ),
    ],
)
def test_usual_options(option: str, value: object) -> None:
    assert not names_files(option, value)


def test_a_job_file_cannot_have_files_written_beside_its_commands(tmp_path: Path) -> None:
    chunk = {"id": 0, "startFrame": 0, "frameCount": 5, "outputFile": "f_####.png", "command": "renderer f_####.png"}
    encoding = {
        "encoder": "libx264",
        "pixelFormats": ["yuv420p"],
        "options": {"crf": 18, "x264-params": "pass=1:stats=/home/ann/film.txt"},
        "transparentOptions": {"stats": "film.txt"},
    }
    size = {"totalFrames": 5, "fps": 25, "width": 64, "height": 48}
    path = tmp_path / "job.json"
    path.write_text(
        json.dumps({"metadata": size, "chunks": [chunk], "outputFile": "film.mp4", "frameEncoding": encoding})
    )
    with pytest.raises(JobFileError) as error:
        load_job(path)
    assert "frameEncoding.options.x264-params: names a file" in str(error.value)
    assert "frameEncoding.transparentOptions.stats: names a file" in str(error.value)


def test_nor_can_a_preset(tmp_path: Path) -> None:
    text = json.loads(read_presets().found["av1"].preset.to_json())
    text["video"]["options"]["svtav1-params"] = "stats=/home/ann/film.txt"
    with pytest.raises(UserInputError, match="svtav1-params names a file"):
        read_preset(json.dumps(text))
