"""The queue's model: order, filter and batches, checked by Qt's own model tester."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt

from helios_gui.types import (
    ChunkChanged,
    ChunkState,
    ChunkStatus,
    JobAdded,
    JobChanged,
    JobRemoved,
    JobState,
    JobSummary,
    QueueReordered,
)
from helios_gui.ui.job.job_text import job_headline
from helios_gui.ui.queue.actions import JobAction, is_offered
from helios_gui.ui.queue.columns import COLUMNS, Column, cell_text
from helios_gui.ui.queue.model import JobQueueModel
from helios_gui.ui.queue.ordering import can_move, move_before, move_by_one
from helios_gui.ui.queue.state_filter import JobKind, kind_of
from helios_gui.ui.theme import job_style

MakeSummary = Callable[..., JobSummary]


@pytest.fixture
def model(qtmodeltester: object, make_summary: MakeSummary) -> JobQueueModel:
    """Five jobs, watched by the model tester."""
    queue = JobQueueModel()
    qtmodeltester.check(queue)  # type: ignore[attr-defined]
    queue.apply([JobAdded(make_summary(place)) for place in range(5)])
    return queue


def names(model: JobQueueModel) -> list[str]:
    return [model.index(row, Column.NAME).data() for row in range(model.rowCount())]


def test_rows_are_in_queue_order(model: JobQueueModel, make_summary: MakeSummary) -> None:
    assert names(model) == [f"Job {place}" for place in range(5)]
    model.apply([QueueReordered(("job-4", "job-0", "job-1", "job-2", "job-3"))])
    assert names(model) == ["Job 4", "Job 0", "Job 1", "Job 2", "Job 3"]


def test_a_job_that_another_process_works_on_says_so_and_can_be_looked_at_only(make_summary: MakeSummary) -> None:
    counts = {ChunkState.COMPLETED: 4, ChunkState.RUNNING: 2, ChunkState.PENDING: 4}
    for state in (JobState.PENDING, JobState.RUNNING, JobState.STITCHING, JobState.PAUSED):
        job = make_summary(0, state=state, counts=counts, elsewhere=True, reason="Another process.", started_at=1.0)
        assert cell_text(job, Column.STATE) == "elsewhere"
        assert cell_text(job, Column.PROGRESS).endswith("(4/10)")
        assert kind_of(job) is JobKind.RUNNING
        assert not any((job.is_at_work, job.is_at_rest, job.can_pause, job.needs_the_computer))
        assert job_headline(job).startswith("Another process · ")
        offered = {action for action in JobAction if is_offered(action, job)}
        assert offered == {
            JobAction.MOVE_TOP,
            JobAction.MOVE_UP,
            JobAction.MOVE_DOWN,
            JobAction.DUPLICATE,
            JobAction.SHOW_FOLDER,
            JobAction.COPY_ERROR,
            JobAction.REPORT,
        }


def test_changes_in_a_batch_are_told_as_few_ranges(model: JobQueueModel, make_summary: MakeSummary) -> None:
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    running = {ChunkState.RUNNING: 2, ChunkState.PENDING: 8}
    changed = [make_summary(place, state=JobState.RUNNING, counts=running) for place in (3, 0, 1)]
    model.apply([JobChanged(summary) for summary in changed])
    assert told == [(0, 1), (3, 3)]


def test_removed_and_unknown_jobs(model: JobQueueModel, make_summary: MakeSummary) -> None:
    model.apply([JobRemoved("job-1"), JobRemoved("job-2"), JobRemoved("job-4"), JobRemoved("nobody")])
    assert names(model) == ["Job 0", "Job 3"]
    model.apply([JobChanged(make_summary(1))])  # a last word about a removed job does not bring it back
    assert names(model) == ["Job 0", "Job 3"]
    chunk = ChunkStatus(0, 0, 0, 10, ChunkState.RUNNING)
    model.apply([ChunkChanged("job-0", chunk), JobAdded(make_summary(9))])
    assert names(model) == ["Job 0", "Job 3", "Job 9"]


def test_sorting_follows_values_and_goes_back(model: JobQueueModel, make_summary: MakeSummary) -> None:
    model.apply([JobChanged(make_summary(place, frames_done=(place * 37) % 100)) for place in range(5)])
    model.sort(Column.PROGRESS, Qt.SortOrder.DescendingOrder)
    assert not model.in_queue_order
    assert names(model) == ["Job 2", "Job 4", "Job 1", "Job 3", "Job 0"]
    model.apply([JobChanged(make_summary(0, frames_done=99))])
    assert names(model)[0] == "Job 0"
    model.sort(-1)
    assert model.in_queue_order
    assert names(model) == [f"Job {place}" for place in range(5)]


def test_eta_sorts_unknown_last(model: JobQueueModel, make_summary: MakeSummary) -> None:
    model.apply([JobChanged(make_summary(3, eta=5.0)), JobChanged(make_summary(1, eta=2.0))])
    model.sort(Column.ETA)
    assert names(model)[:2] == ["Job 1", "Job 3"]


def test_selected_rows_keep_their_jobs_when_rows_move(model: JobQueueModel, make_summary: MakeSummary) -> None:
    held = QPersistentModelIndex(model.index(1, 0))
    model.sort(Column.NAME, Qt.SortOrder.DescendingOrder)
    assert held.data() == "Job 1"
    model.apply([JobRemoved("job-0"), JobAdded(make_summary(7))])
    assert held.data() == "Job 1"


def test_the_filter_looks_at_name_state_and_profile(model: JobQueueModel, make_summary: MakeSummary) -> None:
    model.apply(
        [
            JobChanged(make_summary(1, name="Opening Titles", profile="Studio")),
            JobChanged(make_summary(2, name="Titles, end", state=JobState.FAILED)),
        ]
    )
    for text, expected in {
        "titles": ["Opening Titles", "Titles, end"],
        "TITLES failed": ["Titles, end"],
        "studio": ["Opening Titles"],
        "no such": [],
        "  ": ["Job 0", "Opening Titles", "Titles, end", "Job 3", "Job 4"],
    }.items():
        model.set_filter(text)
        assert names(model) == expected, text


def test_a_change_can_make_a_row_match_the_filter(model: JobQueueModel, make_summary: MakeSummary) -> None:
    model.set_filter("failed")
    assert model.rowCount() == 0
    model.apply([JobChanged(make_summary(2, state=JobState.FAILED))])
    assert names(model) == ["Job 2"]
    model.apply([JobChanged(make_summary(2, state=JobState.RUNNING))])
    assert names(model) == []


def test_ten_thousand_rows_sort_filter_and_update(qtmodeltester: object, make_summary: MakeSummary) -> None:
    model = JobQueueModel()
    jobs = [make_summary(place, name=f"Job {(place * 7919) % 10_000:05}") for place in range(10_000)]
    model.apply([JobAdded(job) for job in jobs])
    model.sort(Column.NAME)
    assert names(model)[0] == "Job 00000"
    assert names(model)[-1] == "Job 09999"
    model.set_filter("99")
    assert model.rowCount() == sum("99" in job.name for job in jobs)
    model.set_filter("")
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    model.apply([JobRemoved(job.id) for job in jobs[::2]])  # five thousand single rows: one reset
    assert len(resets) == 1
    assert model.rowCount() == 5_000


def test_every_column_has_its_rules() -> None:
    assert list(COLUMNS) == list(Column)


def test_what_cells_say(make_summary: MakeSummary) -> None:
    counts = {ChunkState.COMPLETED: 212, ChunkState.RUNNING: 8, ChunkState.PENDING: 260}
    job = make_summary(
        0, state=JobState.RUNNING, counts=counts, chunks_total=480, frames_total=1000, frames_done=449, eta=190.0
    )
    assert cell_text(job, Column.PROGRESS) == "44 % (212/480)"
    assert cell_text(replace(job, chunks_total=12000), Column.PROGRESS) == "44 % (212/12,000)"
    assert cell_text(job, Column.ETA) == "3:10"
    assert cell_text(job, Column.STATE) == "running"
    assert cell_text(replace(job, state=JobState.PAUSED), Column.ETA) == ""
    stitching = replace(job, state=JobState.STITCHING, stitch_progress=0.305)
    assert cell_text(stitching, Column.PROGRESS) == "stitching 30 %"
    almost = replace(job, frames_done=999)
    assert cell_text(almost, Column.PROGRESS).startswith("99 %")


def test_what_is_spoken_names_the_state(model: JobQueueModel) -> None:
    assert model.index(0, Column.NAME).data(Qt.ItemDataRole.AccessibleTextRole) == "Job 0, ready"
    spoken = model.index(0, Column.PROGRESS).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "0 % (0/10), 10 waiting"


queues = st.lists(st.integers(0, 99).map(str), unique=True, min_size=1, max_size=8)


def moved_to(queue: list[str], jobs: list[str], place: int) -> list[str]:
    rest = [job for job in queue if job not in jobs]
    return [*rest[:place], *jobs, *rest[place:]]


@given(queue=queues, data=st.data())
def test_a_placement_brings_the_block_before_its_target(queue: list[str], data: st.DataObject) -> None:
    moved = data.draw(st.sets(st.sampled_from(queue)))
    before = data.draw(st.sampled_from([*queue, None]))
    result = list(queue)
    if (placement := move_before(queue, moved, before)) is not None:
        result = moved_to(queue, *placement)
        assert result != queue
    rest = [job for job in queue if job not in moved]
    block = [job for job in queue if job in moved]
    assert [job for job in result if job not in moved] == rest
    start = result.index(block[0]) if block else 0
    assert result[start : start + len(block)] == block
    if block and before is None:
        assert result[-len(block) :] == block
    if block and before is not None and before not in moved:
        assert result[start + len(block)] == before


@given(queue=queues, data=st.data(), step=st.sampled_from([-1, 1]))
def test_a_single_job_is_shifted_past_its_neighbour(queue: list[str], data: st.DataObject, step: int) -> None:
    job = data.draw(st.sampled_from(queue))
    place = queue.index(job)
    target = min(max(place + step, 0), len(queue) - 1)
    assert move_by_one(queue, [job], step) == (([job], target) if target != place else None)


@given(st.data())
def test_jobs_can_move_where_a_move_changes_something(data: st.DataObject) -> None:
    queue = [f"job-{place}" for place in range(data.draw(st.integers(0, 6)))]
    moved = data.draw(st.lists(st.sampled_from(queue), unique=True)) if queue else []
    assert can_move(queue, moved) == tuple(move_by_one(queue, moved, step) is not None for step in (-1, 1))
    if moved:
        assert (move_before(queue, moved, queue[0]) is not None) == can_move(queue, moved)[0]


def test_a_job_in_line_reads_unlike_one_that_waits_to_be_asked(make_summary: Callable[..., JobSummary]) -> None:
    ready, waiting = make_summary(0), make_summary(1, in_line=True)
    assert job_style(ready).word == "ready"
    assert job_style(waiting).word == "waiting"
    assert job_style(ready).glyph != job_style(waiting).glyph
    assert is_offered(JobAction.RENDER, ready)
    assert not is_offered(JobAction.RENDER, waiting)
    assert is_offered(JobAction.PAUSE, waiting)
