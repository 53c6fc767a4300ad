"""The progress display of a render: the job's bar, and a line for each running chunk as far as they fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text

from helios_gui.cli.output import printable_line
from helios_gui.cli.render.reporters.progress_text import (
    STOP_NOW_HINT,
    failed_in_words,
    progress_figures,
    retrying_in_words,
)
from helios_gui.cli.state_names import job_state_name
from helios_gui.translation import tr, tr_count
from helios_gui.types import ChunkState, ChunkStatus, JobState, JobSummary
from helios_gui.utils.format import format_duration, format_percent

DONE, RUNNING, RETRYING, FAILED = "#009E73", "#56B4E9", "#E69F00", "#D55E00"
"""The window's colours of the states, which colour-blind people can tell apart."""

_JOB_BAR = (10, 40)  # least and greatest width, in characters
_CHUNK_BAR = (8, 30)


@dataclass(frozen=True, slots=True)
class TerminalProperties:
    """The terminal's size in characters, and whether it shows more than ASCII."""

    width: int
    height: int
    unicode: bool = True


def draw_progress(
    summary: JobSummary, running: Sequence[ChunkStatus], terminal: TerminalProperties, now: float, *, stopping: bool
) -> Text:
    """Return the display: at most ``terminal.height - 1`` lines, none wider than the terminal.

    Args:
        summary: The job.
        running: The running chunks, in the order of their lines.
        terminal: The size to fit in.
        now: Seconds since the epoch.
        stopping: Whether the user has asked to stop.
    """
    lines = [_title(summary, stopping=stopping), _job_line(summary, running, terminal)]
    room = max(1, terminal.height - len(lines) - 1)
    shown = running if len(running) <= room else running[: max(1, room - 1)]
    widths = _column_widths(running)
    lines += [_chunk_line(chunk, widths, terminal, now) for chunk in shown]
    if len(shown) < len(running):
        lines.append(
            Text(
                tr(
                    "  {unicode} and {count} more",
                    unicode="…" if terminal.unicode else "...",
                    count=len(running) - len(shown),
                ),
                style="dim",
            )
        )
    for line in lines:
        line.truncate(terminal.width, overflow="ellipsis" if terminal.unicode else "crop")
    return Text("\n").join(lines)


def _title(summary: JobSummary, *, stopping: bool) -> Text:
    profile = printable_line(summary.profile)
    if stopping:
        unconfirmed = (
            tr_count("; {number} worker may still bill", "; {number} workers may still bill", summary.stopping)
            if summary.stopping
            else " …"
        )
        state = Text(f"stopping{unconfirmed} {tr(STOP_NOW_HINT)}", style=RETRYING)
    elif summary.blocked:
        state = Text(tr("waiting, profile {profile}", profile=profile), style=RETRYING)
    else:
        state = Text(
            tr(
                "{state}, profile {profile}",
                state=_state_name(summary),
                profile=profile,
            ),
            style="dim",
        )
    return Text.assemble((printable_line(summary.name), "bold"), "  ", state)


def _state_name(summary: JobSummary) -> str:
    waits = summary.waits_for is not None and not summary.chunks_running
    return tr("rendering") if summary.state is JobState.RUNNING and not waits else job_state_name(summary)


def _job_line(summary: JobSummary, running: Iterable[ChunkStatus], terminal: TerminalProperties) -> Text:
    if summary.state is JobState.STITCHING:
        figures = tr(
            "{percent}  {chunks_total} chunks into one video",
            percent=format_percent(summary.stitch_progress),
            chunks_total=summary.chunks_total,
        )
        return _bar_and_figures([(summary.stitch_progress, DONE)], figures, terminal)
    total = summary.frames_total or 1
    in_flight = sum(chunk.frames_done for chunk in running)
    shares = [(max(0, summary.frames_done - in_flight) / total, DONE), (in_flight / total, RUNNING)]
    line = _bar_and_figures(shares, progress_figures(summary), terminal)
    for words, style in ((failed_in_words(summary), FAILED), (retrying_in_words(summary), RETRYING)):
        if words:
            line.highlight_words([words], style)
    return line


def _bar_and_figures(shares: Sequence[tuple[float, str]], figures: str, terminal: TerminalProperties) -> Text:
    low, high = _JOB_BAR
    width = min(high, max(low, terminal.width - len(figures) - 2))
    return Text.assemble(_bar(shares, width, terminal), "  ", figures)


def _column_widths(running: Sequence[ChunkStatus]) -> tuple[int, int]:
    """Return the widths in characters of the longest id and the longest frame range."""
    ids = max((len(str(chunk.id)) for chunk in running), default=1)
    return ids, max((len(_frames(chunk)) for chunk in running), default=1)


def _chunk_line(chunk: ChunkStatus, widths: tuple[int, int], terminal: TerminalProperties, now: float) -> Text:
    low, high = _CHUNK_BAR
    seconds = chunk.duration(now)
    done = format_percent(chunk.progress) if chunk.frames_done else ""  # not every renderer prints its progress
    time = format_duration(max(0.0, seconds)) if seconds is not None else ""
    number, frames = f"{chunk.id:>{widths[0]}}", f"{_frames(chunk):<{widths[1]}}"
    head = tr("  chunk {number}  {frames}  ", number=number, frames=frames)
    tail = f"  {done:>5}  {time:>5}"
    retries = tr("  attempt {attempts}", attempts=chunk.attempts) if chunk.attempts > 1 else ""
    width = min(high, max(low, terminal.width - len(head) - len(tail) - len(retries)))
    return Text.assemble((head, "dim"), _bar([(chunk.progress, RUNNING)], width, terminal), tail, (retries, RETRYING))


def _frames(chunk: ChunkStatus) -> str:
    return f"{chunk.start_frame}-{chunk.end_frame}"


def _bar(shares: Sequence[tuple[float, str]], width: int, terminal: TerminalProperties) -> Text:
    """Return a bar of ``width`` characters.

    ``shares`` are its parts from left to right: a fraction of 1 and a style. Only a total of 1 fills the whole bar.
    """
    full, empty = ("━", "─") if terminal.unicode else ("#", "-")
    bar = Text()
    filled, share = 0, 0.0
    for part, style in shares:
        share = min(1.0, share + part)
        characters = int(share * width + 1e-9) - filled
        bar.append(full * characters, style)
        filled += characters
    return bar.append(empty * (width - filled), "dim")


class RunningChunks:
    """The running chunks in a stable order: a new chunk takes the line of one that has ended, where there is one."""

    def __init__(self) -> None:
        self._running: dict[int, ChunkStatus] = {}
        self._order: list[int] = []

    def update(self, chunk: ChunkStatus) -> None:
        """Add, replace or remove a chunk, according to its new state."""
        if chunk.state is ChunkState.RUNNING:
            self._running[chunk.id] = chunk
        else:
            self._running.pop(chunk.id, None)

    def in_display_order(self) -> list[ChunkStatus]:
        """Return the running chunks; those of the previous call keep their places."""
        known = set(self._order)
        new = iter([chunk_id for chunk_id in self._running if chunk_id not in known])
        order = [chunk_id if chunk_id in self._running else next(new, None) for chunk_id in self._order]
        self._order = [chunk_id for chunk_id in (*order, *new) if chunk_id is not None]
        return [self._running[chunk_id] for chunk_id in self._order]
