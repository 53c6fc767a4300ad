"""Keeps progress from flooding the log: a progress line takes the place of the one before it. No Qt here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from helios_gui.renderers.known_renderers import is_folded

_NUMBER = re.compile(r"\d[\d.,:]*|N/A")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class LogUpdate:
    """What to do to the text shown: take away its last line or not, then append ``lines``."""

    replaces_last: bool
    lines: tuple[str, ...]


class ProgressCollapser:
    """Renderers redraw their progress with a carriage return; here it comes as line after line of one shape.

    Of consecutive progress lines that differ only in their numbers the last one stays.
    """

    def __init__(self) -> None:
        self._last_shape = ""

    def add(self, lines: Iterable[str]) -> LogUpdate:
        """Return how new lines change the text shown so far."""
        kept: list[str] = []
        replaces_last = False
        for line in lines:
            shape = _shape(line)
            if shape and shape == self._last_shape:
                if kept:
                    kept.pop()
                else:
                    replaces_last = True
            kept.append(line)
            self._last_shape = shape
        return LogUpdate(replaces_last, tuple(kept))


def _shape(line: str) -> str:
    """Return the part of a progress line that does not change from one to the next; empty for other lines."""
    if not is_folded(line):
        return ""
    return _SPACES.sub("", _NUMBER.sub("#", line))
