"""Looking at the finished video as a player does: when each frame is shown, and whether pictures are decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios_gui.media.frame_order import decoded_frames, is_even, is_repeat, is_unseen
from helios_gui.media.media_probe import probe_file
from helios_gui.media.picture_digest import digest_of
from helios_gui.media.stream_facts import FirstPictures, first_video
from helios_gui.stitcher import codecs
from helios_gui.stitcher.source_film import FrameTimes
from helios_gui.translation import localized, mark, tr
from helios_gui.types import MediaInfo, StitchError, VerificationError
from helios_gui.types.frame_rate import rate_text
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    AnyPacket = Packet[Any]

_LONGEST_GROUP = 1000
"""Frames after a key frame that are held in memory until the last picture is decoded."""
AGAIN = mark("No chunk was harmed. Stitch again; if it stays so, let the stitcher encode the chunks anew.")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the finished video must show.

    Args:
        frames: Frames of each piece.
        rate: Frames per second.
        pieces: The files whose frames were copied; empty where they were encoded.
        times: When the frames are shown; ``None``: at ``rate``.
        firsts: Digests of the pieces' first pictures, by file, where they are known: those are not decoded again.
    """

    frames: tuple[int, ...]
    rate: Fraction
    pieces: tuple[Path, ...] = ()
    times: FrameTimes | None = None
    firsts: Mapping[Path, bytes] = field(default_factory=dict)

    @property
    def seconds(self) -> Fraction:
        """How long it is shown."""
        return sum(self.frames) / self.rate


def check_picture(expected: Expected, path: Path, stop: Stop) -> MediaInfo:
    """Return what ``path`` holds; raise ``StitchError`` unless it shows what is expected (blocking).

    Nothing that the container says of itself is believed: packets are counted and their times compared. The last
    picture and those after the seams are decoded; copied ones must be the same as in their chunks. The file is read
    once.
    """
    viewers: list[_Viewer] = []

    def view(container: InputContainer) -> _Viewer:
        viewers.append(_Viewer(container, _seams(expected)))
        return viewers[0]

    try:
        info = probe_file(path, stop, view).info
    except VerificationError as error:
        raise StitchError(tr("The stitched file came out broken: {error}", error=error), tr("Stitch again.")) from error
    except ValueError as error:
        raise StitchError(tr("The stitched file came out broken: {error}.", error=error), tr(AGAIN)) from error
    seen = viewers[0].seen
    _check_times(expected, seen)
    for number, digest in seen.pictures.items():
        if digest is None:
            raise StitchError(
                tr("The stitched file's picture {number} cannot be decoded.", number=number + 1), tr(AGAIN)
            )
    _check_seams(expected, seen, stop)
    return info


def _seams(expected: Expected) -> dict[int, int]:
    """Return the pieces' numbers by the count of frames before them; encoded frames have no seams."""
    starts = accumulate(expected.frames[:-1], initial=0) if expected.pieces else [0]
    return {start: piece for piece, start in enumerate(starts)}


class _Viewer(FirstPictures):
    """Looks at the film's packets as they come by, and at the first pictures of other videos."""

    def __init__(self, container: InputContainer, seams: dict[int, int]) -> None:
        super().__init__()
        stream = first_video(container)
        if stream is None or stream.codec_context is None:
            raise ValueError(tr("{name} has no video", name=Path(container.name).name))
        self._film = stream
        self.seen = _PacketPass(stream, seams, stream.time_base or Fraction(1, 1000), _stated_length(stream))

    def take(self, packet: AnyPacket) -> None:
        if packet.stream is not self._film:
            super().take(packet)
        elif packet.size or is_repeat(packet):
            self._check_guarded(lambda: self.seen.take(packet))

    def finish(self) -> None:
        self._check_guarded(self.seen.finish)

    def _check_guarded(self, work: Callable[[], None]) -> None:
        import av.error

        try:
            work()
        except av.error.FFmpegError as error:
            raise ValueError(str(error)) from error
        if self.seen.first is not None:
            self.frames.setdefault(self._film.index, self.seen.first)


def _stated_length(stream: VideoStream) -> int | None:
    """Return how many ticks the file says that the video takes; ``None`` for containers that guess it."""
    return stream.duration if Path(stream.container.name).suffix.lower() in codecs.MOV_FAMILY else None


