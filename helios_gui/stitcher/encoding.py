"""Options of FFmpeg with which an encoder keeps what most chunks are: pixels, profile, colours, light, fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from helios_gui.media.encoder_faults import add_options, faultless_options
from helios_gui.media.light import light_options
from helios_gui.media.scaler import SCALER_MATRICES
from helios_gui.stitcher import codecs
from helios_gui.stitcher.properties import RGB
from helios_gui.types import StreamInfo

_NOT_IN_PIECES = {"gif": ".gif", "qtrle": ".mov", "libtheora": ".nut"}
"""Encoders whose pictures Matroska does not hold, or not all of them."""

_PRORES_PROFILES = {"proxy": "proxy", "lt": "lt", "standard": "standard", "hq": "hq", "4444": "4444", "xq": "4444xq"}
_DNXHR_PROFILES = ("dnxhr_lb", "dnxhr_sq", "dnxhr_hq", "dnxhr_hqx", "dnxhr_444")
_KNOW_FIELDS = frozenset({"libx264", "mpeg2video", "prores_ks", "dnxhd", "mpeg4"})
_DEEP = re.compile(r"(9|1\d)(le|be)$|^[px]\d1\d|v210")
"""Names of FFmpeg's pixel formats of more than 8 bits."""
_MATRIX_FROM_RGB = "bt709"
"""The matrix by which RGB becomes YUV, and which is told then. FFmpeg's scaler takes that of BT.601 and tells nothing,
while players take untold YUV for BT.709, at least from 720 lines on."""
_HDTV_WIDTH, _SDTV_HEIGHT = 1280, 576
"""Pixels, as mpv takes them."""
_TELL_MATRIX = ("264", "265", "hevc", "av1", "vp9", "prores", "dnxhd", "mpeg2")
"""Parts of the names of encoders whose streams tell the matrix; JPEG and VP8 have that of BT.601 always."""
_OF_BT601 = ("bt470bg", "smpte170m")
"""Two names of one matrix."""
_FILES_THAT_TELL = codecs.MOV_FAMILY | {".mkv", ".webm"}
"""Files that tell the colours of whatever codec."""
EXACT = "bicubic+accurate_rnd+full_chroma_inp+full_chroma_int"
"""Flags of FFmpeg's scaler, which else makes colours darker by some percent where it changes the matrix."""
_NAMES_FOR_FRAMES = {"": "unknown", "gamma22": "bt470m", "gamma28": "bt470bg"}
"""Names of colours that the filter ``setparams`` has others for than the encoders' options."""
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
    options |= _colour_options(encoder, picture) | _profile_options(encoder, picture) | light_options(encoder, picture)
    add_options(options, faultless_options(encoder, min(picture.width, picture.height)))
    if "vpx" in encoder and picture.alpha:  # FFmpeg 9 refuses others, which players do not know
        options |= {"auto-alt-ref": "0", "pix_fmt": "yuva420p"}
    if picture.first_field and encoder in _KNOW_FIELDS:
        options |= {"flags": "+ildct+ilme", "field_order": picture.field_order}
    return options


def for_encoder(video: Any, encoder: str, picture: StreamInfo, suffix: str) -> Any:
    """Return ``video``, a stream of ffmpeg-python that looks like ``picture``, as ``encoder`` takes it.

    Where neither the encoder's stream nor a file of ``suffix`` tells the matrix, it becomes the one that players take.
    """
    if not _becomes_yuv(encoder, picture):
        if _is_rgb(picture):
            return video
        if untold := _untold_matrix(encoder, picture, suffix):
            video = video.filter("scale", **untold, flags=EXACT)
        return video.filter("setparams", **_told_by_frames(encoder, picture))
    scaled = video.filter("scale", out_color_matrix=_MATRIX_FROM_RGB, flags=EXACT)
    return scaled.filter("setparams", colorspace=_MATRIX_FROM_RGB)  # ProRes asks the frames, not the encoder's options


def _untold_matrix(encoder: str, picture: StreamInfo, suffix: str) -> dict[str, str]:
    """Return options of the filter ``scale`` where the matrix of YUV would be lost, and players take another."""
    if suffix in _FILES_THAT_TELL or any(name in encoder for name in _TELL_MATRIX):
        return {}
    taken = "smpte170m" if encoder == "mjpeg" else matrix_by_size(picture.width, picture.height)
    before, after = (SCALER_MATRICES.get(name, "") for name in (picture.colour.matrix, taken))
    is_same = before == after or {before, after} == {SCALER_MATRICES[name] for name in _OF_BT601}
    return {} if is_same or not before else {"in_color_matrix": before, "out_color_matrix": after}


