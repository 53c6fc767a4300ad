"""Looking into a media file: what it holds and how many frames are really there."""

from __future__ import annotations

import ctypes
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios_gui.media.parameter_sets import configuration_of
from helios_gui.types import MediaInfo, StreamInfo, VerificationError
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_RENDER_AGAIN = "Render it again."


def probe(path: Path, stop: Stop | None = None) -> MediaInfo:
    """Describe what ``path`` holds, with its packets counted by reading the whole file (blocking).

    Raises ``VerificationError`` when the file is missing, empty, no media, or ends before its own index says
    so; ``WorkStoppedError`` soon after ``stop`` is set.
    """
    with _opened(path) as container:
        return _describe(container, path, stop)


def count_frames(path: Path, stop: Stop | None = None) -> int | None:
    """How many frames the video in ``path`` has, counted as ``probe`` does it; ``None`` if there is no video.

    Blocking. Raises what ``probe`` raises.
    """
    with _opened(path) as container:
        video, _, tallies = _read(container, path, stop)
        return None if video is None else tallies[video.index].packets


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """Open the media file; what FFmpeg finds wrong with it is raised as ``VerificationError``."""
    import av
    import av.error

    check_present(path)
    try:
        with av.open(str(path.absolute())) as container:
            yield container
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        raise VerificationError(_explain_invalid(path), _RENDER_AGAIN) from error
    except (av.error.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VerificationError(f"{path.name} cannot be read: {reason}.", _RENDER_AGAIN) from error


def check_present(path: Path) -> int:
    """Return the size of the file in bytes; raise ``VerificationError`` when it is missing, no file, or empty."""
    try:
        status = path.stat()
    except OSError as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise VerificationError(f"{path.name} {reason}.", _RENDER_AGAIN) from error
    if not stat.S_ISREG(status.st_mode):
        raise VerificationError(f"{path.name} is not a file.", "Choose another output name.")
    if status.st_size == 0:
        raise VerificationError(f"{path.name} is empty.", _RENDER_AGAIN)
    return status.st_size


@dataclass
class _Tally:
    """What was counted of one stream; times in ticks of its time base."""

    packets: int = 0
    times: list[int] = field(default_factory=list)
    end: int | None = None
    last_duration: int = 0

    def add(self, packet: Packet[Any]) -> None:
        self.packets += 1
        if packet.pts is None:
            return
        self.times.append(packet.pts)
        self.last_duration = packet.duration or self.last_duration
        self.end = max(self.end or 0, packet.pts + (packet.duration or 0))

    @property
    def length(self) -> int | None:
        """Ticks from the first (never a negative, which is not played) to the end of the last packet."""
        return None if self.end is None else self.end - max(0, min(self.times))

    @property
    def spacing(self) -> int | None:
        """The usual distance of two frames, in ticks: the median, or a lone frame's own duration."""
        times = sorted(self.times)
        gaps = sorted(later - earlier for earlier, later in pairwise(times))
        return (gaps[len(gaps) // 2] if gaps else self.last_duration) or None


def display_places(times: Sequence[int]) -> list[int]:
    """For each frame, in the order they are stored, its place in the order they are shown."""
    places = [0] * len(times)
    for place, index in enumerate(sorted(range(len(times)), key=times.__getitem__)):
        places[index] = place
    return places


def reordering(places: Sequence[int]) -> int:
    """By how many frames decoding must run ahead of showing."""
    return max((index - place for index, place in enumerate(places)), default=0)


def _describe(container: InputContainer, path: Path, stop: Stop | None) -> MediaInfo:
    video, audio, tallies = _read(container, path, stop)
    return MediaInfo(
        path=path,
        container=container.format.name,
        video=None if video is None else _video_info(video, tallies[video.index]),
        audio=None if audio is None else _audio_info(audio, tallies[audio.index]),
    )


def _read(
    container: InputContainer, path: Path, stop: Stop | None
) -> tuple[VideoStream | None, AudioStream | None, dict[int, _Tally]]:
    """Return the streams that count, and the tallies of all their packets by stream index."""
    video = next(iter(container.streams.video), None)
    audio = next(iter(container.streams.audio), None)
    if video is None and audio is None:
        raise VerificationError(f"{path.name} has neither video nor audio.", _RENDER_AGAIN)
    tallies = {stream.index: _Tally() for stream in (video, audio) if stream is not None}
    for packet in container.demux([stream for stream in (video, audio) if stream is not None]):
        if stop is not None:
            stop.check()
        if packet.size == 0:  # the flush packet at the end
            continue
        tally = tallies[packet.stream_index]
        if packet.is_corrupt:
            where = f"frame {tally.packets + 1}" if packet.stream.type == "video" else "the sound"
            raise VerificationError(f"{path.name} ends in the middle of {where}.", _RENDER_AGAIN)
        tally.add(packet)
    if video is not None:
        _check_promise(path, video.frames, tallies[video.index].packets)
    return video, audio, tallies


def _check_promise(path: Path, promised: int, counted: int) -> None:
    """Compare with the file's own index, where it has one (``promised`` 0 means it has none)."""
    if counted < promised:
        raise VerificationError(
            f"{path.name} ends in the middle of the video: {counted} of {promised} frames are there.", _RENDER_AGAIN
        )


def _video_info(stream: VideoStream, tally: _Tally) -> StreamInfo:
    context = stream.codec_context
    time_base = stream.time_base or Fraction(1, 1000)
    rate = stream.average_rate
    if not rate and tally.spacing:
        rate = 1 / (tally.spacing * time_base)
    return StreamInfo(
        kind="video",
        codec=context.codec.canonical_name,
        packets=tally.packets,
        time_base=time_base,
        duration=_seconds(tally.length, time_base),
        width=context.width,
        height=context.height,
        pixel_format=context.pix_fmt or "",
        rate=Fraction(rate) if rate else None,
        profile=_text(context.profile),
        reordering=reordering(display_places(tally.times)),
        configuration=configuration_of(context.codec.canonical_name, context.extradata or b""),
    )


def _audio_info(stream: AudioStream, tally: _Tally) -> StreamInfo:
    context = stream.codec_context
    channels, _ = channel_layout(context)
    time_base = stream.time_base or Fraction(1, 1000)
    # The container may know of the encoder's padding, which is not played; more than its packets it cannot hold.
    length = min(filter(None, (stream.duration, tally.length)), default=None)
    return StreamInfo(
        kind="audio",
        codec=context.codec.canonical_name,
        packets=tally.packets,
        time_base=time_base,
        duration=_seconds(length, time_base),
        sample_rate=context.sample_rate,
        channels=channels,
        sample_format=context.format.name if context.format else "",
        profile=_text(context.profile),
    )


def channel_layout(context: AudioCodecContext) -> tuple[int, str]:
    """Return how many channels there are, and the name of their layout, or the channels where it has no name.

    PyAV (18.1) shares a layout of custom order (7.1 as QuickTime files order it) with the codec without a copy, and
    both free it, which ends the process. So the one made here is never given back: some dozen bytes.
    """
    layout = context.layout
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout.nb_channels, layout.name


def _text(value: Callable[..., object] | str | None) -> str:
    return value if isinstance(value, str) else ""


def _seconds(ticks: int | None, time_base: Fraction) -> float | None:
    return None if ticks is None else float(ticks * time_base)


def _explain_invalid(path: Path) -> str:
    """Why FFmpeg finds no media in the file: a QuickTime file without its index was cut, all else is foreign."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] in (b"ftyp", b"wide", b"mdat", b"free"):
        return f"{path.name} ends in the middle of the video: its index, written last, is not there."
    return f"{path.name} is not a media file."
