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
from helios_gui.utils.files import read_bounded

IGNORE_FILE = ".heliosignore"
_LARGEST_FILE = 1024 * 1024
_NEVER = {".git", ".helios", IGNORE_FILE}
_ALL_INSIDE = re.compile(r"/\*\*(/?)$")
"""``folder/**`` means what is in the folder, to git; pathspec would take it for the folder as well."""

_END = "\0"
"""Ends every pattern's last name, and every path that is asked for; no name contains it.

To pathspec, a pattern that matches a folder matches all in it as well. Git asks for each folder on the way to a file by
itself: after ``deep/`` and ``!a/``, it still ignores ``a/deep``. With an end, a pattern matches the path itself only.
"""


class IgnoreRules:
    """Rules for paths relative to the job's folder, with ``/``.

    ``lines`` are patterns of a .gitignore file; ``outputs`` are files the job itself makes, which are left out
    together with their unfinished parts.
    """

    def __init__(self, lines: Iterable[str] = (), outputs: Iterable[str] = ()) -> None:
        lines = list(lines)
        try:
            GitIgnoreSpec.from_lines(lines)
            self._patterns = GitIgnoreSpec.from_lines(map(_ended, lines))
        except ValueError as error:
            raise UserInputError(
                tr("{ignore_file} cannot be used: {error}", ignore_file=IGNORE_FILE, error=error),
                tr("Correct the pattern."),
            ) from error
        self._outputs = [PurePosixPath(output) for output in dict.fromkeys(outputs)]
        self._output_folders = {path.parent.as_posix() for path in self._outputs}

    @classmethod
    def load(cls, folder: Path, outputs: Iterable[str | Path] = ()) -> IgnoreRules:
        """Return the rules of a job's folder. Outputs outside the folder need no rule.

        Raises ``UserInputError`` when its ``.heliosignore`` cannot be read.
        """
        inside = filter(None, (_relative(folder, Path(output)) for output in outputs))
        try:
            text = read_bounded(folder / IGNORE_FILE, _LARGEST_FILE).decode("utf-8-sig")
        except FileNotFoundError:
            text = ""
        except (OSError, ValueError) as error:
            raise UserInputError(
                tr("{folder} cannot be read: {error}", folder=folder / IGNORE_FILE, error=error),
                tr("Save it as UTF-8."),
            ) from error
        return cls(text.splitlines(), inside)

    def ignores(self, path: str, *, is_folder: bool = False) -> bool:
        """Return whether to leave out a file, or a folder with all in it (what is in it need not be asked for then)."""
        folder, _, name = path.rpartition("/")
        if name in _NEVER:
            return True
        if not is_folder and (folder or ".") in self._output_folders and self._is_output(folder or ".", name):
            return True
        return self.leaves_out(path, is_folder=is_folder)

    def leaves_out(self, path: str, *, is_folder: bool = False) -> bool:
        """Return whether a pattern says so: the person, not the program."""
        return self._patterns.match_file(f"{path}{_END}/" if is_folder else f"{path}{_END}")

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
    """Return whether this is a frame of a sequence, or a work file of one: ``.f_0001.png.x7f3.kept`` or ``….part``."""
    if name.startswith(".") and name.endswith((".kept", ".part")):
        name = name[1:].rsplit(".", 2)[0]
    return pattern.frame_in(name) is not None


def _ended(line: str) -> str:
    """Return a line of patterns with the end after its last name; comments and empty lines as they are."""
    if not line.endswith("\\ "):
        line = line.rstrip()
    if not line or line == "/" or line.startswith("#"):
        return line
    line = _ALL_INSIDE.sub(r"/**/*\1", line)
    return f"{line[:-1]}{_END}/" if line.endswith("/") else f"{line}{_END}"


def _relative(folder: Path, path: Path) -> str:
    """Return ``path`` as seen from ``folder``; empty if it lies elsewhere."""
    relative = os.path.relpath(os.path.normpath(folder / path), folder)
    return "" if relative.startswith("..") or Path(relative).is_absolute() else Path(relative).as_posix()
