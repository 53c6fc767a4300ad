r"""Translate between command lines and argument lists, and prepare a chunk's command to be run without a shell.

There are two conventions. Both split at blanks and leave ``#``, ``$NAME``, ``*`` and ``NAME=value`` unchanged.

*POSIX*: everything between single quotes is literal; between double quotes, all but ``\"`` and ``\\`` is. Outside
quotes, a backslash makes a following blank, quote, backslash or punctuation mark literal. Before a letter, a digit,
``_`` or ``.`` and at the end of the command it stands for itself, so that ``C:\renders\a.mov`` in a job from a Windows
machine is not damaged. (A leading ``\\server`` becomes ``\server``, as in any POSIX shell: such names need single
quotes.)

*Windows* (the rules of Microsoft's C runtime): only double quotes quote. Backslashes are special only directly before
a double quote: each pair is one backslash, and one left over makes the quote literal. ``""`` inside quotes is a quote.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePath

from helios_gui import product
from helios_gui.blender.program import find_blender
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.process.frozen import chunk_command
from helios_gui.translation import mark, tr
from helios_gui.types import UserInputError
from helios_gui.types.sequences import FramePattern, read_pattern
from helios_gui.utils.files import expand_home

_BLANKS = " \t\r\n\f\v"
_OPERATOR = re.compile(r"&&?|\|\|?|\|&|.*;|\d?>.*|\d?<.*|&>.*")
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
_SHELL_COMMANDS = re.compile(
    r"\(.*|\[\[|[.{!]|alias|case|cd|eval|exec|exit|export|for|function|if|popd|pushd|set|source|trap|ulimit|umask|unset|until|while"
)
_OPERATOR_HINTS = (
    (re.compile(r"&"), mark("Leave it out: chunks run side by side by themselves.")),
    (re.compile(r"\d?>.*|&>.*"), mark("Leave it out: all that is printed is in the chunk's log.")),
)

Word = tuple[str, bool]
"""An argument, and whether all of it was outside quotes, where it would have a meaning for a shell."""


def parse_command(text: str, *, windows: bool = os.name == "nt") -> tuple[str, ...]:
    """Split a command line into its arguments.

    Args:
        text: The command line.
        windows: Whether to follow the Windows convention; by default on Windows only.

    Raises:
        UserInputError: If a quote is not closed, if there is no program, or if the command needs a shell (it has
            ``&&``, ``|``, ``>`` or a similar operator outside quotes).
    """
    if "\0" in text:
        raise UserInputError(tr("The command contains a NUL character."), tr("Remove it."))
    words = list(split_words(text, windows=windows))
    if not words or not words[0][0]:
        raise UserInputError(tr("The command is empty."), tr("Name the program to run and its arguments."))
    operator = _WINDOWS_OPERATOR if windows else _OPERATOR
    for word, bare in words:
        if bare and operator.fullmatch(word):
            raise UserInputError(
                tr("The command uses the shell operator '{word}'; commands are not run through a shell.", word=word),
                _operator_hint(word),
            )
    return tuple(word for word, _ in words)


def _operator_hint(word: str) -> str:
    special = [tr(hint) for operator, hint in _OPERATOR_HINTS if operator.fullmatch(word)]
    return " ".join([*special, tr("Put it in a script and run that, or quote it if it is meant as text.")])


def join_command(argv: Sequence[str], *, windows: bool = os.name == "nt") -> str:
    """Return a command line that ``parse_command`` splits into ``argv`` again."""
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


def split_words(text: str, *, windows: bool) -> Iterator[Word]:
    """Yield the arguments of a command line. Raises ``UserInputError`` for a quote that is not closed."""
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


def has_several_lines(text: str) -> bool:
    """Return whether a command goes on after a line break that is neither quoted nor follows a backslash."""
    lines = text.strip()
    if "\n" not in lines:
        return False
    return any(match.lastgroup == "blank" and "\n" in match[0] for match in _POSIX_PIECE.finditer(lines))


def unquoted_text(text: str, *, windows: bool) -> Iterator[str]:
    """Yield the pieces of a command line in which a shell would replace variables.

    They are those outside quotes and between double quotes; on Windows, all.
    """
    if windows:
        yield text
        return
    for match in _POSIX_PIECE.finditer(text):
        if match.lastgroup in ("plain", "double"):
            yield match[match.lastgroup]


def _unbalanced(text: str, position: int) -> UserInputError:
    return UserInputError(
        tr(
            "The command has a quote ({text}) at character {position} that is never closed.",
            text=text[position],
            position=position + 1,
        ),
        tr("Close it, or put a backslash before it if it is meant as text."),
    )


def redirect_output(
    argv: Sequence[str], output_file: str, replacement: Path, *, job_dir: Path
) -> tuple[tuple[str, ...], bool]:
    """Replace the output file in a command.

    An argument names the output file if both are the same path when taken relative to ``job_dir`` and normalised;
    it may also follow the ``=`` of ``--option=FILE``. The program is never replaced.

    The pattern of an image sequence may be written in another way in the command (``%04d`` for ``####``), and without
    its suffix, as Blender takes it; it stays written so.

    Args:
        argv: The command's arguments, the program first.
        output_file: The chunk's output file.
        replacement: The file to be written instead.
        job_dir: The folder that relative paths start from.

    Returns:
        The new arguments, and whether the output file was named in them.
    """
    wanted = _absolute_path(output_file, job_dir)
    pattern = read_pattern(os.path.basename(wanted))  # noqa: PTH119
    if pattern is not None:
        return _redirect_sequence(argv, os.path.dirname(wanted), pattern, replacement.parent, job_dir)  # noqa: PTH120
    name = os.path.basename(wanted)  # noqa: PTH119 - called for every attempt
    redirected = list(argv)
    named = False
    for index, argument in enumerate(argv):
        if index == 0 or name not in os.path.normcase(argument):
            continue
        option, equals, value = argument.partition("=")
        if argument == output_file or _absolute_path(argument, job_dir) == wanted:
            redirected[index], named = str(replacement), True
        elif equals and _absolute_path(value, job_dir) == wanted:
            redirected[index], named = f"{option}={replacement}", True
    return tuple(redirected), named


def _redirect_sequence(
    argv: Sequence[str], folder: str, pattern: FramePattern, replacement: Path, job_dir: Path
) -> tuple[tuple[str, ...], bool]:
    """Put the folder ``replacement`` in the place of ``folder`` wherever the command names the sequence."""
    redirected = list(argv)
    named = False
    for index, argument in enumerate(argv[1:], 1):
        option, equals, value = argument.partition("=")
        for prefix, name in (("", argument), (f"{option}{equals}", value)):
            base = _written_pattern(name, pattern)
            if not base or os.path.split(_absolute_path(name, job_dir))[0] != folder:
                continue
            place = str(replacement)
            if "%" in base:
                place = place.replace("%", "%%")  # as FFmpeg and printf read it
            redirected[index], named = f"{prefix}{os.path.join(place, base)}", True  # noqa: PTH118
            break
    return tuple(redirected), named


def _written_pattern(path: str, pattern: FramePattern) -> str:
    """Return the last name of ``path`` if it is the pattern, in any notation and with or without its suffix."""
    base = re.split(r"[/\\]" if os.name == "nt" else "/", path)[-1]
    suffix = PurePath(f"x{pattern.tail}").suffix
    forms = map(read_pattern, (os.path.normcase(base), os.path.normcase(base + suffix)))
    return base if any(form is not None and form.is_same(pattern) for form in forms) else ""


def _absolute_path(name: str, job_dir: Path) -> str:
    """Return the normalised absolute path of ``name`` without reading the disk."""
    return os.path.normcase(os.path.normpath(os.path.join(job_dir, name)))  # noqa: PTH118 - as above


def resolve_program(argv: Sequence[str], *, job_dir: Path, path: str | None = None) -> tuple[str, ...]:
    """Return ``argv`` with the absolute path of its program. Programs that were found are cached.

    ``helios-gui`` without a folder is this installation, whatever else is on ``PATH``: the frames of one video come
    from one renderer. Where it runs in a Python, that is the program, and further arguments start with it.

    Args:
        argv: The command's arguments. A program with a folder in its name is relative to ``job_dir``, others are
            looked up; ``ffmpeg`` is the bundled one if there is no other, ``blender`` the one that reads .blend files.
        job_dir: The job's folder.
        path: Where to look up programs, in the form of ``PATH``; by default this process's ``PATH``.

    Raises:
        UserInputError: If there is no such program or it cannot be run.
    """
    if not argv:
        raise UserInputError(tr("The command is empty."), tr("Name a program and its arguments."))
    if names_this_program(argv[0]):
        return tuple(chunk_command(*argv[1:]))
    search = os.environ.get("PATH", os.defpath) if path is None else path
    program = _find_program(argv[0], job_dir, search)
    if not os.access(program, os.X_OK):  # it has moved since it was remembered
        _find_program.cache_clear()
        program = _find_program(argv[0], job_dir, search)
    return (program, *argv[1:])


def names_this_program(program: str) -> bool:
    """Return whether the program of a command is this one: its name, without a folder."""
    return program.lower() in (product.COMMAND, f"{product.COMMAND}.exe")


def own_command_in(argv: Sequence[str]) -> str:
    """Return which command of this program is started, such as ``web``; empty for another program."""
    return argv[1] if names_this_program(argv[0]) and len(argv) > 1 else ""


@lru_cache(maxsize=256)
def _find_program(name: str, job_dir: Path, path: str) -> str:
    if os.path.dirname(name):  # noqa: PTH120 - "./tool" must keep its dot
        found = shutil.which(str(job_dir.absolute() / name))
    elif name.lower() in ("blender", "blender.exe"):
        return str(find_blender({**os.environ, "PATH": path}))
    else:
        found = shutil.which(name, path=path)
        if found is None and name.lower() in ("ffmpeg", "ffmpeg.exe"):
            return str(find_ffmpeg())
    if found is None:
        raise _explain_missing(name, job_dir)
    return str(Path(found).absolute())


def _explain_missing(name: str, job_dir: Path) -> UserInputError:
    """Return the error for a program that was not found, with what a person can do about it."""
    message = tr("The program '{name}' was not found.", name=name)
    if not os.path.dirname(name):  # noqa: PTH120
        return UserInputError(message, _missing_name_hint(name, job_dir))
    path = job_dir / name
    if _is_file(path):
        return UserInputError(
            tr("The program '{name}' cannot be run.", name=name),
            tr(
                "{path} is not executable: change its permissions (chmod +x), or name its interpreter first, such as "
                "sh or python3.",
                path=path,
            ),
        )
    if name.startswith("~"):
        return UserInputError(
            message,
            tr("Commands are not run through a shell: write {path}.", path=expand_home(name)),
        )
    if "$" in name or "%" in name:
        return UserInputError(message, tr("Commands are not run through a shell: write the value of the variable."))
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        return UserInputError(message, tr("{path} is a folder: name the program in it.", path=path))
    return UserInputError(message, tr("There is no {path}. Install it there, or correct the command.", path=path))


def _missing_name_hint(name: str, job_dir: Path) -> str:
    if _ASSIGNMENT.fullmatch(name):
        return tr(
            "Commands are not run through a shell: set environment variables in the profile, or run the program with "
            "'env {name} …'.",
            name=name,
        )
    if _SHELL_COMMANDS.fullmatch(name):
        return tr("'{name}' is a command of the shell, and commands are not run through one: use a script.", name=name)
    if _is_file(job_dir / name):
        return tr("Write ./{name} to run the one in the job's folder.", name=name)
    return tr("Install it, add its folder to PATH, or write its full path in the command.")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or that this system cannot encode
        return False
