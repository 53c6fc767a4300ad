"""Where a job and its attempts lie in storage."""

from __future__ import annotations

from dataclasses import dataclass


def job_prefix(job_id: str) -> str:
    """Return what the keys of all that belongs to a job begin with."""
    return f"jobs/{job_id}/"


def spec_key(job_id: str) -> str:
    """Return the job's spec."""
    return f"{job_prefix(job_id)}job.json"


def attempts_prefix(job_id: str) -> str:
    """Return what the keys of all that its attempts left begin with."""
    return f"{job_prefix(job_id)}attempts/"


def chunk_of(attempt_id: str) -> str:
    """Return what the ids of all attempts at a chunk have in common: they are ``<job>.<chunk>.<number>``."""
    return attempt_id.rpartition(".")[0]


def job_of(attempt_id: str) -> str:
    """Return the job an attempt belongs to."""
    return chunk_of(chunk_of(attempt_id))


@dataclass(frozen=True, slots=True)
class AttemptKeys:
    """The keys of one attempt. ``name`` is its id, and more if that was used up (see ``AttemptRegistry``)."""

    job_id: str
    name: str

    @property
    def folder(self) -> str:
        """The key its own keys start with, without a slash at the end."""
        return f"{attempts_prefix(self.job_id)}{self.name}"

    @property
    def result(self) -> str:
        """The durable result, written last."""
        return f"{self.folder}/result.json"

    @property
    def cancel(self) -> str:
        """What asks the worker to stop, by being there."""
        return f"{self.folder}/cancel"

    @property
    def progress(self) -> str:
        """What the renderer last said of its progress, while it renders."""
        return f"{self.folder}/progress"

    @property
    def log(self) -> str:
        """The full log."""
        return f"{self.folder}/log.txt"
