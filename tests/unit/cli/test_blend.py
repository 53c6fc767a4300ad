"""From a .blend to its job, its frames and its video, with a real Blender."""

from __future__ import annotations

import os
import stat
import sys
from array import array
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.jobfile.job_files import load_job
from tests.support.blends import make_blend, make_blends, pixels, require_blender, sound
from tests.support.cli import run_cli

WITH_TEXTURE = """
folder = os.path.join(os.path.dirname(FILE), "tex")
picture(os.path.join(folder, "wood.png"))
texture(os.path.join(folder, "wood.png"))
save()
bpy.ops.file.make_paths_relative()
render.fps, render.fps_base = 24, 1.001
"""

NTSC = Fraction(24000, 1001)


@pytest.fixture
def folder(work: Path) -> Path:
    make_blends({work / "Größe 1.blend": WITH_TEXTURE})
    return work


@pytest.mark.skipif(sys.platform == "win32", reason="a program that is a shell script")
def test_frames_then_a_video_although_blender_crashes_once(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blend, crashed = folder / "Größe 1.blend", home / "crashed"
    real = require_blender()
    flaky = home / "flaky blender"
    flaky.write_text(
        f'#!/bin/sh\ncase "$*" in *render_frames*) if mkdir "{crashed}" 2>/dev/null; then\n'
        f'  {real} --version; kill -SEGV $$; fi;; esac\nexec {real} "$@"\n'
    )
    flaky.chmod(flaky.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("HELIOS_BLENDER", str(flaky))
    answer = run_cli(home, "new", blend, "--chunk-size", "3", "--render", "--trust", "--retries", "1")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert crashed.is_dir()
    assert "signal 11" in answer.stdout + answer.stderr

    frames = folder / "Größe 1_frames"
    assert sorted(os.listdir(frames)) == [f"{n:04}.png" for n in range(1, 7)]
    with av.open(str(folder / "Größe 1.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (64, 36, NTSC)
        assert sum(1 for _ in container.decode(video=0)) == 6
    assert load_job(folder / "Größe 1.helios.json").metadata.rate == NTSC

    monkeypatch.delenv("HELIOS_BLENDER")
    whole = run_cli(home, "blend", blend, "-o", home / "whole" / "%04d.png", "--start", "1", "--count", "6")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert [pixels(frames / f"{n:04}.png") for n in range(1, 7)] == [
        pixels(home / "whole" / f"{n:04}.png") for n in range(1, 7)
    ]


def test_what_is_missing_or_unknown_is_a_sentence_and_no_job(folder: Path, home: Path) -> None:
    blend = folder / "Größe 1.blend"
    (folder / "tex" / "wood.png").unlink()
    answer = run_cli(home, "new", blend)
    assert answer.returncode == 2
    assert "1 file that Größe 1.blend needs is not there:" in answer.stderr
    assert "wood.png" in answer.stderr
    answer = run_cli(home, "new", blend, "--set", "scene=Nothing")
    assert "has no scene “Nothing”" in answer.stderr
    answer = run_cli(home, "new", blend.with_suffix(".blend1"))
    assert (answer.returncode, "is the backup that Blender keeps" in answer.stderr) == (2, True)
    answer = run_cli(home, "new", blend, "--set", "samples=x")
    assert "Give a number" in answer.stderr
    assert not list(folder.glob("*.helios.json"))
    answer = run_cli(home, "new", blend, "--set", "forgiving=yes", "--frames", "2-5", "--scale", "2")
    assert "--scale is not for Größe 1.blend" in answer.stderr
    answer = run_cli(home, "new", blend, "--set", "forgiving=yes", "--frames", "2-5")
    assert answer.returncode == 0, answer.stderr
    (chunk,) = load_job(folder / "Größe 1.helios.json").chunks
    assert (chunk.start_frame, chunk.frame_count) == (2, 4)


def test_transparent_frames_make_a_transparent_video(work: Path, home: Path) -> None:
    blend = make_blend(work / "logo.blend", "render.film_transparent = True; render.image_settings.color_mode = 'RGBA'")
    answer = run_cli(home, "new", blend, "--frames", "2", "--render", "--trust")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    with av.open(str(work / "logo.mov")) as container:
        assert container.streams.video[0].codec_context.pix_fmt.startswith("yuva444p")
        frame = next(container.decode(video=0)).reformat(format="rgba")
        alpha = bytes(frame.planes[0])[3::4]
        assert {0, 255} <= set(alpha)
    options = ("--preset", "h265", "--set", "percent=25", "--frames", "2", "--save", work / "small.helios.json")
    answer = run_cli(home, "new", blend, *options, "--render", "--trust")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    with av.open(str(work / "small.mp4")) as container:
        picture = container.streams.video[0]
        assert (picture.width, picture.height) == (32, 18)
        assert (picture.codec_context.name, picture.codec_context.codec_tag) == ("hevc", "hvc1")
    assert b"crf=20.0" in (work / "small.mp4").read_bytes()


CLICK_AT_FRAME_3 = """
import struct, wave
path = os.path.join(os.path.dirname(FILE), "click.wav")
with wave.open(path, "wb") as file:
    file.setparams((1, 2, 48000, 0, "NONE", ""))
    file.writeframes(b"".join(struct.pack("<h", 20000 if n < 480 else 0) for n in range(4800)))
scene.sequence_editor_create().sequences.new_sound("click", path, 1, 3)
render.image_settings.file_format, render.ffmpeg.audio_volume = "FFMPEG", 0.5
"""


def test_the_sound_of_a_scene_is_at_its_frame(work: Path, home: Path) -> None:
    blend = make_blend(work / "click.blend", CLICK_AT_FRAME_3)
    answer = run_cli(home, "new", blend, "--frames", "2-6", "-o", "click.mov", "--render", "--trust")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    with av.open(str(work / "click.mov")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 5
    samples = array("h", sound(work / "click.mov"))
    assert next(n for n, sample in enumerate(samples) if abs(sample) > 1000) == 48000 // 24
    assert len(samples) == 5 * 48000 // 24
    loud = 20_000 * 0.5 / 2**0.5  # by half, as the scene's output says, and shared by two loudspeakers
    assert max(map(abs, samples)) == pytest.approx(loud, abs=100)
    answer = run_cli(home, "new", blend, "--sound", "off", "--save", work / "silent.helios.json")
    assert "Note: The scene has sound, which is not in the video." in answer.stdout.splitlines()
    assert answer.stderr.count("Warning") == 0
    assert load_job(work / "silent.helios.json").tracks_from is None


def test_options_of_a_chunk_that_cannot_be(folder: Path, home: Path) -> None:
    for options, words in (
        (("--color", "CMYK"), "nothing that pictures can hold"),
        (("--width", "64"), "belong together"),
        (("--percent", "50", "--width", "64", "--height", "36"), "--percent and --width say the same"),
        (("--scene", "Nothing"), "has no scene “Nothing”.\nIt has: Scene."),
    ):
        answer = run_cli(home, "blend", folder / "Größe 1.blend", "-o", home / "####.png", *options)
        assert answer.returncode == 2, options
        assert words in answer.stderr
