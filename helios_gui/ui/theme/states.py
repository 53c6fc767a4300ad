"""How each state looks and reads: a colour, a glyph and a word, always together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from helios_gui.translation import tr
from helios_gui.types import ChunkState, JobState, JobSummary
from helios_gui.ui.theme.theme import theme


@dataclass(frozen=True)
class StateStyle:
    """A state for the eye: ``color``, a one-character ``glyph`` that differs per state, and a ``word``."""

    color: QColor
    glyph: str
    word: str


# token, glyph, word
_CHUNKS: dict[ChunkState, tuple[str, str, str]] = {
    ChunkState.PENDING: ("pending", "○", "waiting"),
    ChunkState.RUNNING: ("running", "▸", "running"),
    ChunkState.RETRYING: ("retrying", "↻", "retrying"),
    ChunkState.COMPLETED: ("completed", "✓", "done"),
    ChunkState.FAILED: ("failed", "✕", "failed"),
    ChunkState.CANCELLED: ("cancelled", "–", "cancelled"),
    ChunkState.UNKNOWN: ("unknown", "?", "unknown"),
}
_JOBS: dict[JobState, tuple[str, str, str]] = {
    JobState.PENDING: ("cancelled", "◷", "waiting"),
    JobState.RUNNING: ("running", "▸", "running"),
    JobState.STITCHING: ("running", "»", "stitching"),
    JobState.PAUSED: ("cancelled", "‖", "paused"),
    JobState.INTERRUPTED: ("retrying", "!", "interrupted"),
    JobState.COMPLETED: ("completed", "✓", "done"),
    JobState.FAILED: ("failed", "✕", "failed"),
    JobState.CANCELLED: ("cancelled", "–", "cancelled"),
}
_READY = ("cancelled", "○", "ready")
_STOPPING = ("retrying", "■", "stopping")


def state_style(state: ChunkState | JobState) -> StateStyle:
    """Return the style of a state in the current theme (ask again after ``theme().changed``)."""
    return _style(*(_CHUNKS[state] if isinstance(state, ChunkState) else _JOBS[state]))


def job_style(job: JobSummary) -> StateStyle:
    """Return the style of a job's state; a job that waits in line differs from one that was not started.

    A job whose workers have not confirmed that they stopped is *stopping*, whatever it is here.
    """
    if job.stopping:
        return _style(*_STOPPING)
    return _style(*_READY) if job.state is JobState.PENDING and not job.in_line else state_style(job.state)


def _style(token: str, glyph: str, word: str) -> StateStyle:
    return StateStyle(getattr(theme().tokens, token), glyph, tr(word))
