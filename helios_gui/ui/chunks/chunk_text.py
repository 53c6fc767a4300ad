"""The grid in words: tooltips, and what a screen reader says."""

from __future__ import annotations

from html import escape

from helios_gui.translation import tr
from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.ui.theme import state_style
from helios_gui.utils.format import format_duration


def duration_text(seconds: float) -> str:
    """Format a duration: ``4.2 s``, ``3:07``, ``1:02:09``."""
    if seconds < 60:
        return tr("{seconds:.1f} s", seconds=max(0.0, seconds))
    return format_duration(seconds)


def chunk_name(chunk: ChunkStatus) -> str:
    """Return a line that names a chunk and says how it is: ``Chunk 4, frames 114 to 149, failed: exit code 1``."""
    parts = [tr("Chunk {0}").format(chunk.id), _frames_spoken(chunk), _state_text(chunk)]
    return ", ".join(parts) + (f": {chunk.reason}" if chunk.reason else "")


def chunk_description(chunk: ChunkStatus, now: float) -> str:
    """Return the attempts and the time of a chunk, for its accessible description; empty before the first attempt."""
    return ", ".join(_facts(chunk, now))


def chunk_tooltip(chunk: ChunkStatus, now: float, more: str = "") -> str:
    """Return rich text with everything about a chunk, and ``more``; ``now`` is seconds since the epoch."""
    style = state_style(chunk.state)
    frames = tr("frames {0}–{1}").format(chunk.start_frame, chunk.end_frame) + f" ({chunk.frame_count})"
    lines = [
        f"<b>{escape(tr('Chunk {0}').format(chunk.id))}</b> &nbsp; {escape(frames)}",
        f'<span style="color:{style.color.name()}">{style.glyph}</span> {escape(_state_text(chunk))}',
        *(escape(fact) for fact in _facts(chunk, now)),
    ]
    lines += [escape(text) for text in (more, chunk.reason) if text]
    return "<br>".join(lines)


def _frames_spoken(chunk: ChunkStatus) -> str:
    if chunk.frame_count == 1:
        return tr("frame {0}").format(chunk.start_frame)
    return tr("frames {0} to {1}").format(chunk.start_frame, chunk.end_frame)


def _state_text(chunk: ChunkStatus) -> str:
    word = state_style(chunk.state).word
    if chunk.state is ChunkState.RUNNING and chunk.frames_done:
        done = tr("{0} of {1} frames").format(chunk.frames_done, chunk.frame_count)
        return f"{word}, {done}"
    return word


def _facts(chunk: ChunkStatus, now: float) -> list[str]:
    facts = []
    if chunk.attempts:
        many = chunk.attempts > 1
        facts.append(tr("{0} attempts").format(chunk.attempts) if many else tr("1 attempt"))
    duration = chunk.duration(now)
    if duration is not None:
        facts.append(duration_text(duration))
    return facts
