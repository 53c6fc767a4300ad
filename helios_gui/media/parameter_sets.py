"""Telling whether two streams tell the decoder the same things, whoever encoded them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

_HEVC_PARAMETER_SETS = range(32, 35)  # VPS, SPS and PPS (ITU-T H.265, table 7-1)
_HEVC_HEADER_BYTES = 22  # of HEVCDecoderConfigurationRecord, before its arrays (ISO/IEC 14496-15, 8.3.3)


def configuration_of(codec: str, extradata: bytes) -> str:
    """Return a digest of the parameter sets in ``extradata``; empty where the codec or the container keeps none there.

    Only the records of ISO/IEC 14496-15 are read, where one header serves the whole file. HEVC ones also carry
    the encoder's remarks (its version, its thread count); those make no difference and are left out.
    """
    if not extradata or extradata[0] != 1:
        return ""
    try:
        if codec == "h264":
            parts = [extradata]
        elif codec == "hevc":
            parts = list(_hevc_parameter_sets(extradata))
        else:
            return ""
    except IndexError:
        parts = [extradata]
    return digest(b"\0".join(parts))


def style_of(codec: str, header: bytes) -> str:
    """Return a digest of the styles in a subtitle stream's header, without the bit rates that MP4 puts behind them."""
    if codec == "mov_text" and header[-16:-12] == b"btrt":
        header = header[:-20]
    return digest(header)


def digest(header: bytes) -> str:
    """Return what identifies a header (styles of subtitles, …) well enough; empty for an empty one."""
    return hashlib.sha256(header).hexdigest()[:16] if header else ""


def _hevc_parameter_sets(extradata: bytes) -> Iterator[bytes]:
    position = _HEVC_HEADER_BYTES + 1
    for _ in range(extradata[_HEVC_HEADER_BYTES]):
        kind = extradata[position] & 0x3F
        units = int.from_bytes(extradata[position + 1 : position + 3], "big")
        position += 3
        for _ in range(units):
            size = int.from_bytes(extradata[position : position + 2], "big")
            if kind in _HEVC_PARAMETER_SETS:
                yield extradata[position + 2 : position + 2 + size]
            position += 2 + size
