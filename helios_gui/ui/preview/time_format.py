"""Times and frame numbers as people read them."""

from __future__ import annotations


def timecode(seconds: float) -> str:
    """``00:04.12``: minutes, seconds and hundredths, with hours in front where there are any.

    Cut, not rounded, as on every clock; a hair is added first so that 4.12 does not show as 4.11.
    """
    hundredths = int(max(0.0, seconds) * 100 + 1e-6)
    minutes, hundredths = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02d}:{hundredths // 100:02d}.{hundredths % 100:02d}"
    return f"{hours}:{text}" if hours else text
