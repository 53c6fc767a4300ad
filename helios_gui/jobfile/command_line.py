"""Commands as people write them, and the argument lists that are run. No shell is ever involved.

Both conventions split at blanks and keep ``#``, ``$NAME``, ``*`` and ``NAME=value`` as they stand.

*POSIX*: single quotes keep everything, double quotes all but ``\\"`` and ``\\\\``. Outside quotes a backslash
makes the blank, quote, backslash or punctuation after it literal, and stands for itself before a letter, a
digit, ``_`` or ``.`` and at the end: ``C:\\renders\\a.mov`` in a job from a Windows machine survives. (A leading
``\\\\server`` becomes ``\\server``, as in any POSIX shell: put such names in single quotes.)

*Windows* (Microsoft's C runtime): only double quotes quote; a backslash is special only in a run that ends at
a double quote, where two make one and an odd one makes the quote literal; ``""`` inside quotes is a quote.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.types import UserInputError

_BLANKS = " \t\r\n\f\v"
_OPERATOR = re.compile(r"&&?|\|\|?|.*;|\d?>.*|\d?<.*|&>.*")
_WINDOWS_OPERATOR = re.compile(r"&&?|\|\|?|\d?>.*|\d?<.*")
_POSIX_PIECE = re.compile(
    rf"""(?P<blank>[{_BLANKS}]+)
       | (?P<continued>\\\n)
       | '(?P<single>[^']*)'
       | "(?P<double>(?:[^"\\]|\\.)*)"
       | \\(?P<escaped>[^\w.])
       | (?P<plain>[^{_BLANKS}'"\\]+|\\)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED_IN_DOUBLE = re.compile(r'\\(["\\\n])')
_WINDOWS_PIECE = re.compile(
    rf"""(?P<blank>[{_BLANKS}]+)
       | (?P<slashes>\\*)(?P<quote>")
       | (?P<plain>\\+|[^{_BLANKS}"\\]+)""",
    re.VERBOSE,
)
_NEEDS_WINDOWS_QUOTES = re.compile(rf'[{_BLANKS}"]')

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)

Word = tuple[str, bool]
"""An argument, and whether all of it stood outside quotes (so that it could have meant something to a shell)."""


def parse_command(text: str, *, windows: bool = os.name == "nt") -> tuple[str, ...]:
    """The argument list of a command line.

    Raises ``UserInputError`` for a quote that is never closed, for a command without a program, and for one
    that needs a shell (``&&``, ``|``, ``>`` and their kin standing outside quotes).
    """
    if "\0" in text:
        raise UserInputError("The command contains a NUL character.", "Remove it.")
    words = list(_words(text, windows=windows))
    if not words or not words[0][0]:
        raise UserInputError("The command is empty.", "Name the program to run and its arguments.")
    operator = _WINDOWS_OPERATOR if windows else _OPERATOR
    for word, bare in words:
        if bare and operator.fullmatch(word):
            raise UserInputError(
                f"The command uses the shell operator '{word}'; commands are not run through a shell.",
                "Put it in a script and run that, or quote it if it is meant as text.",
            )
    return tuple(word for word, _ in words)


def join_command(argv: Sequence[str], *, windows: bool = os.name == "nt") -> str:
    """One line that ``parse_command`` turns back into ``argv``; for showing, copying and writing job files."""
    if not windows:
        return shlex.join(argv)
    return " ".join(_quote_for_windows(argument) for argument in argv)


def _quote_for_windows(argument: str) -> str:
    plain = argument and not _NEEDS_WINDOWS_QUOTES.search(argument) and not _WINDOWS_OPERATOR.fullmatch(argument)
    if plain:
        return argument
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', argument)
    trailing = len(escaped) - len(escaped.rstrip("\\"))
    return '"' + escaped + "\\" * trailing + '"'


def _words(text: str, *, windows: bool) -> Iterator[Word]:
    if text.isascii() and text.isprintable() and not any(character in text for character in "'\"\\"):
        return ((word, True) for word in text.split())  # most commands; twenty times as fast
    return _windows_words(text) if windows else _posix_words(text)


def _posix_words(text: str) -> Iterator[Word]:
    word: str | None = None
    bare = True
    position = 0
    while position < len(text):
        match = _POSIX_PIECE.match(text, position)
        if match is None:
            raise _unbalanced(text, position)
        position = match.end()
        kind, piece = match.lastgroup, match[match.lastgroup or 0]
        if kind == "continued":
            continue
        if kind == "blank":
            if word is not None:
                yield word, bare
            word, bare = None, True
            continue
        if kind == "double":
            piece = _ESCAPED_IN_DOUBLE.sub(lambda found: found[1].strip("\n"), piece)
        bare = bare and kind == "plain"
        word = (word or "") + piece
    if word is not None:
        yield word, bare


def _windows_words(text: str) -> Iterator[Word]:
    word: str | None = None
    bare = True
    opened: int | None = None
    position = 0
    while position < len(text):
        match = _WINDOWS_PIECE.match(text, position)
        assert match is not None  # the three alternatives leave nothing out
        position = match.end()
        if match["quote"]:
            slashes = len(match["slashes"])
            word, bare = (word or "") + "\\" * (slashes // 2), False
            if slashes % 2:
                word += '"'
            elif opened is not None and text.startswith('"', position):
                word, position = word + '"', position + 1
            else:
                opened = match.start("quote") if opened is None else None
        elif match["blank"] and opened is None:
            if word is not None:
                yield word, bare
            word, bare = None, True
        else:
            word = (word or "") + match[0]
    if opened is not None:
        raise _unbalanced(text, opened)
    if word is not None:
        yield word, bare


def _unbalanced(text: str, position: int) -> UserInputError:
    return UserInputError(
        f"The command has a quote ({text[position]}) at character {position + 1} that is never closed.",
        "Close it, or put a backslash before it if it is meant as text.",
    )


def redirect_output(
    argv: Sequence[str], output_file: str, replacement: Path, *, job_dir: Path
) -> tuple[tuple[str, ...], bool]:
    """``argv`` writing to ``replacement`` instead of ``output_file``, and whether it named that file at all.

    An argument names it when it is the same path once both are taken relative to ``job_dir`` and normalised,
    by itself or behind the ``=`` of ``--option=FILE``. The program itself is never replaced.
    """
    wanted = _place(output_file, job_dir)
    name = os.path.basename(wanted)  # noqa: PTH119 - called for every attempt
    redirected = list(argv)
    named = False
    for index, argument in enumerate(argv):
        if index == 0 or name not in os.path.normcase(argument):
            continue
        option, equals, value = argument.partition("=")
        if _place(argument, job_dir) == wanted:
            redirected[index], named = str(replacement), True
        elif equals and _place(value, job_dir) == wanted:
            redirected[index], named = f"{option}={replacement}", True
    return tuple(redirected), named


def _place(name: str, job_dir: Path) -> str:
    """The absolute path ``name`` stands for, without touching the disk."""
    return os.path.normcase(os.path.normpath(os.path.join(job_dir, name)))  # noqa: PTH118 - as above


def resolve_program(argv: Sequence[str], *, job_dir: Path, path: str | None = None) -> tuple[str, ...]:
    """``argv`` with the program as an absolute path to something that can be run.

    A name with a folder in it counts from ``job_dir``; a bare name is looked up in ``path`` (default: this
    process's ``PATH``), and ``ffmpeg`` falls back to the bundled one. Found programs are remembered. Raises
    ``UserInputError`` when there is no such program.
    """
    if not argv:
        raise UserInputError("The command is empty.", "Name a program and its arguments.")
    search = os.environ.get("PATH", os.defpath) if path is None else path
    program = _find_program(argv[0], job_dir, search)
    if not os.access(program, os.X_OK):  # it has moved since it was remembered
        _find_program.cache_clear()
        program = _find_program(argv[0], job_dir, search)
    return (program, *argv[1:])


@lru_cache(maxsize=256)
def _find_program(name: str, job_dir: Path, path: str) -> str:
    if os.path.dirname(name):  # noqa: PTH120 - "./tool" must keep its dot
        found = shutil.which(str(job_dir.absolute() / name))
    else:
        found = shutil.which(name, path=path)
        if found is None and name.lower() in ("ffmpeg", "ffmpeg.exe"):
            return str(find_ffmpeg())
    if found is None:
        raise UserInputError(f"The program '{name}' was not found.", _advice(name, job_dir))
    return str(Path(found).absolute())


def _advice(name: str, job_dir: Path) -> str:
    """What to do about a program that is not there."""
    if os.path.dirname(name):  # noqa: PTH120
        place = job_dir / name
        if place.is_file():
            return f"{place} is not executable: change its permissions, or name its interpreter first."
        return f"There is no {place}: correct the command, or put the program there."
    if _ASSIGNMENT.fullmatch(name):
        return "Commands are not run through a shell: set environment variables in the profile."
    if (job_dir / name).is_file():
        return f"Write ./{name} to run the one in the job's folder."
    return "Install it, add its folder to PATH, or write its full path in the command."
