"""One attempt at one chunk: in a folder of its own, verified, and only then put in the chunk's place."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from helios_gui.jobfile.command_line import parse_command, redirect_output
from helios_gui.media.frame_files import check_surplus
from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs, copy_into_place, rename_into_place
from helios_gui.orchestrator.chunk_places import note_output, output_key
from helios_gui.orchestrator.kept_outputs import kept_path
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import is_small, record_files, record_without_digest
from helios_gui.orchestrator.output_notes import OutputNotes
from helios_gui.orchestrator.retry import Failure
from helios_gui.process.work_marks import working_on
from helios_gui.renderers.progress import ProgressReader
from helios_gui.renderers.progress_follower import ProgressFollower
from helios_gui.translation import tr
from helios_gui.types import (
    Attempt,
    AttemptState,
    ChunkState,
    ExecutionPolicy,
    FailureKind,
    FrameVerifier,
    HeliosError,
    MadeFile,
    OffsiteAdapter,
    StallAction,
    UserInputError,
    VerificationError,
    WorkerAdapter,
    WorkerJob,
    WorkerResult,
)
from helios_gui.types.errors import error_in_words
from helios_gui.types.protocols import costs_nothing
from helios_gui.types.sequences import frame_files
from helios_gui.utils.disk_space import SpaceShortage, is_about_space, is_full, says_no_space
from helios_gui.utils.format import format_duration
from helios_gui.utils.real_folders import RealPlaces

_logger = logging.getLogger(__name__)


UNLIMITED = ExecutionPolicy(stall_action=StallAction.OFF)
"""A chunk may take as long, and as much, as it likes."""


def ignore_chunk_lines(chunk_id: int, lines: Sequence[str]) -> None:
    """Ignore what a chunk's renderer prints: the default of ``AttemptRunner``."""


def attempt_id(job_id: str, chunk_id: int, number: int) -> str:
    """Return an attempt's id. It is known before the attempt begins, so a crash's leftovers can be found."""
    return f"{job_id}.{chunk_id}.{number}"


@dataclass(frozen=True, slots=True)
class _Workdir:
    """The attempt's own folder, its own output, the real path it goes to, and the command that writes there.

    A command that does not name its output as an argument writes in place; what lay there before waits beside it
    until the attempt is over. ``pushed_aside`` holds these files: each with where it waits.
    """

    folder: Path
    output: Path
    final: Path
    command: tuple[str, ...]
    in_place: bool
    pushed_aside: tuple[tuple[Path, Path], ...] = ()


