"""One attempt at one chunk, from the job's files to the durable result."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from helios_gui import __version__
from helios_gui.jobfile.job_files import parse_job
from helios_gui.jobfile.limits import MOST_BYTES
from helios_gui.process.log_tail import LogTail
from helios_gui.translation import tr
from helios_gui.types import (
    AttemptResult,
    FailureKind,
    HeliosError,
    JobSpec,
    StallPolicy,
    StorageError,
    StoredOutput,
    UserInputError,
    WorkerRequest,
)
from helios_gui.types.errors import error_in_words
from helios_gui.worker.attempt_messages import (
    explain_defect,
    explain_disk,
    explain_stop,
    explain_storage,
)
from helios_gui.worker.attempt_storage import AttemptUrls, Storages, is_web_url
from helios_gui.worker.executor import ChunkTask, RenderExecutor, RenderOutcome
from helios_gui.worker.job_hosts import JobHosts, read_web_job, without_query
from helios_gui.worker.plain_assets import fetch_folder
from helios_gui.worker.progress_notes import progress_notes
from helios_gui.worker.stored import leave_result, store_output
from helios_gui.worker.watch import AttemptStoppedError, StopReason, TimeLimit, Watch

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

_TAIL_LINES = 100
_TAIL_BYTES = 16 * 1024

FetchBundle = Callable[[Storages, str, Path], Awaitable[None]]
"""Puts the files of the bundle whose manifest is at the URL into a folder. Raises ``StorageError``."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How the attempt ended, as far as that is known before log and result are stored."""

    exit_code: int | None = None
    failure: FailureKind | None = None
    message: str = ""
    artifact: StoredOutput | None = None


