"""What the commands print: lines that hold nothing a terminal would act on, and errors the same way everywhere."""

from __future__ import annotations

import json
import os
import sys
from enum import IntEnum
from typing import TextIO

from helios_gui.profiles.review import plain_text
from helios_gui.types import HeliosError, NotFoundError, UserInputError


class ExitCode(IntEnum):
    """How a command ended, for scripts."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    INTERRUPTED = 130


def exit_code_of(error: HeliosError) -> ExitCode:
    """Whether the error lies in what we were given or somewhere else."""
    return ExitCode.BAD_INPUT if isinstance(error, UserInputError | NotFoundError) else ExitCode.FAILED


def say(text: str = "", *, error: bool = False) -> None:
    """Print text on standard output, or on standard error. When nobody reads it any more, that is no error."""
    stream = sys.stderr if error else sys.stdout
    try:
        stream.write(f"{clean(text)}\n")
        stream.flush()
    except OSError:
        mute(stream)


def say_json(value: object, *, indent: int | None = None) -> None:
    """Print a value as JSON: one line, or with ``indent`` several."""
    say(json.dumps(value, indent=indent))


def complain(error: HeliosError) -> ExitCode:
    """Print what is wrong and what to do about it on standard error; returns the exit code."""
    say("\n".join(filter(None, (f"Error: {error}", error.hint))), error=True)
    return exit_code_of(error)


def clean(text: str) -> str:
    """``text`` with its lines, but without control characters: job files and logs are anybody's words.

    Parts of paths that are not text (surrogates) stay, so that the path can be used.
    """
    return "\n".join(_clean_line(line) for line in text.split("\n"))


def one_line(text: str) -> str:
    """A job's name, or anything else that is to stay on its line."""
    return clean(" ".join(text.splitlines()))


def _clean_line(line: str) -> str:
    if line.isprintable():
        return line
    pieces = (char if "\udc80" <= char <= "\udcff" else plain_text(char) for char in line.expandtabs(4))
    return "".join(pieces)


def mute(stream: TextIO) -> None:
    """Let what is still written to a stream whose reader is gone vanish, also at the interpreter's end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


def is_live_terminal(stream: TextIO) -> bool:
    """Whether lines on it can be redrawn."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"
