"""Files whose headers say of their picture what FFmpeg 5 cannot be told to write: Dolby Vision, 3D, what is cut off."""

from __future__ import annotations

from pathlib import Path

import av

_TO_ENTRY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_PACKET = 188


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4 file."""
    content = b"".join(parts)
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def dolby_vision(profile: int = 8, compatibility: int = 4) -> bytes:
    """The box with Dolby Vision's record of a picture of one layer, of level 4."""
    kind = b"dvcC" if profile < 8 else b"dvvC" if profile < 11 else b"dvwC"
    return box(kind, _record(profile, compatibility), bytes(19))


def _record(profile: int, compatibility: int) -> bytes:
    """Version 1.0, profile, level 4; that there are metadata and a picture but no second layer; what is below."""
    return bytes([1, 0]) + (profile << 9 | 4 << 3 | 0b101).to_bytes(2, "big") + bytes([compatibility << 4])


STEREO = box(b"st3d", bytes(4), b"\2")
"""The eyes' pictures are side by side (Google's Spherical Video V2)."""
ALL_AROUND = box(
    b"sv3d",
    box(b"svhd", bytes(5)),
    box(b"proj", box(b"prhd", bytes(16)), box(b"equi", bytes(20))),
)
"""An equirectangular picture that is neither turned nor cut off (Google's Spherical Video V2)."""
TWO_EYES = box(
    b"vexu",
    box(b"eyes", box(b"stri", bytes(4), b"\3"), box(b"hero", bytes(4), b"\1")),
    box(b"pack", box(b"pkin", bytes(4), b"side")),
) + box(b"hfov", (63_400).to_bytes(4, "big"))
"""Apple's boxes for the same; FFmpeg reads nothing of ``pack``."""
AMBIENT = box(b"amve", (3_140_000).to_bytes(4, "big"), (15_635).to_bytes(2, "big"), (16_450).to_bytes(2, "big"))
"""The picture is to be seen in a light of 314 lux."""


def crop(width: int, height: int) -> bytes:
    """The box that shows a part from the middle of the picture."""
    return box(b"clap", *(number.to_bytes(4, "big") for number in (width, 1, height, 1, 0, 1, 0, 1)))


AMBISONIC = box(b"SA3D", bytes(2), (1).to_bytes(4, "big"), bytes(2), (4).to_bytes(4, "big"), bytes(16))
"""Four channels are the sound of the space all around (Google's Spatial Audio), not those of loudspeakers."""


def with_boxes(path: Path, *boxes: bytes) -> Path:
    """Put boxes into the sample entry of the first track of an MP4 file whose index is at its end."""
    whole, place, size = path.read_bytes(), 0, 0
    more = b"".join(boxes)
    for kind in _TO_ENTRY:
        place = whole.index(kind, place) - 4
        size = int.from_bytes(whole[place : place + 4], "big")
        whole = whole[:place] + (size + len(more)).to_bytes(4, "big") + whole[place + 4 :]
    place += 16  # the fields of stsd before the entry, which is the only one
    size = int.from_bytes(whole[place : place + 4], "big")
    whole = whole[:place] + (size + len(more)).to_bytes(4, "big") + whole[place + 4 :]
    path.write_bytes(whole[: place + size] + more + whole[place + size :])
    return path


def copied(source: Path, target: Path, **options: str) -> Path:
    """Copy a video's frames with all that FFmpeg reads of it and its muxer writes."""
    with (
        av.open(str(source)) as before,
        av.open(str(target), "w", options={"strict": "experimental", **options}) as after,
    ):
        stream = before.streams.video[0]
        made = after.add_stream_from_template(stream)
        for packet in before.demux(stream):
            if packet.size:
                packet.stream = made
                after.mux(packet)
    return target


def with_descriptor(path: Path, profile: int = 8, compatibility: int = 4) -> Path:
    """Put Dolby Vision's descriptor into the program map of a transport stream of one picture and nothing else."""
    whole = bytearray(path.read_bytes())
    said = _record(profile, compatibility)
    descriptor = bytes([0xB0, len(said)]) + said
    for start in range(0, len(whole), _PACKET):
        section = start + 5
        if whole[section] != 2 or not whole[start + 1] & 0x40:  # the program map's number, at the start of a section
            continue
        length = ((whole[section + 1] & 0x0F) << 8 | whole[section + 2]) + len(descriptor)
        whole[section + 1 : section + 3] = (0xB000 | length).to_bytes(2, "big")
        told = section + 12 + 3  # behind the program's fields and the stream's kind and number
        of_stream = int.from_bytes(whole[told : told + 2], "big") & 0x0FFF
        whole[told : told + 2] = (0xF000 | of_stream + len(descriptor)).to_bytes(2, "big")
        end = told + 2 + of_stream
        packet = whole[:end] + descriptor + whole[end : start + _PACKET - len(descriptor)]
        whole[start : start + _PACKET] = packet[start:]
        last = section + 3 + length - 4
        whole[last : last + 4] = _crc(bytes(whole[section:last])).to_bytes(4, "big")
    path.write_bytes(whole)
    return path


def _crc(data: bytes) -> int:
    """The check sum of MPEG-2 systems (ISO/IEC 13818-1, annex A)."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value
