"""How serious a line of a log is, and which line says why an attempt failed. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from helios_gui.renderers.known_renderers import is_folded

_LONGEST = 400
"""Characters of a line that are looked at."""

_NO_ERRORS = re.compile(
    r"(?i)\b(?:0|no|without)\s+(?:errors?|warnings?|failures?)\b|\b(?:errors?|warnings?)\s*[:=]\s*0\b"
)
_ERROR = re.compile(
    r"(?i)\b(?:error|errors|fatal|critical|traceback|exception|panic|segmentation fault|out of (?:gpu )?memory|failed"
    r"|cannot|could not|no such file|permission denied|not found|no space left)\b|\w(?:Error|Exception)\b"
)
_WARNING = re.compile(r"(?i)\b(?:warn|warning|warnings|deprecated)\b")
_QUIET = re.compile(r"(?i)^\W*(?:[\d:.,-]+\W+)?\[?(?:debug|trace|verbose)\b")
_LEAST_CAUSE = 4
"""Characters; a shorter line is found in any cause."""


class LogLevel(Enum):
    """From loud to quiet."""

    ERROR = auto()
    WARNING = auto()
    PLAIN = auto()
    QUIET = auto()


def level_of(line: str) -> LogLevel:
    """Return how serious a line is, by the words in it."""
    line = line[:_LONGEST]
    if _QUIET.match(line) or is_folded(line):
        return LogLevel.QUIET
    if _NO_ERRORS.search(line):
        return LogLevel.PLAIN
    if _ERROR.search(line):
        return LogLevel.ERROR
    return LogLevel.WARNING if _WARNING.search(line) else LogLevel.PLAIN


def cause_line(lines: Sequence[str], cause: str) -> int:
    """Return the index of the line that the cause of a failure was taken from, else of the last error; -1 for none."""
    last_error = -1
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index].strip()
        if len(line) >= _LEAST_CAUSE and line[:_LONGEST] in cause:
            return index
        if len(line) > 250 and line[:250] in cause:  # causes are cut
            return index
        if last_error < 0 and level_of(line) is LogLevel.ERROR:
            last_error = index
    return last_error
