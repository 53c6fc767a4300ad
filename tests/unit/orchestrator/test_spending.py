"""What a job will have cost in all, while it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.meters import CostMeter
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.types import ChunkState, JobExecutionOptions
from tests.support.jobs import text_job


def test_the_rest_costs_what_finished_frames_did_failures_included() -> None:
    meter = CostMeter()
    assert meter.expected_total(0.0, 100) is None
    meter.add(0.3, 0)
    assert meter.expected_total(0.0, 100) is None, "nothing is finished"
    meter.add(0.7, 10)
    assert meter.expected_total(0.0, 100) == pytest.approx(10)
    assert meter.expected_total(0.0, 0) == 0


def test_what_is_free_is_not_told() -> None:
    meter = CostMeter()
    meter.add(0.0, 10)
    assert meter.expected_total(0.0, 100) is None


def running_job(**options: object) -> LiveJob:
    job = LiveJob("job", text_job(4), JobExecutionOptions(**options), Path("/out.mp4"), name="Job")  # type: ignore[arg-type]
    job.set_intent(JobIntent.RUN)
    job.enter_phase(JobPhase.EXECUTING)
    return job


def finish_first(job: LiveJob, cost: float) -> None:
    job.move_chunk(job.chunks[0], ChunkState.RUNNING)
    job.add_cost(cost, frames=10)
    job.move_chunk(job.chunks[0], ChunkState.COMPLETED)


def test_a_running_job_tells_what_it_comes_to() -> None:
    job = running_job()
    assert job.summary().expected_cost is None
    finish_first(job, 0.5)
    assert job.summary().expected_cost == pytest.approx(2.0)
    job.enter_phase(JobPhase.ENDED)
    assert job.summary().expected_cost is None
    assert job.summary().cost == 0.5


def test_an_earlier_run_counts_as_cost_and_not_as_measure() -> None:
    job = running_job()
    job.add_cost(100.0)
    job.enter_phase(JobPhase.EXECUTING)
    finish_first(job, 0.5)
    assert job.summary().expected_cost == pytest.approx(102.0)


def test_of_some_chunks_nothing_is_said() -> None:
    job = running_job(chunk_ids=(0, 1))
    finish_first(job, 0.5)
    assert job.summary().expected_cost is None
