"""Options of FFmpeg with which an encoder keeps what most chunks are: pixels, profile, colours, light, fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from helios_gui.media.stream_facts import CHROMATICITY, LUMINANCE
from helios_gui.stitcher import codecs
from helios_gui.types import StreamInfo

_NOT_IN_PIECES = {"gif": ".gif", "qtrle": ".mov"}  # encoders whose pictures Matroska does not hold, or not all of them

_PRORES_PROFILES = {"proxy": "proxy", "lt": "lt", "standard": "standard", "hq": "hq", "4444": "4444", "xq": "4444xq"}
_DNXHR_PROFILES = ("dnxhr_lb", "dnxhr_sq", "dnxhr_hq", "dnxhr_hqx", "dnxhr_444")
_FIELDS = {"tt": "tff", "bt": "tff", "bb": "bff", "tb": "bff"}
_KNOW_FIELDS = frozenset({"libx264", "mpeg2video", "prores_ks", "dnxhd", "mpeg4"})
_NUMBER = re.compile(r"\d+")
_RGB = ("rgb", "bgr", "argb", "abgr", "0rgb", "0bgr", "gbr", "pal8")
"""How the names of FFmpeg's formats of RGB pixels begin."""
_MATRIX_FROM_RGB = "bt709"
"""The matrix by which RGB becomes YUV, and which is told then. FFmpeg's scaler takes that of BT.601 and tells nothing,
while players take untold YUV for BT.709, at least from 720 lines on."""
_TELL_MATRIX = ("264", "265", "hevc", "av1", "vp9", "prores", "dnxhd", "mpeg2")
"""Parts of the names of encoders whose streams tell the matrix; JPEG and VP8 have that of BT.601 always."""
_SCALER_MATRICES = frozenset({"bt709", "smpte170m", "bt470bg", "bt2020nc", "fcc", "smpte240m"})
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def piece_suffix(encoder: str) -> str:
    """Return the suffix of pieces made by ``encoder``."""
    return _NOT_IN_PIECES.get(encoder, ".mkv")


def decoder_options(picture: StreamInfo) -> Mapping[str, str]:
    """Return the options of an input with ``picture``: only libvpx decodes the alpha of VP8 and VP9."""
    decoder = _ALPHA_DECODERS.get(picture.codec) if picture.alpha else None
    return {"c:v": decoder} if decoder else {}


def pixel_format(picture: StreamInfo) -> str:
    """Return the format of the decoded pixels, with alpha where the picture has it."""
    if picture.alpha and picture.codec in _ALPHA_DECODERS:
        return picture.pixel_format.replace("yuv4", "yuva4")
    return picture.pixel_format


def encoder_options(encoder: str, picture: StreamInfo, quality: int | None, suffix: str) -> dict[str, str]:
    """Return the options with which ``encoder`` makes ``picture`` anew in a file of ``suffix``.

    FFmpeg takes the nearest pixel format where the encoder does not know the picture's.
    """
    options = dict(codecs.video_options(encoder, quality, suffix))
    options["pix_fmt"] = pixel_format(picture)
    options |= _colour_options(encoder, picture) | _profile_options(encoder, picture) | _light_options(encoder, picture)
    if "vpx" in encoder and picture.alpha:
        options["auto-alt-ref"] = "0"
    if picture.field_order in _FIELDS and encoder in _KNOW_FIELDS:
        options |= {"flags": "+ildct+ilme", "field_order": picture.field_order}
    return options


def field_filter(picture: StreamInfo) -> str:
    """Return the mode of FFmpeg's filter ``setfield`` that marks frames like those of ``picture``; empty for none."""
    return _FIELDS.get(picture.field_order, "")


def for_encoder(video: Any, encoder: str, picture: StreamInfo) -> Any:
    """Return ``video``, a stream of ffmpeg-python that looks like ``picture``, as ``encoder`` takes it."""
    if not _becomes_yuv(encoder, picture):
        return video
    scaled = video.filter("scale", out_color_matrix=_MATRIX_FROM_RGB)
    return scaled.filter("setparams", colorspace=_MATRIX_FROM_RGB)  # ProRes asks the frames, not the encoder's options


