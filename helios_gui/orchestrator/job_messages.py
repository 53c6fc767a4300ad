"""What happens to a job, as the sentence a person reads."""

from __future__ import annotations

import time

from helios_gui.translation import tr, tr_count
from helios_gui.types import BundleProgress, UnconfirmedStops


def upload_in_words(progress: BundleProgress) -> str:
    """Return how far a job's files are on their way, in megabytes of 1,000,000 bytes."""
    if progress.bytes_done < progress.bytes_total and progress.bytes_hashed < progress.bytes_total:
        return tr(
            "looks through its files: {bytes_hashed:.1f} of {bytes_total:.1f} MB",
            bytes_hashed=progress.bytes_hashed / 1000000.0,
            bytes_total=progress.bytes_total / 1000000.0,
        )
    return tr(
        "sends its files: {bytes_done:.1f} of {bytes_total:.1f} MB",
        bytes_done=progress.bytes_done / 1000000.0,
        bytes_total=progress.bytes_total / 1000000.0,
    )


def stopping_in_words(left: UnconfirmedStops) -> str:
    """Say how many workers were asked to stop and have not confirmed it yet."""
    until = tr("until {clock} at most", clock=_clock(left.until))
    return tr_count(
        "stopping; may still bill ({number} worker has not confirmed, {until})",
        "stopping; may still bill ({number} workers have not confirmed, {until})",
        left.workers,
        until=until,
    )


def silent_in_words(silent: UnconfirmedStops) -> str:
    """Say how many workers never confirmed their end, which has come by now."""
    limit = tr("{limit:g} s limit", limit=silent.limit) if silent.limit else tr("time limit")
    return tr_count(
        "{number} worker did not confirm and may have billed until its {limit}",
        "{number} workers did not confirm and may have billed until their {limit}",
        silent.workers,
        limit=limit,
    )


def left_in_words(left: UnconfirmedStops) -> str:
    """Say how many workers are not followed any more."""
    return tr_count(
        "{number} worker had not confirmed when the app was closed, and may bill until {clock}",
        "{number} workers had not confirmed when the app was closed, and may bill until {clock}",
        left.workers,
        clock=_clock(left.until),
    )


def with_stop_note(reason: str, note: str) -> str:
    """Return why a job was stopped, and what is known of its workers since."""
    if not reason.endswith("."):
        return "; ".join(filter(None, (reason, note)))
    return f"{reason} {note[0].upper()}{note[1:]}." if note else reason


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))


def with_replaced_note(report: str, replaced: int) -> str:
    """Return what was made, and how many finished chunks had to be rendered again because their files had changed."""
    if not replaced:
        return report
    note = tr_count(
        "{number} finished chunk was rendered again, because its file had been changed or replaced",
        "{number} finished chunks were rendered again, because their files had been changed or replaced",
        replaced,
    )
    return f"{report}; {note}"


def with_kept_note(report: str, kept: int) -> str:
    """Return what was made, and how many chunks were not rendered, as only missing ones were: by whom, nobody knows."""
    if not kept:
        return report
    note = tr_count(
        "{number} chunk was there before and is as it was found",
        "{number} chunks were there before and are as they were found",
        kept,
    )
    return f"{report}; {note}"
