"""How a page is shown, and what it says about itself."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import floor

USUAL_LANGUAGE = "en-US"


@dataclass(frozen=True, slots=True)
class View:
    """How a page is shown: ``width`` and ``height`` in CSS pixels, each of ``scale`` × ``scale`` pixels.

    ``language`` is that of the person who looks at it, as in ``navigator.language``.
    """

    width: int
    height: int
    scale: float = 1.0
    transparent: bool = False
    language: str = USUAL_LANGUAGE

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in pixels, as a browser rounds them: it reckons with 32-bit floats."""
        scale = _as_float32(self.scale)
        return floor(_as_float32(self.width * scale) + 0.5), floor(_as_float32(self.height * scale) + 0.5)


@dataclass(frozen=True, slots=True)
class Composition:
    """What a page says about itself in ``window.helios``; ``None`` where it says nothing."""

    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fps: float | None = None


def _as_float32(number: float) -> float:
    return float(struct.unpack("f", struct.pack("f", number))[0])
