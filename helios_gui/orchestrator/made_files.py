"""Tell whether a file is still the one that a job has made. Everything here blocks."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from helios_gui.orchestrator.job_files import chunk_files
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.types import MadeFile

_SMALL = 128 * 1024
"""Bytes that are read and hashed in a fraction of a millisecond, as they were just written."""


def record_files(*files: Path) -> MadeFile:
    """Return what is recorded of a file, or of the frames of a sequence as one; they are read. Raises ``OSError``."""
    return _as_one([_measure(path) for path in files])


def is_small(*files: Path) -> bool:
    """Return whether measuring takes less time than handing it to a thread would. Raises ``OSError``."""
    return len(files) == 1 and files[0].stat().st_size <= _SMALL


def record_without_digest(*files: Path) -> MadeFile:
    """Return what is recorded of files, but for the digest. Raises ``OSError``."""
    return _as_one([_identity(path.stat()) for path in files])


def recognise_files(files: Sequence[Path], made: MadeFile) -> MadeFile | None:
    """Return the files' record as it is now if they are still what was made; ``None`` if one was changed or replaced.

    Files of another time or inode (a folder that was copied or restored) are read and compared by their digest.
    """
    try:
        now = record_without_digest(*files)
        if now == replace(made, digest=""):
            return made
        if now.size != made.size or not made.digest:
            return None
        now = record_files(*files)
    except OSError:
        return None
    return now if now.digest == made.digest else None


def find_changed(job: LiveJob, chunks: Iterable[LiveChunk]) -> list[tuple[LiveChunk, MadeFile | None]]:
    """Return the chunks whose output is not as recorded, each with what it is recorded as from now on.

    That is ``None`` for an output that was changed or replaced. Chunks without a record are left out.
    """
    recorded = [(chunk, chunk.made) for chunk in chunks if chunk.made is not None]
    found = [(chunk, made, recognise_files(chunk_files(job, chunk), made)) for chunk, made in recorded]
    return [(chunk, now) for chunk, made, now in found if now != made]


def _measure(path: Path) -> MadeFile:
    with path.open("rb", buffering=0) as stream:
        if os.fstat(stream.fileno()).st_size <= _SMALL:  # in one go, without the buffer of larger ones
            digest = hashlib.sha256(stream.readall())
        else:
            digest = hashlib.file_digest(stream, "sha256")
        return _identity(os.fstat(stream.fileno()), digest.hexdigest())


def _as_one(records: Sequence[MadeFile]) -> MadeFile:
    """Return one record of several files: all bytes, the latest time, and digests of what tells each of them."""
    if len(records) == 1:
        return records[0]
    identities = hashlib.sha256("".join(f"{each.size} {each.mtime_ns} {each.inode}\n" for each in records).encode())
    contents = hashlib.sha256("".join(f"{each.digest}\n" for each in records).encode()).hexdigest()
    return MadeFile(
        size=sum(each.size for each in records),
        mtime_ns=max(each.mtime_ns for each in records),
        inode=int.from_bytes(identities.digest()[:8], "big") % 2**63,
        digest=contents if all(each.digest for each in records) else "",
    )


def _identity(status: os.stat_result, digest: str = "") -> MadeFile:
    inode = 0 if os.name == "nt" else status.st_ino % 2**63  # as the journal can hold it
    return MadeFile(status.st_size, status.st_mtime_ns, inode, digest)
