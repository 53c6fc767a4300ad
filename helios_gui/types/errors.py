"""Every error a person may meet: what happened, to what, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helios_gui.translation import tr, tr_count


class HeliosError(Exception):
    """Base of all errors shown to people.

    ``str(error)`` is one sentence saying what happened to what; ``hint`` says what to do about it
    (empty when there is nothing useful to say).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def error_in_words(error: HeliosError) -> str:
    """Return what happened and, if there is a hint, what to do about it: one text for people."""
    text = str(error)
    return ("\n" if "\n" in text else " ").join(filter(None, (text, error.hint)))  # not at the end of a list


class UserInputError(HeliosError):
    """Something the person gave us cannot be used as it is (the terminal exits 2)."""


class NotFoundError(HeliosError):
    """A job, chunk or profile that does not exist (any more)."""


class StitchError(HeliosError):
    """The segments could not be joined into one verified file; no chunk output was harmed."""


class VerificationError(HeliosError):
    """A file is not the media it was promised to be."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a job file; ``path`` is its JSON path, such as ``chunks[3].outputFile``."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class JobFileError(UserInputError):
    """A job file was refused. ``problems`` lists everything wrong with it, not only the first."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        message = tr_count(
            "{source} cannot be used: {number} problem{lines}",
            "{source} cannot be used: {number} problems{lines}",
            len(self.problems),
            source=source,
            lines=lines,
        )
        super().__init__(message, tr("Correct that, and try again."))