class AttemptRunner:
    """Runs attempts through an adapter and puts verified outputs in their place.

    Whatever may be in that place because of an attempt is told to the ``notes`` before.
    """

    def __init__(
        self,
        adapter: WorkerAdapter,
        verify: FrameVerifier,
        workdirs: AttemptWorkdirs,
        log_root: Path,
        environment: Mapping[str, str],
        price_of: Callable[[float], float] = costs_nothing,
        *,
        on_lines: Callable[[int, Sequence[str]], None] = ignore_chunk_lines,
        notes: OutputNotes | None = None,
    ) -> None:
        self._adapter = adapter
        self._is_offsite = isinstance(adapter, OffsiteAdapter)
        self._verify = verify
        self._workdirs = workdirs
        self._log_root = log_root
        self._environment = environment
        self._price_of = price_of
        self._on_lines = on_lines
        self._notes = notes
        self._places = RealPlaces(workdirs.job_dir)
        self._begun: set[str] = set()
        self._unknown_attempts: set[str] = set()
        self._told_problems: set[str] = set()
        self._worker_of: dict[str, str] = {}

    async def run(self, job: LiveJob, chunk: LiveChunk, policy: ExecutionPolicy = UNLIMITED) -> Failure | None:
        """Run the chunk once (its state is *running*); ``None`` when its output is in place and verified.

        ``policy`` says what the chunk may take. Cancellation stops the worker and leaves whatever output there was
        before.
        """
        name = attempt_id(job.id, chunk.spec.id, chunk.attempts)
        attempt = Attempt(
            id=name,
            chunk_id=chunk.spec.id,
            number=chunk.attempts,
            state=AttemptState.RUNNING,
            started_at=chunk.started_at or time.time(),
            log_path=self._log_root.joinpath(job.id, f"chunk-{chunk.spec.id}-attempt-{chunk.attempts}.log"),
            profile=job.options.profile,
            frames=chunk.spec.frame_count,
        )
        job.record_attempt(attempt)
        self._begun.add(name)
        begun = time.monotonic()
        try:
            result, failure = await self._run_in_workdir(job, chunk, attempt, policy)
            if failure is not None and failure.kind is FailureKind.TRANSIENT:
                failure = await asyncio.to_thread(self._explain_full_disk, job, chunk, result, failure)
        except asyncio.CancelledError:
            seconds, worker = time.monotonic() - begun, self._worker_of.pop(name, "")
            job.add_cost(self._price_of(seconds))
            job.record_attempt(_ended(attempt, AttemptState.CANCELLED, seconds, worker, cause="stopped"))
            raise
        seconds = result.duration if result else 0.0
        worker = self._worker_of.pop(name, "")
        job.add_cost(self._price_of(seconds), frames=0 if failure else chunk.spec.frame_count)
        if failure is None:
            job.record_attempt(_ended(attempt, AttemptState.SUCCEEDED, seconds, worker, result))
        else:
            unknown = failure.kind is FailureKind.UNKNOWN
            if unknown:
                self._unknown_attempts.add(name)
            state = AttemptState.UNKNOWN if unknown else AttemptState.FAILED
            job.record_attempt(_ended(attempt, state, seconds, worker, result, failure.cause))
        return failure

    async def clean_up(self) -> None:
        """End what renderers left running in the background, and remove the work folders; after the last attempt."""
        if self._begun:
            await self._adapter.reclaim(self._begun)
        await asyncio.to_thread(self._workdirs.remove)

    async def _run_in_workdir(
        self, job: LiveJob, chunk: LiveChunk, attempt: Attempt, policy: ExecutionPolicy
    ) -> tuple[WorkerResult | None, Failure | None]:
        workdir: _Workdir | None = None
        result: WorkerResult | None = None
        placed = False
        try:
            if self._unknown_attempts:
                await self._stop_unknown(job, chunk)
            place = job.output_of(chunk)
            workdir = self._prepare(job, chunk, place)
            self._note_begun(job, chunk)
            with working_on(job.id, workdir.final):
                result = await self._adapter.execute(self._worker_job(job, chunk, attempt, workdir, policy))
            failure = await self._judge(result, chunk, workdir)
            if failure is None:
                await self._put_in_place(job, chunk, workdir, self._places.check(place), result.sha256)
            placed = failure is None
        except UserInputError as error:
            failure = Failure(FailureKind.FATAL, error_in_words(error))
        except OSError as error:
            failure = Failure(FailureKind.TRANSIENT, tr("The output cannot be put in place: {error}.", error=error))
        except HeliosError as error:
            failure = Failure(FailureKind.TRANSIENT, error_in_words(error))
        except Exception as error:  # an adapter's defect costs this attempt, not the job
            _logger.exception("attempt %s failed unexpectedly", attempt.id)
            failure = Failure(FailureKind.TRANSIENT, tr("The worker failed unexpectedly: {error!r}", error=error))
        finally:
            if workdir is not None:
                self._clear(workdir, placed=placed)
        return result, failure

    def _explain_full_disk(
        self, job: LiveJob, chunk: LiveChunk, result: WorkerResult | None, failure: Failure
    ) -> Failure:
        """Return the failure, named as one for want of room where it was. Blocking.

        A renderer's words about it may be lost, because its log is on the full disk, too.
        """
        place = job.output_of(chunk).parent
        folders = [self._log_root, place, job.options.job_dir]
        if self._notes is not None:
            folders.append(self._notes.folder.parent)
        full = next(filter(is_full, folders), None)
        if full is None:
            if not says_no_space([failure.cause, *(result.tail if result else ())]):
                return failure
            full = place
        cause = tr("there is no space left on the disk of {folder}", folder=full)
        return Failure(FailureKind.TRANSIENT, cause, failure.frames_done, SpaceShortage(full))

    async def _put_in_place(self, job: LiveJob, chunk: LiveChunk, workdir: _Workdir, final: Path, sha256: str) -> None:
        """Put a verified output in the chunk's place, and record what it is. ``sha256`` is its, or empty."""
        files = frame_files(workdir.output, chunk.spec.frames)
        if sha256:
            made = replace(record_without_digest(*files), digest=sha256)
        else:
            made = record_files(*files) if is_small(*files) else await asyncio.to_thread(record_files, *files)
        if chunk.spec.pattern:
            await asyncio.to_thread(self._workdirs.forget, chunk.spec.id)
        self._note_finished(job, chunk, made)
        if not workdir.in_place:
            places = frame_files(final, chunk.spec.frames)
            pairs = list(zip(files, places, strict=True))
            elsewhere = _rename_all(pairs) if len(pairs) == 1 else await asyncio.to_thread(_rename_all, pairs)
            for pair in elsewhere:
                await asyncio.to_thread(copy_into_place, *pair, job.id)
            if elsewhere:
                made = replace(await asyncio.to_thread(record_without_digest, *places), digest=made.digest)
                with suppress(HeliosError):  # it is there, noted or not
                    self._note_begun(job, chunk)
                self._note_finished(job, chunk, made)
        job.set_made(chunk, made)

    def _note_begun(self, job: LiveJob, chunk: LiveChunk) -> None:
        if self._notes is None:
            return
        try:
            self._notes.begin(job.id, note_output(job, chunk, chunk.status()))
        except OSError as error:
            if is_about_space(error):
                raise HeliosError(tr("The chunk cannot be noted beside the journal: {error}.", error=error)) from error
            lack = tr(
                "chunks cannot be noted in {folder} while they are rendered ({error})",
                folder=self._notes.folder,
                error=error.strerror or error,
            )
            job.set_reason(lack, keep=True)

    def _note_finished(self, job: LiveJob, chunk: LiveChunk, made: MadeFile) -> None:
        if self._notes is not None:
            self._notes.finish(job.id, output_key(job, chunk), made)

    async def _stop_unknown(self, job: LiveJob, chunk: LiveChunk) -> None:
        """Stop the last attempt if its end is not known: it may still run, and must not beside the next."""
        previous = attempt_id(job.id, chunk.spec.id, chunk.attempts - 1)
        if previous in self._unknown_attempts:
            await self._adapter.reclaim({previous})
            self._unknown_attempts.discard(previous)

    async def _judge(self, result: WorkerResult, chunk: LiveChunk, workdir: _Workdir) -> Failure | None:
        if not result.ok and result.failure is not FailureKind.UNKNOWN:
            kind = result.failure or FailureKind.TRANSIENT
            return Failure(
                kind, result.message or tr("exit code {exit_code}", exit_code=result.exit_code), chunk.frames_done
            )
        if result.ok and result.frames == chunk.spec.frame_count:
            return None
        try:
            await self._verify(workdir.output, chunk.spec)
            if chunk.spec.pattern and self._owns(workdir):
                await asyncio.to_thread(check_surplus, workdir.output, chunk.spec.frames)
        except VerificationError as error:
            words = result.message or tr("The worker reported success, but {error}", error=error)
            if chunk.spec.pattern and self._owns(workdir) and any(workdir.folder.iterdir()):
                await asyncio.to_thread(self._workdirs.keep, chunk.spec.id, workdir.folder)
                words = tr("{words} What it wrote is in {folder}.", words=words, folder=workdir.folder)
            return Failure(result.failure or FailureKind.TRANSIENT, words, 0)
        return None

    def _owns(self, workdir: _Workdir) -> bool:
        """Return whether only this attempt writes to its folder: downloads of several come to one."""
        return not workdir.in_place and not self._is_offsite

    def _prepare(self, job: LiveJob, chunk: LiveChunk, place: Path) -> _Workdir:
        job_dir = job.options.job_dir
        final = self._places.check(place)
        words = parse_command(chunk.spec.command)
        if not final.parent.is_dir():
            _make_output_folder(job_dir, final.parent)
        if self._is_offsite:
            return self._prepare_download(chunk, words, final)
        folder = self._workdirs.take()
        own = folder / final.name
        command, redirected = redirect_output(words, chunk.spec.output_file, own, job_dir=job_dir)
        if redirected:
            return _Workdir(folder, own, final, command, in_place=False)
        present = [file for file in frame_files(final, chunk.spec.frames) if os.path.lexists(file)]
        pushed_aside = tuple((file, kept_path(file, job.id)) for file in present)
        workdir = _Workdir(folder, final, final, command, in_place=True, pushed_aside=pushed_aside)
        try:
            for place, kept in pushed_aside:
                place.replace(kept)
        except BaseException:
            self._clear(workdir, placed=False)
            raise
        return workdir

    def _prepare_download(self, chunk: LiveChunk, words: tuple[str, ...], final: Path) -> _Workdir:
        """Return where the output goes. A first attempt finds nothing there that another one has left."""
        name = PurePath(chunk.spec.output_file)
        is_plain = not name.is_absolute() and ".." not in name.parts
        is_first = is_plain and chunk.attempts == 1
        folder = self._workdirs.take_downloads() if is_first else self._workdirs.take()
        return _Workdir(folder, folder / (name if is_plain else name.name), final, words, in_place=False)

    def _clear(self, workdir: _Workdir, *, placed: bool) -> None:
        """Put back what the attempt had pushed aside, unless it made something better."""
        for place, kept in workdir.pushed_aside:
            try:
                if placed:
                    kept.unlink(missing_ok=True)
                elif kept.exists():
                    kept.replace(place)
            except OSError:
                _logger.exception("what %s was before cannot be put back", place)
        self._workdirs.give_back(workdir.folder)

    def _worker_job(
        self,
        job: LiveJob,
        chunk: LiveChunk,
        attempt: Attempt,
        workdir: _Workdir,
        policy: ExecutionPolicy,
    ) -> WorkerJob:
        stall = policy.stall
        follower = _follow_progress(job, chunk, attempt, self._told_problems)

        def on_lines(lines: Sequence[str]) -> None:
            self._on_lines(chunk.spec.id, lines)
            follower.feed(lines)

        def on_stalled(stalled: bool) -> None:
            words = tr("stalled: nothing printed and no processor used for {time}", time=format_duration(stall.after))
            job.set_chunk_remark(chunk, words if stalled else "")
            job.set_reason(tr("Chunk {id}: {reason}", id=chunk.spec.id, reason=words) if stalled else "")

        def on_worker(name: str) -> None:
            self._worker_of[attempt.id] = name
            job.record_attempt(replace(attempt, worker=name))

        return WorkerJob(
            job_id=job.id,
            attempt_id=attempt.id,
            chunk=chunk.spec,
            chunk_index=chunk.index,
            command=workdir.command,
            job_dir=job.options.job_dir,
            output=workdir.output,
            log_path=attempt.log_path,
            environment=self._environment,
            timeout=policy.chunk_timeout,
            on_lines=on_lines,
            stall=stall,
            on_stalled=on_stalled,
            limits=policy.limits,
            on_worker=on_worker,
        )


