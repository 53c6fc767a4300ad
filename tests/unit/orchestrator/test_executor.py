"""One job without queue or journal: what a Python program uses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.orchestrator import executor
from helios_gui.orchestrator.execution_callbacks import CallbackListener, ExecutionCallbacks
from helios_gui.orchestrator.executor import JobExecutor, RenderFailedError
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.output_leases import OutputLease
from helios_gui.stitcher import FfmpegStitcher, MediaVerifier
from helios_gui.types import (
    Attempt,
    ChunkState,
    ExecutionPolicy,
    JobExecutionOptions,
    JobSpec,
    TracksFrom,
    UserInputError,
    WorkerJob,
)
from tests.support.instant import Gate, InstantWorkers, TextStitcher, fails
from tests.support.jobs import COUNTED, contents, runs, text_job, until


def stitched(count: int) -> JobSpec:
    return text_job(count).model_copy(update={"output_file": "out.txt"})


def make_executor(workers: InstantWorkers, **more: object) -> JobExecutor:
    return JobExecutor(workers, MediaVerifier(), TextStitcher(), **more)  # type: ignore[arg-type]


class Reports:
    """A listener that keeps the job's last state and report."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.report = ""

    def job_changed(self, job: LiveJob) -> None:
        self.states.append(job.state.value)
        self.report = job.summary().report

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None: ...

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None: ...


async def test_the_shortest_program(tmp_path: Path) -> None:
    spec = text_job(3)
    executor = JobExecutor(LocalAdapter(), MediaVerifier(), FfmpegStitcher())
    await executor.execute(spec, JobExecutionOptions(job_dir=tmp_path))
    assert contents(tmp_path, spec) == ["0", "1", "2"]
    assert len(runs(tmp_path)) == 3
    assert len(list((tmp_path / ".helios" / "logs").rglob("*.log"))) == 3


async def test_rendered_and_stitched(tmp_path: Path) -> None:
    heard, workers = Reports(), InstantWorkers()
    await make_executor(workers).execute(stitched(3), JobExecutionOptions(job_dir=tmp_path), heard)
    assert (tmp_path / "out.txt").read_text() == "012"
    assert [heard.states.index(state) for state in ("running", "stitching", "completed")] == sorted(
        heard.states.index(state) for state in ("running", "stitching", "completed")
    )
    assert heard.report.startswith("3 chunks, 30 frames")


async def test_callbacks_tell_of_progress_lines_and_finished_chunks(tmp_path: Path) -> None:
    code = "import sys; print('out', sys.argv[2]); print('err', sys.argv[2], file=sys.stderr); " + COUNTED
    spec = text_job(3, code)
    progress: list[tuple[int, int]] = []
    lines: dict[int, list[str]] = {}
    finished: dict[int, str] = {}
    callbacks = ExecutionCallbacks(
        on_progress=lambda completed, total: progress.append((completed, total)),
        on_lines=lambda chunk_id, new: lines.setdefault(chunk_id, []).extend(new),
        on_chunk_completed=lambda chunk_id, output: finished.update({chunk_id: output.read_text()}),
    )
    executor = JobExecutor(LocalAdapter(), MediaVerifier(), FfmpegStitcher())
    await executor.execute(spec, JobExecutionOptions(job_dir=tmp_path, concurrency=2), callbacks=callbacks)
    assert progress == [(1, 3), (2, 3), (3, 3)]
    assert {chunk_id: sorted(said) for chunk_id, said in lines.items()} == {
        number: [f"err {number}", f"out {number}"] for number in range(3)
    }
    assert finished == {0: "0", 1: "1", 2: "2"}


async def test_chunks_that_were_rendered_before_are_kept_if_they_verify(tmp_path: Path) -> None:
    spec, workers = stitched(3), InstantWorkers()
    (tmp_path / "part_1.txt").write_text("before")
    told: list[object] = []
    callbacks = ExecutionCallbacks(
        on_progress=lambda *done: told.append(done), on_chunk_completed=lambda chunk_id, _: told.append(chunk_id)
    )
    await make_executor(workers).execute(
        spec,
        JobExecutionOptions(job_dir=tmp_path, concurrency=1),
        callbacks=callbacks,
        completed_chunk_ids=(1, 2),  # of which one is not there
    )
    assert (tmp_path / "out.txt").read_text() == "0before2"
    assert told[0] == (1, 3)
    assert told[1:] == [0, (2, 3), 2, (3, 3)]
    with pytest.raises(UserInputError, match="no chunk 7"):
        await make_executor(workers).execute(spec, JobExecutionOptions(job_dir=tmp_path), completed_chunk_ids=(7,))


