"""What a file says of its picture that PyAV (18.1) does not show: Dolby Vision, 3D, what is cut off at its edges."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from helios_gui.media.iso_boxes import Span, all_boxes, contents, contents_within

if TYPE_CHECKING:
    from av.stream import Stream
    from av.video.stream import VideoStream

_DOLBY_VISION = (b"dvcC", b"dvvC", b"dvwC")
"""Its configuration record (Dolby Vision Streams Within the ISO Base Media File Format, 3.1)."""
_SECOND_LAYERS = (b"hvcE", b"avcE", b"lhvC")
"""How a second layer in the same track is decoded: of Dolby Vision, of the other eye (ISO/IEC 14496-15)."""
_AROUND = (b"st3d", b"sv3d", b"vexu", b"hfov")
"""3D and spherical pictures as Google and as Apple write them."""
_CROPPING = b"clap"
"""What is shown of the picture (ISO/IEC 14496-12, 12.1.4)."""
KINDS = frozenset((*_DOLBY_VISION, *_SECOND_LAYERS, *_AROUND, _CROPPING))
_ALIKE_ANYWHERE = frozenset((*_DOLBY_VISION, b"st3d", b"sv3d", _CROPPING))
"""Boxes that FFmpeg's muxer writes as the file it reads says it, whatever kind of file that is."""
_TO_ENTRY = (b"mdia", b"minf", b"stbl", b"stsd")
_BEFORE_ENTRIES = 8
"""Bytes of an ``stsd`` box before its entries: version, flags, how many there are."""
_FIELDS = 78
"""Bytes of the entry of a picture before the boxes within it, of which these are its size and its table of colours."""
_SIZE, _TABLE = slice(24, 28), slice(76, 78)
_WITHOUT_TABLE = b"\xff\xff"
_AMBISONIC = b"SA3D"
_SOUND_FIELDS = {b"\0\0": 28, b"\0\1": 44, b"\0\2": 64}
"""Bytes of the entry of a sound before the boxes within it, by its version."""
_MOST = 1 << 16
"""Bytes of a box; those that are known have some dozens, that of a second layer some hundreds."""


def is_quicktime(stream: Stream) -> bool:
    """Return whether a stream is of a QuickTime or MP4 file."""
    return "mov" in stream.container.format.name.split(",")


def told_boxes(stream: VideoStream) -> Mapping[str, bytes]:
    """Return the boxes of ``KINDS`` that a QuickTime or MP4 file has beside its picture's codec, by kind (blocking).

    Of another file it is what FFmpeg's muxer would write into such a file. Nothing is decoded.
    """
    with suppress(OSError):
        if not is_quicktime(stream):
            header = _header_for(stream)
            return {} if header is None else _boxes_of(header, len(header.getbuffer()), 0, _ALIKE_ANYWHERE)
        path = Path(stream.container.name)
        with path.open("rb") as file:
            return _boxes_of(file, path.stat().st_size, stream.id, KINDS)
    return {}


def _header_for(stream: VideoStream) -> io.BytesIO | None:
    """Return an MP4 file without frames that says what ``stream`` says; ``None`` where it cannot be in such a file."""
    import av
    import av.error

    header = io.BytesIO()
    options = {"strict": "experimental", "movflags": "empty_moov"}
    try:
        with av.open(header, "w", format="mp4", options=options) as output:
            output.add_stream_from_template(stream, opaque=True)
            output.start_encoding()
    except (ValueError, av.error.FFmpegError):
        return None
    return header


def _boxes_of(file: BinaryIO, end: int, track: int, kinds: frozenset[bytes]) -> dict[str, bytes]:
    """Return the boxes of these kinds; ``track``: the number of the picture's track, or 0 for the first picture."""
    found: dict[str, bytes] = {}
    for span in contents_within(file, (b"moov", b"trak"), 0, end):
        if track and track != _track_number(file, span):
            continue
        for entry in entries(file, span):
            for kind, (start, last) in entry_boxes(file, entry):
                if kind in kinds and last - start <= _MOST:
                    file.seek(start)
                    data = file.read(last - start)
                    if kind != _CROPPING or _cuts_off(data, file, entry):
                        found.setdefault(kind.decode(), data)
            return found
    return found


def _track_number(file: BinaryIO, track: Span) -> int:
    for start, _ in contents(file, b"tkhd", *track):
        file.seek(start)
        is_long = file.read(1) == b"\1"  # its times have eight bytes each
        file.seek(start + (20 if is_long else 12))
        return int.from_bytes(file.read(4), "big")
    return 0


def is_ambisonic(sound: Stream) -> bool:
    """Return whether a QuickTime or MP4 file says that a sound is of the space all around (Google's box; blocking).

    FFmpeg does not tell it of codecs that have layouts of their own, such as AAC.
    """
    if not is_quicktime(sound):
        return False
    path = Path(sound.container.name)
    with suppress(OSError), path.open("rb") as file:
        for track in contents_within(file, (b"moov", b"trak"), 0, path.stat().st_size):
            if _track_number(file, track) != sound.id:
                continue
            for start, end in contents_within(file, _TO_ENTRY, *track):
                for _, (_, last), begin in all_boxes(file, start + _BEFORE_ENTRIES, end):
                    file.seek(begin)
                    fields = _SOUND_FIELDS.get(file.read(10)[8:], 0)
                    return any(kind == _AMBISONIC for kind, _, _ in all_boxes(file, begin + fields, last))
    return False


def entries(file: BinaryIO, track: Span) -> Iterator[Span]:
    """Yield where the content of the first sample entry of a track of pictures is; nothing for another track."""
    if not any(_is_of_pictures(file, span) for span in contents_within(file, (b"mdia", b"hdlr"), *track)):
        return
    for start, end in contents_within(file, _TO_ENTRY, *track):
        for _, (_, last), begin in all_boxes(file, start + _BEFORE_ENTRIES, end):
            file.seek(begin)
            fields = file.read(_FIELDS)
            if len(fields) == _FIELDS and fields[_TABLE] == _WITHOUT_TABLE:
                yield begin, last
            return


def _is_of_pictures(file: BinaryIO, handler: Span) -> bool:
    file.seek(handler[0] + 8)
    return file.read(4) == b"vide"


def entry_boxes(file: BinaryIO, entry: Span) -> Iterator[tuple[bytes, Span]]:
    """Yield kind and place of the boxes within a sample entry that ``entries`` has found."""
    for kind, span, _ in all_boxes(file, entry[0] + _FIELDS, entry[1]):
        yield kind, span


def _cuts_off(cropping: bytes, file: BinaryIO, entry: Span) -> bool:
    """Return whether something is cut off: FFmpeg also writes that nothing is, with uncompressed pictures."""
    file.seek(entry[0])
    size = file.read(_FIELDS)[_SIZE]
    width, width_parts, height, height_parts = (
        int.from_bytes(cropping[place : place + 4], "big") for place in range(8, 24, 4)
    )
    whole = int.from_bytes(size[:2], "big") * width_parts, int.from_bytes(size[2:], "big") * height_parts
    return (width, height) != whole