def matrix_options(found: StreamInfo, wanted: StreamInfo, size: tuple[int, int]) -> dict[str, str]:
    """Return options of the filter ``scale`` that bring pixels from one matrix to another.

    Args:
        found: How the pixels are.
        wanted: What most pictures are.
        size: Width and height of the result in pixels: from it players conclude the matrix where none is told.
    """
    before = found.colour.matrix or matrix_by_size(found.width, found.height)
    after = wanted.colour.matrix or matrix_by_size(*size)
    if (
        not {before if not _is_rgb(found) else after, after if not _is_rgb(wanted) else before}
        <= SCALER_MATRICES.keys()
    ):
        return {}
    options = {} if _is_rgb(found) else {"in_color_matrix": SCALER_MATRICES[before]}
    return options if _is_rgb(wanted) else options | {"out_color_matrix": SCALER_MATRICES[after]}


def needs_matrix(found: StreamInfo, wanted: StreamInfo, size: tuple[int, int]) -> bool:
    """Return whether the matrix of ``found`` counts: YUV that becomes RGB, or YUV of another matrix."""
    options = matrix_options(found, wanted, size)
    return "in_color_matrix" in options and options["in_color_matrix"] != options.get("out_color_matrix")


def is_untold(picture: StreamInfo) -> bool:
    """Return whether the picture is YUV that does not tell its matrix."""
    return not picture.colour.matrix and not _is_rgb(picture)


def matrix_by_size(width: int, height: int) -> str:
    """Return the matrix by which players show YUV that tells none: that of HDTV for large pictures, else of SDTV."""
    return "bt709" if width >= _HDTV_WIDTH or height > _SDTV_HEIGHT else "smpte170m"


def _is_rgb(picture: StreamInfo) -> bool:
    return pixel_format(picture).startswith(RGB)


def _becomes_yuv(encoder: str, picture: StreamInfo) -> bool:
    """Return whether ``picture`` is RGB, and ``encoder`` (as far as is known here) takes only YUV and tells which."""
    import av

    if not _is_rgb(picture) or not any(name in encoder for name in _TELL_MATRIX):
        return False
    try:
        formats = av.codec.Codec(encoder, "w").video_formats or []
    except ValueError:
        return False
    return bool(formats) and not any(each.name.startswith(RGB) for each in formats)


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


def _told_by_frames(encoder: str, picture: StreamInfo) -> dict[str, str]:
    """Return options of the filter ``setparams``: newer encoders are told by the frames, and these by the scaler."""
    colour = picture.colour
    found = {"color_primaries": colour.primaries, "color_trc": colour.transfer, "colorspace": colour.matrix}
    told = {name: _NAMES_FOR_FRAMES.get(value, value) for name, value in found.items()}
    if any(name in encoder for name in _TELL_MATRIX):  # others have one range, which the scaler must know to make it
        told["range"] = colour.range or "unknown"
    return told


def _profile_options(encoder: str, picture: StreamInfo) -> dict[str, str]:
    profile = picture.profile.lower()
    if encoder == "prores_ks":
        usual = {"profile:v": "4444"} if picture.alpha else {}
        known = {"profile:v": _PRORES_PROFILES[profile]} if profile in _PRORES_PROFILES else usual
        return {**known, "vendor": "apl0"}
    if encoder == "dnxhd":
        resolution_independent = profile.replace(" ", "_")
        if resolution_independent not in _DNXHR_PROFILES:
            resolution_independent = _dnxhr_profile(picture)
        return {"profile:v": resolution_independent, "pix_fmt": _dnxhr_pixels(picture, resolution_independent)}
    return {}


def _dnxhr_profile(picture: StreamInfo) -> str:
    if _is_rgb(picture) or "444" in picture.pixel_format:
        return "dnxhr_444"
    return "dnxhr_hqx" if _DEEP.search(picture.pixel_format) else "dnxhr_hq"


def _dnxhr_pixels(picture: StreamInfo, profile: str) -> str:
    if profile == "dnxhr_444":
        return "gbrp10le" if _is_rgb(picture) else "yuv444p10le"
    return "yuv422p10le" if profile == "dnxhr_hqx" else "yuv422p"
