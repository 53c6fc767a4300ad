"""Tell encoders of the mastering display (SMPTE ST 2086) and of the light (CTA-861.3)."""

from __future__ import annotations

import re

from helios_gui.media.stream_facts import CHROMATICITY, LUMINANCE
from helios_gui.types import StreamInfo

_NUMBER = re.compile(r"\d+")


def light_options(encoder: str, picture: StreamInfo) -> dict[str, str]:
    """Return the options with which an encoder tells what ``picture`` says of its light; none where it cannot."""
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
