"""Tell from the bytes of a picture's file what it is, and whether its end is there, which decoders do not tell."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "mjpeg",
    b"v/1\x01": "exr",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"RIFF": "webp",
    b"SDPX": "dpx",
    b"XPDS": "dpx",
}
_CODECS = {
    ".png": "png",
    ".jpg": "mjpeg",
    ".jpeg": "mjpeg",
    ".exr": "exr",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".webp": "webp",
    ".dpx": "dpx",
}
_WEBP_ANIMATION = 0x02
_EXR_MULTIPART = 0x1000
_EXR_TILED = 0x0200
_DPX_TRANSFER = 801  # offset of the first image element's transfer characteristic (SMPTE 268M)
_TIFF_COMPRESSION = 259
_TIFF_JPEG = (6, 7)  # as of TIFF 6.0, and as of its Technical Note 2
_DPX_LOGARITHMIC = (1, 3)  # printing density and logarithmic


def codec_of_name(path: PurePath) -> str:
    """Return the codec that the suffix of a picture's file says, as FFmpeg calls it."""
    return _CODECS[path.suffix.lower()]


def codec_of_data(data: bytes) -> str:
    """Return the codec of a picture by its first bytes; empty if it is none that is known here."""
    return next((codec for magic, codec in _MAGIC.items() if data.startswith(magic)), "")


def is_cut(codec: str, data: bytes) -> bool:
    """Return whether the end of a picture's file is missing, as far as its structure tells."""
    match codec:
        case "png":
            return not _has_png_end(data)
        case "mjpeg":
            return data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")
        case "webp":
            return int.from_bytes(data[4:8], "little") + 8 > len(data)
        case "exr":
            return not _has_all_exr_blocks(data)
        case _:
            return False


def is_animated(codec: str, data: bytes) -> bool:
    """Return whether a PNG or WebP file holds several pictures, of which only the first would be seen."""
    if codec == "png":
        return b"acTL" in data[: data.find(b"IDAT")]
    return codec == "webp" and data[12:16] == b"VP8X" and bool(data[20] & _WEBP_ANIMATION)


def is_unknown_to_ffmpeg(codec: str, data: bytes) -> bool:
    """Return whether FFmpeg decodes another picture than there is, without a word: black for JPEG within TIFF."""
    return codec == "tiff" and _tiff_number(data, _TIFF_COMPRESSION) in _TIFF_JPEG


def _tiff_number(data: bytes, tag: int) -> int | None:
    """Return the number that the first picture of a TIFF file has under ``tag``."""
    order: Literal["little", "big"] = "little" if data.startswith(b"II") else "big"
    begin = int.from_bytes(data[4:8], order)
    for place in range(begin + 2, begin + 2 + 12 * int.from_bytes(data[begin : begin + 2], order), 12):
        if int.from_bytes(data[place : place + 2], order) == tag:
            return int.from_bytes(data[place + 8 : place + 10], order)
    return None


def is_logarithmic(codec: str, data: bytes) -> bool:
    """Return whether a picture says that its values are densities of film."""
    return codec == "dpx" and len(data) > _DPX_TRANSFER and data[_DPX_TRANSFER] in _DPX_LOGARITHMIC


def has_profile(codec: str, data: bytes) -> bool:
    """Return whether a PNG, JPEG or WebP picture carries an ICC profile."""
    head = data[:65536]
    return {"png": b"iCCP", "mjpeg": b"ICC_PROFILE\0", "webp": b"ICCP"}.get(codec, b"\0none") in head


def _has_png_end(data: bytes) -> bool:
    """Walk over the chunks: length, type, content, checksum."""
    place = 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"IEND":
            return True
        place += 12 + length
    return False


def _has_all_exr_blocks(data: bytes) -> bool:
    """Follow the table of offsets, which ends where the first block begins, and is zero where none was written.

    Blocks of tiles, and of files with several parts, have longer headers before their size.
    """
    flags = int.from_bytes(data[4:8], "little")
    place = _skip_exr_headers(data, multipart=bool(flags & _EXR_MULTIPART))
    if place is None:
        return False
    size_at = (4 if flags & _EXR_MULTIPART else 0) + (16 if flags & _EXR_TILED else 4)
    first = len(data) + 1
    while place < first:
        offset = int.from_bytes(data[place : place + 8], "little")
        if not 0 < offset < len(data):
            return False
        size = int.from_bytes(data[offset + size_at : offset + size_at + 4], "little")
        is_sized = not flags & _EXR_MULTIPART  # its parts may be tiled or not
        if offset + size_at + 4 + (size if is_sized else 0) > len(data):
            return False
        first = min(first, offset)
        place += 8
    return True


def _skip_exr_headers(data: bytes, *, multipart: bool) -> int | None:
    """Return where the table of offsets begins; ``None`` if the headers are cut."""
    place = 8
    try:
        while data[place]:
            while data[place]:  # name, type, size of the value, value
                place = data.index(0, data.index(0, place) + 1) + 1
                place += 4 + int.from_bytes(data[place : place + 4], "little")
            place += 1
            if not multipart:
                return place
    except (IndexError, ValueError):
        return None
    return place + 1