@dataclass(slots=True)
class WorkerAttempt:
    """What one attempt works with; ``run`` it once.

    ``folder`` is its own and empty; ``mark`` is what its processes are known by; ``name`` is what people call this
    kind of worker; ``cold_start`` whether it is the first attempt this process was asked for. Every
    ``progress_interval`` seconds (0: never) it tells how far it is. ``job_hosts`` are those that jobs are read
    from over HTTP.
    """

    request: WorkerRequest
    place: AttemptUrls
    storages: Storages
    fetch_bundle: FetchBundle
    executor: RenderExecutor
    watch: Watch
    limit: TimeLimit
    folder: Path
    mark: str
    name: str = "worker"
    cold_start: bool = False
    progress_interval: float = 0.0
    job_hosts: JobHosts = field(default_factory=JobHosts)
    _started: float = field(default_factory=time.time)
    _begun: float = field(default_factory=time.monotonic)
    _task: ChunkTask | None = None

    async def run(self) -> AttemptResult:
        """Render, store the output and the full log, and last the result. Whatever goes wrong is a result, too."""
        verdict = await self._judge()
        log_url = await self._result_before(self.watch.last_moment(self.limit.store_until), self._store_log())
        result = await asyncio.to_thread(self._result, verdict, log_url)
        left = await self._result_before(
            self.watch.last_moment(self.limit.end), leave_result(self.storages, self.place, result)
        )
        return left or result

    async def _judge(self) -> _Verdict:
        """Render and store the output; what went wrong is also noted in the log."""
        outcome: RenderOutcome | None = None
        try:
            outcome = await self.watch.guard(self._render(), self.limit.render_until)
            if outcome.failure is not None:
                return _Verdict(outcome.exit_code, outcome.failure, outcome.message)
            storing = store_output(self.storages, self.place, outcome.output, outcome.frames)
            return _Verdict(0, artifact=await self.watch.guard(storing, self.limit.store_until))
        except AttemptStoppedError as stopped:
            verdict = self._stopped(stopped.reason, rendered=outcome is not None)
        except StorageError as error:
            verdict = _Verdict(failure=error.kind, message=explain_storage(error, self.name))
        except HeliosError as error:
            verdict = _Verdict(failure=FailureKind.FATAL, message=error_in_words(error))
        except OSError as error:
            verdict = _Verdict(failure=FailureKind.TRANSIENT, message=explain_disk(error))
        except Exception as error:  # a defect of the worker costs this attempt, and is reported like anything else
            logger.exception("The attempt %s failed unexpectedly", self.place.attempt_id)
            verdict = _Verdict(failure=FailureKind.TRANSIENT, message=explain_defect(error))
        await asyncio.to_thread(self._note, verdict.message)
        return verdict

    async def _render(self) -> RenderOutcome:
        await self.watch.check()
        job_dir, work_dir = self.folder / "job", self.folder / "work"
        for folder in (job_dir, work_dir):
            folder.mkdir()
        source = without_query(self.place.job) if is_web_url(self.place.job) else self.place.job
        spec = await asyncio.to_thread(parse_job, await self._read_job(), source, job_dir, outside_outputs=True)
        action, after = self.request.stall_action, self.request.stall_after
        stall = StallPolicy() if action is None or after is None else StallPolicy(action, after)
        self._task = ChunkTask(self.mark, spec, _index_of(spec, self.request), job_dir, work_dir, self._log_path, stall)
        if spec.assets_url:
            await self.fetch_bundle(self.storages, spec.assets_url, job_dir)
        elif self.place.attempt is None and not is_web_url(self.place.job):
            # A caller who knows nothing of bundles: the job's files lie beside it.
            beside, _, name = self.place.job.rpartition("/")
            await fetch_folder(self.storages.folder(beside), job_dir, job=unquote(name))
        progress = (lambda: self.executor.progress_line), self.progress_interval
        async with progress_notes(self.storages, self.place.progress, *progress):
            return await self.executor.render(self._task)

    async def _read_job(self) -> bytes:
        if is_web_url(self.place.job):
            return await read_web_job(self.place.job, self.job_hosts, MOST_BYTES)
        storage, key = self.storages.locate(self.place.job)
        return await storage.read(key, limit=MOST_BYTES)

    def _stopped(self, reason: StopReason, *, rendered: bool) -> _Verdict:
        total = self._task.chunk.frame_count if self._task else 0
        message = explain_stop(reason, self.limit, self.name, self.executor.frames_done, total, rendered=rendered)
        kind = FailureKind.FATAL if reason is StopReason.CANCELLED else FailureKind.TRANSIENT
        return _Verdict(failure=kind, message=message)

    async def _store_log(self) -> str | None:
        if self.place.log is None or not self._log_path.exists():
            return None
        storage, key = self.storages.locate(self.place.log)
        await storage.upload(key, self._log_path, create_only=True)
        return self.place.log

    def _result(self, verdict: _Verdict, log_url: str | None) -> AttemptResult:
        failed = verdict.failure is not None
        tail, is_whole = self._tail()
        return AttemptResult(
            # Callers of the original look at nothing else: only what succeeded may say 0.
            exit_code=(verdict.exit_code or 1) if failed else verdict.exit_code,
            output=tail,
            stderr=verdict.message,
            attempt_id=self.place.attempt_id,
            chunk_id=self._task.chunk.id if self._task else None,
            failure=verdict.failure,
            message=verdict.message,
            frames_done=self.executor.frames_done,
            artifact=verdict.artifact,
            log_url=log_url,
            whole_log=is_whole,
            started_at=self._started,
            finished_at=self._started + time.monotonic() - self._begun,  # whatever the clock is set to meanwhile
            worker_version=__version__,
            cold_start=self.cold_start,
        )

    async def _result_before(self, moment: float | None, work: Coroutine[Any, Any, ResultT]) -> ResultT | None:
        """Return what ``work`` returns, if it does before ``moment`` and without trouble.

        If not, that is only logged: the answer to the request still says the rest.
        """
        try:
            async with asyncio.timeout(None if moment is None else max(0.0, moment - time.monotonic())):
                return await work
        except TimeoutError:
            logger.warning("There was no time left to store what the attempt %s leaves", self.place.attempt_id)
        except StorageError as error:
            logger.warning("What the attempt %s leaves cannot be stored: %s", self.place.attempt_id, error)
        return None

    @property
    def _log_path(self) -> Path:
        return self.folder / "log.txt"

    def _note(self, message: str) -> None:
        """Say in the log what went wrong, as far as the disk, which may be what went wrong, lets us."""
        with suppress(OSError), self._log_path.open("a", encoding="utf-8") as log:
            log.write(f"{message}\n")

    def _tail(self) -> tuple[str, bool]:
        """Return the last of what was printed, bounded in lines and bytes, and whether that is all of it.

        It is all where it has the log's size: in that, lines left out, colours, and bytes that are no text show.
        """
        tail = LogTail(self._log_path, keep=_TAIL_LINES, start_at_tail=_TAIL_BYTES, line_limit=_TAIL_BYTES)
        tail.read_rest()
        text = "\n".join(tail.lines)
        size = self._log_path.stat().st_size if self._log_path.exists() else 0
        return text, size - len(text.encode()) in (0, 1)  # the last line's end


def _index_of(spec: JobSpec, request: WorkerRequest) -> int:
    """Return the place in the job of the chunk that is asked for by its id."""
    for index, chunk in enumerate(spec.chunks):
        if chunk.id == request.chunk_index:
            return index
    raise UserInputError(tr("The job has no chunk with the id {chunk_index}.", chunk_index=request.chunk_index))
