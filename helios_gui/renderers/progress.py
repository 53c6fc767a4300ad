"""Count how many frames of a chunk are done, from what its renderer prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helios_gui.renderers.known_renderers import find_progress
from helios_gui.renderers.progress_pattern import ProgressPattern

NEWEST_LINES = 500
"""Lines of one batch that are looked at, from the newest: in a flood of output the older ones tell nothing."""
_LONGEST_LINE = 200
"""Characters of a line that are kept."""


class ProgressReader:
    """Follows the output of one attempt and counts how many of the chunk's frames are done.

    It understands the renderers of ``known_renderers``. Some of them number frames as the scene does, which is what
    ``start_frame`` is for.

    Attributes:
        frames_done: Frames of the chunk that are done so far.
        line: The last line that told of progress, shortened.
    """

    def __init__(self, frame_count: int, start_frame: int = 0, pattern: str | None = None) -> None:
        """Start at no frames.

        Args:
            frame_count: How many frames the chunk has.
            start_frame: The number of its first frame.
            pattern: A regular expression that replaces the known renderers. Its group ``frame`` is the number of
                frames done in this chunk (of ``total``, if there is such a group), or ``percent`` their share.

        Raises:
            UserInputError: If the pattern cannot be used.
        """
        self.frames_done = 0
        self.line = ""
        self._frame_count = frame_count
        self._start_frame = start_frame
        self._pattern = None if pattern is None else ProgressPattern(pattern)

    @property
    def has_pattern(self) -> bool:
        """Whether the job's own pattern is searched for, not those of known renderers."""
        return self._pattern is not None

    @property
    def problem(self) -> str:
        """Why the job's own pattern is no longer used, in words; empty if it is, and where there is none."""
        return "" if self._pattern is None else self._pattern.problem

    def feed(self, lines: Sequence[str]) -> int | None:
        """Read more output.

        The count is never more than the chunk has frames and never less than before, as a second encoding pass
        starts from nothing again.

        Args:
            lines: New lines, oldest first.

        Returns:
            The frames done now, or ``None`` if ``lines`` do not say that there are more than before.
        """
        newest = lines[-NEWEST_LINES:]
        found = self._read_known(newest) if self._pattern is None else self._read_pattern(newest, self._pattern)
        if found is None:
            return None
        done = min(found, self._frame_count)
        if done <= self.frames_done:
            return None
        self.frames_done = done
        return done

    def _read_known(self, lines: Sequence[str]) -> int | None:
        for line in reversed(lines):
            match = find_progress(line)
            found = None if match is None else self._frames_of(match.groupdict())
            if found is not None:
                self.line = line[:_LONGEST_LINE]
                return found
        return None

    def _read_pattern(self, lines: Sequence[str], pattern: ProgressPattern) -> int | None:
        found = pattern.find(lines[::-1], self._frames_of_pattern)
        if found is None:
            return None
        frames, self.line = found
        return frames

    def _frames_of(self, groups: dict[str, str | None]) -> int | None:
        """Return the frames that a known renderer's line tells of; ``None`` for an absurdly large number."""
        try:
            if groups.get("scene_frame") is not None:
                return int(groups["scene_frame"] or "") - self._start_frame
            done, total = int(groups["done"] or ""), groups.get("total")
            return done if total is None else self._frames_of_share(done, int(total))
        except OverflowError:
            return None

    def _frames_of_pattern(self, groups: Mapping[str, str | None]) -> int | None:
        """Return the frames that a match of the job's own pattern tells of; ``None`` where it is no number."""
        try:
            if groups.get("percent") is not None:
                return self._frames_of_share(float(groups["percent"] or ""), 100)
            done = float(groups.get("frame") or "")
            total = groups.get("total")
            return int(done) if total is None else self._frames_of_share(done, float(total))
        except (ValueError, OverflowError):
            return None

    def _frames_of_share(self, done: float, total: float) -> int:
        """Return what ``done`` of ``total`` is in frames of this chunk."""
        if total <= 0 or total == self._frame_count:
            return int(done)
        return int(self._frame_count * done / total)