def _follow_progress(job: LiveJob, chunk: LiveChunk, attempt: Attempt, told: set[str]) -> ProgressFollower:
    """Return what reads the chunk's progress from the lines of an attempt; ``told``: the problems with it so far."""
    reader = ProgressReader(chunk.spec.frame_count, chunk.spec.start_frame, job.spec.progress_pattern)

    def on_progress(frames: int | None) -> None:
        is_running = chunk.state is ChunkState.RUNNING and chunk.attempts == attempt.number
        if frames is not None and is_running:  # a search on a thread may come to its end too late
            job.set_chunk_progress(chunk, frames)
        if reader.problem and reader.problem not in told:
            told.add(reader.problem)
            job.set_reason(reader.problem, keep=True)

    return ProgressFollower(reader, on_progress)


def _rename_all(pairs: Sequence[tuple[Path, Path]]) -> list[tuple[Path, Path]]:
    """Move finished files to their places; return those whose places are on another disk."""
    return [pair for pair in pairs if not rename_into_place(*pair)]


def _make_output_folder(job_dir: Path, folder: Path) -> None:
    """Make a folder, but never the job's own: a job whose folder went away would render nothing useful."""
    if not job_dir.is_dir():
        raise UserInputError(
            tr("The job's folder {job_dir} is missing.", job_dir=job_dir), tr("Bring it back and render again.")
        )
    folder.mkdir(parents=True, exist_ok=True)


def _ended(
    attempt: Attempt,
    state: AttemptState,
    seconds: float,
    worker: str,
    result: WorkerResult | None = None,
    cause: str = "",
) -> Attempt:
    return replace(
        attempt,
        state=state,
        seconds=seconds,
        worker=worker,
        finished_at=time.time(),
        exit_code=result.exit_code if result else None,
        cause=cause,
    )
