"""A job's report as a page that needs no other file: it can be mailed, printed and kept."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from html import escape

from helios_gui.reports.job_report import JobReport, ReportedAttempt, ReportedChunk
from helios_gui.resources import resource_path
from helios_gui.translation import language, tr, tr_count
from helios_gui.types import AttemptState, ChunkState
from helios_gui.utils.format import format_duration, format_money, format_size
from helios_gui.utils.shown_text import plain_text
from helios_gui.utils.state_words import attempt_word, chunk_word

_WIDTH, _ROW, _GAP = 1000, 10, 2
"""Of the picture of the attempts, in its own units."""

_MOST_ROWS = 40
"""Rows of that picture; more workers than that at a time share rows."""

_LOOKS = {
    ChunkState.RUNNING: "busy",
    ChunkState.COMPLETED: "good",
    ChunkState.FAILED: "bad",
    AttemptState.RUNNING: "busy",
    AttemptState.SUCCEEDED: "good",
    AttemptState.FAILED: "bad",
}
_OTHER_LOOK = "odd"
"""Classes of the style sheet, beside the word: colour is never alone."""


def report_page(report: JobReport) -> str:
    """Return the HTML of a report, in the chosen language. Nothing in it is loaded from elsewhere, or runs."""
    style = resource_path("report", "report.css").read_text(encoding="utf-8")
    body = "".join(_body(report))
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_escape(report.name)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n"
        "</body>\n</html>\n"
    )


def _body(report: JobReport) -> Iterable[str]:
    yield f"<h1>{_escape(report.name)}</h1>\n"
    yield f'<p class="muted"><code>{_escape(str(report.output))}</code></p>\n'
    yield _verdict(report)
    yield _figures(report)
    if report.stitch_report:
        yield f"<h2>{_escape(tr('Video'))}</h2>\n{_paragraphs(report.stitch_report)}"
    attempts = [(chunk, attempt) for chunk in report.chunks for attempt in chunk.attempts]
    if attempts:
        yield f"<h2>{_escape(tr('Attempts over time'))}</h2>\n{_picture(attempts)}"
    failed = [(chunk, attempt) for chunk, attempt in attempts if attempt.state is not AttemptState.SUCCEEDED]
    if failed:
        yield f"<h2>{_escape(tr('Attempts that did not succeed'))}</h2>\n{_failures(failed)}"
    yield f"<h2>{_escape(tr('Chunks'))}</h2>\n{_chunks(report.chunks)}"
    made = tr("Made by {program}; job {id}.", program=report.program, id=report.id)
    yield f"<footer>{_escape(made)}</footer>\n"


def _verdict(report: JobReport) -> str:
    if report.is_complete:
        look = "good"
        frames = tr_count("{number} frame was rendered", "All {number} frames were rendered", report.frames)
        text = tr("{frames}, counted in each chunk and in the result.", frames=frames)
    else:
        look = "bad"
        text = report.reason or tr("The job is not done.")
    parts = [f"<span>{_escape(text)}</span>"]
    if report.missing:
        ranges = ", ".join(f"{first}–{last}" for first, last in _joined(report.missing))
        parts.append(f"<br><span>{_escape(tr('Frames that are missing: {ranges}', ranges=ranges))}</span>")
    return f'<p class="verdict {look}">{"".join(parts)}</p>\n'


def _joined(ranges: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Join ranges of frames that follow each other."""
    open_range: tuple[int, int] | None = None
    for first, last in sorted(ranges):
        if open_range is not None and first == open_range[1] + 1:
            open_range = open_range[0], last
            continue
        if open_range is not None:
            yield open_range
        open_range = first, last
    if open_range is not None:
        yield open_range


def _figures(report: JobReport) -> str:
    figures = {
        tr("Frames"): str(report.frames),
        tr("Size"): f"{report.width} × {report.height}",
        tr("Frame rate"): report.fps,
        tr("Chunks"): str(len(report.chunks)),
        tr("Profile"): report.profile,
        tr("Finished"): _moment(report.finished),
        tr("Wall time"): format_duration(report.work_seconds) if report.work_seconds else "–",
        tr("Time of all attempts"): format_duration(report.seconds),
        tr("Of it in failed attempts"): format_duration(report.wasted_seconds),
    }
    if report.cost:
        figures[tr("Cost")] = format_money(report.cost)
    rows = (f"<div><dt>{_escape(name)}</dt><dd>{_escape(value)}</dd></div>\n" for name, value in figures.items())
    return f"<dl>\n{''.join(rows)}</dl>\n"


