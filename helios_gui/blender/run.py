"""Run Blender without a window."""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from helios_gui.blender.header import saving_version
from helios_gui.blender.program import blender_version, find_blender
from helios_gui.process.helper_programs import end_helper
from helios_gui.resources import resource_path
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.programs import NO_WINDOW
from helios_gui.utils.temporary_folders import temporary_folder, temporary_variables

OnLine = Callable[[str], None]
"""Is called with each line that Blender prints."""

_ERROR = re.compile(r"(?:Error: (?!Not freed memory|Python: |script failed)|\w+(?:Error|Exception): |ERROR[ :(])")
_ERRORS_KEPT = 3
_LARGEST_BLOCK = 65_536
_LINE_END = re.compile(rb"[\r\n]+")


@dataclass(frozen=True, slots=True)
class BlenderExit:
    """How a run of Blender ended: exit code (negative: a signal), and the last lines that tell of errors."""

    code: int
    errors: tuple[str, ...]

    @property
    def reason(self) -> str:
        """The last line that tells of an error; without one, the exit code in words."""
        if self.errors:
            return self.errors[-1]
        if self.code < 0:
            return tr("it was ended by signal {number}", number=-self.code)
        return tr("it ended with exit code {code}", code=self.code)


async def usable_blender(blend: Path) -> Path:
    """Return the Blender of this machine, once it is known that it can read a file.

    Raises:
        UserInputError: There is no Blender or no such file, or the file was saved by a newer Blender.
    """
    saved = await asyncio.to_thread(saving_version, blend)
    program = await asyncio.to_thread(find_blender)
    version = await asyncio.to_thread(blender_version, program)
    if saved is not None:
        check_saved_by(blend, saved, version)
    return program


def check_saved_by(blend: Path, saved: Sequence[int], version: Sequence[int]) -> None:
    """Check that a file was not saved by a newer Blender than the one that is to read it.

    Raises:
        UserInputError: It was: what is new in it would be lost without a word.
    """
    if tuple(saved[:2]) > tuple(version[:2]):
        raise newer_blender_needed(blend, saved, version)


def newer_blender_needed(blend: Path, saved: Sequence[int], version: Sequence[int]) -> UserInputError:
    """Return the error for a file that was saved by a newer Blender than the one here."""
    return UserInputError(
        tr(
            "{name} was saved by Blender {saved}, and the one here is {version}: it would lose what is new.",
            name=blend.name,
            saved=".".join(map(str, saved[:2])),
            version=".".join(map(str, version[:2])),
        ),
        tr("Install Blender {saved} or later.", saved=".".join(map(str, saved[:2]))),
    )


def script_path(name: str) -> str:
    """Return the path of one of our scripts that run inside Blender."""
    return str(resource_path("blender", name))


async def run_blender(program: Path, arguments: Sequence[str], on_line: OnLine) -> BlenderExit:
    """Run Blender to its end. Cancelled, it ends the program.

    Raises:
        UserInputError: It cannot be started.
    """
    with temporary_folder("blender") as folder:  # one that is ended leaves its own there
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                env={**os.environ, **temporary_variables(folder)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                creationflags=NO_WINDOW,
            )
        except OSError as error:
            raise UserInputError(
                tr("{path} cannot be started: {error}.", path=program, error=error), tr("Install a working Blender.")
            ) from error
        errors: deque[str] = deque(maxlen=_ERRORS_KEPT)
        try:
            assert process.stdout is not None
            await _follow(process.stdout, on_line, errors)
            return BlenderExit(await process.wait(), tuple(errors))
        finally:
            await end_helper(process)


async def _follow(output: asyncio.StreamReader, on_line: OnLine, errors: deque[str]) -> None:
    rest = b""
    while block := await output.read(_LARGEST_BLOCK):
        *whole, rest = _LINE_END.split(rest + block)
        for line in (*whole, *([rest] if len(rest) > _LARGEST_BLOCK else [])):
            _handle_line(line, on_line, errors)
        rest = rest if len(rest) <= _LARGEST_BLOCK else b""
    _handle_line(rest, on_line, errors)


def _handle_line(line: bytes, on_line: OnLine, errors: deque[str]) -> None:
    text = line.decode("utf-8", "replace").strip()
    if not text:
        return
    if _ERROR.match(text):
        errors.append(text)
    on_line(text)
