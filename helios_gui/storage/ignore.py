"""What of a job's folder is not uploaded: ``.heliosignore`` (read as git reads .gitignore), and what never is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.types.sequences import FramePattern, read_pattern

IGNORE_FILE = ".heliosignore"
_NEVER = {".git", ".helios", IGNORE_FILE}
_ALL_INSIDE = re.compile(r"/\*\*\s*$")
"""``folder/**`` means what is in the folder, to git; pathspec would take it for the folder as well."""

_ANYTHING, _ANY_FOLDER = ".", "(?P<ps_d>/)"
"""What pathspec makes of ``*`` and ``*/``: expressions to search for, unlike all others.

Reading its expressions ties us to how it writes them, hence the bound in pyproject.toml. ``GitIgnoreSpec.check_file``
would not, but takes ``!a/`` for everything in ``a`` as well: after ``deep/``, git still ignores ``a/deep``. Nor can it
be asked which part of a path a pattern matched.
"""


class IgnoreRules:
    """Rules for paths relative to the job's folder, with ``/``.

    ``lines`` are patterns of a .gitignore file; ``outputs`` are files the job itself makes, which are left out
    together with their unfinished parts.
    """

    def __init__(self, lines: Iterable[str] = (), outputs: Iterable[str] = ()) -> None:
        try:
            found = GitIgnoreSpec.from_lines([_ALL_INSIDE.sub("/**/*", line) for line in lines]).patterns
        except ValueError as error:
            raise UserInputError(
                tr("{ignore_file} cannot be used: {error}", ignore_file=IGNORE_FILE, error=error),
                tr("Correct the pattern."),
            ) from error
        # The last that matches counts; patterns without a regular expression are comments and empty lines.
        self._patterns = [(rule.regex, bool(rule.include)) for rule in reversed(found) if rule.regex is not None]
        self._outputs = [PurePosixPath(output) for output in dict.fromkeys(outputs)]
        self._output_folders = {path.parent.as_posix() for path in self._outputs}

    @classmethod
    def load(cls, folder: Path, outputs: Iterable[str | Path] = ()) -> IgnoreRules:
        """Return the rules of a job's folder. Outputs outside the folder need no rule.

        Raises ``UserInputError`` when its ``.heliosignore`` cannot be read.
        """
        inside = filter(None, (_relative(folder, Path(output)) for output in outputs))
        try:
            text = (folder / IGNORE_FILE).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            text = ""
        except (OSError, ValueError) as error:
            raise UserInputError(
                tr("{folder} cannot be read: {error}", folder=folder / IGNORE_FILE, error=error),
                tr("Save it as UTF-8."),
            ) from error
        return cls(text.splitlines(), inside)

    def ignores(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether to leave out a file, or a folder with all in it (what is in it need not be asked for then)."""
        folder, _, name = path.rpartition("/")
        if name in _NEVER:
            return True
        if not is_folder and (folder or ".") in self._output_folders and self._is_output(folder or ".", name):
            return True
        return self.leaves_out(path, is_folder=is_folder)

    def leaves_out(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether a pattern says so: the person, not the program."""
        whole = f"{path}/" if is_folder else path
        return next((include for pattern, include in self._patterns if _matches(pattern, whole)), False)

    def _is_output(self, folder: str, name: str) -> bool:
        """Return whether this is an output, or a work file of one.

        Those are ``a.mov.part``, ``.a.part.mov``, ``.a.mov.x7f3.part``, and an earlier one: ``.a.mov.x7f3.kept``.
        """
        for output in self._outputs:
            if output.parent.as_posix() == folder:
                pattern = read_pattern(output.name)
                if pattern is not None and _is_frame(pattern, name):
                    return True
                own = name.startswith((f"{output.name}.", f".{output.stem}."))
                if name == output.name or (own and not {"part", "kept"}.isdisjoint(name.split("."))):
                    return True
        return False


def _is_frame(pattern: FramePattern, name: str) -> bool:
    """Return whether this is a frame of a sequence, or an earlier one, pushed aside as ``.f_0001.png.x7f3.kept``."""
    if name.startswith(".") and name.endswith(".kept"):
        name = name[1:].removesuffix(".kept").rpartition(".")[0]
    return pattern.frame_in(name) is not None


def _matches(pattern: re.Pattern[str], path: str) -> bool:
    """Whether the pattern means ``path`` itself, and not only a folder it is in (which was asked for before)."""
    if pattern.pattern == _ANYTHING:
        return True
    if pattern.pattern == _ANY_FOLDER:
        return path.endswith("/")
    return pattern.fullmatch(path) is not None


def _relative(folder: Path, path: Path) -> str:
    """``path`` as seen from ``folder``; empty if it lies elsewhere."""
    relative = os.path.relpath(os.path.normpath(folder / path), folder)
    return "" if relative.startswith("..") or Path(relative).is_absolute() else Path(relative).as_posix()