def _picture(attempts: Sequence[tuple[ReportedChunk, ReportedAttempt]]) -> str:
    """Draw each attempt as a bar over time, in the first row that is free."""
    ordered = sorted(attempts, key=lambda pair: pair[1].started)
    begin = ordered[0][1].started
    end = max(attempt.finished or attempt.started for _, attempt in ordered)
    scale = _WIDTH / max(end - begin, 1e-3)
    free: list[float] = []
    bars = []
    for chunk, attempt in ordered:
        until = attempt.finished or end
        row = next((number for number, moment in enumerate(free) if moment <= attempt.started), None)
        if row is None:
            row = len(free) if len(free) < _MOST_ROWS else free.index(min(free))
        free[row : row + 1] = [until]
        look = _LOOKS.get(attempt.state, _OTHER_LOOK)
        word = attempt_word(attempt.state)
        title = tr("Chunk {chunk}, attempt {attempt}: {state}", chunk=chunk.id, attempt=attempt.number, state=word)
        bars.append(
            f'<rect class="{look}" x="{(attempt.started - begin) * scale:.2f}" y="{_GAP + row * (_ROW + _GAP)}" '
            f'width="{max(1.0, (until - attempt.started) * scale - 0.5):.2f}" height="{_ROW}" rx="1">'
            f"<title>{_escape(title)}</title></rect>\n"
        )
    height = _GAP + len(free) * (_ROW + _GAP)
    label = _escape(tr("Each bar is an attempt; rows are what ran at the same time."))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{label}">\n{"".join(bars)}</svg>\n'
        f'<p class="muted">{label}</p>\n'
    )


def _failures(attempts: Sequence[tuple[ReportedChunk, ReportedAttempt]]) -> str:
    rows = []
    for chunk, attempt in attempts:
        look = _LOOKS.get(attempt.state, _OTHER_LOOK)
        code = "–" if attempt.exit_code is None else str(attempt.exit_code)
        rows.append(
            f'<tr><td class="number">{chunk.id}</td><td class="number">{attempt.number}</td>'
            f'<td class="{look}">{_escape(attempt_word(attempt.state))}</td><td>{_escape(attempt.profile)}</td>'
            f'<td class="moment">{_moment(attempt.started)}</td><td class="number">{code}</td>'
            f"<td>{_escape(attempt.cause)}<br><code>{_escape(str(attempt.log))}</code></td></tr>\n"
        )
    names = tr("Chunk"), tr("Attempt"), tr("State"), tr("Profile"), tr("Started"), tr("Exit code"), tr("Cause and log")
    return _table(names, rows, numbers=(0, 1, 5))


def _chunks(chunks: Sequence[ReportedChunk]) -> str:
    rows = []
    for chunk in chunks:
        look = _LOOKS.get(chunk.state, _OTHER_LOOK)
        seconds = chunk.attempts[-1].seconds if chunk.attempts else None
        rows.append(
            f'<tr><td class="number">{chunk.id}</td><td class="number">{chunk.first_frame}–{chunk.last_frame}</td>'
            f'<td class="{look}">{_escape(chunk_word(chunk.state))}</td><td class="number">{len(chunk.attempts)}</td>'
            f'<td class="number">{"–" if seconds is None else format_duration(seconds)}</td>'
            f'<td class="number">{"–" if chunk.size is None else _escape(format_size(chunk.size))}</td>'
            f"<td><code>{_escape(chunk.output)}<br>{_escape(chunk.sha256)}</code></td></tr>\n"
        )
    names = tr("Chunk"), tr("Frames"), tr("State"), tr("Attempts"), tr("Time"), tr("Size"), tr("Output and SHA-256")
    return _table(names, rows, numbers=(0, 1, 3, 4, 5))


def _table(names: Sequence[str], rows: Sequence[str], numbers: Collection[int]) -> str:
    """Return a table; the headings of the columns of ``numbers`` stand on the right, as their cells do."""
    heads = "".join(
        f'<th class="number">{_escape(name)}</th>' if place in numbers else f"<th>{_escape(name)}</th>"
        for place, name in enumerate(names)
    )
    return f'<div class="table"><table>\n<tr>{heads}</tr>\n{"".join(rows)}</table></div>\n'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_escape(line)}</p>\n" for line in text.splitlines() if line.strip())


def _moment(moment: float | None) -> str:
    return "–" if moment is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def _escape(text: str) -> str:
    """Return HTML that shows a text as it is; what cannot be seen in it, or turns what follows around, as an escape."""
    return escape(plain_text(text))
