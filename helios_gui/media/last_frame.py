"""Tell whether the last frame of a video is whole, where the file does not say how long its frames are."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from helios_gui.media.picture_digest import digest_of
from helios_gui.media.stream_facts import first_video, open_media
from helios_gui.translation import tr
from helios_gui.types import VerificationError
from helios_gui.utils.work_threads import Stop

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

UNSTATED_LENGTHS = frozenset({"mpegts", "mpeg", "h264", "hevc", "mpegvideo", "m4v"})
"""Containers in which a frame goes on until the next one begins, or the file ends."""

_TRANSPORT_PACKETS = (188, 192, 204)
"""Bytes from one packet of a transport stream to the next: plain, with a time before it, with parity behind it."""
_MOST_BEFORE = 204
"""Bytes at the beginning that may be the rest of an earlier packet, or a time."""
_SYNC = b"\x47"
_ENDS_UNNOTICED = frozenset({"hevc"})
"""Codecs whose decoder makes up what a frame lacks at its end, and finds nothing wrong."""
_RESTS = (b"", b"\x5b" * 64, b"\xa7" * 64)
"""What may follow the last frame of those: a whole one ends before it."""


class LastPackets:
    """Keeps the packets of a video from the last key frame but one on, for ``ends_whole``.

    Attributes:
        kept: These packets; empty where they have more than ``most`` bytes.
        count: How many there were in all.
    """

    def __init__(self, most: float = math.inf) -> None:
        self.kept: list[Packet[Any]] = []
        self.count = 0
        self._most = most
        self._size = self._newest_key = 0

    def take(self, packet: Packet[Any]) -> None:
        """Take the next packet."""
        self.count += 1
        if packet.is_keyframe:
            del self.kept[: self._newest_key]
            self._newest_key = len(self.kept)
            self._size = sum(each.size for each in self.kept)
        self._size += packet.size
        if self._size <= self._most:
            self.kept.append(packet)
        else:
            self._newest_key = 0
            self.kept.clear()


def ends_whole(video: VideoStream, last: LastPackets, stop: Stop) -> bool:
    """Return whether the last stored frame is whole (blocking); ``True`` where no packets are kept.

    The decoder of HEVC takes no notice of an end that is missing: what it makes of the frame must not depend on what
    follows it in the file.
    """
    if not last.kept:
        return True
    if video.codec_context.codec.canonical_name in _ENDS_UNNOTICED:
        made = {_pictures_followed_by(rest, video, last.kept, stop) for rest in _RESTS}
        return len(made) == 1 and all(is_there for _, is_there in made)
    return _last_decodes(video, last.kept, stop)


def check_last_frame(path: Path, stop: Stop) -> None:
    """Decode the last stored frame of a file in one of the containers ``UNSTATED_LENGTHS`` (blocking).

    Raises:
        VerificationError: The frame is cut off, or the file ends within a packet.
        av.error.FFmpegError: The file cannot be read.
        WorkStoppedError: ``stop`` was set.
    """
    with open_media(path) as container:
        video = first_video(container)
        if video is None:
            return
        if container.format.name == "mpegts" and ends_in_packet(path):
            raise VerificationError(
                tr("{path} ends in the middle of a packet of its transport stream.", path=path.name),
                tr("Render it again."),
            )
        last = LastPackets()
        for packet in container.demux(video):
            stop.check()
            if packet.size:
                last.take(packet)
        if ends_whole(video, last, stop):
            return
        if video.codec_context.codec.canonical_name in _ENDS_UNNOTICED:
            raise _cut_error(path, last.count)
    with open_media(path) as container:  # the frames before it may have needed earlier ones: all are decoded now
        video = cast("VideoStream", first_video(container))
        if not _last_decodes(video, (packet for packet in container.demux(video) if packet.size), stop):
            raise _cut_error(path, last.count)


def _cut_error(path: Path, count: int) -> VerificationError:
    where = tr("frame {packets}", packets=count)
    return VerificationError(
        tr("{path} ends in the middle of {where}.", path=path.name, where=where), tr("Render it again.")
    )


def ends_in_packet(path: Path) -> bool:
    """Return whether a transport stream ends before its last packet does (blocking).

    ``False`` also where packets do not follow each other up to the end.
    """
    with path.open("rb") as file:
        head = file.read(_MOST_BEFORE + 3 * max(_TRANSPORT_PACKETS))
        found = (
            (start, length)
            for length in _TRANSPORT_PACKETS
            for start in range(_MOST_BEFORE)
            if head[start : start + 3 * length : length] == _SYNC * 3
        )
        start, length = next(found, (0, 0))
        if not length:
            return False
        more = (path.stat().st_size - start) % length
        file.seek(-more - length, 2)
        last = file.read()
        # A packet may be preceded by a time (4 bytes) or followed by parity (16): what is behind a whole one is no cut.
        return 0 < more < min(_TRANSPORT_PACKETS) and last[:1] == last[length : length + 1] == _SYNC


def _last_decodes(video: VideoStream, packets: Iterable[Packet[Any]], stop: Stop) -> bool:
    """Return whether the decoder finds nothing wrong with the last one of the packets, whatever the others are."""
    import av

    usual = video.codec_context
    decoder = cast("VideoCodecContext", av.CodecContext.create(usual.codec.name, "r"))
    decoder.extradata = usual.extradata
    decoder.options = {"err_detect": "explode"}
    decoder.thread_count = 1  # or the error of a frame is raised with one of the next
    is_whole = True
    for packet in packets:
        stop.check()
        try:
            decoder.decode(packet)
            is_whole = True
        except av.error.InvalidDataError:
            is_whole = False
    return is_whole


def _pictures_followed_by(
    rest: bytes, video: VideoStream, packets: Sequence[Packet[Any]], stop: Stop
) -> tuple[bytes, bool]:
    """Return a digest of the pictures of the packets, and whether that of the last, longer by ``rest``, is there."""
    import av

    usual = video.codec_context
    decoder = cast("VideoCodecContext", av.CodecContext.create(usual.codec.name, "r"))
    decoder.extradata = usual.extradata
    decoder.thread_count = 1
    digest = hashlib.blake2b(digest_size=16)
    last = av.Packet(bytes(packets[-1]) + rest)
    last.pts = packets[-1].pts
    is_there = False
    for packet in (*packets[:-1], last, None):
        stop.check()
        with suppress(av.error.InvalidDataError):  # of frames that need others which are not there
            for frame in decoder.decode(packet):
                digest.update(digest_of(frame))
                is_there = is_there or frame.pts == last.pts
    return digest.digest(), is_there
