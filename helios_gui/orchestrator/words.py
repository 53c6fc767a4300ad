"""What happens to a job, as the sentence a person reads."""

from __future__ import annotations

from collections.abc import Sequence

from helios_gui.types import BundleProgress, HeliosError


def error_in_words(error: HeliosError) -> str:
    """What happened, and what to do about it."""
    return " ".join(filter(None, (f"{error}", error.hint)))


def failed_chunks_in_words(causes: Sequence[tuple[int, str]], total: int) -> str:
    """One sentence on the chunks (id, cause) that failed, out of ``total``."""
    first_id, first_cause = causes[0]
    if len(causes) == 1:
        return f"Chunk {first_id} failed: {first_cause}"
    return f"{len(causes)} of {total} chunks failed; the first is chunk {first_id}: {first_cause}"


def count_of(number: int, thing: str) -> str:
    """``1 chunk``, ``2 chunks``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def upload_in_words(progress: BundleProgress) -> str:
    """How far a job's files are on their way, in megabytes of 1,000,000 bytes."""
    if progress.bytes_done < progress.bytes_total and progress.bytes_hashed < progress.bytes_total:
        return f"looks through its files: {progress.bytes_hashed / 1e6:.1f} of {progress.bytes_total / 1e6:.1f} MB"
    return f"sends its files: {progress.bytes_done / 1e6:.1f} of {progress.bytes_total / 1e6:.1f} MB"
