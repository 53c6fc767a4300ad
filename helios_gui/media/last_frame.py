"""Tell whether the last frame of a video is whole, where the file does not say how long its frames are."""

from __future__ import annotations

import hashlib
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


def check_last_frame(path: Path, stop: Stop) -> None:
    """Decode the last stored frame of a file in one of the containers ``UNSTATED_LENGTHS`` (blocking).

    The decoder of HEVC takes no notice of an end that is missing: what it makes of the frame must not depend on what
    follows it in the file.

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
        last, count = _last_packets(container.demux(video), stop)
        if video.codec_context.codec.canonical_name in _ENDS_UNNOTICED:
            is_whole = len({_pictures_followed_by(rest, video, last, stop) for rest in _RESTS}) == 1
            _refuse_cut(path, count, is_whole=is_whole)
            return
        if _last_decodes(video, last, stop):
            return
    with open_media(path) as container:  # the frames before it may have needed earlier ones: all are decoded now
        video = cast("VideoStream", first_video(container))
        is_whole = _last_decodes(video, (packet for packet in container.demux(video) if packet.size), stop)
        _refuse_cut(path, count, is_whole=is_whole)


def _refuse_cut(path: Path, count: int, *, is_whole: bool) -> None:
    if not is_whole:
        where = tr("frame {packets}", packets=count)
        raise VerificationError(
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


def _last_packets(packets: Iterable[Packet[Any]], stop: Stop) -> tuple[list[Packet[Any]], int]:
    """Return the packets from the last key frame but one on, and how many there are in all."""
    last: list[Packet[Any]] = []
    count = newest_key = 0
    for packet in packets:
        stop.check()
        if not packet.size:
            continue
        count += 1
        if packet.is_keyframe:
            del last[:newest_key]
            newest_key = len(last)
        last.append(packet)
    return last, count


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


def _pictures_followed_by(rest: bytes, video: VideoStream, packets: Sequence[Packet[Any]], stop: Stop) -> bytes:
    """Return a digest of the pictures of the packets, of which the last is made longer by ``rest``."""
    import av

    usual = video.codec_context
    decoder = cast("VideoCodecContext", av.CodecContext.create(usual.codec.name, "r"))
    decoder.extradata = usual.extradata
    decoder.thread_count = 1
    digest = hashlib.blake2b(digest_size=16)
    for number, packet in enumerate(packets, 1):
        stop.check()
        fed = av.Packet(bytes(packet) + rest) if number == len(packets) else packet
        with suppress(av.error.InvalidDataError):  # of frames that need others which are not there
            for frame in decoder.decode(fed):
                digest.update(digest_of(frame))
    with suppress(av.error.InvalidDataError):
        for frame in decoder.decode(None):
            digest.update(digest_of(frame))
    return digest.digest()
