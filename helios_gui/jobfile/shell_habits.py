"""Find in commands what only a shell would act on, as people write commands that they have tried in one.

Nothing here refuses a command: a renderer may want ``$F4``, ``*.exr`` or ``~`` as they are written.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from helios_gui.jobfile.command_line import split_words, unquoted_text
from helios_gui.translation import tr

MOST_NOTES = 20
"""Notes about one job; a job of thousands of chunks has the same habit in each."""

_SUSPICIOUS = re.compile(r"[$~*?\[&`%|]")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_WINDOWS_VARIABLE = re.compile(r"%(\w+)%")
_WILDCARD = re.compile(r"[*?\[]")
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
    words = list(split_words(command, windows=windows))
    for position, (word, bare) in enumerate(words):
        if bare and word not in seen:
            seen.add(word)
            yield from _habits_of_word(word, job_dir, is_last=position == len(words) - 1)


def _habits_of_word(word: str, job_dir: Path, *, is_last: bool) -> Iterator[str]:
    shown = word if len(word) <= _LONGEST_SHOWN else f"{word[:_LONGEST_SHOWN]}…"
    if word == "~" or word.startswith("~/"):
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


def _matches(pattern: str, job_dir: Path) -> bool:
    try:
        if os.path.lexists(job_dir / pattern):
            return False
        return next(glob.iglob(pattern, root_dir=job_dir), None) is not None  # noqa: PTH207 - absolute patterns, too
    except (OSError, ValueError, re.error):
        return False
