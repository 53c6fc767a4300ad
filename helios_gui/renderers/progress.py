"""How many frames of a chunk are done, read from what its renderer prints."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence

from helios_gui.types import UserInputError

logger = logging.getLogger(__name__)

_HINTS = ("Rendered", "frame=", "Fra:")
"""Each known progress line holds one of these; looking for them is far faster than the expression."""
_KNOWN = re.compile(
    r"\bRendered (?P<done>\d+) ?/ ?(?P<total>\d+)"  # Helios "Rendered 12 / 90 frames", Remotion "Rendered 12/90"
    r"|\bframe= *(?P<encoded>\d+)"  # ffmpeg's statistics line, and its -progress
    r"|\bFra: ?(?P<current>\d+)"  # Blender: the frame being rendered, in the scene's numbering (5.x has the space)
)
_FOREIGN_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")  # a named group as JavaScript and others write it
_NEWEST_LINES = 500
"""Lines of one batch that are looked at, from the newest: in a flood of output the older ones tell nothing."""
_LONGEST_LINE = 200
"""Characters of a line that are looked at: bounds the work of an unlucky expression."""
_PATTERN_TIME = 0.05
"""Seconds one batch may cost with a job's own expression before it is given up on."""


class ProgressReader:
    """Follows one attempt's output and knows how many of the chunk's frames are done.

    Understands Helios, ffmpeg, Blender (whose numbers count from ``start_frame``) and Remotion. ``pattern``
    replaces these: a regular expression with a group ``frame`` (frames done in this chunk; of ``total``, if there
    is such a group) or a group ``percent``; a group may also be written ``(?<frame>…)``. Raises
    ``UserInputError`` for a pattern that cannot be used.
    """

    def __init__(self, frame_count: int, start_frame: int = 0, pattern: str | None = None) -> None:
        self.frames_done = 0
        self.line = ""
        """The last line that told of progress, as far as it is looked at."""
        self._frame_count = frame_count
        self._start_frame = start_frame
        self._pattern = None if pattern is None else compile_progress_pattern(pattern)

    def feed(self, lines: Sequence[str]) -> int | None:
        """The frames done now, if ``lines`` (oldest first) say that it is more than before; else ``None``.

        Never more than the chunk has and never less than before: a second encoding pass starts its count anew.
        """
        newest = lines[-_NEWEST_LINES:]
        found = self._last_known(newest) if self._pattern is None else self._last_of_pattern(newest, self._pattern)
        if found is None:
            return None
        done = min(found, self._frame_count)
        if done <= self.frames_done:
            return None
        self.frames_done = done
        return done

    def _last_known(self, lines: Sequence[str]) -> int | None:
        for line in reversed(lines):
            if any(hint in line for hint in _HINTS):
                match = _KNOWN.search(line, 0, _LONGEST_LINE)
                if match is not None:
                    self.line = line[:_LONGEST_LINE]
                    return self._frames_of_known(match)
        return None

    def _frames_of_known(self, match: re.Match[str]) -> int:
        if match["current"] is not None:
            return int(match["current"]) - self._start_frame
        if match["encoded"] is not None:
            return int(match["encoded"])
        return self._share(int(match["done"]), int(match["total"]))

    def _last_of_pattern(self, lines: Sequence[str], pattern: re.Pattern[str]) -> int | None:
        stop = time.perf_counter() + _PATTERN_TIME
        for line in reversed(lines):
            match = pattern.search(line, 0, _LONGEST_LINE)
            found = None if match is None else self._frames_of_pattern(match.groupdict())
            if found is not None:
                self.line = line[:_LONGEST_LINE]
                return found
            if time.perf_counter() > stop:
                logger.warning("The progress pattern %r is too slow and is no longer used", pattern.pattern)
                self._pattern = re.compile(r"(?!)(?P<frame>)")  # matches nothing
                return None
        return None

    def _frames_of_pattern(self, groups: dict[str, str | None]) -> int | None:
        """The frames that a match's text stands for; ``None`` where it is no number after all."""
        try:
            if groups.get("percent") is not None:
                return self._share(float(groups["percent"] or ""), 100)
            done = float(groups.get("frame") or "")
            total = groups.get("total")
            return int(done) if total is None else self._share(done, float(total))
        except (ValueError, OverflowError):
            return None

    def _share(self, done: float, total: float) -> int:
        """``done`` of ``total``, in frames of this chunk."""
        if total <= 0 or total == self._frame_count:
            return int(done)
        return int(self._frame_count * done / total)


def compile_progress_pattern(pattern: str) -> re.Pattern[str]:
    """A job's ``progressPattern``, compiled; ``UserInputError`` says what is wrong with it."""
    hint = "Write a regular expression with a group (?P<frame>…) or (?P<percent>…), or leave the pattern out."
    try:
        compiled = re.compile(_FOREIGN_GROUP.sub("(?P<", pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise UserInputError(f"The progress pattern {pattern!r} is not a regular expression: {error}.", hint) from error
    if not {"frame", "percent"} & compiled.groupindex.keys():
        raise UserInputError(f"The progress pattern {pattern!r} has no group named frame or percent.", hint)
    return compiled
