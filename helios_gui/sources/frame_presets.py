"""Presets of frames: those that encode them, as job files say it, and those whose result they are."""

from __future__ import annotations

from pathlib import Path

from helios_gui.media.presets import Preset
from helios_gui.transcode.encoding import check_size, check_suffix, taken_formats
from helios_gui.translation import tr
from helios_gui.types import UserInputError

_PICTURES = "_pictures/####"


def result_suffix(preset: Preset) -> str:
    """Return what comes behind the name of the job in that of its result."""
    return f"{_PICTURES}{preset.suffixes[0]}" if preset.makes_pictures else preset.suffixes[0]


def no_pictures(output: str) -> UserInputError:
    """Return the error for an output that does not name pictures, with a preset that makes them."""
    return UserInputError(
        tr("{name} does not say where the number of a frame goes.", name=output),
        tr("Give -o a name such as frames/####.png."),
    )


def frame_encoding(preset: Preset, output: str, size: tuple[int, int]) -> dict[str, object] | None:
    """Return how frames become the video, as job files say it; ``None`` where they are the result themselves.

    Args:
        preset: The preset.
        output: The name of the result.
        size: Width and height of a frame in pixels.

    Raises:
        UserInputError: The preset does not make such a file, or its encoder is not here or takes no such frames.
    """
    check_suffix(preset, Path(output).suffix.lower())
    if preset.makes_pictures:
        return None
    check_size(preset, size)
    video = preset.encoding
    found: dict[str, object] = {
        "encoder": video.encoder,
        "pixelFormats": taken_formats(video.encoder, video.pixel_formats),
        "options": dict(video.options),
    }
    if video.tag:
        found["tag"] = video.tag
    if video.transparent:
        found["transparentFormats"] = taken_formats(video.encoder, video.transparent.pixel_formats)
        found["transparentOptions"] = dict(video.transparent.options)
    return found
