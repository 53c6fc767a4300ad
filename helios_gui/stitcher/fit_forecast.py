"""Telling before anything is rendered that a video will not fit into its container."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, cast

from helios_gui.jobfile.command_line import parse_command
from helios_gui.jobfile.merge_command import replaceable_merge
from helios_gui.jobfile.output_names import is_stitched_by_us
from helios_gui.media.media_reader import MediaReader
from helios_gui.process.scheduling import usual_scheduling
from helios_gui.stitcher import codecs
from helios_gui.stitcher.fits import CannotCopyError, does_not_fit, find_container_form, loses_alpha
from helios_gui.translation import tr
from helios_gui.types import JobSpec, RenderChunk, VerificationError
from helios_gui.utils.temporary_folders import temporary_folder
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.video.stream import VideoStream

_IMAGE_CODECS = {
    **dict.fromkeys((".jpg", ".jpeg"), "mjpeg"),
    **dict.fromkeys((".tif", ".tiff"), "tiff"),
    ".png": "png",
    ".exr": "exr",
    ".bmp": "bmp",
    ".dpx": "dpx",
    ".webp": "webp",
    ".tga": "targa",
    ".jp2": "jpeg2000",
    ".gif": "gif",
    ".apng": "apng",
}
"""Suffixes that leave no choice of a codec."""
_HARDWARE = re.compile(r"_(nvenc|qsv|vaapi|amf|videotoolbox|mf|v4l2m2m|vulkan|d3d12va)$")
_CODEC_OPTIONS = ("-c:v", "-codec:v", "-vcodec", "-c", "-codec", "-c:v:0", "-codec:v:0")
_SOUND_OPTIONS = ("-c:a", "-codec:a", "-acodec", "-c", "-codec", "-c:a:0", "-codec:a:0")
_CLIP = (352, 288)  # pixels: H.263 has this size, and DNxHR none below 256x120
_CLIP_FRAMES = 2
_CLIP_RATE = 25
_CLIP_SUFFIXES = (".mkv", ".mov", ".avi", ".nut", ".gif", ".apng")
_ENCODER_OPTIONS = {
    "libx264": {"preset": "ultrafast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:bframes=0"},
    "libsvtav1": {"preset": "12"},
    "dnxhd": {"profile": "dnxhr_lb"},
}


def rendered_codec(command: Sequence[str], output_file: str) -> str:
    """Return the video codec that a chunk's command is sure to write; empty where that cannot be known.

    Args:
        command: The command's arguments, program first.
        output_file: The chunk's output.
    """
    if (image := _IMAGE_CODECS.get(PurePath(output_file).suffix.lower())) is not None:
        return image
    return _codec_of_encoder(_asked_encoder(command, _CODEC_OPTIONS))


def rendered_sound(command: Sequence[str]) -> str:
    """Return the codec of the sound that a chunk's command is sure to write; empty where that cannot be known."""
    encoder = "" if "-an" in command else _asked_encoder(command, _SOUND_OPTIONS)
    codec = codecs.codec_of(encoder)
    return codec if codec != encoder else _codec_of_encoder(encoder)


def _asked_encoder(command: Sequence[str], names: Collection[str]) -> str:
    """Return the encoder that FFmpeg is told by one of these options; empty for another program, and a copy."""
    if not command or PurePath(command[0].replace("\\", "/")).stem.lower() != "ffmpeg":
        return ""
    inputs = [index for index, word in enumerate(command) if word == "-i"]
    options = list(command)[inputs[-1] + 1 if inputs else 1 :]
    asked = [value for option, value in pairwise(options) if option in names]
    return "" if not asked or asked[-1] == "copy" else asked[-1]


def forecast_job(spec: JobSpec, output: PurePath) -> CannotCopyError | None:
    """Return why the job's chunks will not be joined into ``output`` as they are; ``None`` if they may be.

    Its first and its last chunk are looked at. Blocking, as ``forecast_fit``.
    """
    merge = replaceable_merge(spec)
    if (
        spec.renders_frames
        or not is_stitched_by_us(spec)
        or (merge is not None and not codecs.is_copy(merge.video_codec))
    ):
        return None
    for chunk in _first_and_last(spec):
        command = parse_command(chunk.command)
        codec = rendered_codec(command, chunk.output_file)
        suffix = output.suffix.lower()
        if codec in ("vp8", "vp9") and _is_transparent(command) and suffix not in codecs.BESIDE_ALPHA:
            return loses_alpha(codec, suffix)
        if (error := forecast_fit(codec, output.name, len(spec.chunks))) is not None:
            return error
    return None


