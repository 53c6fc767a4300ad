"""The FFmpeg that makes a video of a page's pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from helios_gui.media.encoder_faults import faultless_options
from helios_gui.translation import tr
from helios_gui.types import UserInputError

if TYPE_CHECKING:
    from helios_gui.media.presets import Preset


class Sound(StrEnum):
    """Whether a video has sound: where the page is heard, always (it may be silence), or never."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Codec:
    """How a codec is encoded.

    Attributes:
        suffixes: File names it is for, the first one preferred.
        arguments: Of FFmpeg: encoder, quality and pixel format.
        alpha_arguments: The same with transparency; empty where the codec has none.
        even: Whether width and height must be even.
        full_range: Whether it holds RGB or full-range pictures, which need no conversion to BT.709.
    """

    suffixes: tuple[str, ...]
    arguments: tuple[str, ...]
    alpha_arguments: tuple[str, ...] = ()
    even: bool = False
    full_range: bool = False

    @property
    def encoder(self) -> str:
        """FFmpeg's name of the encoder."""
        return self.arguments[self.arguments.index("-c:v") + 1]


_SUBSAMPLED = re.compile(r"4(?:20|22|11|10)|nv12|nv21|p01")
"""Names of pixel formats in which two pixels share a colour."""
_RGB = ("rgb", "bgr", "gbr", "argb", "abgr", "pal8")

_X264 = ("-preset", "superfast", "-mbtree", "1", "-rc-lookahead", "10", "-crf", "14")
"""As good and as large as preset "medium" at 16, in a quarter of the time."""

CODECS = {
    "h264": Codec(
        (".mp4", ".mov", ".mkv"),
        ("-c:v", "libx264", *_X264, "-pix_fmt", "yuv420p", "-movflags", "+faststart"),
        even=True,
    ),
    "h265": Codec(
        (".mp4", ".mov", ".mkv"),
        ("-c:v", "libx265", "-preset", "medium", "-crf", "18", "-pix_fmt", "yuv420p", "-tag:v", "hvc1"),
        even=True,
    ),
    "vp9": Codec(
        (".webm", ".mkv"),
        ("-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-row-mt", "1", "-pix_fmt", "yuv420p"),
        ("-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-row-mt", "1", "-auto-alt-ref", "0", "-pix_fmt", "yuva420p"),
        even=True,
    ),
    "prores": Codec(
        (".mov", ".mkv"),
        ("-c:v", "prores_ks", "-profile:v", "hq", "-pix_fmt", "yuv422p10le"),
        ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le", "-alpha_bits", "16"),
        even=True,
    ),
    "png": Codec(
        (".mov", ".mkv"), ("-c:v", "png", "-pix_fmt", "rgb24"), ("-c:v", "png", "-pix_fmt", "rgba"), full_range=True
    ),
}
"""Name → codec. The qualities are those at which a still picture shows no difference to the page."""

_PCM = ("-c:a", "pcm_s16le")
_SOUND = {
    ".mov": _PCM,
    ".mkv": _PCM,
    ".mp4": ("-c:a", "aac", "-b:a", "256k", "-movflags", "+faststart"),
    ".m4v": ("-c:a", "aac", "-b:a", "256k", "-movflags", "+faststart"),
    ".webm": ("-c:a", "libopus", "-b:a", "192k"),
}
"""Suffix → how sound goes into such a file. PCM is joined without a seam; an ``.mp4`` of FFmpeg 5 holds none."""

_SEAMLESS = (".mov", ".mkv")
"""Suffixes of files that hold PCM."""

_BT709 = (
    "-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+full_chroma_inp,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv",  # ProRes has them in each frame
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
)  # fmt: skip
_SRGB = (
    "-vf", "setparams=color_primaries=bt709:color_trc=iec61966-2-1",  # FFmpeg 7.1 and later ask the frames alone
    "-color_primaries", "bt709", "-color_trc", "iec61966-2-1",
)  # fmt: skip


def codec_of_preset(preset: Preset) -> Codec:
    """Return what a preset says of pictures; a page has 8 bits for each colour, so that its first format holds it."""
    video = preset.encoding

    def arguments(pixel_format: str, options: Mapping[str, str | int | float]) -> tuple[str, ...]:
        named = [part for name, value in options.items() for part in (f"-{name}", str(value))]
        tag = ("-tag:v", video.tag) if video.tag else ()
        return "-c:v", video.encoder, *named, "-pix_fmt", pixel_format, *tag

    kept = video.transparent
    first = video.pixel_formats[0]
    return Codec(
        preset.suffixes,
        arguments(first, video.options),
        arguments(kept.pixel_formats[0], {**video.options, **kept.options}) if kept else (),
        even=_SUBSAMPLED.search(first) is not None,
        full_range=first.startswith(_RGB),
    )


def codec_of(output: Path, wanted: str = "", preset: Preset | None = None, *, transparent: bool = False) -> Codec:
    """Return how an output is encoded.

    Args:
        output: The file.
        wanted: A name in ``CODECS``; empty for the usual one of the output.
        preset: What is taken instead.
        transparent: Whether transparency must be kept.

    Raises:
        UserInputError: The output cannot be encoded so.
    """
    if preset is None:
        return CODECS[choose_codec(output, wanted, transparent=transparent)]
    if wanted:
        raise UserInputError(tr("--codec and --preset say the same."), tr("Leave out one of them."))
    check_kind(preset)
    codec = codec_of_preset(preset)
    if output.suffix.lower() not in codec.suffixes:
        raise UserInputError(
            tr("The preset {preset} makes no {suffix} files.", preset=preset.name, suffix=output.suffix.lower()),
            tr("Name the output {names}.", names=" / ".join(codec.suffixes)),
        )
    if transparent and not codec.alpha_arguments:
        raise UserInputError(
            tr("The preset {preset} keeps no transparency.", preset=preset.name), tr("Choose another one.")
        )
    return codec


