"""One render in the engine, from the first chunk to the outcome, with Ctrl-C handled at every moment."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from helios_gui.cli.interrupts import handle_finishing, handle_interrupts
from helios_gui.cli.output import ExitCode, print_text
from helios_gui.cli.render.job_watcher import JobWatcher
from helios_gui.cli.render.prepare import PreparedRender
from helios_gui.cli.render.replacing import check_replacement
from helios_gui.cli.render.reporters.base import ChunkFailure, JobOutcome, Reporter
from helios_gui.cli.render.request import restitch_command
from helios_gui.cli.render.resuming import check_resumable, is_render_again
from helios_gui.cli.render.starting_after import change_standing, wait_for_end
from helios_gui.engine import Engine, open_engine
from helios_gui.jobfile.output_names import is_stitched_by_us
from helios_gui.power.keep_awake import stay_awake
from helios_gui.process.log_tail import LogTail
from helios_gui.queue_access import open_queue_reader
from helios_gui.translation import tr
from helios_gui.types import (
    Attempt,
    ChunkState,
    ChunkStatus,
    JobState,
    JobStatus,
    NotFoundError,
    UserInputError,
)

_TICK_SECONDS = 0.125
_TAIL_LINES = 10
_TAIL_BYTES = 16 * 1024

_MAX_LOG_TAILS = 3
"""Failed chunks whose logs are quoted; of the others only the reason is printed."""

_FILE_TIME_SLACK = 2.0  # seconds; some file systems keep times no more precisely


class RenderSession:
    """Renders a prepared job and tells the reporter. ``exit_code`` is known after ``run``."""

    def __init__(self, prepared: PreparedRender, reporter: Reporter) -> None:
        self.exit_code = ExitCode.INTERRUPTED
        self._prepared = prepared
        self._request = prepared.request
        self._reporter = reporter
        self._watcher: JobWatcher | None = None
        self._stop = asyncio.Event()
        self._finish = asyncio.Event()

    async def run(self) -> None:
        """Render to the end, or until the first Ctrl-C; a second one cancels this task.

        After Ctrl+Backslash, only the chunks that run are rendered to their end.

        Raises:
            HeliosError: The job cannot be rendered.
        """
        task = asyncio.current_task()
        assert task is not None
        with (
            handle_interrupts(self._request_stop, lambda: _cancel_until_done(task)),
            handle_finishing(self._finish.set),
        ):
            ticker = asyncio.create_task(self._tick_forever(), name="progress-display")
            try:
                outcome = await self._render()
            finally:
                ticker.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await ticker
        self._report_outcome(outcome)

    def report_forced_stop(self) -> None:
        """Report the outcome after ``run`` was cancelled by a second Ctrl-C."""
        if self._watcher is None:
            print_text(tr("Interrupted. Nothing was rendered."), error=True)
        else:
            self._report_outcome(self._interrupted_outcome())

    def _report_outcome(self, outcome: JobOutcome) -> None:
        self.exit_code = outcome.exit_code
        self._reporter.end(outcome)

    def _request_stop(self) -> None:
        self._stop.set()
        self._reporter.stopping()

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self._reporter.tick()

    async def _render(self) -> JobOutcome:
        found = await self._find_last_render()
        if self._request.resume:
            found = check_resumable(found, self._prepared)
            if found.summary.state is JobState.COMPLETED and self._request.chunk_ids is None:
                self._reporter.note(tr("The job is completed already. To render it again, leave out --resume."))
                return self._outcome(ExitCode.DONE, found, video=_stitched_video(found, since=None))
        async with open_engine(self._prepared.folders) as engine, stay_awake():
            for problem in engine.problems:
                self._reporter.note(problem)
            await self._check_replacement(engine, found)
            job_id = await self._job_to_render(engine, found)
            await self._start(engine, job_id)
            if await self._wait_for_end(engine, job_id):
                return await self._outcome_of(engine, job_id)
        return self._interrupted_outcome()  # the engine is closed: no worker runs, and the journal is written

    async def _find_last_render(self) -> JobStatus | None:
        async with open_queue_reader(self._prepared.folders) as reader:
            if reader.problem:
                self._reporter.note(reader.problem)
            return await reader.find_last_render(self._prepared.source)

    async def _check_replacement(self, engine: Engine, found: JobStatus | None) -> None:
        """Refuse to replace a video that is not the job's own, unless that is allowed."""
        await check_replacement(engine, self._prepared, found if self._request.resume else None, self._reporter)

    async def _job_to_render(self, engine: Engine, found: JobStatus | None) -> str:
        """Return the id of the job to render: with ``--resume`` the found one, else a new one, which is on hold."""
        manager, options = engine.manager, self._prepared.options
        if not self._request.resume or found is None:
            return await manager.submit_job(self._prepared.spec, options, start=False)
        job_id = found.summary.id
        request = self._request
        await manager.options.set_limits(
            job_id,
            **request.limits,
            reencode=request.reencode,
            unattended=not request.waits_for_people,
            now=request.now,
        )
        await change_standing(engine, job_id, request, options.standing)
        if request.order:
            await manager.options.set_choices(job_id, scout=options.scout)
        if self._request.profile is not None:
            await manager.options.set_profile(job_id, options.profile)
        else:
            engine.profiles.get(found.options.profile)
        return job_id

    async def _start(self, engine: Engine, job_id: str) -> None:
        """Watch the job, then start it."""
        manager = engine.manager
        status = await manager.get_job(job_id)
        if status is None:
            raise NotFoundError(
                tr("The job is gone from the queue."), tr("Another Helios process may have removed it.")
            )
        resume_command = self._request.resume_command if self._request.waits_for_people else ""
        self._watcher = JobWatcher(status, self._reporter, resume_command)
        manager.subscribe(self._watcher)
        self._reporter.begin(status)
        await self._start_work(engine, status)

    async def _start_work(self, engine: Engine, status: JobStatus) -> None:
        """Have the engine do what was asked for."""
        manager, job_id = engine.manager, status.summary.id
        if self._request.resume and is_render_again(status, self._request):
            assert self._request.chunk_ids is not None
            await manager.retry_chunks(job_id, self._request.chunk_ids)
        else:
            await manager.resume_job(job_id)

    async def _wait_for_end(self, engine: Engine, job_id: str) -> bool:
        """Wait until the job has ended (``True``) or the user has interrupted it (``False``).

        On a terminal, also wait while the job is blocked, so that the user can sign in again. Elsewhere a blocked job
        ends the render.
        """
        work = wait_for_end(engine, job_id, while_blocked=self._request.waits_for_people)
        job = asyncio.create_task(work, name="job-waiter")
        stop = asyncio.create_task(self._stop.wait(), name="interrupt-waiter")
        finishing = asyncio.create_task(self._finish_when_asked(engine, job_id), name="finish-waiter")
        try:
            await asyncio.wait({job, stop}, return_when=asyncio.FIRST_COMPLETED)
            return job.done()
        finally:
            job.cancel()
            stop.cancel()
            finishing.cancel()

    async def _finish_when_asked(self, engine: Engine, job_id: str) -> None:
        """Start no more chunks of the job once a person has asked for that."""
        await self._finish.wait()
        self._reporter.note(tr("The chunks that run are finished, then the render stops. Ctrl-C stops it at once."))
        await engine.manager.pause_job(job_id)

    async def _outcome_of(self, engine: Engine, job_id: str) -> JobOutcome:
        """Return the outcome of a job that has ended.

        Raises:
            UserInputError: The job was not rendered, for example because another process has it.
        """
        status = await engine.manager.get_job(job_id)
        if status is None:
            raise NotFoundError(tr("The job was removed from the queue while it was rendered."))
        state = status.summary.state
        if state is JobState.COMPLETED:
            return self._outcome(ExitCode.DONE, status, video=_stitched_video(status, since=status.summary.started_at))
        if state is JobState.FAILED:
            failures = await _chunk_failures(engine, status)
            merge_log = engine.folders.logs / job_id / "merge.log"
            return self._outcome(
                ExitCode.FAILED,
                status,
                failures=failures,
                merge_log=merge_log if not failures and merge_log.exists() else None,
                restitch_command=self._restitch_command(status),
            )
        if self._finish.is_set() and state is JobState.PAUSED:
            return self._outcome(ExitCode.INTERRUPTED, status)
        if status.summary.blocked or status.summary.held_up:
            return self._outcome(ExitCode.FAILED, status)
        if status.has_completed(self._request.chunk_ids or status.options.chunk_ids):
            return self._outcome(ExitCode.DONE, status)
        raise UserInputError(status.summary.reason or tr("The job is {state}, and was not rendered.", state=state))

    def _interrupted_outcome(self) -> JobOutcome:
        assert self._watcher is not None
        return JobOutcome(ExitCode.INTERRUPTED, self._watcher.summary, self._request.resume_command)

    def _outcome(
        self,
        code: ExitCode,
        status: JobStatus,
        *,
        video: Path | None = None,
        failures: tuple[ChunkFailure, ...] = (),
        merge_log: Path | None = None,
        restitch_command: str = "",
    ) -> JobOutcome:
        return JobOutcome(
            code, status.summary, self._resume_command(status), video, failures, merge_log, restitch_command
        )

    def _resume_command(self, status: JobStatus) -> str:
        """Return the command that continues the job."""
        return self._request.resume_command

    def _restitch_command(self, status: JobStatus) -> str:
        """Return the command that encodes the chunks anew, where that may help: all are there, and were refused."""
        all_done = status.summary.chunks_done == status.summary.chunks_total
        if not all_done or not is_stitched_by_us(status.spec) or self._request.reencode or status.options.reencode:
            return ""
        return restitch_command(self._request.job, reencode=True, output=self._request.output)