async def test_all_chunks_rendered_before_are_only_stitched(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"part_{number}.txt").write_text(f"<{number}>")
    workers = InstantWorkers()
    await make_executor(workers).execute(stitched(2), JobExecutionOptions(job_dir=tmp_path), completed_chunk_ids={0, 1})
    assert (tmp_path / "out.txt").read_text() == "<0><1>"


async def test_not_merged_when_not_asked(tmp_path: Path) -> None:
    heard = Reports()
    options = JobExecutionOptions(job_dir=tmp_path, merge=False)
    await make_executor(InstantWorkers()).execute(stitched(2), options, heard)
    assert not (tmp_path / "out.txt").exists()
    assert heard.states[-1] == "completed"
    assert heard.report == "2 chunks, 20 frames, not stitched, as asked"


async def test_some_chunks_only(tmp_path: Path) -> None:
    workers = InstantWorkers()
    options = JobExecutionOptions(job_dir=tmp_path, chunk_ids=(2,))
    await make_executor(workers).execute(stitched(3), options)
    assert workers.runs == {2: 1}
    assert not (tmp_path / "out.txt").exists()
    with pytest.raises(UserInputError, match="has no chunk 5"):
        await make_executor(workers).execute(stitched(3), JobExecutionOptions(job_dir=tmp_path, chunk_ids=(5,)))


async def test_a_failed_job_is_an_error_that_says_which_chunk(tmp_path: Path) -> None:
    workers = InstantWorkers()
    workers.acts = {1: fails("exit code 3")}
    executor = make_executor(workers, policy=ExecutionPolicy(retries=0))
    with pytest.raises(RenderFailedError, match="Chunk 1 failed: exit code 3"):
        await executor.execute(stitched(3), JobExecutionOptions(job_dir=tmp_path))
    assert (tmp_path / "part_2.txt").exists()


async def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(RenderFailedError, match="is missing or cannot be written to"):
        await make_executor(InstantWorkers()).execute(text_job(1), JobExecutionOptions(job_dir=tmp_path / "no"))


async def test_options_count_more_than_the_policy_and_the_environment_is_handed_on(tmp_path: Path) -> None:
    seen: list[WorkerJob] = []

    async def act(job: WorkerJob) -> None:
        seen.append(job)

    workers = InstantWorkers()
    workers.acts = {0: act}
    policy = ExecutionPolicy(chunk_timeout=5)
    executor = make_executor(workers, policy=policy, environment={"LICENCE": "x"})
    await executor.execute(text_job(1), JobExecutionOptions(job_dir=tmp_path, chunk_timeout=7))
    assert seen[0].timeout == 7
    assert seen[0].environment == {"LICENCE": "x"}


async def test_the_last_chunk_may_cost_more_than_is_left(tmp_path: Path) -> None:
    executor = make_executor(InstantWorkers(), price_of=lambda seconds: 0.4)
    await executor.execute(stitched(2), JobExecutionOptions(job_dir=tmp_path, spend_limit=0.5))
    assert (tmp_path / "out.txt").read_text() == "01"
    with pytest.raises(RenderFailedError, match=r"has cost \$0.40, and may cost \$0.10"):
        await executor.execute(stitched(9), JobExecutionOptions(job_dir=tmp_path, spend_limit=0.1))


async def test_the_adapter_prepares_and_cleans_up(tmp_path: Path) -> None:
    workers = InstantWorkers()
    await make_executor(workers).execute(stitched(2), JobExecutionOptions(job_dir=tmp_path))
    (job_id,) = workers.prepared
    assert workers.finished == [(job_id, True, False)]


async def test_a_time_limit_is_tried_again(tmp_path: Path) -> None:
    code = "import os,sys,time\nif not os.path.exists('again'):\n  open('again','w').close(); time.sleep(60)\n"
    spec = text_job(1, code + "open(sys.argv[1],'w').write('made')")
    executor = JobExecutor(LocalAdapter(grace=0.2), MediaVerifier(), FfmpegStitcher())
    options = JobExecutionOptions(job_dir=tmp_path, chunk_timeout=4, retry_delay=0.01)
    await executor.execute(spec, options)
    assert contents(tmp_path, spec) == ["made"]


