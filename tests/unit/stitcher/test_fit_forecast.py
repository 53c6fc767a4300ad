"""Telling before a render that its video will not fit into the container that was asked for."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from helios_gui.stitcher.fit_forecast import forecast_fit, forecast_job, forecast_sound, rendered_codec, rendered_sound
from helios_gui.types import JobSpec


@pytest.mark.parametrize(
    ("command", "output", "codec"),
    [
        ("ffmpeg -i in.mp4 -c:v prores_ks out.mov", "out.mov", "prores"),
        ("ffmpeg -c:v h264 -i in.mp4 -vcodec hevc_nvenc out.mp4", "out.mp4", "hevc"),
        ("/opt/ffmpeg -f lavfi -i testsrc2 -c:v mpeg4 -c:v libvpx-vp9 -y out.webm", "out.webm", "vp9"),
        ("C:\\tools\\FFmpeg.EXE -i in.mp4 -codec:v libsvtav1 out.mkv", "out.mkv", "av1"),
        ("blender -b scene.blend -o frame.png", "frame.png", "png"),
        ("render", "frame.JPG", "mjpeg"),
        ("ffmpeg -i in.mov -c copy out.mov", "out.mov", ""),
        ("ffmpeg -i in.mov -c:v no_such_encoder out.mov", "out.mov", ""),
        ("ffmpeg -i in.mov out.mov", "out.mov", ""),
        ("render -c:v prores_ks", "out.mov", ""),
    ],
)
def test_a_codec_is_told_only_where_it_is_sure(command, output, codec):
    assert rendered_codec(command.split(" "), output) == codec


@pytest.mark.parametrize(
    ("codec", "fitting", "unfit"),
    [
        ("h264", [".mp4", ".mov", ".mkv", ".avi", ".flv", ".ts"], [".webm", ".gif", ".ogv", ".flac", ".what", ""]),
        ("hevc", [".mp4", ".mov", ".mkv", ".ts"], [".webm", ".avi", ".wmv"]),
        ("av1", [".mp4", ".webm", ".mkv"], [".mov", ".ts", ".ogv"]),
        ("vp8", [".webm", ".mkv"], [".mp4", ".mov"]),
        ("prores", [".mov", ".mkv", ".mxf"], [".mp4", ".webm", ".avi"]),
        ("dnxhd", [".mov", ".mxf"], [".mp4"]),
        ("png", [".mov", ".avi"], [".mp4", ".webm", ".ts"]),
        ("mjpeg", [".mov", ".avi"], [".mp4", ".flv"]),
        ("qtrle", [".mov"], [".mp4", ".mkv"]),
        ("ffv1", [".mkv"], [".mp4", ".mov"]),
        ("exr", [], [".mp4", ".mkv"]),
    ],
)
def test_what_fits_is_found_by_trying(codec, fitting, unfit):
    for suffix in fitting:
        assert forecast_fit(codec, f"film{suffix}") is None, suffix
    for suffix in unfit:
        error = forecast_fit(codec, f"film{suffix}")
        assert error is not None, suffix
        assert str(error).startswith(f"{codec} video cannot be put into a")
        assert "Choose another output name" in error.hint


def test_gifs_have_colours_of_their_own():
    assert forecast_fit("gif", "film.gif", chunks=1) is None
    assert "each file has colours of its own" in str(forecast_fit("gif", "film.gif", chunks=2))


def test_nothing_is_said_of_what_is_not_known():
    assert forecast_fit("", "film.mp4") is None


GLASS = "ffmpeg -i in.mov -c:v libvpx-vp9 -pix_fmt yuva420p {name}"


def job(output, command="ffmpeg -i in.mp4 -c:v prores_ks {name}", merge=None):
    names = ["part_0.mov", "part_1.mov"]
    chunks = [
        {"id": i, "startFrame": i, "frameCount": 1, "outputFile": name, "command": command.format(name=name)}
        for i, name in enumerate(names)
    ]
    metadata = {"totalFrames": 2, "fps": 30, "width": 64, "height": 64}
    made = {"metadata": metadata, "chunks": chunks}
    if merge is not None:
        made["mergeCommand"] = f"helios merge {output} {' '.join(names)} {merge}".strip()
    return JobSpec.model_validate(made)


@pytest.mark.parametrize(
    ("spec", "output", "problem"),
    [
        (job("film.mp4"), "film.mp4", "prores video cannot be put into a .mp4 file as it is."),
        (job("film.mov"), "film.mov", None),
        (job("film.mp4", command="render {name}"), "film.mp4", None),
        (job("film.mp4", merge=""), "film.mp4", "prores video cannot be put into a .mp4 file as it is."),
        (job("film.mp4", merge="--video-codec libx264"), "film.mp4", None),
        (job("film.mp4", command=GLASS), "film.mp4", "A .mp4 file does not keep the transparency of vp9 video."),
        (job("film.mov", command=GLASS), "film.mov", "A .mov file does not keep the transparency of vp9 video."),
        (job("film.webm", command=GLASS), "film.webm", None),
    ],
)
def test_jobs_are_foreseen(spec, output, problem):
    error = forecast_job(spec, PurePath(output))
    assert (error and str(error)) == problem


@pytest.mark.parametrize(
    ("command", "codec"),
    [
        ("ffmpeg -i a.wav -c:a libopus part.webm", "opus"),
        ("ffmpeg -i a.wav -c:a libopus -acodec pcm_s24le part.mov", "pcm_s24le"),
        ("ffmpeg -c:a flac -i a.wav part.mov", ""),
        ("ffmpeg -i a.wav -c copy part.mov", ""),
        ("ffmpeg -i a.wav -c:a aac -an part.mov", ""),
        ("ffmpeg -i a.wav -c:a no_such_encoder part.mov", ""),
        ("render -c:a aac part.mov", ""),
    ],
)
def test_the_codec_of_the_sound_is_read_from_the_command(command, codec):
    assert rendered_sound(command.split(" ")) == codec


SOUND = "ffmpeg -i in.mp4 -c:v libx264 -c:a {codec} {{name}}"


@pytest.mark.parametrize(
    ("codec", "output", "merge", "said"),
    [
        ("libvorbis", "film.mov", None, "The sound becomes aac: vorbis cannot be made in a .mov file."),
        ("pcm_s16le", "film.mp4", None, "The sound becomes aac: pcm_s16le cannot be made in a .mp4 file."),
        ("aac", "film.webm", "", "The sound becomes opus: aac cannot be made in a .webm file."),
        ("aac", "film.gif", None, "A .gif file holds no sound: that of the chunks is left out."),
        ("pcm_s16le", "film.mp4", "--audio-codec libmp3lame", ""),
        ("pcm_s16le", "film.ogv", "--audio-codec aac", "The sound becomes vorbis: aac cannot be made in a .ogv file."),
        ("pcm_s16le", "film.mov", None, ""),
        ("libopus", "film.mkv", "", ""),
        ("copy", "film.mp4", None, ""),
    ],
)
def test_a_sound_that_will_be_another_is_foreseen(codec, output, merge, said):
    spec = job(output, command=SOUND.format(codec=codec), merge=merge)
    assert forecast_sound(spec, PurePath(output)) == said
