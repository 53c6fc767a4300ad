"""Presets are files: those that can be used are found, and each bad one is named and skipped."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest
from av.video.format import VideoFormat

from helios_gui.cli import main
from helios_gui.media.presets import read_preset, read_presets
from helios_gui.translation import LANGUAGES
from helios_gui.types import UserInputError
from helios_gui.utils.folders import AppFolders

GOOD = """
title = "Mine"
suffixes = [".mkv"]
[description]
en = "Lossless."
[video]
encoder = "ffv1"
pixel_formats = ["yuv420p", "yuv420p10le"]
[video.options]
level = 3
[audio]
encoder = "flac"
"""
BAD = {
    "no_toml": ("title = ", "cannot be read: a value is expected; texts stand in quotation marks: at the end"),
    "deep": ("title = " + "[" * 20_000, "cannot be read: it is nested too deep"),
    "unknown_key": (GOOD + "\nquality = 3", "audio.quality: is not known"),
    "no_title": (GOOD.replace('title = "Mine"', ""), "title: is missing"),
    "no_english": (GOOD.replace("en =", "de ="), "the description in English is missing"),
    "suffix": (GOOD.replace('".mkv"', '"mkv"'), "suffixes.0: has characters that are not allowed"),
    "kind": (GOOD.replace("suffixes", 'kinds = ["sound"]\nsuffixes', 1), "kinds.0"),
    "encoder": (GOOD.replace('"ffv1"', '"-i /etc/passwd"'), "video.encoder"),
    "no_audio": (GOOD.split("[audio]")[0], "videos need [video] and [audio]; there is no [audio]"),
    "pictures_of_a_video": (
        'title = "P"\nkinds = ["video"]\nsuffixes = [".png"]\ndescription = {en = "x"}',
        "pictures",
    ),
    "exr_of_a_page": ('title = "P"\nkinds = ["page"]\nsuffixes = [".exr"]\ndescription = {en = "x"}', "PNG"),
    "samples": (GOOD + "[blend]\nsamples = 0", "blend.samples"),
    "large": (GOOD + "#" * 70_000, "is too large"),
}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppFolders:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    folders = AppFolders.default()
    folders.presets.mkdir(parents=True)
    return folders


def test_the_presets_of_the_program_can_be_used() -> None:
    shelf = read_presets()
    assert shelf.problems == ()
    assert {"h264", "h265", "av1", "vp9", "prores", "preview", "png-frames", "exr-frames"} <= set(shelf.found)
    for found in shelf.found.values():
        preset = found.preset
        assert set(preset.description) == set(LANGUAGES)
        if preset.makes_pictures:
            continue
        assert preset.video is not None
        assert preset.audio is not None
        codec = av.Codec(preset.video.encoder, "w")
        transparent = preset.video.transparent
        names = [*preset.video.pixel_formats, *(transparent.pixel_formats if transparent else ())]
        assert {VideoFormat(name).name for name in names} <= {each.name for each in codec.video_formats or ()}
        assert av.Codec(preset.audio.encoder, "w").type == "audio"


def test_those_of_a_person_and_of_a_job_go_before(folders: AppFolders, tmp_path: Path) -> None:
    (folders.presets / "h264.toml").write_text(GOOD)
    job_dir = tmp_path / "job"
    (job_dir / "presets").mkdir(parents=True)
    (job_dir / "presets" / "mine.toml").write_text(GOOD.replace("Mine", "The job's"))
    (folders.presets / "mine.toml").write_text(GOOD)
    assert read_presets().found["mine"].preset.title == "Mine"
    found = read_presets(job_dir).found
    assert found["mine"].preset.title == "The job's"
    assert found["h264"].preset.encoding.encoder == "ffv1"
    assert not found["h264"].is_own
    assert found["h265"].is_own


@pytest.mark.parametrize("name", BAD)
def test_a_bad_one_is_named_and_skipped(
    name: str, folders: AppFolders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, problem = BAD[name]
    (folders.presets / f"{name}.toml").write_text(text)
    (folders.presets / "mine.toml").write_text(GOOD)
    shelf = read_presets()
    assert name not in shelf.found
    assert "mine" in shelf.found
    assert len(shelf.problems) == 1
    assert str(folders.presets / f"{name}.toml") in shelf.problems[0]
    assert problem in shelf.problems[0]
    with pytest.raises(UserInputError, match="preset"):
        shelf.get(name)
    assert main(["presets", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "mine" in printed.out
    assert f"\n{name} " not in printed.out
    assert f"{name}.toml" in printed.err


def test_they_are_listed_as_json(folders: AppFolders, capsys: pytest.CaptureFixture[str]) -> None:
    (folders.presets / "mine.toml").write_text(GOOD)
    assert main(["presets", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["mine"]["file"] == str(folders.presets / "mine.toml")
    assert rows["mine"]["video"]["options"] == {"level": 3}


def test_one_goes_with_a_command_as_json(folders: AppFolders) -> None:
    (folders.presets / "mine.toml").write_text(GOOD)
    preset = read_preset("mine")
    assert read_preset(preset.to_json()) == preset
    assert read_preset(str(folders.presets / "mine.toml")) == preset
    with pytest.raises(UserInputError, match="png-frames makes pictures, and no video"):
        _ = read_preset("png-frames").encoding
    with pytest.raises(UserInputError, match="The preset of the command is bad"):
        read_preset("{}")
    with pytest.raises(UserInputError, match="There is no preset “none”") as caught:
        read_preset("none")
    assert "h265" in caught.value.hint
