"""What is recorded of a file when it was made, so that it is known again later."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
class KnownOutput:
    """What is recorded of the place of a chunk's output, by whichever job: what was made there last, and what may be.

    Attributes:
        noted_at: When that was recorded, in seconds since the epoch.
        begun_at: When an attempt began to render it that has made nothing yet, or failed; ``None`` if there is none.
        ended_at: When that attempt ended; ``None`` if that is not known.
        made: The output as it was made last; ``None`` if none was.
    """

    noted_at: float
    begun_at: float | None = None
    ended_at: float | None = None
    made: MadeFile | None = None

    def followed_by(self, later: KnownOutput) -> KnownOutput:
        """Return what is known after a later record: an attempt that makes nothing leaves what was there before."""
        return later if later.made is not None else replace(later, made=self.made)


@dataclass(frozen=True, slots=True)
class ReplacedFiles:
    """Files under the names of a job's chunks that no known job has made as they are: the first, and how many."""

    first: Path
    count: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a job would replace that is not its own: what lies in its finished video's place, or in those of chunks.

    Attributes:
        output: The file in the place of the finished video that another job or somebody else has made, or is making;
            ``None`` if there is none.
        made_by: The name of the job that made it, or makes it now; empty if it is not known.
        made_at: When it was made, in seconds since the epoch; ``None`` if it is not known.
        process: The process that is making it now; ``None`` if it is there already.
        chunk_files: The files in the places of chunks; ``None`` if there are none.
    """

    output: Path | None = None
    made_by: str = ""
    made_at: float | None = None
    process: int | None = None
    chunk_files: ReplacedFiles | None = None

    @property
    def first(self) -> Path:
        """One of the files that would be replaced."""
        if self.output is not None:
            return self.output
        assert self.chunk_files is not None, "something is replaced"
        return self.chunk_files.first

    @property
    def files(self) -> int:
        """How many files would be replaced."""
        return (self.output is not None) + (self.chunk_files.count if self.chunk_files is not None else 0)
