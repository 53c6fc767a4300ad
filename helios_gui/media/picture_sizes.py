"""Notice that the picture of a video gets another size on the way, without decoding all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from helios_gui.media.picture_heads import JPEG_FRAMES

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

    AnyPacket = Packet[Any]

_HEAD = 4096
"""Bytes of a packet in which its headers are."""
_H264_SPS, _HEVC_SPS, _AV1_SEQUENCE_HEADER = 7, 33, 1
_SEQUENCE_HEADER = b"\0\0\1\xb3"
"""MPEG-1 and MPEG-2: width, height, shape of pixels and rate follow in four bytes (ITU-T H.262, 6.2.2.1)."""
_CODESTREAM = b"\xff\x4f\xff\x51"
"""JPEG 2000: width and height are among the twelve bytes that follow (ITU-T T.800, A.5.1)."""
_VIDEO_LAYERS = range(0x20, 0x30)
"""MPEG-4: start codes of a video object layer (ISO/IEC 14496-2, table 6-3)."""
_AT = {"prores": (16, 20), "png": (16, 24), "dnxhd": (24, 28), "vp8": (6, 10), "vp9": (0, 10)}
"""Where codecs have the size, or what has it, in each packet or, VP8 and VP9, in that of a key frame."""
_BY_LENGTH = frozenset({"dvvideo", "rawvideo", "v210"})
"""Codecs of which all frames of one size take as many bytes."""


class PictureSizes:
    """Looks at the packets of a video as they come by.

    A packet whose head says something new is decoded, to see its size.

    Attributes:
        change: The number of the first packet with a picture of another size, from 0, and that size; ``None`` for none.
    """

    def __init__(self, stream: VideoStream) -> None:
        self.change: tuple[int, int, int] | None = None
        context: VideoCodecContext | None = stream.codec_context
        self._context = context
        self._head = None if context is None else _head_of(context.codec.canonical_name, context.extradata or b"")
        self._known: set[bytes] = set()
        self._first: AnyPacket | None = None
        self._count = 0

    def take(self, packet: AnyPacket) -> None:
        """Take the next packet."""
        number, self._count = self._count, self._count + 1
        if self.change is not None or self._head is None:
            return
        head = self._head(packet)
        if packet.has_sidedata("new_extradata"):
            head = (head or b"") + bytes(packet.get_sidedata("new_extradata"))
        if not head or head in self._known:
            return
        self._known.add(head)
        if self._first is None:
            self._first = packet
            return
        before, now = self._size(self._first), self._size(packet)
        if before is not None and now is not None and before != now:
            self.change = (number, *now)

    def _size(self, packet: AnyPacket) -> tuple[int, int] | None:
        """Return the size of a picture; ``None`` where it cannot be decoded without others."""
        import av
        import av.error

        assert self._context is not None  # without it no packet has a head
        decoder = cast("VideoCodecContext", av.CodecContext.create(self._context.codec.name, "r"))
        decoder.extradata = self._context.extradata
        decoder.thread_count = 1
        try:
            frames = [*decoder.decode(packet), *decoder.decode(None)]
        except av.error.FFmpegError:
            return None
        return (frames[0].width, frames[0].height) if frames else None


def _head_of(codec: str, extradata: bytes) -> Callable[[AnyPacket], bytes | None] | None:
    """Return what finds that part of a packet which says the size, if it does; ``None`` for codecs without such."""
    if codec in ("h264", "hevc"):
        return lambda packet: _parameter_sets(codec, extradata, packet) if packet.is_keyframe else None
    if codec in ("mpeg1video", "mpeg2video"):
        return lambda packet: _behind(_start(packet), _SEQUENCE_HEADER, 4) if packet.is_keyframe else None
    if codec == "jpeg2000":
        return lambda packet: _behind(_start(packet), _CODESTREAM, 12)
    if codec == "mpeg4":
        return lambda packet: _video_layer(_start(packet)) if packet.is_keyframe else None
    if codec == "av1":
        return lambda packet: _sequence_header(_start(packet)) if packet.is_keyframe else None
    if codec == "mjpeg":
        return lambda packet: _frame_of_jpeg(bytes(packet))
    if codec in _BY_LENGTH:
        return lambda packet: packet.size.to_bytes(8, "big")
    if codec in _AT:
        begin, end = _AT[codec]
        only_keys = codec in ("vp8", "vp9")
        return lambda packet: None if only_keys and not packet.is_keyframe else _start(packet)[begin:end]
    return None


def _start(packet: AnyPacket) -> bytes:
    return bytes(memoryview(packet)[:_HEAD])


def _behind(data: bytes, code: bytes, length: int) -> bytes | None:
    place = data.find(code)
    return None if place < 0 else data[place + len(code) : place + len(code) + length]


def _parameter_sets(codec: str, extradata: bytes, packet: AnyPacket) -> bytes:
    """Return the sequence parameter sets that come with a key frame of H.264 or HEVC."""
    data = _start(packet)
    units = _prefixed_units(codec, extradata, data) if extradata[:1] == b"\1" else iter(data.split(b"\0\0\1")[1:])
    found = (
        unit
        for unit in units
        if unit and (unit[0] & 0x1F == _H264_SPS if codec == "h264" else unit[0] >> 1 & 0x3F == _HEVC_SPS)
    )
    return b"".join(unit.rstrip(b"\0") for unit in found)


def _prefixed_units(codec: str, extradata: bytes, data: bytes) -> Iterator[bytes]:
    """Yield the units of a packet, before each of which its length is (ISO/IEC 14496-15)."""
    place = 4 if codec == "h264" else 21
    length = (extradata[place] & 3) + 1 if len(extradata) > place else 4
    while len(data) > length:
        size = int.from_bytes(data[:length], "big")
        yield data[length : length + size]
        data = data[length + size :]


def _video_layer(data: bytes) -> bytes | None:
    return next((unit for unit in data.split(b"\0\0\1")[1:] if unit and unit[0] in _VIDEO_LAYERS), None)


def _sequence_header(data: bytes) -> bytes | None:
    """Return the first sequence header of AV1 (AV1 Bitstream & Decoding Process Specification, 5.3)."""
    place = 0
    while place < len(data) and data[place] & 0x02:  # its size follows
        kind, has_extension = data[place] >> 3 & 0x0F, data[place] >> 2 & 1
        place += 1 + has_extension
        size = shift = 0
        while place < len(data):
            byte = data[place]
            size, shift, place = size | (byte & 0x7F) << shift, shift + 7, place + 1
            if not byte & 0x80:
                break
        if kind == _AV1_SEQUENCE_HEADER:
            return data[place : place + size]
        place += size
    return None


def _frame_of_jpeg(data: bytes) -> bytes | None:
    """Return height, width and kinds of samples of a JPEG picture."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        if data[place + 1] in JPEG_FRAMES:
            return data[place + 5 : place + 9]
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None
