"""What happens to a job, as the sentence a person reads."""

from __future__ import annotations

import time
from collections.abc import Sequence

from helios_gui.types import BundleProgress, UnconfirmedStops


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


def stopping_in_words(left: UnconfirmedStops) -> str:
    """Workers that were asked to stop and have not confirmed it yet."""
    until = f"until {_clock(left.until)} at most"
    have = "has" if left.workers == 1 else "have"
    return f"stopping; may still bill ({count_of(left.workers, 'worker')} {have} not confirmed, {until})"


def silent_in_words(silent: UnconfirmedStops) -> str:
    """Workers that never confirmed their end, which has come by now."""
    whose = "its" if silent.workers == 1 else "their"
    limit = f"{silent.limit:g} s limit" if silent.limit else "time limit"
    return f"{count_of(silent.workers, 'worker')} did not confirm and may have billed until {whose} {limit}"


def left_in_words(left: UnconfirmedStops) -> str:
    """Workers that nobody follows any more."""
    workers = count_of(left.workers, "worker")
    return f"{workers} had not confirmed when the app was closed, and may bill until {_clock(left.until)}"


def with_stop_note(reason: str, note: str) -> str:
    """Why a job was stopped, and what is known of its workers since."""
    if not reason.endswith("."):
        return "; ".join(filter(None, (reason, note)))
    return f"{reason} {note[0].upper()}{note[1:]}." if note else reason


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
