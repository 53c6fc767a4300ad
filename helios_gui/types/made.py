"""What is recorded of a file when it was made, so that it is known again later."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file as it was made: bytes, time of change in nanoseconds, inode (0 where there is none), SHA-256.

    An empty ``digest`` means that it was not read.
    """

    size: int
    mtime_ns: int
    inode: int
    digest: str = ""


@dataclass(frozen=True, slots=True)
class MadeVideo:
    """A finished video as it was made: by which job, from which job file (if any), when (seconds since the epoch)."""

    job_id: str
    job_name: str
    source: Path | None
    made_at: float
    file: MadeFile


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file in the place of a job's finished video that another job or somebody else has made, or is making.

    Attributes:
        output: The file.
        made_by: The name of the job that made it, or makes it now; empty if it is not known.
        made_at: When it was made, in seconds since the epoch; ``None`` if it is not known.
        process: The process that is making it now; ``None`` if it is there already.
    """

    output: Path
    made_by: str = ""
    made_at: float | None = None
    process: int | None = None