@dataclass
class _PacketPass:
    """What a pass over the packets finds: their times, and digests of pictures by the number of their packet.

    ``tick`` is the stream's time base, ``stated`` how long the file says it is, and ``first`` the first picture.
    """

    stream: VideoStream
    seams: dict[int, int]
    tick: Fraction
    stated: int | None
    first: VideoFrame | None = None
    times: list[int] = field(default_factory=list)
    latest: int | None = None
    last_duration: int = 0
    hidden: int = 0
    pictures: dict[int, bytes | None] = field(default_factory=dict)
    _group: list[AnyPacket] = field(default_factory=list)
    _open: int | None = None

    def take(self, packet: AnyPacket) -> None:
        if is_unseen(packet):
            self._remember(packet)
            return
        number = len(self.times)
        time = packet.dts if packet.pts is None else packet.pts
        if time is None:
            raise ValueError(tr("a frame has no time"))
        self.hidden += packet.is_discard
        if self.latest is None or time > self.latest:
            self.latest, self.last_duration = time, packet.duration or 0
        self.times.append(time)
        if not packet.size:
            return
        self._remember(packet)
        if number in self.seams:
            self._close()
            self._open = number
        if self._open is not None:
            self._keep(self.stream.decode(packet))

    def _remember(self, packet: AnyPacket) -> None:
        if packet.is_keyframe:
            self._group = []
        if len(self._group) < _LONGEST_GROUP:
            self._group.append(packet)

    def finish(self) -> None:
        """Decode the last picture: from the last key frame on."""
        self._close()
        if len(self._group) < _LONGEST_GROUP:
            frames = [frame for packet in (*self._group, None) for frame in self.stream.decode(packet)[-1:]]
            self.pictures.setdefault(len(self.times) - 1, digest_of(frames[-1]) if frames else None)

    def _close(self) -> None:
        if self._open is not None:
            self._keep(self.stream.decode(None))
        if self._open is not None:
            self.pictures[self._open] = None
            self._open = None
        self.stream.codec_context.flush_buffers()

    def _keep(self, frames: Sequence[VideoFrame]) -> None:
        if frames and self._open is not None:
            self.pictures[self._open] = digest_of(frames[0])
            self.first = self.first or frames[0]
            self._open = None
            self.stream.codec_context.flush_buffers()


def _check_times(expected: Expected, seen: _PacketPass) -> None:
    count, wanted = len(seen.times), sum(expected.frames)
    if count != wanted:
        raise StitchError(
            tr("The stitched file has {count} frames instead of {wanted}.", count=count, wanted=wanted), tr(AGAIN)
        )
    if seen.hidden:
        raise StitchError(tr("The stitched file hides {hidden} of its frames.", hidden=seen.hidden), tr(AGAIN))
    tick = seen.tick
    if expected.times is not None:
        _check_own_times(expected.times, seen, tick)
        return
    frame = 1 / expected.rate
    length = (max(seen.times) - min(seen.times)) * tick + (seen.last_duration * tick or frame)
    if abs(length - expected.seconds) > max(frame / 2, 2 * tick):
        raise _wrong_length(length, expected)
    if seen.stated:
        length = seen.stated * tick  # other containers guess it
        if abs(length - expected.seconds) > max(frame / 2, 2 * tick):
            raise _wrong_length(length, expected)
    if not is_even(seen.times, tick, expected.rate):
        raise StitchError(tr("The stitched file's frames are not shown at a steady rate."), tr(AGAIN))


def _check_own_times(times: FrameTimes, seen: _PacketPass, tick: Fraction) -> None:
    shown = sorted(seen.times)
    worst = max(
        abs((time - shown[0]) * tick - wanted * times.base) for time, wanted in zip(shown, times.ticks, strict=False)
    )
    if worst > tick:
        raise StitchError(tr("The stitched file's frames are not shown at the source's times."), tr(AGAIN))


def _wrong_length(length: Fraction, expected: Expected) -> StitchError:
    seconds, wanted = (localized(f"{float(each):.3f}") + " s" for each in (length, expected.seconds))
    return StitchError(
        tr(
            "The stitched file lasts {seconds} instead of {wanted} at {rate} fps.",
            seconds=seconds,
            wanted=wanted,
            rate=rate_text(expected.rate),
        ),
        tr(AGAIN),
    )


def _check_seams(expected: Expected, seen: _PacketPass, stop: Stop) -> None:
    for start, number in seen.seams.items():
        if not expected.pieces:
            continue
        piece = expected.pieces[number]
        first = expected.firsts.get(piece)
        if first is None:
            first = next((digest_of(frame) for frame in decoded_frames(piece, stop)), None)
        if first != seen.pictures[start]:
            raise StitchError(tr("The stitched file shows other pictures than {name}.", name=piece.name), tr(AGAIN))
