"""The state machine: every chunk transition, and the precedence by which a job's state is rolled up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.orchestrator.live_chunk import IllegalTransitionError
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.states import CHUNK_TRANSITIONS, JobIntent, JobPhase, intent_behind, roll_up
from helios_gui.types import ChunkState, JobExecutionOptions, JobMetadata, JobSpec, JobState, RenderChunk


def make_job(frames: tuple[int, ...] = (10, 20, 30)) -> LiveJob:
    chunks, start = [], 0
    for index, count in enumerate(frames):
        chunks.append(
            RenderChunk(id=index, start_frame=start, frame_count=count, output_file=f"{index}.mov", command="true")
        )
        start += count
    spec = JobSpec(metadata=JobMetadata(total_frames=start, fps=25, width=16, height=16), chunks=tuple(chunks))
    return LiveJob("job", spec, JobExecutionOptions(), Path("out.mp4"), name="Job")


@pytest.mark.parametrize(
    ("intent", "phase", "failed", "delivered", "problem", "state"),
    [
        (JobIntent.CANCEL, JobPhase.STITCHING, 1, True, True, JobState.STITCHING),
        (JobIntent.RUN, JobPhase.EXECUTING, 1, False, False, JobState.RUNNING),
        (JobIntent.CANCEL, JobPhase.EXECUTING, 0, False, False, JobState.RUNNING),
        (JobIntent.PAUSE, JobPhase.EXECUTING, 0, False, False, JobState.PAUSED),
        (JobIntent.RUN, JobPhase.ENDED, 0, True, False, JobState.COMPLETED),
        (JobIntent.PAUSE, JobPhase.WAITING, 1, False, False, JobState.PAUSED),
        (JobIntent.INTERRUPT, JobPhase.WAITING, 1, False, False, JobState.INTERRUPTED),
        (JobIntent.CANCEL, JobPhase.ENDED, 2, False, False, JobState.CANCELLED),
        (JobIntent.RUN, JobPhase.ENDED, 1, False, False, JobState.FAILED),
        (JobIntent.RUN, JobPhase.ENDED, 0, False, True, JobState.FAILED),
        (JobIntent.RUN, JobPhase.ENDED, 0, False, False, JobState.PENDING),
        (JobIntent.RUN, JobPhase.WAITING, 1, False, False, JobState.PENDING),
        (JobIntent.HOLD, JobPhase.WAITING, 0, False, False, JobState.PENDING),
    ],
)
def test_roll_up(
    intent: JobIntent, phase: JobPhase, failed: int, delivered: bool, problem: bool, state: JobState
) -> None:
    counts = {ChunkState.FAILED: failed, ChunkState.COMPLETED: 3}
    assert roll_up(intent, phase, counts, delivered=delivered, problem=problem) is state


@pytest.mark.parametrize("state", JobState)
def test_the_intent_behind_a_state_keeps_it_what_it_is(state: JobState) -> None:
    intent = intent_behind(state)
    phase = JobPhase.ENDED if state.is_finished else JobPhase.WAITING
    again = roll_up(intent, phase, {}, delivered=state is JobState.COMPLETED, problem=state is JobState.FAILED)
    assert again is (JobState.PENDING if state.is_active else state)


def test_an_illegal_transition_is_refused_and_changes_nothing() -> None:
    job = make_job()
    job.move_chunk(job.chunks[0], ChunkState.RUNNING)
    job.move_chunk(job.chunks[0], ChunkState.COMPLETED)
    with pytest.raises(IllegalTransitionError, match="chunk 0 cannot go from completed to failed"):
        job.move_chunk(job.chunks[0], ChunkState.FAILED)
    assert job.chunks[0].state is ChunkState.COMPLETED
    assert job.counts == {ChunkState.COMPLETED: 1, ChunkState.RUNNING: 0, ChunkState.PENDING: 2}


def test_every_state_can_be_left() -> None:
    assert set(CHUNK_TRANSITIONS) == set(ChunkState)
    assert all(CHUNK_TRANSITIONS.values())


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ChunkState), st.integers(0, 40))))
def test_totals_always_match_the_chunks(steps: list[tuple[int, ChunkState, int]]) -> None:
    job = make_job()
    for index, state, frames in steps:
        chunk = job.chunks[index]
        if state in CHUNK_TRANSITIONS[chunk.state]:
            job.move_chunk(chunk, state)
        job.set_chunk_progress(chunk, min(frames, chunk.spec.frame_count))
        assert +job.counts == Counter(each.state for each in job.chunks)
        assert job.frames_done == sum(each.counted_frames for each in job.chunks)
        assert 0 <= job.frames_done <= job.frames_total


def test_progress_weighs_chunks_by_frames() -> None:
    job = make_job((10, 90))
    job.move_chunk(job.chunks[1], ChunkState.RUNNING)
    job.set_chunk_progress(job.chunks[1], 45)
    assert job.summary().progress == pytest.approx(0.45)
    job.move_chunk(job.chunks[1], ChunkState.RETRYING, "lost")
    assert job.summary().progress == 0
