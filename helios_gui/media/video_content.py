"""Files that are videos although no finished video is called like that: raw streams, rare and missing suffixes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_SUFFIXES = frozenset(
    {".264", ".265", ".3g2", ".amv", ".apng", ".asf", ".avc", ".bik", ".dif", ".divx", ".dv", ".f4v", ".h261", ".h263"}
    | {".h264", ".h265", ".hevc", ".ismv", ".ivf", ".m1v", ".m2v", ".m4p", ".mjpeg", ".mjpg", ".mk3d", ".mod", ".mp4v"}
    | {".mpv", ".obu", ".ogm", ".qt", ".rm", ".rmvb", ".roq", ".tod", ".vc1", ".vob", ".wtv", ".xvid", ".y4m"}
)
_BEGINNINGS = (
    *((4, b"ftyp" + brand) for brand in (b"qt", b"iso", b"mp4", b"M4V", b"3g", b"avc")),  # not HEIF: it is an image
    *((4, b"moov"), (4, b"wide"), (8, b"AVI "), (0, b"FLV\1")),
    *((0, b"\x1aE\xdf\xa3"), (0, b"nut/multimedia container\0"), (0, b"YUV4MPEG2"), (0, b"DKIF")),
    *((0, b"\0\0\1\xba"), (0, b"\0\0\1\xb3")),  # MPEG program streams and MPEG-2 video
    *((0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"), (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01")),  # ASF and MXF
)
"""How videos begin, at an offset in bytes."""
_BEGINNINGS_AT = {at: tuple(begin for place, begin in _BEGINNINGS if place == at) for at, _ in _BEGINNINGS}


def holds_video(path: Path) -> bool:
    """Return whether a file's suffix is that of a video, or it begins as one (blocking). ``False`` where it is none."""
    if path.suffix.lower() in _SUFFIXES:
        return True
    with suppress(OSError):
        if path.is_file():  # reading a pipe would wait for ever
            with path.open("rb", buffering=0) as file:
                head = file.read(32)
            return any(head.startswith(begins, offset) for offset, begins in _BEGINNINGS_AT.items())
    return False
