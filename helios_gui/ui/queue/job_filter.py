"""Which jobs the queue shows: those with certain words, of certain kinds, or whose logs have the words."""

from __future__ import annotations

from collections.abc import Collection

from helios_gui.types import JobSummary
from helios_gui.ui.queue.state_filter import JobKind, kind_of
from helios_gui.ui.theme import job_style


class JobFilter:
    """Compares jobs with what was asked for by ``set``; at first it shows all."""

    def __init__(self) -> None:
        self._words: tuple[str, ...] = ()
        self._kinds: frozenset[JobKind] = frozenset()
        self._found: frozenset[str] = frozenset()
        self._texts: dict[str, tuple[JobSummary, str]] = {}

    def set(self, text: str, kinds: Collection[JobKind] = (), found: Collection[str] = ()) -> None:
        """Show jobs with every word of ``text``, or that were ``found`` (their ids), if they are of these kinds."""
        self._words = tuple(text.casefold().split())
        self._kinds, self._found = frozenset(kinds), frozenset(found)

    @property
    def is_on(self) -> bool:
        """Whether it may hide a job."""
        return bool(self._words or self._kinds)

    def matches(self, job: JobSummary) -> bool:
        """Return whether the job is shown."""
        if self._kinds and kind_of(job) not in self._kinds:
            return False
        if not self._words or job.id in self._found:
            return True
        text = self._text(job)
        return all(word in text for word in self._words)

    def _text(self, job: JobSummary) -> str:
        known = self._texts.get(job.id)
        if known is not None and known[0] is job:
            return known[1]
        text = f"{job.name}\n{job.profile}\n{job.standing.group}\n{job_style(job).word}".casefold()
        self._texts[job.id] = job, text
        return text
