"""Number the frames of a video in the order they are shown, and find where decoding has to begin for each.

A frame is known by its time: containers store each frame with the time at which it is shown. What they say of counts,
rates and durations is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helios_gui.media.frame_order import is_unseen, picture_stream, rounding
from helios_gui.media.last_frame import UNSTATED_LENGTHS, LastPackets, ends_whole
from helios_gui.media.picture_sizes import PictureSizes
from helios_gui.media.stream_facts import open_media
from helios_gui.translation import tr
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    AnyPacket = Packet[Any]

_NO_SHOWING_TIMES = frozenset({"avi", "mxf", "mxf_opatom"})
"""Containers that are read as if frames were shown in the order they are stored."""
_MOST_HIDDEN = 200
"""Packets after the first key frame in which ones may be stored that are shown before it."""
_ALL_KEYS = frozenset({"h261"})
"""Codecs of which FFmpeg calls every frame a key frame."""
_MOST_AT_END = 64 * 1024 * 1024
"""Bytes from the last key frame but one on that are held in memory, to see whether the last frame is whole."""
_MOST_BACK = 1
"""Seconds by which a frame may be stored for an earlier time than the one before it: muxers keep them in order."""
_USUAL_RATES = tuple(
    sorted(
        {Fraction(each) for each in (10, 12, 15, 24, 25, 30, 48, 50, 60, 90, 100, 120)}
        | {Fraction(each * 1000, 1001) for each in (15, 24, 30, 48, 60, 120)}
    )
)


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame where it is stored: its time in ticks, and its number; -1 where it is not shown."""

    time: int
    number: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The frames of the first video of a file.

    Attributes:
        path: The file.
        time_base: Seconds in a tick.
        times: When each frame is shown, in ticks, in that order; with ``is_counted`` as good as the file tells.
        stored: All frames as they are stored; empty with ``is_counted``.
        left_out: How many frames at the beginning cannot be shown, as they need some from before it.
        cut_off: How many frames at the end are not shown, as the file ends in the middle of the first of them.
        rates: What the file says of its frames per second.
        is_counted: Whether times do not tell the frames from each other, so that they are counted while all are
            decoded from the beginning.
        resized: The number of the first frame that has another size than those before it, and its width and height;
            ``None`` where all have one size. With ``is_counted``, its number in the order in which they are stored.
    """

    path: Path
    time_base: Fraction
    times: tuple[int, ...]
    stored: tuple[StoredFrame, ...]
    left_out: int
    rates: tuple[Fraction, ...]
    is_counted: bool
    resized: tuple[int, int, int] | None = None
    cut_off: int = 0

    @property
    def frames(self) -> int:
        """How many frames are shown."""
        return len(self.times)

    def seconds(self, number: int) -> Fraction:
        """Return at how many seconds, as the file counts them, a frame is shown; of one after the last, its end."""
        if number < self.frames:
            return self.times[number] * self.time_base
        return self.times[-1] * self.time_base + 1 / self.mean_rate

    @property
    def mean_rate(self) -> Fraction:
        """Frames per second on average."""
        span = (self.times[-1] - self.times[0]) * self.time_base
        if span > 0:
            return (self.frames - 1) / span
        return self.rates[0] if self.rates else Fraction(25)

    @property
    def steady_rate(self) -> Fraction | None:
        """Frames per second where frames follow each other evenly, but for rounding; ``None`` where they do not."""
        if self.frames < 2:
            return self.mean_rate
        nearest = min(_USUAL_RATES, key=lambda rate: abs(rate - self.mean_rate))
        stated = [rate for rate in self.rates if rate > 0]
        guesses = (*stated, nearest, self.mean_rate.limit_denominator(1001))
        return next((rate for rate in guesses if self._fits_rate(rate)), None)

    @property
    def cut_time(self) -> int | None:
        """The time of the last stored frame where the file ends in the middle of it: no decoder is to have it."""
        return self.stored[-1].time if self.cut_off else None

    def entries(self, number: int) -> list[int]:
        """Return places in ``stored`` from which decoding may begin to show a frame, the best first, at last 0.

        The last key frame before it is not the first choice: where a picture is refreshed bit by bit, all of it is
        there only some frames after it.
        """
        keys = [
            place
            for place, frame in enumerate(self.stored)
            if frame.is_key and 0 <= frame.number <= number and frame.time <= self.times[number]
        ]
        return list(dict.fromkeys([*keys[-2:-1], 0]))

    def _fits_rate(self, rate: Fraction) -> bool:
        tick, length = self.time_base, 1 / rate
        unit = tick.denominator * length.denominator  # whole numbers of it: fractions take a hundred times as long
        ticks, frames = tick.numerator * length.denominator, length.numerator * tick.denominator
        offs = [time * ticks - place * frames for place, time in enumerate(self.times)]
        return max(offs) - min(offs) <= rounding(tick) * unit


def index_frames(path: Path, stop: Stop, *, count: bool = True) -> FrameIndex:
    """Read all packets of a video, and number its frames (blocking).

    Args:
        path: The file.
        stop: Ends the work.
        count: Whether the frames of a file with ``is_counted`` are counted; else it is given without times.

    Raises:
        ValueError: It has no video, or times that begin anew.
        av.error.FFmpegError: It cannot be read.
    """
    with open_media(path) as container:
        stream = picture_stream(container)
        may_be_cut = container.format.name in UNSTATED_LENGTHS
        sizes, last = PictureSizes(stream), LastPackets(_MOST_AT_END if may_be_cut else 0)
        packets = list(_packets(container, stream, sizes, last, stop))
        base = stream.time_base or Fraction(1, 1000)
        rates = tuple(Fraction(rate) for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate) if rate)
        is_counted = _must_count(container.format.name, stream, packets)
        is_cut = not is_counted and not ends_whole(stream, last, stop)
    if is_counted:
        times = _counted_times(path, packets, stop, base, rates) if count else ()
        return FrameIndex(path, base, times, (), 0, rates, is_counted=True, resized=sizes.change)
    hidden = _undecodable(path, packets, stop)
    cut_off = {each.time for each in packets if each.is_shown and is_cut and each.time >= packets[-1].time} - hidden
    shown = sorted({each.time for each in packets if each.is_shown} - hidden - cut_off)
    numbers = {time: number for number, time in enumerate(shown)}
    stored = tuple(
        StoredFrame(each.time, numbers.get(each.time, -1) if each.is_shown else -1, each.is_key) for each in packets
    )
    resized = sizes.change and (max(0, stored[sizes.change[0]].number), *sizes.change[1:])
    return FrameIndex(
        path,
        base,
        tuple(shown),
        stored,
        len(hidden),
        rates,
        is_counted=False,
        resized=resized,
        cut_off=len(cut_off),
    )


@dataclass(slots=True)
class _Packet:
    """What is kept of a packet; ``time`` is -1 where there is none."""

    time: int
    has_time: bool
    is_key: bool
    is_shown: bool


def _packets(
    container: InputContainer, stream: VideoStream, sizes: PictureSizes, last: LastPackets, stop: Stop
) -> Iterator[_Packet]:
    latest = None
    for number, packet in enumerate(numbered_packets(container, stream)):
        stop.check()
        if packet.dts is not None:
            if latest is not None and (latest - packet.dts) * (stream.time_base or 0) > _MOST_BACK:
                raise ValueError(
                    tr(
                        "its times begin anew at frame {number}, as where files were put behind one another",
                        number=number,
                    )
                )
            latest = packet.dts
        sizes.take(packet)
        last.take(packet)
        yield _Packet(packet.pts or 0, packet.pts is not None, packet.is_keyframe, is_shown(packet))


def numbered_packets(container: InputContainer, stream: VideoStream) -> Iterator[AnyPacket]:
    """Yield the packets that hold frames, with the times by which frames are numbered.

    AVI keeps none of showing: where every frame stands alone, they are shown as they are stored.
    """
    is_avi = container.format.name == "avi"
    for packet in container.demux(stream):
        if packet.size:
            if is_avi:
                packet.pts = packet.dts
            yield packet


def is_shown(packet: AnyPacket) -> bool:
    """Return whether a packet's frame is shown: no edit list hides it, and it is no VP8 frame for reference only."""
    return not packet.is_discard and not is_unseen(packet)


