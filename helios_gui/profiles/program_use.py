"""The programs that a job's commands start: which file each one is, and in which forms it is called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from helios_gui.jobfile.command_line import resolve_program
from helios_gui.types import UserInputError

_NUMBERS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class CommandForm:
    """Commands that differ only in their numbers: the first of them, as written, and how many there are."""

    example: str
    uses: int


@dataclass(frozen=True, slots=True)
class ProgramUse:
    """One distinct executable: as the job writes it, and the file that would run (``None``: there is none).

    ``uses`` counts the commands that start it; ``example`` is the first of them, as written. Where there is none,
    ``problem`` says why and ``hint`` what to do about it. ``digest`` is the file's SHA-256, in hexadecimal; empty where
    it cannot be read. ``forms`` are its commands, those that differ only in numbers taken together.
    """

    written: str
    resolved: Path | None
    uses: int
    example: str
    problem: str = ""
    hint: str = ""
    digest: str = ""
    forms: tuple[CommandForm, ...] = ()


def find_programs(
    parsed: Iterable[tuple[str, tuple[str, ...]]], folder: Path, search_path: str | None
) -> dict[str, ProgramUse]:
    """Return the programs by the names that the commands give them, in order of first use.

    Args:
        parsed: Each command, as written and as arguments.
        folder: The job's folder.
        search_path: Where programs are looked up, in the form of ``PATH``; ``None`` for this process's.
    """
    commands: dict[str, dict[str, list[str]]] = {}
    for command, arguments in parsed:
        forms = commands.setdefault(arguments[0], {})
        forms.setdefault(_NUMBERS.sub("0", command), []).append(command)
    return {
        written: _program(
            written, tuple(CommandForm(same[0], len(same)) for same in forms.values()), folder, search_path
        )
        for written, forms in commands.items()
    }


def _program(written: str, forms: tuple[CommandForm, ...], folder: Path, search_path: str | None) -> ProgramUse:
    uses, example = sum(form.uses for form in forms), forms[0].example
    try:
        resolved = Path(resolve_program((written,), job_dir=folder, path=search_path)[0])
    except UserInputError as error:
        return ProgramUse(written, None, uses, example, str(error), error.hint, forms=forms)
    return ProgramUse(written, resolved, uses, example, digest=_digest(resolved), forms=forms)


def _digest(path: Path) -> str:
    try:
        status = path.stat()
        return _digest_of(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    except OSError:
        return ""


@lru_cache(maxsize=256)
def _digest_of(path: Path, version: tuple[int, ...]) -> str:
    """Return a file's SHA-256; ``version`` changes with its content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
