"""Linear light, as EXR pictures hold it, brought to the transfer of BT.709 by filters of every FFmpeg.

The option ``apply_trc`` of FFmpeg's EXR decoder does the same; FFmpeg 9 has it no more.
"""

from __future__ import annotations

TO_BT709 = (
    "if(lt(val/maxval,0.018053968510807),4.5*val,maxval*(1.09929682680944*pow(val/maxval,0.45)-0.09929682680944))"
)
"""The transfer of ITU-R BT.709 (item 1.2, exact constants of BT.2020), for FFmpeg's filter ``lutrgb``, which counts in
whole numbers. FFmpeg's zscale takes that of BT.1886 for it."""


def is_grey(pixel_format: str) -> bool:
    """Return whether pixels of a format of FFmpeg have no colours."""
    return pixel_format.startswith(("gray", "ya"))


def whole_grey(*, alpha: bool) -> str:
    """Return the format that gray linear light goes through: FFmpeg makes green of gray values with a point."""
    return "ya16le" if alpha else "gray16le"


def shown_filters(pixel_format: str) -> str:
    """Return the filters, as FFmpeg's ``-vf`` takes them, that show linear light of a format without transparency."""
    grey = [f"format={whole_grey(alpha=False)}"] if is_grey(pixel_format) else []
    return ",".join([*grey, "format=gbrp16le", f"lutrgb=r='{TO_BT709}':g='{TO_BT709}':b='{TO_BT709}'"])
