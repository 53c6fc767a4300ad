"""How many chunks of a run may fail before the job stops, so that a broken job does not cost a night, or a fortune."""

from __future__ import annotations

from helios_gui.translation import tr, tr_count
from helios_gui.types.options import DEFAULT_STOP_AFTER_FAILURES


class FailureLimits:
    """Counts the chunks of one run that succeeded and that failed for good, and says when to stop.

    Args:
        stop_after_failures: So many failed chunks are enough while none has succeeded; ``None``: no number is.
        stop_at_failed_percent: The failed chunks, in percent of those tried, that are too many once there are also as
            many as above; ``None``: no share is.
    """

    def __init__(self, stop_after_failures: int | None, stop_at_failed_percent: float | None) -> None:
        self._first = stop_after_failures
        self._percent = stop_at_failed_percent
        self._succeeded: set[int] = set()
        self._failed: set[int] = set()
        self._to_retry: set[int] = set()

    @property
    def hold_new_chunks(self) -> bool:
        """Whether as many chunks as may fail have failed once, and it has to be seen what their retries come to."""
        if self._first is None or self._succeeded or not self._to_retry:
            return False
        return len(self._failed) + len(self._to_retry) >= self._first

    def has_failed_before(self, chunk_id: int) -> bool:
        """Return whether the chunk is one of those that failed and are tried again."""
        return chunk_id in self._to_retry

    def note_success(self, chunk_id: int) -> None:
        """Count a chunk that is done."""
        self.forget(chunk_id)
        self._succeeded.add(chunk_id)

    def note_retry(self, chunk_id: int) -> None:
        """Count a chunk that failed and is tried again."""
        self._to_retry.add(chunk_id)

    def note_failure(self, chunk_id: int) -> str:
        """Count a chunk that failed for good; return why the job is to stop, or an empty string."""
        self.forget(chunk_id)
        self._failed.add(chunk_id)
        failed, tried = len(self._failed), len(self._failed) + len(self._succeeded)
        if not self._succeeded:
            return self._all_failed(failed) if self._first is not None and failed >= self._first else ""
        if self._percent is None or failed < (self._first or DEFAULT_STOP_AFTER_FAILURES):
            return ""
        if 100 * failed < self._percent * tried:
            return ""
        return tr(
            "stopped: {failed} of {tried} chunks that were tried failed, which is {percent:g} % or more; fix the "
            "cause and render again, or turn off “Stop at” in the profile (--stop-at-failed-percent off) to try the "
            "others all the same",
            failed=failed,
            tried=tried,
            percent=self._percent,
        )

    def forget(self, chunk_id: int) -> None:
        """Count the chunk as one that was not tried yet."""
        for chunks in (self._succeeded, self._failed, self._to_retry):
            chunks.discard(chunk_id)

    @staticmethod
    def _all_failed(failed: int) -> str:
        return tr_count(
            "stopped: the first chunk that was tried failed; fix the cause and render again, "
            "or turn off “Stop after” in the profile (--stop-after-failures off) to try the others all the same",
            "stopped: the first {number} chunks that were tried failed, and none succeeded; fix the cause and render "
            "again, or turn off “Stop after” in the profile (--stop-after-failures off) to try the others all the same",
            failed,
        )
