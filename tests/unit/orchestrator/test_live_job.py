"""A job in memory: what is asked of it, what it counts, what it is when nothing works on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.types import (
    Attempt,
    ChunkState,
    JobExecutionOptions,
    JobState,
    NotFoundError,
)
from tests.support.jobs import text_job

PENDING, RUNNING, COMPLETED = ChunkState.PENDING, ChunkState.RUNNING, ChunkState.COMPLETED


class Record:
    """A listener that remembers what it heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def job_changed(self, job: LiveJob) -> None:
        self.heard.append(f"job {job.state}")

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        self.heard.append(f"{'chunk' if durable else 'progress'} {chunk.spec.id} {chunk.state}")

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        self.heard.append(f"attempt {attempt.id}")


def make_job(count: int = 4, **options: object) -> LiveJob:
    chosen = JobExecutionOptions.model_validate({"job_dir": Path("/work"), **options})
    return LiveJob("job", text_job(count), chosen, Path("/work/out.mp4"), name="Job", listener=Record())


def heard(job: LiveJob) -> list[str]:
    assert isinstance(job.listener, Record)
    found, job.listener.heard = job.listener.heard, []
    return found


def put(job: LiveJob, index: int, *states: ChunkState) -> None:
    for state in states:
        job.move_chunk(job.chunks[index], state)


def test_every_change_is_heard() -> None:
    job = make_job()
    job.want(JobIntent.RUN)
    job.enter(JobPhase.EXECUTING)
    put(job, 1, RUNNING)
    job.progress_chunk(job.chunks[1], 3)
    job.progress_chunk(job.chunks[1], 3)
    put(job, 1, COMPLETED)
    assert heard(job) == ["job pending", "job running", "chunk 1 running", "progress 1 running", "chunk 1 completed"]


def test_frames_are_counted_by_chunk_and_progress() -> None:
    job = make_job()
    put(job, 0, RUNNING, COMPLETED)
    put(job, 1, RUNNING)
    job.progress_chunk(job.chunks[1], 7)
    assert job.frames_done == 17
    put(job, 1, ChunkState.RETRYING)
    assert job.frames_done == 10
    job.progress_chunk(job.chunks[1], 9)
    assert job.frames_done == 10, "a chunk that does not run makes no progress"
    put(job, 0, PENDING)
    assert job.frames_done == 0


def test_asking_for_chunks() -> None:
    job = make_job()
    put(job, 0, RUNNING, COMPLETED)
    put(job, 1, RUNNING, ChunkState.FAILED)
    put(job, 2, RUNNING)
    first, second, third, fourth = job.chunks
    assert job.to_do() == []
    assert job.ask([fourth]) == [fourth]
    assert job.ask([fourth, fourth]) == []
    assert job.ask([first, second, first], "again") == [first, second]
    assert [chunk.state for chunk in job.chunks] == [PENDING, PENDING, RUNNING, PENDING]
    assert first.reason == "again"
    assert job.to_do() == [first, second, fourth]
    job.ask([third])
    assert third.state is RUNNING, "what runs is left to run"
    job.enter(JobPhase.ENDED)
    assert job.to_do() == []


def test_chunks_by_id() -> None:
    job = make_job()
    assert job.chunks_of([2, 0]) == [job.chunks[2], job.chunks[0]]
    with pytest.raises(NotFoundError, match="“Job” has no chunk 7, 9"):
        job.chunks_of([0, 7, 9])


def test_some_chunks_asked_for_at_submission() -> None:
    assert [chunk.spec.id for chunk in make_job(chunk_ids=(3, 1)).asked_for()] == [1, 3]
    assert len(make_job().asked_for()) == 4


@pytest.mark.parametrize(
    ("intent", "state", "reason"),
    [
        (JobIntent.CANCEL, JobState.CANCELLED, "cancelled"),
        (JobIntent.PAUSE, JobState.PAUSED, ""),
        (JobIntent.INTERRUPT, JobState.INTERRUPTED, "why"),
        (JobIntent.HOLD, JobState.PENDING, "why"),
    ],
)
def test_what_is_wanted_says_what_a_job_at_rest_is(intent: JobIntent, state: JobState, reason: str) -> None:
    job = make_job()
    job.ask(job.chunks)
    job.enter(JobPhase.EXECUTING)
    put(job, 0, RUNNING, COMPLETED)
    put(job, 1, RUNNING, ChunkState.UNKNOWN)
    put(job, 2, RUNNING, ChunkState.RETRYING)
    job.want(intent, "why")
    job.come_to_rest()
    assert (job.state, job.reason, job.is_at_rest) == (state, reason, True)
    assert job.counts[ChunkState.CANCELLED] == (3 if intent is JobIntent.CANCEL else 0)
    assert job.counts[COMPLETED] == 1


def test_what_was_delivered_counts_only_until_the_next_turn() -> None:
    job = make_job()
    job.want(JobIntent.RUN)
    job.enter(JobPhase.STITCHING)
    job.deliver("made")
    job.enter(JobPhase.ENDED)
    assert (job.state, job.report) == (JobState.COMPLETED, "made")
    for phase in (JobPhase.WAITING, JobPhase.EXECUTING, JobPhase.STITCHING):
        job.deliver("made")
        job.enter(phase)
        assert (job.state is JobState.COMPLETED, job.report, job.finished_at) == (False, "", None)
        job.enter(JobPhase.ENDED, problem="broken")
        assert job.state is JobState.FAILED


def test_a_job_at_rest() -> None:
    job = make_job()
    assert job.is_at_rest
    job.want(JobIntent.RUN)
    assert not job.is_at_rest, "its turn will come"
    job.want(JobIntent.PAUSE)
    assert job.is_at_rest
    job.enter(JobPhase.EXECUTING)
    assert not job.is_at_rest


def test_a_job_from_the_journal_is_what_it_was_and_in_doubt() -> None:
    job = make_job()
    put(job, 0, RUNNING, COMPLETED)
    put(job, 1, RUNNING, ChunkState.FAILED)
    put(job, 2, ChunkState.CANCELLED)
    job.want(JobIntent.PAUSE, "lunch")
    copy = LiveJob.restore(job.status(), Record())
    assert copy.status() == job.status()
    assert heard(copy) == []
    assert copy.doubtful == {copy.chunks[0], copy.chunks[3]}


def test_taking_over_what_another_process_made_of_it() -> None:
    mine, theirs = make_job(), make_job()
    mine.want(JobIntent.RUN)
    for index in range(4):
        put(theirs, index, RUNNING, COMPLETED)
    theirs.enter(JobPhase.EXECUTING)
    theirs.deliver("made")
    theirs.enter(JobPhase.ENDED)
    heard(mine)
    mine.take_over(theirs.status())
    assert mine.state is JobState.COMPLETED
    assert mine.frames_done == 40
    assert heard(mine) == [*(f"progress {index} completed" for index in range(4)), "job completed"]


def test_every_file_it_writes() -> None:
    names = {"out.mp4", *(f"part_{index}.txt" for index in range(4))}
    assert make_job().files == {Path("/work") / name for name in names}


def test_word_that_comes_too_late_is_not_told() -> None:
    job = make_job()
    job.enter(JobPhase.EXECUTING)
    job.explain("sends its files")
    assert job.reason == "sends its files"
    job.enter(JobPhase.ENDED, reason="cancelled")
    job.explain("sends its files")
    assert job.reason == "cancelled"
