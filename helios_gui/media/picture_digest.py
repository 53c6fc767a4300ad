"""Telling whether two decoded pictures are the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


def digest_of(frame: VideoFrame) -> bytes:
    """Return a digest of all that is visible of a picture."""
    digest = hashlib.md5(usedforsecurity=False)
    widths = [0] * len(frame.planes)
    for component in frame.format.components:
        widths[component.plane] += component.width * ((component.bits + 7) // 8)
    if len(widths) == 1:
        widths = [(frame.width * frame.format.padded_bits_per_pixel + 7) // 8]
    if frame.format.name == "pal8":
        digest.update(frame.planes[1])  # the palette
    for plane, width in zip(frame.planes, widths, strict=True):
        data, step = memoryview(plane), plane.line_size
        for row in range(plane.height):
            digest.update(data[row * step : row * step + min(step, width)])
    return digest.digest()
