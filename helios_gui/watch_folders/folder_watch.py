"""Watches folders: adds what lands there to the queue, and puts files away when their jobs have ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from helios_gui.engine import Engine
from helios_gui.jobfile.job_files import is_job_file
from helios_gui.sources.source import UnknownDurationError
from helios_gui.translation import tr
from helios_gui.types import Event, HeliosError, JobChanged, JobFileError, JobState, JobSummary, UserInputError
from helios_gui.types.errors import error_in_words
from helios_gui.utils.os_lock import FileLock
from helios_gui.utils.shielded import end_tasks, shielded
from helios_gui.watch_folders.intake import Intake, is_of_interest, needs_others
from helios_gui.watch_folders.moving import is_sequence, move_back, move_file
from helios_gui.watch_folders.quiet_tree import QuietTree
from helios_gui.watch_folders.sequence_watch import SequenceWatch
from helios_gui.watch_folders.settled_files import QUIET_SECONDS, FileState, SettledFiles
from helios_gui.watch_folders.taken_files import MovedInput, TakenFiles
from helios_gui.watch_folders.watch_events import Tell, WatchEvent
from helios_gui.watch_folders.watch_folder import DONE, FAILED, RESULTS, WatchFolder

_logger = logging.getLogger(__name__)

_LONGEST_PERIOD = 2.0
_LOOKS = 4
"""Looks within the time for which a file has to stay the same."""


class FolderWatch:
    """Watches the folders that it is given, each with a task of its own.

    Args:
        engine: Where the jobs go.
        tell: Is told what happens.
        quiet: Seconds for which a file has to stay the same. For how long a sequence has to, the folders say.
    """

    def __init__(self, engine: Engine, tell: Tell, quiet: float = QUIET_SECONDS) -> None:
        self._engine = engine
        self._tell = tell
        self._quiet = quiet
        self._watchers: dict[WatchFolder, _Watcher] = {}
        self._tasks: dict[WatchFolder, asyncio.Task[None]] = {}
        self._unsubscribe = engine.manager.subscribe(self._handle_events)

    async def watch(self, folders: Iterable[WatchFolder]) -> None:
        """Watch these folders from now on, and no others."""
        wanted = [folder for folder in folders if folder.enabled]
        gone = [folder for folder in self._tasks if folder not in wanted]
        await end_tasks(self._tasks.pop(folder) for folder in gone)
        for folder in gone:
            self._watchers.pop(folder).close()
        for folder in wanted:
            if folder not in self._tasks:
                watcher = await asyncio.to_thread(_Watcher, self._engine, folder, self._tell, self._quiet)
                self._watchers[folder] = watcher
                self._tasks[folder] = asyncio.create_task(watcher.run(), name=f"watch-{folder.path}")

    async def until_idle(self) -> None:
        """Wait until every file that was there is taken, and no job of one runs any more."""
        while any(watcher.is_busy for watcher in self._watchers.values()):  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(self._quiet / _LOOKS)

    async def close(self) -> None:
        """Watch no more."""
        self._unsubscribe()
        await self.watch(())

    def _handle_events(self, events: Sequence[Event]) -> None:
        jobs = [event.summary for event in events if isinstance(event, JobChanged)]
        for watcher in self._watchers.values():
            watcher.jobs_ended(job for job in jobs if job.state.is_finished)
            watcher.jobs_begun(job for job in jobs if job.in_line or job.state.is_active)


class _Watcher:
    """Watches one folder."""

    def __init__(self, engine: Engine, folder: WatchFolder, tell: Tell, quiet: float) -> None:
        self._engine = engine
        self._folder = folder
        self._tell = tell
        self._period = min(_LONGEST_PERIOD, quiet / _LOOKS)
        self._files = SettledFiles(folder.path, is_of_interest, quiet)
        self._intake = Intake(engine, folder, lambda line: _logger.info("%s: %s", folder.path, line))
        self._taken_files = TakenFiles(_state_file(engine, folder, "json"))
        self._sequences = SequenceWatch(
            engine, folder, self._intake, self._taken_files, tell, self._move, max(quiet, folder.frames_minutes * 60)
        )
        self._tree = QuietTree(folder.path, (RESULTS, DONE, FAILED), self._taken_files.is_own, quiet)
        self._lock: FileLock | None = None
        self._ended: dict[str, JobSummary] = {}
        self._back: dict[str, tuple[MovedInput, FileState]] = {}
        """The files that were moved back, by their jobs, until that is written down."""
        self._problem = ""
        self._quiet_scans = 0

    @property
    def is_busy(self) -> bool:
        """Whether a file may still be settling, or a job that was to be rendered has not ended and been put away."""
        jobs = {job.id: job for job in self._engine.manager.list_jobs()}
        waiting = [jobs[job_id] for job_id in self._taken_files.waiting() if job_id in jobs]
        settling = self._folder.sequences and self._sequences.is_settling
        left = any(job.is_at_work or job.in_line or job.state.is_finished for job in waiting)
        return settling or self._quiet_scans <= 2 * _LOOKS or left

    def close(self) -> None:
        """Let another process watch the folder."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def jobs_ended(self, jobs: Iterable[JobSummary]) -> None:
        """Note that jobs have ended, of which some may be ours."""
        self._ended.update({job.id: job for job in jobs})

    def jobs_begun(self, jobs: Iterable[JobSummary]) -> None:
        """Move the files back that jobs are made of which are rendered again: before they start, so at once."""
        for job in jobs:
            moved = self._taken_files.moved(job.id) if job.id not in self._back else None
            if moved is not None:
                self._taken_files.begin_return(moved)  # a look may be under way
                try:
                    self._back[job.id] = moved, move_back(moved)
                except OSError as error:
                    self._taken_files.end_return(moved)
                    words = tr(
                        "“{job}” needs {file}, which was moved to {place} and cannot be moved back: {reason}",
                        job=job.name,
                        file=moved.path.name,
                        place=moved.kept,
                        reason=error.strerror or error,
                    )
                    self._tell(WatchEvent.TROUBLE, words)

    async def run(self) -> None:
        """Watch until cancelled."""
        self.jobs_ended(job for job in self._engine.manager.list_jobs() if job.state.is_finished)
        while True:
            try:
                await self._scan_files()
                self._problem = ""
            except (OSError, HeliosError) as error:
                words = error_in_words(error) if isinstance(error, HeliosError) else error.strerror or str(error)
                problem = tr("{folder} cannot be watched now: {reason}", folder=self._folder.path, reason=words)
                if problem != self._problem:
                    self._tell(WatchEvent.TROUBLE, problem)
                self._problem = problem
            except Exception:  # one odd file must not end the watch of a night
                _logger.exception("watching %s", self._folder.path)
            await asyncio.sleep(self._period)

    async def _scan_files(self) -> None:
        if self._lock is None:
            self._lock = await asyncio.to_thread(FileLock.take, _state_file(self._engine, self._folder, "lock"))
            if self._lock is None:
                raise UserInputError(tr("another Helios process watches it"))
        profile = self._folder.profile or self._engine.profiles.default_name
        self._engine.profiles.get(profile)  # raises: that it is missing is no fault of a file
        await self._put_away()
        if self._folder.sequences:
            await self._sequences.scan()
        settled = await asyncio.to_thread(self._files.scan)
        new = {path: state for path, state in settled.items() if self._taken_files.is_new(path, state)}
        self._quiet_scans = 0 if new else self._quiet_scans + 1
        is_quiet = await asyncio.to_thread(self._tree.scan) if any(map(needs_others, new)) else True
        for path, state in new.items():
            if (is_quiet or not needs_others(path)) and self._taken_files.is_new(path, state):  # another may write it
                await self._add_file(path, state)

    async def _add_file(self, path: Path, state: FileState) -> None:
        try:
            taken = await self._intake.take(path, self._taken_files)
        except HeliosError as error:
            await asyncio.to_thread(self._taken_files.take, path, state)
            reason = error_in_words(error)
            words = tr("{file} cannot be used: {reason}", file=path.name, reason=reason)
            if isinstance(error, JobFileError):
                words = reason  # it names the file
            elif isinstance(error, UnknownDurationError):  # nobody can give the options of a command here
                words = reason = tr(
                    "{file} does not say how long it is, so no job was made of it. Add it with “New render…”, and give "
                    "its length there; or have the page say it (window.helios.duration).",
                    file=path.name,
                )
            self._tell(WatchEvent.FAILED, words)
            await self._move(path, FAILED, reason)
            return
        await asyncio.to_thread(self._taken_files.take, path, state, taken.job_id)
        if self._folder.sequences and needs_others(path) and not is_job_file(path):
            await self._sequences.leave_alone(path)
        if taken.refusal:
            words = tr("“{job}” waits in the queue: {reason}", job=taken.name, reason=taken.refusal)
            self._tell(WatchEvent.WAITS, words)
        else:
            self._tell(WatchEvent.ADDED, tr("{file} was added to the queue", file=path.name))

    async def _put_away(self) -> None:
        """Move the files whose jobs have ended."""
        for job_id, (moved, state) in list(self._back.items()):
            await asyncio.to_thread(self._taken_files.take_back, moved, state)
            del self._back[job_id]
        waiting = self._taken_files.waiting()
        ended, self._ended = self._ended, {}
        for job_id in waiting.keys() & ended.keys():
            job, path = ended[job_id], waiting[job_id]
            has_changed = is_sequence(path) and await self._sequences.has_changed(path, job)
            if job.state is JobState.COMPLETED and not has_changed:
                self._tell(WatchEvent.DONE, tr("“{job}” is done: {output}", job=job.name, output=job.output))
                await self._move(path, DONE)
            elif job.state is JobState.FAILED:
                self._tell(WatchEvent.FAILED, tr("“{job}” has failed: {reason}", job=job.name, reason=job.reason))
                await self._move(path, FAILED, job.reason, stays=has_changed)
            else:
                await asyncio.to_thread(self._taken_files.settle, path, moved_to=None)
        if ended:  # some may have begun anew while their files were moved
            jobs = self._engine.manager.list_jobs()
            self.jobs_begun(job for job in jobs if job.id in ended and (job.in_line or job.state.is_active))

    async def _move(self, path: Path, name: str, reason: str = "", *, stays: bool = False) -> None:
        """Move a file to a folder beside it, with the reason as a text, and remember that its job has ended.

        It ``stays`` where it is, as it does where that is chosen, if another job is made of it.
        """
        await shielded(self._move_and_note(path, name, reason, moves=self._folder.move and not stays))

    async def _move_and_note(self, path: Path, name: str, reason: str, *, moves: bool) -> None:
        moved = None
        try:
            if moves and is_sequence(path):
                moved = await self._sequences.move(path, name, reason)
            elif moves:
                moved = await asyncio.to_thread(move_file, path, name, reason)
        except OSError as error:  # another program has it open, say: it stays where it is, and the others move on
            words = error.strerror or str(error)
            self._tell(WatchEvent.TROUBLE, tr("{file} cannot be moved: {reason}", file=path.name, reason=words))
        await asyncio.to_thread(self._taken_files.settle, path, moved_to=moved)


def _state_file(engine: Engine, folder: WatchFolder, suffix: str) -> Path:
    """Return the file of this computer in which is kept what is known of a watched folder."""
    name = sha256(str(folder.path).encode(errors="surrogateescape")).hexdigest()[:16]
    return engine.folders.data / f"watched-{name}.{suffix}"