def check_kind(preset: Preset) -> None:
    """Refuse a preset that is not for web pages. Raises ``UserInputError``."""
    if "page" not in preset.kinds:
        raise UserInputError(
            tr("The preset {preset} is not for web pages.", preset=preset.name), tr("Choose another one.")
        )


def choose_codec(output: Path, wanted: str = "", *, transparent: bool = False) -> str:
    """Return the name of the codec for an output.

    Args:
        output: The file; its suffix decides where nothing is wanted.
        wanted: A name in ``CODECS``; empty for the usual one.
        transparent: Whether the codec must keep transparency.

    Raises:
        UserInputError: The codec is unknown, has no transparency, or does not go into such a file.
    """
    suffix = output.suffix.lower()
    if wanted and wanted not in CODECS:
        raise UserInputError(
            tr("There is no codec “{codec}”.", codec=wanted), tr("There are: {names}.", names=", ".join(CODECS))
        )
    fitting = [
        name
        for name, codec in CODECS.items()
        if suffix in codec.suffixes and wanted in ("", name) and (codec.alpha_arguments or not transparent)
    ]
    if fitting:
        return fitting[0]
    if wanted:
        codec = CODECS[wanted]
        if transparent and not codec.alpha_arguments:
            names = ", ".join(name for name, one in CODECS.items() if one.alpha_arguments)
            raise UserInputError(
                tr("{codec} keeps no transparency.", codec=wanted), tr("These do: {names}.", names=names)
            )
        raise UserInputError(
            tr("{codec} video does not go into a {suffix} file.", codec=wanted, suffix=suffix or output.name),
            tr("Name the output {names}.", names=" / ".join(codec.suffixes)),
        )
    kept = {
        suffix for codec in CODECS.values() if codec.alpha_arguments or not transparent for suffix in codec.suffixes
    }
    raise UserInputError(
        tr("A page is not rendered to {name}.", name=output.name),
        tr("Use one of {names}.", names=", ".join(sorted(kept))),
    )


def seamless_suffix(suffix: str, codec: Codec) -> str:
    """Return the suffix of files that hold the same video, and sound that is joined sample by sample."""
    if suffix.lower() in _SEAMLESS:
        return suffix
    return next((one for one in _SEAMLESS if one in codec.suffixes), suffix)


def sound_arguments(video: Path, sound: Path, output: Path, rate: int, channels: int) -> list[str]:
    """Return FFmpeg's arguments that copy a video and give it a sound.

    Args:
        video: The video, of the same kind as the output.
        sound: 16-bit samples without a header, the channels by turns.
        output: The file.
        rate: Samples per second.
        channels: How many.
    """
    return [
        "-i", f"file:{video}", "-f", "s16le", "-ar", str(rate), "-ac", str(channels), "-i", f"file:{sound}",
        "-map", "0:v", "-map", "1:a", "-c:v", "copy", *_SOUND[output.suffix.lower()], f"file:{output}",
    ]  # fmt: skip


def check_pictures(output: Path, wanted: str = "") -> None:
    """Refuse pictures that a page is not rendered to.

    Args:
        output: The pictures; the name is a pattern.
        wanted: The name of a codec; empty for none.

    Raises:
        UserInputError: They are no PNG pictures.
    """
    if output.suffix.lower() != ".png" or wanted not in ("", "png"):
        raise UserInputError(
            tr("The frames of a page become PNG pictures, and {name} are others.", name=output.name),
            tr("Give them a name such as frames/####.png, and no --codec."),
        )


def check_size(codec: Codec, width: int, height: int) -> None:
    """Refuse a size in pixels that the codec cannot hold.

    Raises:
        UserInputError: Width or height is odd, and the codec needs even ones.
    """
    if codec.even and (width % 2 or height % 2):
        raise UserInputError(
            tr(
                "{codec} needs an even width and height, not {width} × {height}.",
                codec=codec.encoder,
                width=width,
                height=height,
            ),
            tr("Render {width} × {height}, or use --codec png.", width=width + width % 2, height=height + height % 2),
        )


def encoder_arguments(
    codec: Codec, output: Path, fps: Fraction, *, width: int, transparent: bool, pictures: str
) -> list[str]:
    """Return FFmpeg's arguments for pictures on its standard input.

    Pages are drawn in sRGB. Video is tagged as BT.709, which has the same primaries; players show its transfer as that
    of sRGB. The conversion to limited range is exact to 1/255.

    Args:
        codec: How it is encoded.
        output: The video.
        fps: Frames per second.
        width: Of the pictures, in pixels.
        transparent: Whether the video keeps the transparency of the pictures.
        pictures: Their codec, ``png`` or ``qoi``.
    """
    arguments = codec.alpha_arguments if transparent else codec.arguments
    options = faultless_options(codec.encoder, width)
    faultless = [word for name, value in options.items() for word in (f"-{name}", value)]
    colours = _SRGB if codec.full_range else _BT709
    return [
        "-hide_banner", "-loglevel", "error", "-y",
        "-f", "image2pipe", "-c:v", pictures, "-framerate", str(fps), "-i", "pipe:0",
        *colours, *arguments, *faultless, "-r", str(fps), str(output),
    ]  # fmt: skip
