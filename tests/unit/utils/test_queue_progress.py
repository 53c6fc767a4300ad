"""How far the whole queue is, and when it will be done."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from helios_gui.types import JobState, JobSummary
from helios_gui.utils.queue_progress import QueueMeter, QueueProgress


def job(name: str, state: JobState, done: int, speed: float | None = None, profile: str = "Local") -> JobSummary:
    return JobSummary(
        id=name,
        name=name,
        state=state,
        profile=profile,
        job_dir=Path(),
        output=Path("out.mp4"),
        frames_total=100,
        chunks_total=1,
        added_at=0,
        frames_done=done,
        frames_per_second=speed,
        in_line=state is JobState.PENDING,
    )


def test_a_completed_job_counts_until_the_queue_is_idle() -> None:
    meter = QueueMeter()
    old = job("old", JobState.COMPLETED, 100)
    assert meter.measure([old]) is None
    running, waiting = job("a", JobState.RUNNING, 50, 5.0), job("b", JobState.PENDING, 0)
    assert meter.measure([old, running, waiting]) == QueueProgress(0.25, 30.0)
    completed, running = job("a", JobState.COMPLETED, 100), job("b", JobState.RUNNING, 20, 4.0)
    assert meter.measure([old, completed, running]) == QueueProgress(0.6, 20.0)
    assert meter.measure([old, completed, job("b", JobState.COMPLETED, 100)]) is None
    assert meter.measure([completed, job("c", JobState.RUNNING, 0, 1.0)]) == QueueProgress(0.0, 100.0)


def test_a_long_queue_is_measured_in_no_time() -> None:
    meter = QueueMeter()
    meter.measure([job(str(place), JobState.RUNNING, 0, 1.0) for place in range(4_000)])
    half = [job(str(place), JobState.COMPLETED, 100) for place in range(2_000)]
    half += [job(str(place), JobState.RUNNING, 0, 1.0) for place in range(2_000, 4_000)]
    begun = time.process_time()
    assert meter.measure(half) == QueueProgress(0.5, 100.0)
    assert time.process_time() - begun < 0.5  # it took seconds when each was compared with each


def test_paused_and_failed_jobs_are_nothing_to_wait_for() -> None:
    meter = QueueMeter()
    meter.measure([job("a", JobState.RUNNING, 50), job("b", JobState.RUNNING, 50)])
    left = [job("a", JobState.PAUSED, 50), job("b", JobState.FAILED, 50), job("c", JobState.RUNNING, 10, 9.0)]
    assert meter.measure(left) == QueueProgress(0.1, 10.0)


def test_the_slowest_profile_counts_and_an_unknown_speed_is_said() -> None:
    local, cloud = job("a", JobState.RUNNING, 0, 10.0), job("b", JobState.RUNNING, 0, 2.0, "Cloud")
    assert QueueMeter().measure([local, cloud]) == QueueProgress(0.0, 50.0)
    assert QueueMeter().measure([local, job("b", JobState.RUNNING, 0, None, "Cloud")]) == QueueProgress(0.0, None)
    assert QueueMeter().measure([job("a", JobState.STITCHING, 100)]) == QueueProgress(1.0, 0.0)


@pytest.mark.parametrize(("left", "done_at"), [(0.0, 6000), (1.0, 6060), (1799.0, 7800), (1801.0, 8100), (None, None)])
def test_the_finish_time_is_rounded_up(left: float | None, done_at: float | None) -> None:
    assert QueueProgress(0.5, left).done_at(6000) == done_at
