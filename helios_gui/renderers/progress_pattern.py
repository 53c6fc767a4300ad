r"""A job's own regular expression for progress lines, searched for in bounded time whatever it is.

A job file is not trusted with the time of the process that reads it: an expression such as ``(\d+,?)+$`` can take
longer than the universe is old on one line. Python's ``re`` decides what is an expression, because that is what people
know; the package ``regex`` searches, because it can be given a time limit.
"""

from __future__ import annotations

import math
import re
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helios_gui.translation import mark, tr
from helios_gui.types import UserInputError

LONGEST_PATTERN = 1000
"""Characters that a pattern may have."""
_MOST_REPETITIONS = 100_000
"""Counted repetitions, multiplied: the search engine writes ``(?:x{1000}){1000}`` out in memory."""
_LONGEST_LINE = 200
"""Characters of a line that are looked at."""
_SEARCH_SECONDS = 0.004
"""What one line may take, and one batch of lines. Most take microseconds."""

_FOREIGN_GROUP = re.compile(r"\(\?<(?=[A-Za-z_])")  # a named group as JavaScript and others write it
_REPETITION = re.compile(r"\{(\d*)(,?)(\d*)\}")
_LITERAL_BRACE = re.compile(r"(?<!\\)(?<!\\N)\{(?!\d*,?\d*\})")  # for regex, the begin of a fuzzy match
_HINT = mark("Write a regular expression with a group (?P<frame>…) or (?P<percent>…), or leave the pattern out.")


class ProgressPattern:
    """A job's ``progressPattern``, ready to be searched for.

    Attributes:
        problem: Why the pattern is no longer used, in words; empty while it is.
    """

    def __init__(self, pattern: str) -> None:
        """Compile a pattern; a named group may also be written ``(?<frame>…)``.

        Raises:
            UserInputError: If it is no regular expression of Python, has neither of the groups ``frame`` and
                ``percent``, or is too long or repeats too much to be used safely.
        """
        self.problem = ""
        self._shown = repr(pattern if len(pattern) <= 100 else f"{pattern[:99]}…")
        if len(pattern) > LONGEST_PATTERN:
            raise UserInputError(
                tr(
                    "The progress pattern {shown} has {count:,} characters; {longest_pattern:,} are allowed.",
                    shown=self._shown,
                    count=len(pattern),
                    longest_pattern=LONGEST_PATTERN,
                ),
                tr(_HINT),
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "[[" may mean something else one day: no word for who renders
            self._expression = self._compile(_FOREIGN_GROUP.sub("(?P<", pattern))

    def _compile(self, pattern: str) -> Any:
        import regex  # only jobs with a pattern have to pay for it

        try:
            groups = re.compile(pattern).groupindex
        except (re.error, OverflowError, RecursionError) as error:
            raise UserInputError(
                tr(
                    "The progress pattern {shown} is not a regular expression: {error}.", shown=self._shown, error=error
                ),
                tr(_HINT),
            ) from error
        if not {"frame", "percent"} & groups.keys():
            raise UserInputError(
                tr("The progress pattern {shown} has no group named frame or percent.", shown=self._shown), tr(_HINT)
            )
        if _count_repetitions(pattern) > _MOST_REPETITIONS:
            raise UserInputError(tr("The progress pattern {shown} repeats too much.", shown=self._shown), tr(_HINT))
        try:
            return regex.compile(_LITERAL_BRACE.sub(r"\\{", pattern))
        except (regex.error, OverflowError, RecursionError, ValueError) as error:
            raise UserInputError(
                tr("The progress pattern {shown} cannot be used: {error}.", shown=self._shown, error=error), tr(_HINT)
            ) from error

    def find(
        self, lines: Sequence[str], read: Callable[[Mapping[str, str | None]], int | None]
    ) -> tuple[int, str] | None:
        """Return what ``read`` makes of the first line that matches, and the line, shortened.

        Args:
            lines: Lines in the order in which they are looked at.
            read: Returns the number that a match's groups tell, or ``None`` if they tell none.

        Returns:
            ``None`` if no line tells a number, or time is up.
        """
        if self.problem:
            return None
        deadline = time.thread_time() + _SEARCH_SECONDS
        for line in lines:
            try:
                match = self._expression.search(line, 0, _LONGEST_LINE, concurrent=True, timeout=_SEARCH_SECONDS)
            except (TimeoutError, MemoryError):
                self.problem = tr(
                    "The progress pattern {shown} takes too long on a line of the output and is no longer used; "
                    "progress within chunks is not shown.",
                    shown=self._shown,
                )
                return None
            found = None if match is None else read(match.groupdict())
            if found is not None:
                return found, line[:_LONGEST_LINE]
            if time.thread_time() > deadline:
                return None
        return None


def _count_repetitions(pattern: str) -> int:
    """Return at least how often a part of the pattern is written out, were all its repetitions nested."""
    least = (int(found[1] or 0) for found in _REPETITION.finditer(pattern) if len(found[1]) < 10)
    return math.prod(max(1, count) for count in least)
