"""Printing for all commands: text without control characters, JSON, errors, and the exit codes.

Job files, logs and messages of renderers are untrusted text. Everything that is printed goes through ``printable``,
so that none of it can move the cursor, clear the screen or hide other text.
"""

from __future__ import annotations

import json
import os
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, TextIO

from helios_gui.translation import tr
from helios_gui.types import HeliosError, NotFoundError, UserInputError
from helios_gui.utils.shown_text import plain_text

if TYPE_CHECKING:
    from helios_gui.types import JobSummary


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    INTERRUPTED = 130


def exit_code_of(error: HeliosError) -> ExitCode:
    """Return ``BAD_INPUT`` where the error lies in what the user gave, ``FAILED`` for all others."""
    return ExitCode.BAD_INPUT if isinstance(error, UserInputError | NotFoundError) else ExitCode.FAILED


def print_text(text: str = "", *, error: bool = False) -> None:
    """Print text on standard output, or with ``error`` on standard error.

    A stream whose reader has gone is no error: what is printed on it from then on is discarded.
    """
    stream = sys.stderr if error else sys.stdout
    try:
        stream.write(f"{printable(text)}\n")
        stream.flush()
    except OSError:
        discard_output(stream)


def print_json(value: object, *, indent: int | None = None) -> None:
    """Print a value as JSON on standard output: on one line, or with ``indent`` on several."""
    print_text(json.dumps(value, indent=indent))


def print_error(error: HeliosError) -> ExitCode:
    """Print an error and its hint on standard error, and return the exit code for it."""
    print_text("\n".join(filter(None, (tr("Error: {error}", error=error), error.hint))), error=True)
    return exit_code_of(error)


def printable(text: str) -> str:
    """Return ``text`` with its line breaks, and with every other control character written as an escape.

    Surrogates that stand for bytes of a path that are no text stay, so that the path can be copied and used.
    """
    return "\n".join(_printable_line(line) for line in text.split("\n"))


def printable_line(text: str) -> str:
    """Return ``text``, a job's name for example, on one line and without control characters."""
    return printable(" ".join(text.splitlines()))


def _printable_line(line: str) -> str:
    if line.isprintable():
        return line
    pieces = (char if "\udc80" <= char <= "\udcff" else plain_text(char) for char in line.expandtabs(4))
    return "".join(pieces)


def discard_output(stream: TextIO) -> None:
    """Redirect a stream whose reader has gone to the null device, so that no later write or flush fails."""
    null_device = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null_device, stream.fileno())
    finally:
        os.close(null_device)


def supports_unicode(stream: TextIO) -> bool:
    """Return whether the stream's encoding has more than ASCII characters."""
    return (stream.encoding or "").lower().startswith("utf")


def supports_live_display(stream: TextIO) -> bool:
    """Return whether lines on the stream can be redrawn in place."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def progress_fields(summary: JobSummary) -> dict[str, object]:
    """Return the state and the progress of a job as the JSON of all commands names them."""
    return {
        "state": summary.state.value,
        "reason": summary.reason,
        "progress": round(summary.progress, 4),
        "chunksDone": summary.chunks_done,
        "chunksTotal": summary.chunks_total,
        "framesDone": summary.frames_done,
        "framesTotal": summary.frames_total,
    }
