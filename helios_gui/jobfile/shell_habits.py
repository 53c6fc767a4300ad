"""Find in commands what only a shell would act on, as people write commands that they have tried in one.

Nothing here refuses a command: a renderer may want ``$F4``, ``*.exr`` or ``~`` as they are written.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from helios_gui.jobfile.command_line import has_several_lines, split_words, unquoted_text
from helios_gui.translation import tr

MOST_NOTES = 20
"""Notes about one job; a job of thousands of chunks has the same habit in each."""

_SUSPICIOUS = re.compile(r"[$~*?\[&`%|{>;#\n\u2010-\u2015\u2018-\u201f]")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_WINDOWS_VARIABLE = re.compile(r"%(\w+)%")
_WILDCARD = re.compile(r"[*?\[]")
_USERS_HOME = re.compile(r"~[a-z_][a-z0-9_-]*(?=/|$)")
_GLUED = re.compile(r".*?\.\w{1,5}(?:(?P<chain>\|[|&]?|&&|;)(?P<program>[\w./+-]+)|(?P<into>>{1,2})[\w./~$-]+)")
_ALTERNATIVES = re.compile(r"\{([^{},]*,[^{}]*)\}")
_MOST_ALTERNATIVES = 20
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015"
_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
_LONGEST_SHOWN = 80


def find_shell_habits(commands: Iterable[str], job_dir: Path) -> tuple[str, ...]:
    """Return sentences about what no shell will replace in these commands, each once; at most ``MOST_NOTES``.

    Args:
        commands: Commands that can be parsed.
        job_dir: The folder that they run in. Wildcards are mentioned only where they would match something there.
    """
    notes: dict[str, None] = {}
    words: set[str] = set()
    for command in commands:
        if not _SUSPICIOUS.search(command):
            continue
        for note in _habits_of(command, job_dir, words):
            notes[note] = None
            if len(notes) >= MOST_NOTES:
                return tuple(notes)
    return tuple(notes)


def _habits_of(command: str, job_dir: Path, seen: set[str]) -> Iterator[str]:
    windows = os.name == "nt"
    variable = _WINDOWS_VARIABLE if windows else _VARIABLE
    for piece in unquoted_text(command, windows=windows):
        for found in variable.finditer(piece):
            if next(filter(None, found.groups())) in os.environ:
                yield (
                    tr(
                        "'{found}' is not replaced by its value, as commands are not run through a shell: write the "
                        "value itself.",
                        found=found[0],
                    )
                )
        if not windows and ("$(" in piece or "`" in piece):
            yield tr("'$(…)' and '`…`' are not replaced by what a command prints: use a script that does it.")
    if not windows and has_several_lines(command):
        yield tr("The lines of a command are taken for one command: put several in a script and run that.")
    words = list(split_words(command, windows=windows))
    for position, (word, bare) in enumerate(words):
        if bare and word not in seen:
            seen.add(word)
            yield from _habits_of_word(word, job_dir, is_last=position == len(words) - 1)
            yield from _habits_of_text(word, job_dir)


def _habits_of_word(word: str, job_dir: Path, *, is_last: bool) -> Iterator[str]:
    shown = _shown(word)
    if word == "~" or word.startswith("~/") or (_USERS_HOME.match(word) and os.path.expanduser(word) != word):  # noqa: PTH111
        yield tr("'{shown}' is not taken for the home folder by every program: write the whole path.", shown=shown)
    elif is_last and word.endswith("&") and len(word) > 1:
        yield tr("'{shown}' ends with '&', which would be passed to the program: leave it out.", shown=shown)
    elif word.endswith("|") and len(word) > 1:
        yield tr(
            "'{shown}' ends with '|', which would be passed to the program: put pipes in a script and run that.",
            shown=shown,
        )
    elif _WILDCARD.search(word) and _matches(word, job_dir):
        yield (
            tr(
                "'{shown}' is not replaced by the files it matches, unless the program does that itself: list the "
                "files, or use a script.",
                shown=shown,
            )
        )


def _habits_of_text(word: str, job_dir: Path) -> Iterator[str]:
    """Yield what is wrong with a word that was copied from a shell, or from text that a word processor has set."""
    shown = _shown(word)
    glued = _GLUED.fullmatch(word)
    if glued and glued["into"]:
        yield tr("'{shown}' is passed to the program as it is: all that is printed is in the chunk's log.", shown=shown)
    elif glued and _is_program(glued["program"], job_dir):
        yield tr(
            "'{shown}' is passed to the program as it is: put several commands in a script and run that.", shown=shown
        )
    elif word == "#":
        yield tr("'#' begins no comment: all that follows is passed to the program.")
    elif word[0] in _DASHES:
        yield tr("'{shown}' begins with a dash that is no hyphen: programs know options by '-'.", shown=shown)
    elif word[0] in _QUOTES or word[-1] in _QUOTES:
        yield tr("The quotes of '{shown}' do not quote: only straight ones do, ' and \".", shown=shown)
    elif _names_alternatives(word, job_dir):
        yield (
            tr(
                "'{shown}' is not replaced by the files it matches, unless the program does that itself: list the "
                "files, or use a script.",
                shown=shown,
            )
        )


def _is_program(name: str, job_dir: Path) -> bool:
    return shutil.which(str(job_dir / name) if "/" in name else name) is not None


def _names_alternatives(word: str, job_dir: Path) -> bool:
    """Return whether a shell would make the names of several files of a word, and one of them is there."""
    found = _ALTERNATIVES.search(word)
    if found is None or os.path.lexists(job_dir / word):
        return False
    names = (word[: found.start()] + each + word[found.end() :] for each in found[1].split(",")[:_MOST_ALTERNATIVES])
    return any(os.path.lexists(job_dir / name) for name in names if "\0" not in name)


def _shown(word: str) -> str:
    return word if len(word) <= _LONGEST_SHOWN else f"{word[:_LONGEST_SHOWN]}…"


def _matches(pattern: str, job_dir: Path) -> bool:
    try:
        if os.path.lexists(job_dir / pattern):
            return False
        return next(glob.iglob(pattern, root_dir=job_dir), None) is not None  # noqa: PTH207 - absolute patterns, too
    except (OSError, ValueError, re.error):
        return False
