"""Tell whether a file is still the one that a job has made. Everything here blocks."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.types import MadeFile


def measure(path: Path) -> MadeFile:
    """Return what is recorded of a file, which is read for it. Raises ``OSError``."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return replace(_identity(os.fstat(stream.fileno())), digest=digest)


def glance(path: Path) -> MadeFile:
    """Return what is recorded of a file, but for its digest. Raises ``OSError``."""
    return _identity(path.stat())


def recognise(path: Path, made: MadeFile) -> MadeFile | None:
    """Return the file's record as it is now if it is still what was made; ``None`` if it was changed or replaced.

    A file of another time or inode (a folder that was copied or restored) is read and compared by its digest.
    """
    try:
        now = glance(path)
        if now == replace(made, digest=""):
            return made
        if now.size != made.size or not made.digest:
            return None
        now = measure(path)
    except OSError:
        return None
    return now if now.digest == made.digest else None


def find_changed(job: LiveJob, chunks: Iterable[LiveChunk]) -> list[tuple[LiveChunk, MadeFile | None]]:
    """Return the chunks whose output is not as recorded, each with what it is recorded as from now on.

    That is ``None`` for an output that was changed or replaced. Chunks without a record are left out.
    """
    recorded = [(chunk, chunk.made) for chunk in chunks if chunk.made is not None]
    found = [(chunk, made, recognise(job.output_of(chunk), made)) for chunk, made in recorded]
    return [(chunk, now) for chunk, made, now in found if now != made]


def _identity(status: os.stat_result) -> MadeFile:
    inode = 0 if os.name == "nt" else status.st_ino % 2**63  # as the journal can hold it
    return MadeFile(status.st_size, status.st_mtime_ns, inode)
