"""Finds the jobs whose logs contain a text, block by block: logs may be larger than memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_BLOCK = 256 * 1024
"""Bytes that are looked through at a time: short enough that other threads hardly wait."""


def jobs_with_text(log_root: Path, job_ids: Iterable[str], text: str, check: Callable[[], None]) -> Iterator[str]:
    """Return the ids of the jobs in whose logs a text occurs, whatever its case, as they are found.

    Args:
        log_root: The folder with a folder of logs for each job.
        job_ids: The jobs.
        text: What to look for.
        check: Is called between blocks; raises when the search is to end.
    """
    wanted = text.encode().lower()  # of bytes: ASCII letters only
    if not wanted:
        return
    for job_id in job_ids:
        check()
        folder = log_root / job_id
        if folder.is_dir() and any(_contains(log, wanted, check) for log in sorted(folder.glob("*.log"))):
            yield job_id


def _contains(log: Path, wanted: bytes, check: Callable[[], None]) -> bool:
    """Return whether a file contains bytes in lower case; a letter that is no ASCII is found in its own case only."""
    overlap = b""
    try:
        with log.open("rb") as stream:
            while block := stream.read(_BLOCK):
                check()
                text = overlap + block.lower()
                if wanted in text:
                    return True
                overlap = text[-len(wanted) + 1 :] if len(wanted) > 1 else b""
    except OSError:  # removed meanwhile, with its job
        return False
    return False
