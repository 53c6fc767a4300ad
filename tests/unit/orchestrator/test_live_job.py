"""A job in memory: what is asked of it, what it counts, what it is when nothing works on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest

from helios_gui.orchestrator import live_job
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.types import (
    Attempt,
    ChunkState,
    JobExecutionOptions,
    JobState,
    MadeFile,
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


RECORDS: WeakKeyDictionary[LiveJob, Record] = WeakKeyDictionary()


def make_job(count: int = 4, **options: object) -> LiveJob:
    chosen = JobExecutionOptions.model_validate({"job_dir": Path("/work"), **options})
    record = Record()
    job = LiveJob("job", text_job(count), chosen, Path("/work/out.mp4"), name="Job", listener=record)
    RECORDS[job] = record
    return job


def heard(job: LiveJob) -> list[str]:
    record = Record()
    found = RECORDS[job].heard
    RECORDS[job] = record
    job.set_listener(record)
    return found


def put(job: LiveJob, index: int, *states: ChunkState) -> None:
    for state in states:
        job.move_chunk(job.chunks[index], state)


def test_every_change_is_heard() -> None:
    job = make_job()
    job.set_intent(JobIntent.RUN)
    job.enter_phase(JobPhase.EXECUTING)
    put(job, 1, RUNNING)
    job.set_chunk_progress(job.chunks[1], 3)
    job.set_chunk_progress(job.chunks[1], 3)
    put(job, 1, COMPLETED)
    assert heard(job) == ["job pending", "job running", "chunk 1 running", "progress 1 running", "chunk 1 completed"]


def test_frames_are_counted_by_chunk_and_progress() -> None:
    job = make_job()
    put(job, 0, RUNNING, COMPLETED)
    put(job, 1, RUNNING)
    job.set_chunk_progress(job.chunks[1], 7)
    assert job.frames_done == 17
    put(job, 1, ChunkState.RETRYING)
    assert job.frames_done == 10
    job.set_chunk_progress(job.chunks[1], 9)
    assert job.frames_done == 10, "a chunk that does not run makes no progress"
    put(job, 0, PENDING)
    assert job.frames_done == 0


def test_asking_for_chunks() -> None:
    job = make_job()
    put(job, 0, RUNNING, COMPLETED)
    put(job, 1, RUNNING, ChunkState.FAILED)
    put(job, 2, RUNNING)
    first, second, third, fourth = job.chunks
    assert job.chunks_to_render() == []
    assert job.request_chunks([fourth]) == [fourth]
    assert job.request_chunks([fourth, fourth]) == []
    assert job.request_chunks([first, second, first], "again") == [first, second]
    assert [chunk.state for chunk in job.chunks] == [PENDING, PENDING, RUNNING, PENDING]
    assert first.reason == "again"
    assert job.chunks_to_render() == [first, second, fourth]
    job.request_chunks([third])
    assert third.state is RUNNING, "what runs is left to run"
    job.enter_phase(JobPhase.ENDED)
    assert job.chunks_to_render() == []


def test_chunks_by_id() -> None:
    job = make_job()
    assert job.chunks_of([2, 0]) == [job.chunks[2], job.chunks[0]]
    with pytest.raises(NotFoundError, match="“Job” has no chunk 7, 9"):
        job.chunks_of([0, 7, 9])


def test_some_chunks_asked_for_at_submission() -> None:
    assert [chunk.spec.id for chunk in make_job(chunk_ids=(3, 1)).selected_chunks()] == [1, 3]
    assert len(make_job().selected_chunks()) == 4


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
    job.request_chunks(job.chunks)
    job.enter_phase(JobPhase.EXECUTING)
    put(job, 0, RUNNING, COMPLETED)
    put(job, 1, RUNNING, ChunkState.UNKNOWN)
    put(job, 2, RUNNING, ChunkState.RETRYING)
    job.set_intent(intent, "why")
    job.end_early()
    assert (job.state, job.summary().reason, job.is_idle) == (state, reason, True)
    assert job.counts[ChunkState.CANCELLED] == (3 if intent is JobIntent.CANCEL else 0)
    assert job.counts[COMPLETED] == 1


def test_what_was_delivered_counts_only_until_the_next_turn() -> None:
    job = make_job()
    job.set_intent(JobIntent.RUN)
    job.enter_phase(JobPhase.STITCHING)
    job.deliver("made")
    job.enter_phase(JobPhase.ENDED)
    assert (job.state, job.summary().report) == (JobState.COMPLETED, "made")
    for phase in (JobPhase.WAITING, JobPhase.EXECUTING, JobPhase.STITCHING):
        job.deliver("made")
        job.enter_phase(phase)
        assert (job.state is JobState.COMPLETED, job.summary().report, job.summary().finished_at) == (False, "", None)
        job.enter_phase(JobPhase.ENDED, problem="broken")
        assert job.state is JobState.FAILED


def test_the_time_of_all_runs_counts_and_no_pause_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("helios_gui.orchestrator.meters.time.monotonic", lambda: now)
    job = make_job()
    job.set_intent(JobIntent.RUN)
    for phase, seconds in (
        (JobPhase.WAITING, 7.0),
        (JobPhase.EXECUTING, 60.0),
        (JobPhase.WAITING, 900.0),  # paused
        (JobPhase.EXECUTING, 30.0),
        (JobPhase.STITCHING, 4.0),
        (JobPhase.ENDED, 5000.0),
    ):
        job.enter_phase(phase)
        now += seconds
    assert job.summary().work_seconds == 94.0
    restored = LiveJob.restore(job.status(), SilentListener())
    assert restored.summary().work_seconds == 94.0
    restored.enter_phase(JobPhase.EXECUTING)
    now += 6.0
    assert restored.summary().work_seconds == 100.0  # as it would be written before a crash


def test_a_job_at_rest() -> None:
    job = make_job()
    assert job.is_idle
    job.set_intent(JobIntent.RUN)
    assert not job.is_idle, "its turn will come"
    job.set_intent(JobIntent.PAUSE)
    assert job.is_idle
    job.enter_phase(JobPhase.EXECUTING)
    assert not job.is_idle


def test_a_job_from_the_journal_is_what_it_was_and_in_doubt() -> None:
    job = make_job()
    put(job, 0, RUNNING, COMPLETED)
    put(job, 1, RUNNING, ChunkState.FAILED)
    put(job, 2, ChunkState.CANCELLED)
    job.set_intent(JobIntent.PAUSE, "lunch")
    record = Record()
    copy = LiveJob.restore(job.status(), record)
    assert copy.status() == job.status()
    assert record.heard == []
    assert copy.unverified == {copy.chunks[0], copy.chunks[3]}


def test_taking_over_what_another_process_made_of_it() -> None:
    mine, theirs = make_job(), make_job()
    mine.set_intent(JobIntent.RUN)
    for index in range(4):
        put(theirs, index, RUNNING, COMPLETED)
    theirs.enter_phase(JobPhase.EXECUTING)
    theirs.deliver("made")
    theirs.enter_phase(JobPhase.ENDED)
    theirs.output = Path("/work/second.mp4")
    assert Path("/work/second.mp4") not in mine.files
    heard(mine)
    mine.load(theirs.status())
    assert mine.state is JobState.COMPLETED
    assert mine.frames_done == 40
    assert mine.output == Path("/work/second.mp4")
    assert mine.output in mine.files
    assert heard(mine) == [f"progress {index} completed" for index in range(4)], "nothing that has to be written"


def test_every_file_it_writes() -> None:
    names = {"out.mp4", *(f"part_{index}.txt" for index in range(4))}
    assert make_job().files == {Path("/work") / name for name in names}


def test_word_that_comes_too_late_is_not_told() -> None:
    job = make_job()
    job.enter_phase(JobPhase.EXECUTING)
    job.set_reason("sends its files")
    assert job.summary().reason == "sends its files"
    job.enter_phase(JobPhase.ENDED, reason="cancelled")
    job.set_reason("sends its files")
    assert job.summary().reason == "cancelled"


def test_a_block_is_told_with_what_blocks() -> None:
    heard_blocked: list[bool] = []

    class Look(Record):
        def job_changed(self, job: LiveJob) -> None:
            heard_blocked.append(job.summary().blocked)

    job = make_job()
    job.set_intent(JobIntent.RUN)
    job.set_listener(Look())
    job.block("sign in again")
    assert heard_blocked == [True]


def test_state_cannot_be_set_past_the_methods() -> None:
    job = make_job()
    for thing, names in ((job, ("state", "phase", "intent", "options", "position")), (job.chunks[0], ("state",))):
        for name in names:
            with pytest.raises(AttributeError):
                setattr(thing, name, getattr(thing, name))


def test_a_remark_is_told_once_and_only_of_what_runs(tmp_path: Path) -> None:
    told: list[str] = []

    class Heard(SilentListener):
        def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
            told.append(chunk.reason)

    options = JobExecutionOptions(job_dir=tmp_path)
    job = LiveJob("job", text_job(2), options, tmp_path / "out.mp4", name="Job", listener=Heard())
    job.move_chunk(job.chunks[0], ChunkState.RUNNING)
    for chunk in job.chunks:
        for remark in ("stalled", "stalled", ""):
            job.set_chunk_remark(chunk, remark)
    assert told == ["", "stalled", ""]


def test_what_a_chunk_has_made_is_told_with_its_completion_or_later() -> None:
    job, made = make_job(), MadeFile(3, 1, 0, "0" * 64)
    put(job, 1, RUNNING)
    job.set_made(job.chunks[1], made)
    put(job, 1, COMPLETED)
    assert heard(job) == ["chunk 1 running", "chunk 1 completed"]
    assert job.chunks[1].made == made
    job.set_made(job.chunks[1], made)
    assert heard(job) == ["chunk 1 completed"]


def test_chunks_are_changed_by_their_job_alone() -> None:
    folder = Path(live_job.__file__).parent
    change = re.compile(r"\bchunk\.(?:load|move|set_\w+)\(")
    found = [path.name for path in sorted(folder.glob("*.py")) if change.search(path.read_text("utf-8"))]
    assert found == ["live_job.py"]


def test_a_chunk_is_described_anew_after_each_change_and_only_then() -> None:
    chunk = LiveChunk(text_job(1).chunks[0], 0)
    steps: dict[str, Callable[[], object]] = {
        "runs": lambda: chunk.move(RUNNING, ""),
        "progresses": lambda: chunk.set_progress(4),
        "is remarkable": lambda: chunk.set_reason("has printed nothing for a while"),
        "made a file": lambda: chunk.set_made(MadeFile(3, 1, 0, "0" * 64)),
        "completes": lambda: chunk.move(COMPLETED, ""),
    }
    seen = [chunk.status()]
    for step, change in steps.items():
        change()
        now = chunk.status()
        assert now == chunk._make_snapshot(), step
        assert now != seen[-1], step
        assert chunk.status() is now, "as nothing has changed"
        seen.append(now)
    again = LiveChunk(chunk.spec, 0)
    again.load(seen[-1])
    assert again.status() is seen[-1], "the journal's own"
    again.load(seen[2])
    assert again.status() == again._make_snapshot(), "progress of a run that is over does not count"
