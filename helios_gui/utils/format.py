"""Numbers for people: times, percentages, counts."""

from __future__ import annotations

import math
import time

from helios_gui.translation import localized

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def format_duration(seconds: float) -> str:
    """Return ``0:07``, ``3:10`` or ``1:02:03``; seconds are rounded up, so that 0:00 means now."""
    whole = max(0, math.ceil(seconds))
    hours, rest = divmod(whole, HOUR)
    minutes, left = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def format_percent(fraction: float) -> str:
    """Return ``44 %``, rounded down: 100 % is only said when it is so."""
    return f"{math.floor(fraction * 100 + 1e-9)} %"


def format_moment(moment: float, now: float) -> str:
    """Format a moment (seconds since the epoch): the time of day within a day of ``now``, else with the date."""
    form = "%H:%M" if abs(now - moment) < DAY else "%Y-%m-%d %H:%M"
    return time.strftime(form, time.localtime(moment))


def format_size(amount: int) -> str:
    """Return bytes in decimal units, as file managers show them: ``12 kB``, ``3.4 GB``."""
    if amount < 1000:
        return f"{amount} B"
    value, units = amount / 1000, ["TB", "GB", "MB", "kB"]
    while value >= 999.5 and len(units) > 1:
        value, _ = value / 1000, units.pop()
    return f"{value:.0f} {units[-1]}" if value >= 9.95 else f"{localized(f'{value:.1f}')} {units[-1]}"


def format_money(dollars: float) -> str:
    """Return ``$0.21``, ``$1,250.00``; what is less than a cent, but something, is ``< $0.01``."""
    return localized("< $0.01" if 0 < dollars < 0.005 else f"${dollars:,.2f}")


def shorten(text: str, longest: int) -> str:
    """Return a text of at most ``longest`` characters: a longer one up to a blank, with an ellipsis."""
    if len(text) <= longest:
        return text
    start, blank, _ = text[:longest].rpartition(" ")
    return (start if blank else text[: longest - 1]).rstrip(" ,;:(") + "…"
