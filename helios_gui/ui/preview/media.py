"""Reads single frames of a file with PyAV: the decoder for what QtMultimedia cannot show.

Imported only when the first file is opened: PyAV takes a seventh of a second to load. Nothing here touches a
widget; everything may run in a thread of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from PySide6.QtGui import QImage

from helios_gui.media.stream_facts import open_media
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.ui.preview.timeline import FALLBACK_RATE, Timeline, evenly_spaced

SCAN_SECONDS = 2.0
"""How long reading every frame's time stamp may take before an even pace is assumed."""

READ_ON_SECONDS = 2.0
"""A frame at most this far ahead is reached by decoding on; farther ones by seeking."""

SEEK_MARGINS = (0.0, 1.0, 10.0, None)
"""Some containers land behind the frame sought: try again from this many seconds earlier, or from the start."""

UNTAGGED = 2
"""ffmpeg's AVCOL_SPC_UNSPECIFIED."""

HD_HEIGHT = 576
"""Untagged video taller than this (in pixels) is taken for BT.709, as QtMultimedia does."""


class MediaError(HeliosError):
    """A file that cannot be decoded."""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a file holds, as far as showing it goes. ``codec`` and ``container`` are ffmpeg's names.

    ``ends_early``: the file claims to end before its last frame, and players that believe it cut that off.
    """

    timeline: Timeline
    codec: str
    container: str
    has_alpha: bool
    has_audio: bool
    ends_early: bool


class FrameReader:
    """One opened file; frames are asked for by number, in any order. Use it as a context manager.

    ``rate`` and ``frames`` fill in where the file does not say. ``stop()`` is asked between frames whether to
    give up. Raises ``MediaError`` when the file cannot be opened or contains no video.
    """

    def __init__(
        self,
        path: Path,
        *,
        rate: Fraction | None = None,
        frames: int | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._name = path.name
        self._stop = stop
        try:
            self._container = open_media(path)
        except HeliosError as error:
            raise MediaError(str(error)) from error
        except (av.FFmpegError, OSError) as error:
            raise MediaError(
                tr("{path} cannot be read as a video: {words}", path=path.name, words=_error_text(error))
            ) from error
        try:
            if not self._container.streams.video:
                raise MediaError(tr("{path} contains no video.", path=path.name))
            self._stream: VideoStream = self._container.streams.video[0]
            self._stream.thread_type = "AUTO"
            timeline = self._find_timeline(rate, frames)
            length = self._container.duration
            self.facts = MediaFacts(
                timeline=timeline,
                codec=self._stream.codec_context.codec.canonical_name,
                container=self._container.format.name,
                has_alpha=any(component.is_alpha for component in self._stream.format.components),
                has_audio=bool(self._container.streams.audio),
                ends_early=length is not None and timeline.start(timeline.last) * av.time_base >= length,
            )
            self._frames: Iterator[VideoFrame] | None = self._decode()
            self._origin = 0.0
            self._index = 0
            self._frame = self._read_first()
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._frames = None
        self._container.close()

    def read(self, index: int) -> tuple[int, QImage]:
        """Return the frame of that index, or the nearest one in the file, with its actual index.

        Raises ``MediaError`` when decoding fails.
        """
        if index != self._index:
            try:
                self._go_to(index)
            except av.FFmpegError as error:
                raise MediaError(
                    tr(
                        "{name} cannot be decoded at frame {index}: {words}",
                        name=self._name,
                        index=index,
                        words=_error_text(error),
                    )
                ) from error
        return self._index, to_image(self._frame)

    def _go_to(self, index: int) -> None:
        timeline = self.facts.timeline
        ahead = timeline.start(index) - timeline.start(self._index)
        if self._frames is not None and 0 < ahead <= READ_ON_SECONDS:
            self._read_until(index)
            return
        for margin in SEEK_MARGINS:
            self._seek(None if margin is None else timeline.start(index) - margin)
            if self._read_next() and self._index <= index:
                break
        self._read_until(index)

    def _seek(self, seconds: float | None) -> None:
        """Go on decoding at the key frame before this time, or at the very start."""
        if seconds is None or seconds <= 0:
            self._container.seek(0)
        else:
            time_base = self._stream.time_base or Fraction(1, av.time_base)
            self._container.seek(round((seconds + self._origin) / time_base), stream=self._stream)
        self._frames = self._decode()

    def _read_until(self, index: int) -> None:
        while self._index < index and not self._stop():
            if not self._read_next():
                return

    def _read_next(self) -> bool:
        """Decode one frame; ``False`` at the end of the file, where the last frame stays."""
        frame = next(self._frames, None) if self._frames is not None else None
        if frame is None:
            self._frames = None
            return False
        time_now = frame.time
        self._index = self._index + 1 if time_now is None else self.facts.timeline.nearest(time_now - self._origin)
        self._frame = frame
        return True

    def _read_first(self) -> VideoFrame:
        try:
            frame = next(self._frames, None) if self._frames is not None else None
        except av.FFmpegError as error:
            raise MediaError(
                tr("{name} cannot be decoded: {words}", name=self._name, words=_error_text(error))
            ) from error
        if frame is None:
            raise MediaError(tr("{name} contains no frame that can be decoded.", name=self._name))
        self._origin = frame.time or 0.0
        return frame

    def _decode(self) -> Iterator[VideoFrame]:
        return self._container.decode(self._stream)

    def _find_timeline(self, rate: Fraction | None, frames: int | None) -> Timeline:
        stream = self._stream
        pace = stream.average_rate or stream.guessed_rate or rate or FALLBACK_RATE
        steady = stream.average_rate is not None and stream.average_rate == stream.base_rate
        if steady and stream.frames:
            return Timeline(pace, stream.frames)
        starts = self._scan()
        if starts and evenly_spaced(starts, 1.5 * float(stream.time_base or 0)):
            return Timeline(pace, len(starts))
        if starts:
            return Timeline.from_starts(starts)
        seconds = (self._container.duration or 0) / av.time_base
        return Timeline(pace, max(1, stream.frames or frames or round(seconds * pace)))

    def _scan(self) -> tuple[float, ...]:
        """Return the time stamps of all frames without decoding; empty if that takes too long or there are none."""
        deadline = time.monotonic() + SCAN_SECONDS
        starts: list[float] = []
        for packet in self._container.demux(self._stream):
            if time.monotonic() > deadline or self._stop():
                starts.clear()
                break
            if packet.pts is not None and packet.time_base is not None:
                starts.append(float(packet.pts * packet.time_base))
        self._container.seek(0)
        return tuple(sorted(starts))


def to_image(frame: VideoFrame) -> QImage:
    """Return the frame as a QImage that owns its memory, with the alpha channel if there is one."""
    alpha = any(component.is_alpha for component in frame.format.components)
    source = Colorspace.ITU709 if frame.colorspace == UNTAGGED and frame.height > HD_HEIGHT else None
    pixels = frame.reformat(format="rgba" if alpha else "rgb24", src_colorspace=source)
    plane = pixels.planes[0]
    image_format = QImage.Format.Format_RGBA8888 if alpha else QImage.Format.Format_RGB888
    return QImage(memoryview(plane), pixels.width, pixels.height, plane.line_size, image_format).copy()


def _error_text(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