def forecast_sound(spec: JobSpec, output: PurePath) -> str:
    """Return in words what the sound of the job's first and last chunk becomes in ``output``; empty for no change.

    Blocking, as ``codecs.makes_sound``.
    """
    if spec.renders_frames or not is_stitched_by_us(spec):
        return ""
    merge, suffix = replaceable_merge(spec), output.suffix.lower()
    asked = "" if merge is None or codecs.is_copy(merge.audio_codec) else merge.audio_codec
    for chunk in _first_and_last(spec):
        sound = rendered_sound(parse_command(chunk.command))
        if not sound:
            continue
        if suffix in codecs.SILENT:
            return tr("A {suffix} file holds no sound: that of the chunks is left out.", suffix=suffix)
        wanted = asked or sound
        made = codecs.audio_codec_for(asked, sound, suffix, alone=len(spec.chunks) == 1)
        if not codecs.same_audio(made, wanted):
            return tr(
                "The sound becomes {made}: {wanted} cannot be made in a {suffix} file.",
                made=made,
                wanted=wanted,
                suffix=suffix,
            )
    return ""


def _first_and_last(spec: JobSpec) -> tuple[RenderChunk, RenderChunk]:
    return spec.chunks[0], spec.chunks[-1]


def forecast_job_in_words(spec: JobSpec, output: Path, stop: Stop) -> str:
    """Return what ``forecast_job`` and ``forecast_sound`` find, in words, by a process of its own (blocking)."""
    if spec.renders_frames:
        return ""
    commands = [(parse_command(chunk.command), chunk.output_file) for chunk in _first_and_last(spec)]
    if not any(rendered_codec(*each) or rendered_sound(each[0]) for each in commands):
        return ""
    try:
        with MediaReader() as reader:
            return reader.read(partial(_forecast_words, spec), output, stop)
    except VerificationError:  # the process crashed: nothing is known
        return ""


def _forecast_words(spec: JobSpec, output: Path, stop: Stop | None) -> str:
    problem = forecast_job(spec, output)
    picture = "" if problem is None else f"{problem} {problem.hint}"
    return f"{picture} {forecast_sound(spec, output)}".strip()


def _is_transparent(command: Sequence[str]) -> bool:
    """Return whether FFmpeg is told to encode pixels with transparency."""
    asked = [value for option, value in pairwise(command) if option in ("-pix_fmt", "-pix_fmt:v")]
    return bool(asked) and asked[-1].startswith("yuva")


def forecast_fit(codec: str, output_name: str, chunks: int = 2) -> CannotCopyError | None:
    """Return why chunks of ``codec`` will not be joined into ``output_name`` as they are; ``None`` if they may be.

    A few frames are encoded and really put into such a container, once for each kind (blocking, some tenths of a
    second). Options that a command gives its encoder may still make a difference.

    Args:
        codec: What ``rendered_codec`` says; empty for unknown.
        output_name: The name of the finished video.
        chunks: How many chunks it is made of.
    """
    return _forecast(codec, PurePath(output_name).suffix.lower(), min(chunks, 2)) if codec else None


@cache
def _forecast(codec: str, suffix: str, chunks: int) -> CannotCopyError | None:
    if not codecs.fits_container(codec, suffix):
        return does_not_fit(codec, suffix)
    with temporary_folder("fit") as folder:
        clips = [clip for number in range(chunks) if (clip := _encode_clip(codec, folder, number)) is not None]
        if not clips:
            return None
        try:
            find_container_form(clips, Fraction(_CLIP_RATE), folder / f"trial{suffix}", Stop())
        except CannotCopyError as error:
            return error
    return None


def _codec_of_encoder(encoder: str) -> str:
    import av

    name = _HARDWARE.sub("", encoder)
    try:
        return av.codec.Codec(name, "w").canonical_name
    except ValueError:
        return ""


@contextmanager
def _quiet_encoder() -> Iterator[None]:
    """Keep SVT-AV1 from writing to the terminal."""
    before = os.environ.get("SVT_LOG")
    os.environ["SVT_LOG"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SVT_LOG"]
        else:
            os.environ["SVT_LOG"] = before


def _encode_clip(codec: str, folder: Path, number: int) -> Path | None:
    """Encode two frames without B-frames; ``None`` where there is no encoder here, or none that takes such frames."""
    import av
    import av.error

    encoder = codecs.asked_encoder(codec)
    suffix = next((suffix for suffix in _CLIP_SUFFIXES if codecs.fits_container(codec, suffix)), None)
    if suffix is None:
        return None
    path = folder / f"clip{number}{suffix}"
    width, height = _CLIP
    try:
        with _quiet_encoder(), usual_scheduling(), av.open(str(path), "w") as output:
            options = _ENCODER_OPTIONS.get(encoder, {})
            stream = cast("VideoStream", output.add_stream(encoder, _CLIP_RATE, options=options))
            context = stream.codec_context
            formats = av.codec.Codec(encoder, "w").video_formats or []
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuv422p" if encoder == "dnxhd" else formats[0].name if formats else "yuv420p"
            context.max_b_frames = 0
            for index in range(_CLIP_FRAMES):
                picture = av.VideoFrame(width, height, "gray")
                shade = 50 * number + 20 * index
                picture.planes[0].update(bytes((x + shade) % 256 for x in range(picture.planes[0].line_size)) * height)
                picture.pts = index
                output.mux(stream.encode(picture.reformat(format=stream.pix_fmt)))
            output.mux(stream.encode(None))
    except (av.error.FFmpegError, ValueError):
        return None
    return path