async def test_cancelling_it_stops_the_workers(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {0: gate}
    executing = asyncio.create_task(make_executor(workers).execute(text_job(2), JobExecutionOptions(job_dir=tmp_path)))
    await until(lambda: gate.waiting)
    executing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await executing
    assert not workers.in_flight
    assert not (tmp_path / ".helios").exists()


async def test_an_output_folder_that_cannot_be_made_is_found_out_before_anything_is_rendered(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    options = JobExecutionOptions(job_dir=tmp_path, output=tmp_path / "file" / "out.txt")
    workers = InstantWorkers()
    with pytest.raises(RenderFailedError, match="cannot be created or written to"):
        await make_executor(workers).execute(stitched(2), options)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


async def test_files_that_another_job_writes_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "_LEASE_SECONDS", 0.01)
    workers, place = InstantWorkers(), tmp_path / "out.txt"
    other = OutputLease("other", "Other", [place], place, tmp_path)
    takes = 0
    take = OutputLease.take

    def count(lease: OutputLease) -> object:
        nonlocal takes
        takes += 1
        return take(lease)

    assert other.take() is None
    monkeypatch.setattr(OutputLease, "take", count)
    running = asyncio.create_task(make_executor(workers).execute(stitched(1), JobExecutionOptions(job_dir=tmp_path)))
    await until(lambda: takes > 2)
    assert not workers.runs
    other.release()
    await running
    assert place.read_text() == "0"


async def test_chunks_that_anybody_rendered_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    workers = InstantWorkers()
    (tmp_path / "part_1.txt").write_text("before")
    await make_executor(workers).execute(stitched(3), JobExecutionOptions(job_dir=tmp_path, keep_finished=True))
    assert (tmp_path / "out.txt").read_text() == "0before2"
    assert sorted(workers.runs) == [0, 2]


async def test_cancelling_it_while_it_is_stitched(tmp_path: Path) -> None:
    stitcher = TextStitcher()
    stitcher.hold = asyncio.Event()
    job = JobExecutor(InstantWorkers(), MediaVerifier(), stitcher)
    running = asyncio.create_task(job.execute(stitched(1), JobExecutionOptions(job_dir=tmp_path)))
    await until(lambda: stitcher.working)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not stitcher.working
    assert (tmp_path / "part_0.txt").read_text() == "0"
    assert not (tmp_path / "out.txt").exists()


async def test_a_video_without_the_file_of_its_sound_is_refused_before_anything_is_rendered(tmp_path: Path) -> None:
    workers = InstantWorkers()
    spec = stitched(2).model_copy(update={"tracks_from": TracksFrom(file="film.mov")})
    with pytest.raises(RenderFailedError, match=r"film\.mov is missing, and sound"):
        await make_executor(workers).execute(spec, JobExecutionOptions(job_dir=tmp_path))
    assert not workers.runs


async def test_a_folder_of_chunks_that_cannot_be_made_is_found_out_before_anything_is_rendered(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    spec, workers = text_job(1), InstantWorkers()
    chunk = spec.chunks[0].model_copy(update={"output_file": "file/part.txt"})
    with pytest.raises(RenderFailedError, match="of the chunks cannot be created"):
        await make_executor(workers).execute(
            spec.model_copy(update={"chunks": (chunk,)}), JobExecutionOptions(job_dir=tmp_path)
        )
    assert not workers.runs


def test_a_chunk_that_is_rendered_again_counts_no_more(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    callbacks = ExecutionCallbacks(on_progress=lambda *done: told.append(done))
    heard = CallbackListener(callbacks, None)
    options = JobExecutionOptions(job_dir=tmp_path)
    job = LiveJob("job", text_job(2), options, tmp_path / "out.mp4", name="Job", listener=heard)
    for chunk in job.chunks:
        job.move_chunk(chunk, ChunkState.RUNNING)
        job.move_chunk(chunk, ChunkState.COMPLETED)
    job.request_chunks([job.chunks[0]])
    assert told == [(1, 2), (2, 2), (1, 2)]
