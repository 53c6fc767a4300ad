from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.cli.render.reporters.progress_display import RunningChunks, TerminalProperties, draw_progress
from helios_gui.cli.render.reporters.progress_text import MAX_FAILURE_MESSAGES, FailureMessages
from helios_gui.types import ChunkState, ChunkStatus, JobState, JobSummary

NOW = 1_000_000.0
WIDE = TerminalProperties(100, 30)
WIDER = TerminalProperties(120, 30)


def summary(**changes: object) -> JobSummary:
    values: dict[str, object] = {
        "id": "abc",
        "name": "Opening titles",
        "state": JobState.RUNNING,
        "profile": "Local",
        "job_dir": Path("/work"),
        "output": Path("/work/out.mp4"),
        "frames_total": 1000,
        "chunks_total": 100,
        "added_at": NOW,
        "frames_done": 440,
        "counts": {ChunkState.COMPLETED: 40, ChunkState.RUNNING: 8},
        "frames_per_second": 31.25,
        "eta": 17.6,
    }
    return JobSummary(**{**values, **changes})  # type: ignore[arg-type]


def chunk(number: int, frames_done: int = 5, state: ChunkState = ChunkState.RUNNING, attempts: int = 1) -> ChunkStatus:
    return ChunkStatus(
        id=number,
        index=number,
        start_frame=number * 10,
        frame_count=10,
        state=state,
        frames_done=frames_done,
        attempts=attempts,
        started_at=NOW - 7,
    )


def lines(terminal: TerminalProperties, running: int = 8, **changes: object) -> list[str]:
    chunks = [chunk(number) for number in range(40, 40 + running)]
    return draw_progress(summary(**changes), chunks, terminal, NOW, stopping=False).plain.split("\n")


def test_the_job_and_each_running_chunk_have_a_line() -> None:
    text = lines(WIDE)
    assert len(text) == 2 + 8
    assert text[0] == "Opening titles  rendering, profile Local"
    assert text[1].endswith("  44 %  40/100 chunks  31.2 frames/s  0:18 left")
    assert text[2] == f"  chunk 40  400-409  {'━' * 15}{'─' * 15}   50 %   0:07"


def test_what_it_costs_is_told_and_what_it_comes_to() -> None:
    assert lines(WIDER, cost=0.21)[1].endswith("  0:18 left  $0.21")
    assert lines(WIDER, cost=0.21, expected_cost=0.484)[1].endswith("  0:18 left  $0.21 of about $0.48")


@pytest.mark.parametrize("height", [5, 10, 24, 60])
@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("running", [0, 1, 64, 2000])
def test_it_fits_whatever_runs(width: int, height: int, running: int) -> None:
    text = lines(TerminalProperties(width, height), running)
    assert len(text) <= height - 1
    assert max(map(len, text)) <= width


def test_what_does_not_fit_is_counted() -> None:
    text = lines(WIDE, 64)
    assert len(text) == 29
    assert text[-1] == "  … and 38 more"
    assert sum(line.startswith("  chunk") for line in text) == 64 - 38


def test_bars_are_full_only_at_the_end() -> None:
    assert "─" in lines(WIDE, 0, frames_done=999)[1]
    assert "─" not in lines(WIDE, 0, frames_done=1000)[1]
    assert "━" not in lines(WIDE, 0, frames_done=0)[1]


def test_failures_and_retries_are_counted() -> None:
    counts = {ChunkState.COMPLETED: 40, ChunkState.FAILED: 3, ChunkState.RETRYING: 2}
    assert "40/100 chunks  3 failed  2 to retry" in lines(WIDER, counts=counts)[1]


def test_a_renderer_that_tells_nothing_gets_no_percentage() -> None:
    text = draw_progress(summary(), [chunk(1, frames_done=0)], WIDE, NOW, stopping=False).plain.split("\n")
    assert "%" not in text[2]
    assert text[2].endswith("0:07")


def test_attempts_are_named_from_the_second_on() -> None:
    text = draw_progress(summary(), [chunk(1), chunk(2, attempts=3)], WIDE, NOW, stopping=False).plain.split("\n")
    assert "attempt" not in text[2]
    assert text[3].endswith("attempt 3")


def test_stitching_has_a_bar_of_its_own() -> None:
    text = lines(WIDE, 0, state=JobState.STITCHING, stitch_progress=0.25)
    assert text[0].endswith("stitching, profile Local")
    assert text[1] == f"{'━' * 10}{'─' * 30}  25 %  100 chunks into one video"


def test_ascii_where_there_is_nothing_else() -> None:
    drawn = draw_progress(
        summary(), [chunk(n) for n in range(64)], TerminalProperties(100, 30, unicode=False), NOW, stopping=False
    )
    assert drawn.plain.isascii()


def test_a_name_cannot_break_the_picture() -> None:
    text = lines(WIDE, 0, name="two\nlines \x1b[2J")
    assert len(text) == 2
    assert "\x1b" not in text[0]


def test_running_chunks_keep_their_lines() -> None:
    running = RunningChunks()
    for number in (0, 1, 2):
        running.update(chunk(number))
    assert [each.id for each in running.in_display_order()] == [0, 1, 2]
    running.update(chunk(1, state=ChunkState.COMPLETED))
    running.update(chunk(3))
    assert [each.id for each in running.in_display_order()] == [0, 3, 2]
    running.update(chunk(0, state=ChunkState.FAILED))
    assert [each.id for each in running.in_display_order()] == [3, 2]
    running.update(chunk(2, frames_done=9))
    assert [each.frames_done for each in running.in_display_order()] == [5, 9]


def test_failures_are_told_when_they_happen_up_to_a_number() -> None:
    messages = FailureMessages()
    failed = replace(chunk(3, state=ChunkState.RETRYING), reason="no texture")
    told = messages.message(failed, ChunkState.RUNNING)
    assert told == "Chunk 3, attempt 1: no texture; it will be tried again"
    sentence = replace(failed, reason="There is no texture.")
    assert "There is no texture; it will" in FailureMessages().message(sentence, ChunkState.RUNNING)
    assert messages.message(failed, ChunkState.RETRYING) == "", "nothing has changed"
    failed = replace(failed, state=ChunkState.FAILED)
    rest = [messages.message(failed, ChunkState.RUNNING) for _ in range(MAX_FAILURE_MESSAGES + 1)]
    assert set(rest[:-2]) == {"Chunk 3 failed: no texture"}
    assert rest[-2:] == ["More chunks fail; from here on only their number is shown.", ""]
