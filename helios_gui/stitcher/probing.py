"""Looking into files in processes of their own; what is wrong with them is a ``StitchError``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from helios_gui.media.media_reader import MediaReader
from helios_gui.translation import tr
from helios_gui.types import MediaInfo, StitchError, VerificationError
from helios_gui.utils.work_threads import Stop, WorkThreads

Found = TypeVar("Found")


def in_process(reader: MediaReader, work: Callable[[Path, Stop], Found], path: Path, stop: Stop) -> Found:
    """Return ``work(path, stop)``, done in a process of its own. A crash there is a ``StitchError``."""
    try:
        return reader.read(work, path, stop)  # type: ignore[arg-type]
    except VerificationError as error:
        raise StitchError(str(error), error.hint) from error


async def probe_result(path: Path, reader: MediaReader, threads: WorkThreads) -> MediaInfo:
    """Return what a finished file holds. Raises ``StitchError`` where it cannot be read."""
    try:
        return await threads.run(lambda stop: reader.probe(path, stop))
    except VerificationError as error:
        raise StitchError(tr("The stitched file came out broken: {error}", error=error), tr("Stitch again.")) from error