def _cancel_until_done(task: asyncio.Task[None]) -> None:
    """Cancel a task again and again: one cancellation may only start the orderly shutdown that is to be cut short."""
    if not task.done():
        task.cancel()
        task.get_loop().call_later(_TICK_SECONDS, _cancel_until_done, task)


def _stitched_video(status: JobStatus, *, since: float | None) -> Path | None:
    """Return the stitched video, if there is one that is not older than ``since`` (seconds since the epoch)."""
    if not status.options.merge:
        return None
    output = status.summary.output
    try:
        written = output.stat().st_mtime
    except OSError:
        return None
    return output if since is None or written >= since - _FILE_TIME_SLACK else None


async def _chunk_failures(engine: Engine, status: JobStatus) -> tuple[ChunkFailure, ...]:
    failed = [chunk for chunk in status.chunks if chunk.state is ChunkState.FAILED]
    found = []
    for number, chunk in enumerate(failed):
        attempts = await engine.manager.attempts(status.summary.id, chunk.id) if number < _MAX_LOG_TAILS else []
        found.append(await asyncio.to_thread(_read_failure, chunk, attempts))
    return tuple(found)


def _read_failure(chunk: ChunkStatus, attempts: list[Attempt]) -> ChunkFailure:
    log = attempts[-1].log_path if attempts else None
    if log is None or not log.exists():
        return ChunkFailure(chunk, None, ())
    tail = LogTail(log, keep=_TAIL_LINES, start_at_tail=_TAIL_BYTES)
    tail.read_rest()
    return ChunkFailure(chunk, log, tuple(line for line in tail.lines if line.strip()))
