"""Where a stitch works until its result is complete: beside the output, so that the last step is a rename."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self


class Workspace:
    """A hidden folder and a hidden unfinished file beside ``output``; both are gone when it is left.

    The names depend on the output's alone: what a crash left behind is cleared away by the next stitch.
    Raises ``OSError`` where nothing can be written.
    """

    def __init__(self, output: Path) -> None:
        self.output = output.absolute()
        self.folder = self.output.with_name(f".{output.name}.stitch")
        self.part = self.output.with_name(f".{output.stem}.part{output.suffix}")

    def __enter__(self) -> Self:
        self._clear()
        self.folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def deliver(self) -> None:
        """Put the finished file in the output's place, on disk before it is seen (blocking)."""
        descriptor = os.open(self.part, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.part.replace(self.output)

    def _clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.part.unlink(missing_ok=True)
