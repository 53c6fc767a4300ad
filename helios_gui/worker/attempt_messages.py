"""What went wrong with an attempt, in words."""

from __future__ import annotations

import errno

from helios_gui.net.scrub import scrub
from helios_gui.translation import tr, tr_count
from helios_gui.types import CredentialsError, StorageError
from helios_gui.types.errors import error_in_words
from helios_gui.worker.watch import StopReason, TimeLimit

_SAFE_SHARE = 0.8
"""How much of what was done in a time limit is surely done in the next: machines and frames differ."""

_FULL = {errno.ENOSPC, errno.EDQUOT}


def explain_stop(reason: StopReason, limit: TimeLimit, name: str, done: int, total: int, *, rendered: bool) -> str:
    """Return why the attempt was stopped, after ``done`` of ``total`` frames, by a worker that people call ``name``."""
    if reason is StopReason.TIME:
        return _explain_time(limit, name, done, total, rendered=rendered)
    where = _progress(done, total, rendered=rendered)
    if reason is StopReason.SHUTDOWN:
        return tr("The {name} was shut down{where}.", name=name, where=where)
    return tr("The attempt was cancelled{where}.", where=where)


def explain_storage(error: StorageError, name: str) -> str:
    """Return what an error of the storage means, seen from the worker.

    Its permissions are not those of who reads this.
    """
    words = error_in_words(error)
    return (
        tr("The {name}'s own permissions do not suffice: {words}", name=name, words=words)
        if isinstance(error, CredentialsError)
        else words
    )


def explain_disk(error: OSError) -> str:
    """Return what an error of the worker's own disk means."""
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return tr(
            "The worker's disk is full: {reason}. Give it more storage, or make the job's folder smaller.",
            reason=reason,
        )
    return tr("The worker's disk cannot be used: {reason}.", reason=reason)


def explain_defect(error: Exception) -> str:
    """Return what to say of an error that should not happen."""
    return tr("The worker failed unexpectedly: {name}: {answer}", name=type(error).__name__, answer=scrub(str(error)))


def _explain_time(limit: TimeLimit, name: str, done: int, total: int, *, rendered: bool) -> str:
    hit = tr("The {name} hit its {seconds} s limit", name=name, seconds=_seconds(limit.seconds or 0))
    if rendered:
        return tr("{hit} while the output was being stored; use smaller chunks, or give it more time.", hit=hit)
    if done <= 0:
        return tr(
            "{hit} before the first of {total} frames was done; give it more time or a faster machine.",
            hit=hit,
            total=total,
        )
    fewer = max(1, int(done * _SAFE_SHARE))
    return tr_count(
        "{hit} at frame {done} of {total}; use chunks of at most {number} frame.",
        "{hit} at frame {done} of {total}; use chunks of at most {number} frames.",
        fewer,
        hit=hit,
        done=done,
        total=total,
    )


def _progress(done: int, total: int, *, rendered: bool) -> str:
    if rendered:
        return tr(" while its output was being stored")
    return (
        tr(" at frame {done} of {total}", done=done, total=total)
        if total and done > 0
        else tr(" before its first frame was done")
    )


def _seconds(seconds: float) -> str:
    """Return rounded seconds: functions are told what is left, some milliseconds less than people know."""
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.2g}"
