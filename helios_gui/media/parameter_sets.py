"""Telling whether two streams tell the decoder the same things, whoever encoded them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

_HEVC_PARAMETER_SETS = range(32, 35)  # VPS, SPS and PPS (ITU-T H.265, table 7-1)
_PARAMETER_SETS = {"h264": (7, 8), "hevc": _HEVC_PARAMETER_SETS}  # SPS and PPS (ITU-T H.264, table 7-1)
_DESCRIBED_ONCE = frozenset(
    {*_PARAMETER_SETS, "mpeg4", "theora", "ffv1", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "wmv1", "wmv2", "wmv3"}
)
"""Codecs whose decoders are told something once, beside the frames, that these do not repeat."""
_USER_DATA = b"\0\0\1\xb2"  # MPEG-4: the encoder's name follows (ISO/IEC 14496-2, table 6-3)
_HEVC_HEADER_BYTES = 22  # of HEVCDecoderConfigurationRecord, before its arrays (ISO/IEC 14496-15, 8.3.3)


def configuration_of(codec: str, extradata: bytes) -> str:
    """Return a digest of the parameter sets in ``extradata``; empty where the codec or the container keeps none there.

    H.264 and HEVC have a record of ISO/IEC 14496-15 or, in MPEG-TS and AVI, start codes. What else an encoder says of
    itself (its version, its thread count) makes no difference and is left out.
    """
    if not extradata or codec not in _DESCRIBED_ONCE:
        return ""
    try:
        if codec not in _PARAMETER_SETS or (codec == "h264" and extradata[0] == 1):
            parts = [extradata.split(_USER_DATA)[0]]
        elif extradata[0] == 1:
            parts = list(_hevc_parameter_sets(extradata))
        else:
            parts = list(_units_behind_start_codes(codec, extradata))
    except IndexError:
        parts = [extradata]
    return header_digest(b"\0".join(parts))


def _units_behind_start_codes(codec: str, extradata: bytes) -> Iterator[bytes]:
    for unit in extradata.split(b"\0\0\1")[1:]:
        kind = unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F
        if kind in _PARAMETER_SETS[codec]:
            yield unit.rstrip(b"\0")


def style_of(codec: str, header: bytes) -> str:
    """Return a digest of the styles in a subtitle stream's header, without the bit rates that MP4 puts behind them."""
    if codec == "mov_text" and header[-16:-12] == b"btrt":
        header = header[:-20]
    return header_digest(header)


def header_digest(header: bytes) -> str:
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
