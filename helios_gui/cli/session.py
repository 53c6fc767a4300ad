"""One render in the engine, from the first chunk to the last word, with Ctrl-C in mind all the way."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from helios_gui.cli.interrupts import interrupts
from helios_gui.cli.output import ExitCode, say
from helios_gui.cli.prepare import Prepared
from helios_gui.cli.reporting import ChunkFailure, Outcome, Reporter
from helios_gui.cli.resume import asked_chunks_done, check_can_go_on, find_last_render
from helios_gui.cli.watch import Watch
from helios_gui.engine import Engine, open_engine
from helios_gui.process.log_tail import LogTail
from helios_gui.types import Attempt, ChunkState, ChunkStatus, JobState, JobStatus, NotFoundError, UserInputError

_TICK_SECONDS = 0.125
_TAIL_LINES = 10
_TAIL_BYTES = 16 * 1024
_TAILS = 3
"""Failed chunks whose logs are quoted; the others are named."""

_FILE_TIME_SLACK = 2.0  # seconds; file systems may keep times that coarsely


class RenderSession:
    """Renders what was prepared and tells the reporter. ``exit_code`` is known after ``run``."""

    def __init__(self, prepared: Prepared, reporter: Reporter) -> None:
        self.exit_code = ExitCode.INTERRUPTED
        self._prepared = prepared
        self._request = prepared.request
        self._reporter = reporter
        self._watch: Watch | None = None
        self._waits = sys.stdout.isatty() and not prepared.request.as_json
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Render to the end or to the first Ctrl-C; a second one cancels this task.

        Raises ``HeliosError`` when nothing can be rendered.
        """
        main = asyncio.current_task()
        assert main is not None
        with interrupts(self._interrupt, lambda: _insist(main)):
            ticker = asyncio.create_task(self._tick(), name="progress display")
            try:
                outcome = await self._render()
            finally:
                ticker.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await ticker
        self._conclude(outcome)

    def conclude_in_haste(self) -> None:
        """The last word after ``run`` was cancelled."""
        if self._watch is None:
            say("Interrupted. Nothing was rendered.", error=True)
        else:
            self._conclude(self._interrupted())

    def _conclude(self, outcome: Outcome) -> None:
        self.exit_code = outcome.exit_code
        self._reporter.end(outcome)

    def _interrupt(self) -> None:
        self._stop.set()
        self._reporter.stopping()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self._reporter.tick()

    async def _render(self) -> Outcome:
        journal = self._prepared.folders.journal
        found = await find_last_render(journal, self._prepared.source, self._reporter.note)
        if self._request.resume:
            found = check_can_go_on(found, self._prepared.spec, self._prepared.source)
            if found.summary.state is JobState.COMPLETED and self._request.chunk_ids is None:
                self._reporter.note("The job is completed already. To render it once more, leave --resume out.")
                return self._outcome(ExitCode.DONE, found, delivered=_output_of(found, since=None))
        async with open_engine(self._prepared.folders) as engine:
            for problem in engine.problems:
                self._reporter.note(problem)
            job_id = await self._admit(engine, found)
            await self._start(engine, job_id)
            if await self._wait(engine, job_id):
                return await self._judge(engine, job_id)
        return self._interrupted()  # the engine is closed: whatever ran is gone, and the journal says so

    async def _admit(self, engine: Engine, found: JobStatus | None) -> str:
        """The id of the job to render: the found one with ``--resume``, else a new one, held for now."""
        manager, options = engine.manager, self._prepared.options
        if not self._request.resume or found is None:
            return await manager.submit_job(self._prepared.spec, options, start=False)
        job_id = found.summary.id
        if self._request.profile is not None:
            await manager.set_profile(job_id, options.profile)
        else:
            engine.profiles.get(found.options.profile)
        return job_id

    async def _start(self, engine: Engine, job_id: str) -> None:
        """Begin to watch the job, then let it run."""
        manager = engine.manager
        status = await manager.get_job(job_id)
        if status is None:
            raise NotFoundError("The job is gone from the queue.", "Another Helios process may have removed it.")
        self._watch = Watch(status, self._reporter, self._request.resume_command if self._waits else "")
        manager.subscribe(self._watch)
        self._reporter.begin(status)
        if self._request.resume and self._request.chunk_ids is not None:
            _refuse_unsettled(status, self._request.chunk_ids)
            await manager.retry_chunks(job_id, self._request.chunk_ids)
        else:
            await manager.resume_job(job_id)

    async def _wait(self, engine: Engine, job_id: str) -> bool:
        """Wait for the job's end (``True``) or to be interrupted (``False``).

        Where somebody sits at a terminal, also for them to sign in again; a program is told that they have to.
        """
        work = engine.manager.wait_job(job_id, while_blocked=self._waits)
        job = asyncio.create_task(work, name="wait for the job")
        stop = asyncio.create_task(self._stop.wait(), name="wait for Ctrl-C")
        try:
            await asyncio.wait({job, stop}, return_when=asyncio.FIRST_COMPLETED)
            return job.done()
        finally:
            job.cancel()
            stop.cancel()

    async def _judge(self, engine: Engine, job_id: str) -> Outcome:
        """How the job that came to its end went. Raises ``UserInputError`` when it was not ours to render."""
        status = await engine.manager.get_job(job_id)
        if status is None:
            raise NotFoundError("The job was removed from the queue while it was rendered.")
        state = status.summary.state
        if state is JobState.COMPLETED:
            return self._outcome(ExitCode.DONE, status, delivered=_output_of(status, since=status.summary.started_at))
        if state is JobState.FAILED:
            failures = await _failures(engine, status)
            log = engine.folders.logs / job_id / "merge.log"
            return self._outcome(
                ExitCode.FAILED, status, failures=failures, log=log if not failures and log.exists() else None
            )
        if status.summary.blocked:
            return self._outcome(ExitCode.FAILED, status)
        if asked_chunks_done(status, self._request.chunk_ids or status.options.chunk_ids):
            return self._outcome(ExitCode.DONE, status)
        raise UserInputError(status.summary.reason or f"The job is {state}, and was not rendered.")

    def _interrupted(self) -> Outcome:
        assert self._watch is not None
        return Outcome(ExitCode.INTERRUPTED, self._watch.summary, self._request.resume_command)

    def _outcome(
        self,
        code: ExitCode,
        status: JobStatus,
        *,
        delivered: Path | None = None,
        failures: tuple[ChunkFailure, ...] = (),
        log: Path | None = None,
    ) -> Outcome:
        return Outcome(code, status.summary, self._request.resume_command, delivered, failures, log)