def _must_count(container: str, stream: VideoStream, packets: Sequence[_Packet]) -> bool:
    times = [packet.time for packet in packets if packet.is_shown]
    if not all(packet.has_time for packet in packets) or len(set(times)) != len(times):
        return True
    if stream.codec_context.codec.canonical_name in _ALL_KEYS:
        return True
    if container in _NO_SHOWING_TIMES:
        return not all(packet.is_key for packet in packets)
    return False


def _undecodable(path: Path, packets: Sequence[_Packet], stop: Stop) -> set[int]:
    """Return the times of frames that are shown before the first key frame and do not come out of a decoder."""
    first = next((place for place, packet in enumerate(packets) if packet.is_key), None)
    if first is None:
        return set()
    key = packets[first].time
    leading = [
        place
        for place, packet in enumerate(packets[: first + _MOST_HIDDEN])
        if packet.is_shown and (place < first or packet.time < key)
    ]
    if not leading:
        return set()
    seen: set[int] = set()
    for frame in _first_frames(path, leading[-1] + 1, stop):
        if frame.pts is not None and not frame.is_corrupt:
            seen.add(frame.pts)
    return {packets[place].time for place in leading} - seen


def _first_frames(path: Path, count: int, stop: Stop) -> Iterator[VideoFrame]:
    """Yield what comes out of a decoder that is given the first ``count`` stored frames."""
    import av.error

    with open_media(path) as container:
        stream = picture_stream(container)
        for number, packet in enumerate(numbered_packets(container, stream)):
            stop.check()
            if number >= count:
                break
            try:
                yield from stream.decode(packet)
            except av.error.FFmpegError:  # frames that cannot be decoded are those that are looked for
                continue
        yield from stream.decode(None)


def _counted_times(
    path: Path, packets: Sequence[_Packet], stop: Stop, base: Fraction, rates: Sequence[Fraction]
) -> tuple[int, ...]:
    """Return a time for each frame that comes out of a decoder, in ticks of ``base`` seconds.

    They are those of the packets, in order; where these are not so many, frames are shown at the rate that the file
    says. Those without a time at the beginning come before the others: FFmpeg does not tell times below 0 of Matroska.
    """
    frames = sum(1 for _ in _first_frames(path, len(packets), stop))
    known = sorted(packet.time for packet in packets if packet.has_time)
    if len(known) >= frames and len(set(known[:frames])) == frames:
        return tuple(known[:frames])
    if not rates:
        return tuple(range(frames))
    first, step = min(known, default=0), 1 / (rates[0] * base)
    if known and not packets[0].has_time:
        first -= round((frames - len(known)) * step)
    return tuple(first + round(number * step) for number in range(frames))