def matrix_options(found: StreamInfo, wanted: StreamInfo) -> dict[str, str]:
    """Return options of the filter ``scale`` that bring pixels from one matrix to another, where both are known."""
    before, after = found.colour.matrix, wanted.colour.matrix
    if _is_rgb(found) and _is_rgb(wanted):
        return {}
    if _is_rgb(found):
        return {"out_color_matrix": after} if after in _SCALER_MATRICES else {}
    if _is_rgb(wanted):
        return {"in_color_matrix": before} if before in _SCALER_MATRICES else {}
    known = before in _SCALER_MATRICES and after in _SCALER_MATRICES
    return {"in_color_matrix": before, "out_color_matrix": after} if known else {}


def _is_rgb(picture: StreamInfo) -> bool:
    return pixel_format(picture).startswith(_RGB)


def _becomes_yuv(encoder: str, picture: StreamInfo) -> bool:
    """Return whether ``picture`` is RGB, and ``encoder`` (as far as is known here) takes only YUV and tells which."""
    import av

    if not _is_rgb(picture) or not any(name in encoder for name in _TELL_MATRIX):
        return False
    try:
        formats = av.codec.Codec(encoder, "w").video_formats or []
    except ValueError:
        return False
    return bool(formats) and not any(each.name.startswith(_RGB) for each in formats)


def _colour_options(encoder: str, picture: StreamInfo) -> dict[str, str]:
    colour = picture.colour
    matrix = "" if _is_rgb(picture) else colour.matrix
    found = {
        "color_primaries": colour.primaries,
        "color_trc": colour.transfer,
        "colorspace": matrix,
        "color_range": colour.range,
    }
    if _becomes_yuv(encoder, picture):
        found |= {"colorspace": _MATRIX_FROM_RGB, "color_range": ""}
    return {name: value for name, value in found.items() if value}


def _profile_options(encoder: str, picture: StreamInfo) -> dict[str, str]:
    profile = picture.profile.lower()
    if encoder == "prores_ks":
        usual = {"profile:v": "4444"} if picture.alpha else {}
        known = {"profile:v": _PRORES_PROFILES[profile]} if profile in _PRORES_PROFILES else usual
        return {**known, "vendor": "apl0"}
    if encoder == "dnxhd":
        resolution_independent = profile.replace(" ", "_")
        if resolution_independent not in _DNXHR_PROFILES:
            deep = "10" in picture.pixel_format
            resolution_independent = (
                "dnxhr_444" if "444" in picture.pixel_format else "dnxhr_hqx" if deep else "dnxhr_hq"
            )
        return {"profile:v": resolution_independent}
    return {}


def _light_options(encoder: str, picture: StreamInfo) -> dict[str, str]:
    """Return where an encoder is told of the mastering display (SMPTE ST 2086) and of the light (CTA-861.3)."""
    display, light = picture.mastering, picture.light_level
    if encoder == "libx265":
        parts = ["log-level=error"]
        parts += [f"master-display={display}"] if display else []
        return {"x265-params": ":".join(parts + ([f"max-cll={light}"] if light else []))}
    if encoder == "libx264" and (display or light):
        parts = [f"mastering-display={display}"] if display else []
        return {"x264-params": ":".join(parts + ([f"cll={light}"] if light else []))}
    if encoder == "libsvtav1" and (display or light):
        parts = [f"mastering-display={_as_fractions(display)}"] if display else []
        return {"svtav1-params": ":".join(parts + ([f"content-light={light}"] if light else []))}
    return {}


def _as_fractions(display: str) -> str:
    """Return the mastering display as SVT-AV1 takes it: places from 0 to 1, and candelas per square metre."""
    places, _, light = display.partition("L")
    places = _NUMBER.sub(lambda number: f"{int(number[0]) / CHROMATICITY:.5f}", places)
    return places + "L" + _NUMBER.sub(lambda number: f"{int(number[0]) / LUMINANCE:.4f}", light)
