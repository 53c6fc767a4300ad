"""One picture of a render for a terminal: the job's bar and a line for each running chunk, as many as fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.text import Text

from helios_gui.cli.output import one_line
from helios_gui.cli.progress_text import figures
from helios_gui.types import ChunkState, ChunkStatus, JobState, JobSummary
from helios_gui.utils.format import clock, count, percent

DONE, RUNNING, RETRYING, FAILED = "#009E73", "#56B4E9", "#E69F00", "#D55E00"
"""The window's state colours (told apart by colour-blind eyes too)."""

_JOB_BAR = (10, 40)
_CHUNK_BAR = (8, 30)
_STATE_WORDS = {JobState.STITCHING: "joining", JobState.RUNNING: "rendering"}


@dataclass(frozen=True, slots=True)
class Look:
    """What the terminal offers: its size in characters, and whether it knows more than ASCII."""

    width: int
    height: int
    unicode: bool = True


def draw(summary: JobSummary, running: Sequence[ChunkStatus], look: Look, now: float, *, stopping: bool) -> Text:
    """The picture, at most ``look.height - 1`` lines; ``now`` is seconds since the epoch."""
    lines = [_title(summary, stopping=stopping), _job_line(summary, running, look)]
    room = max(1, look.height - len(lines) - 1)
    shown = running if len(running) <= room else running[: max(1, room - 1)]
    widths = _column_widths(running)
    lines += [_chunk_line(chunk, widths, look, now) for chunk in shown]
    if len(shown) < len(running):
        lines.append(Text(f"  {'…' if look.unicode else '...'} and {len(running) - len(shown)} more", style="dim"))
    for line in lines:
        line.truncate(look.width, overflow="ellipsis" if look.unicode else "crop")
    return Text("\n").join(lines)


def _title(summary: JobSummary, *, stopping: bool) -> Text:
    if stopping:
        late = f"; {count(summary.stopping, 'worker', 'workers')} may still bill" if summary.stopping else " …"
        state = Text(f"stopping{late} (Ctrl-C once more stops at once)", style=RETRYING)
    elif summary.blocked:
        state = Text(f"waiting, profile {summary.profile}", style=RETRYING)
    else:
        state = Text(f"{_STATE_WORDS.get(summary.state, summary.state.value)}, profile {summary.profile}", style="dim")
    return Text.assemble((one_line(summary.name), "bold"), "  ", state)


def _job_line(summary: JobSummary, running: Iterable[ChunkStatus], look: Look) -> Text:
    if summary.state is JobState.STITCHING:
        words = f"{percent(summary.stitch_progress)}  {summary.chunks_total} chunks into one video"
        return _bar_and_words([(summary.stitch_progress, DONE)], words, look)
    total = summary.frames_total or 1
    in_flight = sum(chunk.frames_done for chunk in running)
    shares = [(max(0, summary.frames_done - in_flight) / total, DONE), (in_flight / total, RUNNING)]
    line = _bar_and_words(shares, figures(summary), look)
    line.highlight_regex(r"\d+ failed", FAILED)
    line.highlight_regex(r"\d+ to retry", RETRYING)
    return line


def _bar_and_words(shares: Sequence[tuple[float, str]], words: str, look: Look) -> Text:
    low, high = _JOB_BAR
    width = min(high, max(low, look.width - len(words) - 2))
    return Text.assemble(_bar(shares, width, look), "  ", words)


def _column_widths(running: Sequence[ChunkStatus]) -> tuple[int, int]:
    """Letters that ids and frame ranges take at most."""
    ids = max((len(str(chunk.id)) for chunk in running), default=1)
    return ids, max((len(_frames(chunk)) for chunk in running), default=1)


def _chunk_line(chunk: ChunkStatus, widths: tuple[int, int], look: Look, now: float) -> Text:
    low, high = _CHUNK_BAR
    seconds = chunk.duration(now)
    done = percent(chunk.progress) if chunk.frames_done else ""  # not every renderer tells how far it is
    time = clock(max(0.0, seconds)) if seconds is not None else ""
    head = f"  chunk {chunk.id:>{widths[0]}}  {_frames(chunk):<{widths[1]}}  "
    tail = f"  {done:>5}  {time:>5}" + (f"  attempt {chunk.attempts}" if chunk.attempts > 1 else "")
    width = min(high, max(low, look.width - len(head) - len(tail)))
    line = Text.assemble((head, "dim"), _bar([(chunk.progress, RUNNING)], width, look), tail)
    line.highlight_regex(r"attempt \d+$", RETRYING)
    return line


def _frames(chunk: ChunkStatus) -> str:
    return f"{chunk.start_frame}-{chunk.end_frame}"


def _bar(shares: Sequence[tuple[float, str]], width: int, look: Look) -> Text:
    """A bar of ``width`` letters, its parts side by side; only what is complete fills it to the end."""
    full, empty = ("━", "─") if look.unicode else ("#", "-")
    bar = Text()
    filled, share = 0, 0.0
    for part, style in shares:
        share = min(1.0, share + part)
        letters = int(share * width + 1e-9) - filled
        bar.append(full * letters, style)
        filled += letters
    return bar.append(empty * (width - filled), "dim")


class Lanes:
    """The running chunks in an order that stays: a new one takes the place of one that ended, if there is one."""

    def __init__(self) -> None:
        self._running: dict[int, ChunkStatus] = {}
        self._order: list[int] = []

    def update(self, chunk: ChunkStatus) -> None:
        """A chunk changed."""
        if chunk.state is ChunkState.RUNNING:
            self._running[chunk.id] = chunk
        else:
            self._running.pop(chunk.id, None)

    def arrange(self) -> list[ChunkStatus]:
        """The running chunks, each where it was the last time."""
        places = dict.fromkeys(self._order)
        new = iter([chunk_id for chunk_id in self._running if chunk_id not in places])
        order = [chunk_id if chunk_id in self._running else next(new, None) for chunk_id in self._order]
        self._order = [chunk_id for chunk_id in (*order, *new) if chunk_id is not None]
        return [self._running[chunk_id] for chunk_id in self._order]