def _insist(task: asyncio.Task[None]) -> None:
    """Cancel until it is done: one cancellation may do no more than begin the orderly end that is to be cut short."""
    if not task.done():
        task.cancel()
        task.get_loop().call_later(_TICK_SECONDS, _insist, task)


def _refuse_unsettled(status: JobStatus, chunk_ids: tuple[int, ...]) -> None:
    waiting = [chunk.id for chunk in status.chunks if chunk.id in chunk_ids and not chunk.state.is_settled]
    if waiting:
        raise UserInputError(
            f"Chunk {', '.join(map(str, waiting))} was not rendered yet.", "Without --chunk, --resume renders the rest."
        )


def _output_of(status: JobStatus, *, since: float | None) -> Path | None:
    """The joined video, if it is there and was written ``since`` then (seconds since the epoch)."""
    if not status.options.merge:
        return None
    output = status.summary.output
    try:
        written = output.stat().st_mtime
    except OSError:
        return None
    return output if since is None or written >= since - _FILE_TIME_SLACK else None


async def _failures(engine: Engine, status: JobStatus) -> tuple[ChunkFailure, ...]:
    failed = [chunk for chunk in status.chunks if chunk.state is ChunkState.FAILED]
    found = []
    for place, chunk in enumerate(failed):
        attempts = await engine.manager.attempts(status.summary.id, chunk.id) if place < _TAILS else []
        found.append(await asyncio.to_thread(_read_failure, chunk, attempts))
    return tuple(found)


def _read_failure(chunk: ChunkStatus, attempts: list[Attempt]) -> ChunkFailure:
    log = attempts[-1].log_path if attempts else None
    if log is None or not log.exists():
        return ChunkFailure(chunk, None, ())
    tail = LogTail(log, keep=_TAIL_LINES, start_at_tail=_TAIL_BYTES)
    tail.read_rest()
    return ChunkFailure(chunk, log, tuple(line for line in tail.lines if line.strip()))
