"""How each state looks and reads: a colour, a glyph and a word, always together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from helios_gui.translation import mark, tr
from helios_gui.types import ChunkState, JobState, Priority
from helios_gui.ui.theme.theme import theme
from helios_gui.utils.state_words import chunk_word

if TYPE_CHECKING:
    from helios_gui.types import JobSummary


@dataclass(frozen=True)
class StateStyle:
    """A state for the eye: ``color``, a one-character ``glyph`` that differs per state, and a ``word``."""

    color: QColor
    glyph: str
    word: str


_CHUNKS = {
    ChunkState.PENDING: ("pending", "○"),
    ChunkState.RUNNING: ("running", "▸"),
    ChunkState.RETRYING: ("retrying", "↻"),
    ChunkState.COMPLETED: ("completed", "✓"),
    ChunkState.FAILED: ("failed", "✕"),
    ChunkState.CANCELLED: ("cancelled", "–"),
    ChunkState.UNKNOWN: ("unknown", "?"),
}
"""Token of the colour, and glyph."""

# token, glyph, word
_JOBS: dict[JobState, tuple[str, str, str]] = {
    JobState.PENDING: ("cancelled", "◷", mark("waiting")),
    JobState.RUNNING: ("running", "▸", mark("running")),
    JobState.STITCHING: ("running", "»", mark("stitching")),
    JobState.PAUSED: ("cancelled", "‖", mark("paused")),
    JobState.INTERRUPTED: ("retrying", "!", mark("interrupted")),
    JobState.COMPLETED: ("completed", "✓", mark("done")),
    JobState.FAILED: ("failed", "✕", mark("failed")),
    JobState.CANCELLED: ("cancelled", "–", mark("cancelled")),
}
_PRIORITIES = {Priority.HIGH: mark("high"), Priority.NORMAL: mark("normal"), Priority.LOW: mark("low")}
_READY = ("cancelled", "○", mark("ready"))
_STOPPING = ("retrying", "■", mark("stopping"))
_HELD = ("cancelled", "◷", mark("waiting"))
_HELD_UP = ("retrying", "!", mark("held up"))
_NEEDS_YOU = ("retrying", "!", mark("needs you"))
_FINISHING = ("running", "▹", mark("finishing"))
_ELSEWHERE = ("running", "↗", mark("elsewhere"))


def state_style(state: ChunkState | JobState) -> StateStyle:
    """Return the style of a state in the current theme (ask again after ``theme().changed``)."""
    if isinstance(state, ChunkState):
        return _style(*_CHUNKS[state], chunk_word(state))
    return _translated(*_JOBS[state])


def job_style(job: JobSummary) -> StateStyle:
    """Return the style of a job's state; a job that waits in line differs from one that was not started.

    A job whose workers have not confirmed that they stopped is *stopping*, whatever it is here; one that was paused
    is *finishing* while chunks of it still run, and one that has to wait by the rules of its profile is *waiting* when
    no chunk of it runs. One that does not go on before a person acts says so, and one that another process works on is
    *elsewhere*.
    """
    if job.elsewhere:
        return _translated(*_ELSEWHERE)
    if job.stopping:
        return _translated(*_STOPPING)
    if job.needs_a_person:
        return _translated(*_NEEDS_YOU)
    if job.held_up:
        return _translated(*_HELD_UP)
    if job.is_finishing:
        return _translated(*_FINISHING)
    if job.waits_for is not None and not job.chunks_running:
        return _translated(*_HELD)
    return _translated(*_READY) if job.state is JobState.PENDING and not job.in_line else state_style(job.state)


def job_words() -> list[str]:
    """Return every word that says the state of a job."""
    others = (_READY, _STOPPING, _HELD, _HELD_UP, _NEEDS_YOU, _FINISHING, _ELSEWHERE)
    return [tr(word) for _, _, word in (*_JOBS.values(), *others)]


def priority_word(priority: Priority) -> str:
    """Return the word for a priority."""
    return tr(_PRIORITIES[priority])


def _translated(token: str, glyph: str, word: str) -> StateStyle:
    return _style(token, glyph, tr(word))


def _style(token: str, glyph: str, word: str) -> StateStyle:
    return StateStyle(getattr(theme().tokens, token), glyph, word)
