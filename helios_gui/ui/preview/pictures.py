"""Reads the frames of an image sequence, each from its own file. As ``media``, imported only when one is opened."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PySide6.QtGui import QImage

from helios_gui.media.picture_files import codec_of_data
from helios_gui.translation import tr
from helios_gui.types.sequences import read_pattern
from helios_gui.ui.preview.media import MediaError, MediaFacts, to_image
from helios_gui.ui.preview.timeline import FALLBACK_RATE, Timeline

CONTAINER = "image2"
"""FFmpeg's name for what reads image sequences."""


class SequenceReader:
    """The frames of a sequence that are there, asked for by their place among these, in any order.

    Has the methods of ``FrameReader``. Raises ``MediaError`` when there is no frame, or the first cannot be decoded.

    Args:
        path: The sequence, with the pattern as its name.
        numbers: The numbers of the frames; ``None`` for all that are there.
        rate: Frames per second.
    """

    def __init__(self, path: Path, numbers: Sequence[int] | None, rate: Fraction | None) -> None:
        self._files = _present_files(path, numbers)
        if not self._files:
            raise MediaError(tr("There is no frame of {path} in {folder}.", path=path.name, folder=path.parent))
        first = decode_picture(self._files[0])
        self.facts = MediaFacts(
            timeline=Timeline(rate or FALLBACK_RATE, len(self._files)),
            codec=codec_of_data(self._files[0].read_bytes()),
            container=CONTAINER,
            has_alpha=any(component.is_alpha for component in first.format.components),
            has_audio=False,
            ends_early=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: no file is held open."""

    def read(self, index: int) -> tuple[int, QImage]:
        """Return the frame at a place, or the nearest one, with its place. Raises ``MediaError``."""
        index = max(0, min(index, len(self._files) - 1))
        return index, to_image(decode_picture(self._files[index]))


def decode_picture(file: Path) -> VideoFrame:
    """Return the picture in a file. Raises ``MediaError``."""
    try:
        data = file.read_bytes()
        codec = codec_of_data(data)
        if codec:
            context = cast("VideoCodecContext", av.CodecContext.create(codec, "r"))
            if codec == "exr":
                context.options = {"apply_trc": "bt709"}  # as the stitcher encodes linear light
            frames = [*context.decode(av.Packet(data)), *context.decode(None)]
            if frames:
                return frames[0]
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(tr("{name} cannot be decoded: {words}", name=file.name, words=reason)) from error
    raise MediaError(tr("{name} contains no frame that can be decoded.", name=file.name))


def _present_files(path: Path, numbers: Sequence[int] | None) -> list[Path]:
    pattern = read_pattern(path.name)
    if pattern is None or not path.parent.is_dir():
        return []
    found = {pattern.frame_in(file.name): file for file in path.parent.iterdir()}
    wanted = sorted(number for number in found if number is not None) if numbers is None else numbers
    return [found[number] for number in wanted if number in found]
