"""One attempt: on a workdir of its own, judged by its output, and whatever goes wrong costs the attempt alone."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs
from helios_gui.orchestrator.attempts import AttemptRunner
from helios_gui.orchestrator.kept_outputs import kept_path
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import record_files
from helios_gui.orchestrator.retry import Failure
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.stitcher import MediaVerifier
from helios_gui.types import (
    Attempt,
    AttemptState,
    ChunkState,
    FailureKind,
    FrameVerifier,
    HeliosError,
    JobExecutionOptions,
    RenderChunk,
    WorkerJob,
    WorkerResult,
)
from tests.support.instant import InstantWorkers, fails, raises
from tests.support.jobs import python, text_job
from tests.support.other_disk import folder_on_another_disk
from tests.support.waiting import eventually


class Attempts:
    """A listener that keeps the attempts as last told."""

    def __init__(self) -> None:
        self.last: dict[str, Attempt] = {}

    def job_changed(self, job: LiveJob) -> None: ...

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None: ...

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        self.last[attempt.id] = attempt


class Stand:
    """A job in a folder, its workers, and a runner."""

    def __init__(self, folder: Path, *, output: str = "part_0.txt", in_place: bool = False) -> None:
        self.folder = folder / "work"
        self.folder.mkdir(exist_ok=True)
        command = python("render", "somewhere" if in_place else output)
        spec = text_job(1)
        chunk = spec.chunks[0].model_copy(update={"output_file": output, "command": command})
        spec = spec.model_copy(update={"chunks": (chunk,)})
        self.heard = Attempts()
        options = JobExecutionOptions(job_dir=self.folder)
        self.job = LiveJob("job", spec, options, folder / "out.mp4", name="Job", listener=self.heard)
        self.chunk = self.job.chunks[0]
        self.workers = InstantWorkers()
        self.verify: FrameVerifier = MediaVerifier()
        self.output = self.folder / output
        self.logs = folder / "logs"
        self.runner = self.make_runner()

    def make_runner(self) -> AttemptRunner:
        return AttemptRunner(self.workers, self.verify, AttemptWorkdirs(self.folder, "job"), self.logs, {})

    async def attempt(self) -> Failure | None:
        self.job.move_chunk(self.chunk, ChunkState.RUNNING)
        try:
            failure = await self.runner.run(self.job, self.chunk)
        except asyncio.CancelledError:
            self.job.move_chunk(self.chunk, ChunkState.PENDING)
            raise
        self.job.move_chunk(self.chunk, ChunkState.RETRYING if failure else ChunkState.COMPLETED)
        return failure

    @property
    def last(self) -> Attempt:
        return list(self.heard.last.values())[-1]


async def test_a_verified_output_is_put_in_place(tmp_path: Path) -> None:
    stand = Stand(tmp_path, output="parts/deep/0.txt")
    assert await stand.attempt() is None
    assert stand.output.read_text() == "0"
    assert stand.last.state is AttemptState.SUCCEEDED
    assert stand.last.exit_code == 0
    assert stand.last.finished_at is not None
    await stand.runner.clean_up()
    assert stand.workers.reclaimed == [{"job.0.1"}]
    assert not (stand.folder / ".helios").exists()


class OffsiteWorkers(InstantWorkers):
    """Their outputs come home from elsewhere."""

    renders_offsite: Literal[True] = True

    async def execute(self, job: WorkerJob) -> WorkerResult:
        job.output.parent.mkdir(parents=True, exist_ok=True)
        return await super().execute(job)


@pytest.mark.parametrize("in_place", [True, False])
async def test_outputs_from_elsewhere_come_home_to_one_folder(tmp_path: Path, *, in_place: bool) -> None:
    stand = Stand(tmp_path, output="parts/0.txt", in_place=in_place)
    stand.workers, homes = OffsiteWorkers(), []
    stand.runner = stand.make_runner()
    downloads = stand.folder / ".helios" / "job" / "downloads"

    async def break_off(job: WorkerJob) -> WorkerResult:
        homes.append(job.output)
        job.output.with_name("0.txt.part").write_text("half")
        job.output.write_text("wrong")
        return WorkerResult(3, FailureKind.TRANSIENT, "exit code 3")

    async def finish(job: WorkerJob) -> None:
        assert list(job.output.parent.iterdir()) == [], "the next attempt finds nothing of it"
        homes.append(job.output)

    for act in (break_off, finish):
        stand.workers.acts = {0: act}
        await stand.attempt()
    assert homes[0] == downloads / "parts" / "0.txt"
    assert not homes[1].is_relative_to(downloads)
    assert stand.output.read_text() == "0"
    await stand.runner.clean_up()
    assert not (stand.folder / ".helios").exists()


async def test_an_output_from_elsewhere_never_comes_home_outside_of_the_work_folder(tmp_path: Path) -> None:
    for name in ("../0.txt", str(tmp_path / "0.txt")):
        stand = Stand(tmp_path, output=name)
        stand.workers, homes = OffsiteWorkers(), []
        stand.runner = stand.make_runner()

        async def note(job: WorkerJob, homes: list[Path] = homes) -> None:
            homes.append(job.output)

        stand.workers.acts = {0: note}
        assert await stand.attempt() is None
        assert homes[0].resolve().is_relative_to(stand.folder / ".helios" / "job")


async def test_a_failed_attempt_leaves_the_older_output(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.output.write_text("older")

    async def act(job: WorkerJob) -> WorkerResult:
        job.output.write_text("half")
        return WorkerResult(3, FailureKind.TRANSIENT, "exit code 3")

    stand.workers.acts = {0: act}
    failure = await stand.attempt()
    assert failure == Failure(FailureKind.TRANSIENT, "exit code 3", 0)
    assert stand.output.read_text() == "older"
    assert (stand.last.state, stand.last.exit_code, stand.last.cause) == (AttemptState.FAILED, 3, "exit code 3")


@pytest.mark.parametrize("outcome", ["failed", "cancelled", "no output", "succeeded"])
async def test_a_command_that_writes_in_place_gets_back_what_it_pushed_aside(tmp_path: Path, outcome: str) -> None:
    stand = Stand(tmp_path, in_place=True)
    stand.output.write_text("older")

    async def act(job: WorkerJob) -> WorkerResult:
        assert not stand.output.exists()
        if outcome != "no output":
            job.output.write_text("newer")
        if outcome == "cancelled":
            raise asyncio.CancelledError
        return WorkerResult(1, FailureKind.TRANSIENT, "broken") if outcome == "failed" else WorkerResult(0)

    stand.workers.acts = {0: act}
    if outcome == "cancelled":
        with pytest.raises(asyncio.CancelledError):
            await stand.attempt()
        assert stand.last.state is AttemptState.CANCELLED
    else:
        assert (await stand.attempt() is None) == (outcome == "succeeded")
    assert stand.output.read_text() == ("newer" if outcome == "succeeded" else "older")


async def test_frames_that_cannot_all_be_pushed_aside_are_all_put_back(tmp_path: Path) -> None:
    stand = Stand(tmp_path, output="f_%d.png", in_place=True)
    for frame in range(10):
        (stand.folder / f"f_{frame}.png").write_text("older")
    kept_path(stand.folder / "f_4.png", "job").mkdir()
    assert await stand.attempt() is not None
    assert not stand.workers.runs
    assert [(stand.folder / f"f_{frame}.png").read_text() for frame in range(10)] == ["older"] * 10


async def test_what_cannot_be_put_back_stays_beside_its_place(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stand = Stand(tmp_path, output="f_%d.png", in_place=True)
    for frame in range(3):
        (stand.folder / f"f_{frame}.png").write_text("older")

    async def act(job: WorkerJob) -> WorkerResult:
        (stand.folder / "f_0.png").mkdir()
        kept_path(stand.folder / "f_1.png", "job").unlink()
        return WorkerResult(1, FailureKind.TRANSIENT, "broken")

    stand.workers.acts = {0: act}
    assert await stand.attempt() == Failure(FailureKind.TRANSIENT, "broken", 0)
    assert f"what {stand.folder / 'f_0.png'} was before cannot be put back" in caplog.text
    assert kept_path(stand.folder / "f_0.png", "job").read_text() == "older"
    assert not (stand.folder / "f_1.png").exists()
    assert (stand.folder / "f_2.png").read_text() == "older"


async def test_an_output_on_another_disk_is_copied_there(tmp_path: Path) -> None:
    with folder_on_another_disk(tmp_path) as folder:
        output = folder / "part_0.txt"
        output.write_text("older")
        stand = Stand(tmp_path, output=str(output))
        assert await stand.attempt() is None
        assert output.read_text() == "0"
        assert stand.chunk.made == record_files(output)
        assert os.listdir(folder) == ["part_0.txt"]


async def test_what_was_hashed_as_it_came_is_not_read_again(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.workers = OffsiteWorkers()
    stand.runner = stand.make_runner()

    async def fetch(job: WorkerJob) -> WorkerResult:
        job.output.write_text("0")
        return WorkerResult(0, frames=1, sha256="ab" * 32)  # which only a reader would find to be wrong

    stand.workers.acts = {0: fetch}
    assert await stand.attempt() is None
    assert stand.chunk.made == replace(record_files(stand.output), digest="ab" * 32)


async def test_a_progress_pattern_that_takes_too_long_is_told(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.job = LiveJob(
        "job",
        stand.job.spec.model_copy(update={"progress_pattern": r"^(?P<frame>(a|a)+)$"}),
        stand.job.options,
        tmp_path / "out.mp4",
        name="Job",
    )
    stand.chunk = stand.job.chunks[0]
    stand.job.set_intent(JobIntent.RUN)
    stand.job.enter_phase(JobPhase.EXECUTING)

    async def act(job: WorkerJob) -> None:
        job.on_lines(["a" * 60 + "!"])
        await eventually(lambda: stand.job.summary().reason)
        stand.job.set_reason("waits for another job")
        stand.job.set_reason("")

    stand.workers.acts = {0: act}
    assert await stand.attempt() is None
    assert "takes too long on a line of the output" in stand.job.summary().reason
    stand.job.deliver("1 chunk")
    assert stand.job.summary().report == f"1 chunk; {stand.job.summary().reason}"


async def test_without_an_attempt_there_is_nothing_to_end(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    await stand.runner.clean_up()
    assert stand.workers.reclaimed == []


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ZeroDivisionError("oops"), "The worker failed unexpectedly: ZeroDivisionError('oops')"),
        (HeliosError("The cloud is away.", "Wait."), "The cloud is away. Wait."),
        (OSError(28, "No space left on device"), "no space left on the disk"),
    ],
)
async def test_an_adapter_that_raises_costs_the_attempt_only(tmp_path: Path, error: Exception, cause: str) -> None:
    stand = Stand(tmp_path)
    stand.workers.acts = {0: raises(error)}
    failure = await stand.attempt()
    assert failure is not None
    assert failure.kind is FailureKind.TRANSIENT
    assert cause in failure.cause
    assert stand.last.state is AttemptState.FAILED


async def test_an_output_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    async def unreadable(path: Path, chunk: RenderChunk) -> None:
        raise OSError(5, "Input/output error")

    stand = Stand(tmp_path)
    stand.verify = unreadable
    stand.runner = stand.make_runner()
    failure = await stand.attempt()
    assert failure is not None
    assert "Input/output error" in failure.cause
    assert not stand.output.exists()


@pytest.mark.parametrize("counted", [10, 9, None])
async def test_frames_that_the_worker_counted_are_not_counted_again(tmp_path: Path, counted: int | None) -> None:
    """As the output is no video, whoever looks into it finds none."""
    stand = Stand(tmp_path, output="part_0.mp4")
    stand.verify = verify = MediaVerifier()
    stand.runner = stand.make_runner()

    async def act(job: WorkerJob) -> WorkerResult:
        job.output.write_text("not a video")
        return WorkerResult(0, frames=counted)

    stand.workers.acts = {0: act}
    failure = await stand.attempt()
    verify.close()
    if counted == stand.chunk.spec.frame_count:
        assert failure is None
        assert stand.output.read_text() == "not a video"
    else:
        assert failure is not None
        assert "is not a media file" in failure.cause
        assert not stand.output.exists()


async def test_a_job_folder_that_went_away_is_not_made_anew(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    assert await stand.attempt() is None
    stand.job.request_chunks([stand.chunk])
    stand.output.unlink()
    shutil.rmtree(stand.folder)
    failure = await stand.attempt()
    assert failure is not None
    assert failure.kind is FailureKind.FATAL
    assert failure.cause == f"The job's folder {stand.folder} is missing. Bring it back and render again."
    assert not stand.folder.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_job_folder_that_became_read_only(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.folder.chmod(0o500)
    try:
        failure = await stand.attempt()
    finally:
        stand.folder.chmod(0o700)
    assert failure is not None
    assert failure.kind is FailureKind.TRANSIENT
    assert "Permission denied" in failure.cause


async def test_a_work_folder_that_cannot_be_made(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    (stand.folder / ".helios").write_text("in the way")
    failure = await stand.attempt()
    assert failure is not None
    assert ".helios" in failure.cause
    assert stand.last.state is AttemptState.FAILED


async def test_an_attempt_nobody_heard_of_is_stopped_before_the_next(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.workers.acts = {0: fails("no answer", FailureKind.UNKNOWN, times=1)}
    failure = await stand.attempt()
    assert failure is not None
    assert failure.kind is FailureKind.UNKNOWN
    assert stand.last.state is AttemptState.UNKNOWN
    assert stand.workers.reclaimed == []
    assert await stand.attempt() is None
    assert stand.workers.reclaimed == [{"job.0.1"}]


async def test_an_attempt_nobody_heard_of_may_have_made_its_output(tmp_path: Path) -> None:
    stand = Stand(tmp_path)

    async def act(job: WorkerJob) -> WorkerResult:
        job.output.write_text("made")
        return WorkerResult(None, FailureKind.UNKNOWN, "no answer")

    stand.workers.acts = {0: act}
    assert await stand.attempt() is None
    assert stand.output.read_text() == "made"


async def test_frames_done_are_told_with_the_failure(tmp_path: Path) -> None:
    stand = Stand(tmp_path)

    async def act(job: WorkerJob) -> WorkerResult:
        job.on_lines(["Progress: Rendered 4 / 10 frames"])
        return WorkerResult(1, FailureKind.TRANSIENT, "broken")

    stand.workers.acts = {0: act}
    failure = await stand.attempt()
    assert failure is not None
    assert failure.frames_done == 4


async def test_a_command_that_makes_no_sense(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    stand.chunk.spec = stand.chunk.spec.model_copy(update={"command": "render 'part_0.txt"})
    failure = await stand.attempt()
    assert failure is not None
    assert failure.kind is FailureKind.FATAL
    assert "never closed" in failure.cause
