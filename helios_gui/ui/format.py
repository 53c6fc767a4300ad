"""Numbers for people: times, percentages, counts."""

from __future__ import annotations

import math
import time

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def clock(seconds: float) -> str:
    """``0:07``, ``3:10`` or ``1:02:03``; seconds are rounded up, so that 0:00 means now."""
    whole = max(0, math.ceil(seconds))
    hours, rest = divmod(whole, HOUR)
    minutes, left = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def percent(fraction: float) -> str:
    """``44 %``, rounded down: 100 % is only said when it is so."""
    return f"{math.floor(fraction * 100 + 1e-9)} %"


def when(moment: float, now: float) -> str:
    """A moment (seconds since the epoch): the time of day within a day of ``now``, else the date too."""
    form = "%H:%M" if abs(now - moment) < DAY else "%Y-%m-%d %H:%M"
    return time.strftime(form, time.localtime(moment))


def count(number: int, singular: str, plural: str) -> str:
    """``1 job``, ``3 jobs``, ``12,000 jobs``."""
    return f"{number:,} {singular if number == 1 else plural}"
