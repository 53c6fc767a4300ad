"""Where a stitch works: a hidden folder beside the output, from which the finished file is put in its place."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from helios_gui.utils.real_folders import OpenFolder, refuse_link

WORK_FOLDER = ".helios"
"""The hidden folder for all work files beside outputs; below it, every job has a folder named after its id."""


class Workspace:
    """A folder of its own for one stitch, beside ``output``; it is gone when it is left.

    It is named after the job and never after the output: no other job, and no file of a person, has such a name. What a
    crash left behind is cleared away by the job's next stitch. Raises ``OSError`` where nothing can be written.

    Args:
        output: The finished file.
        job_id: The job's id; empty means that a name is made up.
    """

    def __init__(self, output: Path, job_id: str = "") -> None:
        self.output = output.absolute()
        self._job_folder = self.output.parent / WORK_FOLDER / (job_id or f"stitch-{secrets.token_hex(8)}")
        self.folder = self._job_folder / "stitch"
        self._target: OpenFolder | None = None
        self.part = self.folder / f"finished.part{self.output.suffix}"

    def __enter__(self) -> Self:
        for folder in (self._job_folder.parent, self._job_folder):
            refuse_link(folder)
        self._clear()
        self.folder.mkdir(parents=True)
        try:
            self._target = OpenFolder(Path(os.path.realpath(self.output.parent)))
        except OSError:
            self._clear()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._target is not None:
            self._target.close()
        self._clear()

    @property
    def trial(self) -> Path:
        """A place for a file of the output's kind that is removed again."""
        return self.folder / f"trial{self.output.suffix.lower()}"

    def deliver(self) -> None:
        """Put the finished file in the output's place, on disk before it is seen (blocking)."""
        descriptor = os.open(self.part, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if self._target is None:
            raise RuntimeError("a workspace delivers only while it is open")
        self._target.receive(self.part, self.output.name)

    def _clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self._job_folder, self._job_folder.parent):
            with suppress(OSError):  # not empty: other work is going on there
                folder.rmdir()
