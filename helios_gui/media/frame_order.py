"""In which order the stored frames of a video are shown, and how evenly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from helios_gui.media.stream_facts import first_video, open_media
from helios_gui.translation import tr
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    AnyPacket = Packet[Any]

_ROUNDED = Fraction(3, 2)
"""Ticks by which a rounded time may miss an even grid that itself starts at a rounded time."""
_MILLISECONDS = Fraction(3, 2000)
"""Seconds by which times may be off that came through a container that counts milliseconds."""


def display_places(times: Sequence[int]) -> list[int]:
    """Return for each frame, in the order they are stored, its place in the order they are shown."""
    places = [0] * len(times)
    for place, index in enumerate(sorted(range(len(times)), key=times.__getitem__)):
        places[index] = place
    return places


def reordering(places: Sequence[int]) -> int:
    """Return by how many frames decoding must run ahead of showing."""
    return max((index - place for index, place in enumerate(places)), default=0)


def unevenness(times: Sequence[int], time_base: Fraction) -> Fraction:
    """Return by how many seconds any frame misses its place at a steady rate; 0 where rounding explains it.

    Args:
        times: When each frame is shown, in ticks, in any order.
        time_base: Seconds in a tick.
    """
    if len(times) < 3:
        return Fraction(0)
    rate = (len(times) - 1) / ((max(times) - min(times)) * time_base)
    worst = _largest_deviation(times, time_base, rate)
    return worst if worst > rounding(time_base) else Fraction(0)


def rounding(time_base: Fraction) -> Fraction:
    """Return by how many seconds rounded times may miss a steady rate."""
    return max(_ROUNDED * time_base, _MILLISECONDS)


def is_even(times: Sequence[int], time_base: Fraction, rate: Fraction) -> bool:
    """Return whether frames are shown at n / ``rate`` after the first, as near as whole ticks come."""
    return not times or _largest_deviation(times, time_base, rate) <= time_base


def _largest_deviation(times: Sequence[int], time_base: Fraction, rate: Fraction) -> Fraction:
    shown = sorted(times)
    return max(abs((time - shown[0]) * time_base - place / rate) for place, time in enumerate(shown))


class NoPictureError(ValueError):
    """A file has no video stream but covers."""


def picture_stream(container: InputContainer) -> VideoStream:
    """Return the first video stream that is no cover picture. Raises ``NoPictureError`` where there is none."""
    stream = first_video(container)
    if stream is None:
        raise NoPictureError(tr("{name} has no video", name=Path(container.name).name))
    return stream


def is_unseen(packet: AnyPacket) -> bool:
    """Return whether a video packet only serves others, so that no player shows a picture for it.

    VP8 stores such alternate reference frames as packets of their own (RFC 6386, section 9.1: ``show_frame``). VP9 and
    AV1 keep theirs in the packet of a frame that is shown.
    """
    context = packet.stream.codec_context
    return bool(context and context.codec.canonical_name == "vp8" and packet.size and not memoryview(packet)[0] & 0x10)


def is_repeat(packet: AnyPacket) -> bool:
    """Return whether a video packet says, by being empty, that the frame before it is shown on: Theora has such.

    The empty packet at the end of a stream has no time.
    """
    context = packet.stream.codec_context
    return not packet.size and packet.dts is not None and bool(context and context.codec.canonical_name == "theora")


def stored_packets(path: Path) -> Iterator[AnyPacket]:
    """Yield the frames of the first video in ``path``, still encoded, as they are stored (blocking).

    Those that are unseen, and those that repeat others, are among them.
    """
    with open_media(path) as container:
        for packet in container.demux(picture_stream(container)):
            if packet.size or is_repeat(packet):
                yield packet


@dataclass(frozen=True, slots=True)
class FrameOrder:
    """How the frames of a file follow each other.

    Args:
        places: For each frame, as they are stored, its place in the order they are shown. An unseen one has the place
            of the next that is shown.
        hidden: How many frames an edit list keeps from being shown.
        uneven: Seconds by which frames miss a steady rate; 0 for none.
        stands_alone: Whether all frames can be shown without frames from before.
        unseen: How many only serve others.
        repeats: How many are the frame before them.
    """

    places: tuple[int, ...]
    hidden: int
    uneven: Fraction
    stands_alone: bool
    unseen: int = 0
    repeats: int = 0

    @property
    def shown(self) -> int:
        """How many frames are shown."""
        return len(self.places) - self.unseen

    @property
    def ahead(self) -> int:
        """By how many frames decoding runs ahead of showing."""
        return 0 if self.unseen else reordering(self.places)


@dataclass(slots=True)
class StoredFrames:
    """What the packets of a video tell of its frames, collected in the order they are stored.

    Args:
        delays: How many frames the decoder holds back, as the file says.
        is_avi: Whether they come from an AVI file.
        time_base: Seconds in a tick.
        times: When each frame is shown, in ticks, without those that only serve others.
        unseen: For each frame that only serves others, how many of the shown ones are stored before it.
        hidden: How many frames an edit list keeps from being shown.
        first_is_key: Whether the first frame can be decoded without others.
        repeats: How many frames are the one before them.
    """

    delays: int = 0
    is_avi: bool = False
    time_base: Fraction = Fraction(1)
    times: list[int | None] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    hidden: int = 0
    first_is_key: bool = False
    repeats: int = 0

    @classmethod
    def of(cls, stream: VideoStream) -> StoredFrames:
        """Return what collects the packets of a stream of which nothing was decoded yet."""
        is_avi = stream.container.format.name == "avi"
        context: VideoCodecContext | None = stream.codec_context  # there is none for codecs that FFmpeg does not know
        return cls(context.has_b_frames if context else 0, is_avi, stream.time_base or Fraction(1))

    def take(self, packet: AnyPacket) -> None:
        """Take the next packet, which has not been changed."""
        if is_unseen(packet):
            self.unseen.append(len(self.times))
            return
        if not self.times:
            self.first_is_key = packet.is_keyframe
        self.times.append(packet.pts)
        self.hidden += packet.is_discard
        self.repeats += not packet.size


def frame_order(path: Path, stop: Stop, limit: int | None = None) -> FrameOrder:
    """Return the order of the first video in ``path``, or of its first ``limit`` stored frames (blocking).

    Raises:
        ValueError: The file has no video, or frames that cannot be decoded.
    """
    stored = StoredFrames()
    for number, packet in enumerate(islice(stored_packets(path), limit)):
        stop.check()
        if not number:
            stored = StoredFrames.of(cast("VideoStream", packet.stream))
        stored.take(packet)
    return order_of(stored, path, stop)


def order_of(stored: StoredFrames, path: Path, stop: Stop) -> FrameOrder:
    """Return the order of frames that ``path`` stores so, in its first video (blocking).

    Where the times do not tell, the frames are decoded: AVI and MXF keep no times of showing, and what is read from
    them says that frames are shown as they are stored.

    Raises:
        ValueError: The file has frames that cannot be decoded.
    """
    times, unseen, hidden, time_base = stored.times, stored.unseen, stored.hidden, stored.time_base
    known = [time for time in times if time is not None]
    in_order = all(earlier < later for earlier, later in pairwise(known))
    if unseen:  # VP8 shows its frames as they are stored
        places, uneven = list(range(len(times))), unevenness(known, time_base)
    elif len(set(known)) != len(times) or (stored.delays and in_order and len(times) > 1):
        places, uneven = _decoded_order(path, len(times), stop), Fraction(0)
    else:
        timed = known[1:] if stored.is_avi else known  # FFmpeg leaves a place empty behind the first frame of MPEG-4
        places, uneven = display_places(known), Fraction(0) if hidden else unevenness(timed, time_base)
    alone = stored.first_is_key and (not places or places[0] == 0 or _all_decode(path, places[0] + 1, stop))
    for count, place in enumerate(unseen):
        places.insert(place + count, min(place, len(times) - 1))
    return FrameOrder(tuple(places), hidden, uneven, alone, len(unseen), stored.repeats)


def _all_decode(path: Path, stored: int, stop: Stop) -> bool:
    """Return whether the frames that are stored behind the first, but shown before it, come out of a decoder."""
    return sum(1 for _ in decoded_frames(path, stop, stored)) == stored


def _decoded_order(path: Path, count: int, stop: Stop) -> list[int]:
    """Return the places as a decoder gives them out: each frame with the time of the packet that it came from."""
    shown: list[int] = []
    for frame in decoded_frames(path, stop, count, numbered=True):
        shown += [] if frame.pts is None else [frame.pts]
    places = dict(zip(shown, range(count), strict=False))
    if sorted(places) != list(range(count)):
        raise ValueError(tr("{path} has frames that cannot be shown", path=path.name))
    return [places[index] for index in range(count)]


def decoded_frames(path: Path, stop: Stop, limit: int | None = None, *, numbered: bool = False) -> Iterator[VideoFrame]:
    """Yield the pictures of the first video in ``path``, or of its first ``limit`` stored frames (blocking).

    There is none of those that repeat others. With ``numbered``, each picture's ``pts`` is the number of the stored
    frame that it comes from.
    """
    with open_media(path) as container:
        stream = picture_stream(container)
        packets = (packet for packet in container.demux(stream) if packet.size or is_repeat(packet))
        for number, packet in enumerate(islice(packets, limit)):
            stop.check()
            if not packet.size:
                continue
            if numbered:
                packet.pts = packet.dts = number
            yield from packet.decode()
        yield from stream.decode(None)
