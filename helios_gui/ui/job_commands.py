"""Commands about jobs: passed to the engine, after a confirmation if work would be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from helios_gui.engine import Engine
from helios_gui.translation import tr, tr_count
from helios_gui.types import Attempt, ChunkState, HeliosError, JobState, JobStatus, JobSummary, NotFoundError
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.desktop.handover import MAX_OPENED, open_all_externally, open_externally, show_all_in_folder
from helios_gui.ui.job.cost_text import cost_text
from helios_gui.ui.preview.file_actions import file_on_show
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.queue.removals import Removals
from helios_gui.ui.submit.consent import Consent
from helios_gui.ui.submit.replacing import may_replace
from helios_gui.ui.widgets.confirm import confirm
from helios_gui.ui.widgets.notice_bar import NoticeBoard
from helios_gui.utils.files import write_atomic

_AT_A_TIME = 50
"""Jobs that are started together."""


class JobCommands(QObject):
    """Runs commands about jobs as tasks of the bridge; a ``HeliosError`` becomes a notice.

    ``change_requested`` carries the status of a job that a person wants to change.
    """

    change_requested = Signal(object)  # JobStatus

    def __init__(self, engine: Engine, bridge: EngineBridge, notices: NoticeBoard, window: QWidget) -> None:
        super().__init__(window)
        self._engine = engine
        self._manager = engine.manager
        self._bridge = bridge
        self._notices = notices
        self._window = window
        self._consent = Consent(engine, bridge, window)
        self.removals = Removals(engine.manager, bridge.run, notices, self)
        self._presses = count()
        self._stopped: dict[str, int] = {}
        """The press that paused or cancelled each job last: one of Render before it, which still looks into the job's
        commands, does not start the job any more.
        """

    def run_action(self, action: JobAction, job_ids: Sequence[str]) -> None:
        """Start a command from the queue's menu."""
        manager, press = self._manager, next(self._presses)
        if action is JobAction.PAUSE:
            self._stopped.update(dict.fromkeys(job_ids, press))
        each: dict[JobAction, Callable[[str], Awaitable[object]]] = {
            JobAction.CHANGE: self._change,
            JobAction.RETRY_FAILED: partial(self._retry, press=press),
            JobAction.RESTITCH: self._restitch,
            JobAction.RESTITCH_REENCODE: partial(self._restitch, reencode=True),
            JobAction.DUPLICATE: manager.duplicate_job,
        }
        all_of_them: dict[JobAction, Callable[[Sequence[JobSummary]], Coroutine[Any, Any, None]]] = {
            JobAction.CANCEL: self._cancel,
            JobAction.REMOVE: self._remove,
            JobAction.OPEN_OUTPUT: self._open_outputs,
            JobAction.SHOW_FOLDER: self._show_folders,
            JobAction.REPORT: self._show_reports,
            JobAction.COPY_ERROR: self._copy_errors,
        }
        if action is JobAction.PAUSE:
            self._bridge.run(self._together(job_ids, manager.pause_job))
        elif action is JobAction.RENDER:
            self._bridge.run(self._render_all(job_ids, press=press))
        elif action is JobAction.RENDER_CLOUD:
            if (profile := self._engine.profiles.cloud_default) is not None:
                self._bridge.run(self._render_all(job_ids, profile.name, press=press))
        elif action in each:
            self._bridge.run(self._for_each(job_ids, each[action]))
        else:
            self._bridge.run(all_of_them[action](self._summaries(job_ids)))

    def finish_and_stop(self) -> None:
        """Have the chunks that run finished, of all jobs, and no more started."""
        jobs = (job_id for job_id, _ in self._manager.standings.of_jobs())
        self._stopped.update(dict.fromkeys(jobs, next(self._presses)))
        self._bridge.run(self._engine.finish_and_stop())

    def resume_paused(self) -> None:
        """Render all paused jobs, but those that wait for a person."""
        jobs = self._manager.find_jobs_where(lambda job: job.state is JobState.PAUSED)
        self.run_action(JobAction.RENDER, [job.id for job in jobs if not (job.blocked or job.elsewhere)])

    def move(self, job_ids: Sequence[str], place: int) -> None:
        """Put jobs at another place in the queue."""
        self._bridge.run(self._manager.move_jobs(job_ids, place))

    def set_profile(self, profile: str, job_ids: Sequence[str]) -> None:
        """Have jobs rendered through another profile."""
        self._bridge.run(self._together(job_ids, lambda job_id: self._manager.options.set_profile(job_id, profile)))

    def set_order(self, scout: int | None, job_ids: Sequence[str]) -> None:
        """Have the chunks of jobs rendered in another order."""
        self._bridge.run(self._together(job_ids, lambda job_id: self._manager.options.set_choices(job_id, scout=scout)))

    def retry(self, job_id: str, chunk_ids: Sequence[int]) -> None:
        """Render some chunks of a job again."""
        press = next(self._presses)
        self._bridge.run(self._for_each([job_id], lambda _: self._retry(job_id, chunk_ids, press=press)))

    # -- rendering

    async def agree(self, job_id: str, profile: str) -> None:
        """Remember that the commands of a job may run on this computer; they were shown where the job was made."""
        await self._consent.give(await self._status(job_id), profile)

    async def render(self, job_id: str, profile: str) -> None:
        """Render what is left of a job through a profile, or all of a finished one, without asking whether to."""
        press = next(self._presses)
        status = await self._status(job_id)
        if status.summary.state is JobState.COMPLETED:
            await self.render_again(status, profile, ask=False)
        else:
            await self._render(job_id, profile, press=press)

    async def _render_all(self, job_ids: Sequence[str], profile: str = "", *, press: int) -> None:
        """Render what is left of jobs through ``profile``, or their own: the first at once, the others some at a time.

        The scheduler looks through all of the queue, and the window is redrawn, whenever a job is to start.
        """
        for some in (job_ids[:1], *_batches(job_ids[1:])):
            agreed: list[str] = []
            await self._for_each(some, partial(self._prepare, agreed=agreed, profile=profile, press=press))
            await self._together(
                (job_id for job_id in agreed if self._may_run(job_id, press)), self._manager.resume_job
            )

    async def _render(self, job_id: str, profile: str = "", *, press: int) -> None:
        """Render what is left of a job through ``profile``, or the job's own."""
        agreed: list[str] = []
        await self._prepare(job_id, agreed=agreed, profile=profile, press=press)
        if agreed:
            await self._manager.resume_job(job_id)

    async def _prepare(self, job_id: str, *, agreed: list[str], profile: str, press: int) -> None:
        """Have a finished job rendered again, and put another one into ``agreed`` if it may be rendered."""
        status = await self._status(job_id)
        if status.summary.state is JobState.COMPLETED:
            await self.render_again(status, profile)
        elif await self._is_agreed(status, profile, press=press):
            agreed.append(job_id)

    async def render_again(self, status: JobStatus, profile: str = "", *, ask: bool = True) -> None:
        """Render every chunk of a finished job once more, through ``profile`` or the job's own."""
        chunk_ids = [chunk.id for chunk in status.chunks]
        if ask and not await self._confirm_again(status, profile, chunk_ids):
            return
        if await self._is_agreed(status, profile, chunk_ids, press=next(self._presses)):
            await self._manager.retry_chunks(status.summary.id, chunk_ids)

    async def _confirm_again(self, status: JobStatus, profile: str, chunk_ids: Sequence[int]) -> bool:
        job = status.summary
        title = tr("Render “{name}” again?", name=job.name)
        text = tr_count(
            "Its {number} chunk is rendered again. It and {output} are replaced.",
            "All {number} chunks are rendered again. They and {output} are replaced.",
            job.chunks_total,
            output=job.output.name,
        )
        if cost := await cost_text(self._engine, job, profile or job.profile, chunk_ids):
            text += "\n\n" + tr("Estimated cost: {cost}", cost=cost)
        return await confirm(self._window, title, text, tr("Render again"), danger=False)

    async def _retry(self, job_id: str, chunk_ids: Sequence[int] | None = None, *, press: int) -> None:
        if await self._is_agreed(await self._status(job_id), chunk_ids=chunk_ids, press=press):
            await self._manager.retry_chunks(job_id, chunk_ids)

    async def _restitch(self, job_id: str, *, reencode: bool = False) -> None:
        if await may_replace(self._engine, job_id, self._window):
            await self._manager.restitch(job_id, reencode=reencode)

    async def _is_agreed(
        self, status: JobStatus, profile: str = "", chunk_ids: Sequence[int] | None = None, *, press: int
    ) -> bool:
        """Return whether the job may run through ``profile`` (or its own), which it is given then.

        It may not if it was paused or cancelled after the ``press`` that asked for it.
        """
        job = status.summary
        if not await self._consent.given(status, profile or job.profile, chunk_ids):
            return False
        if not await may_replace(self._engine, job.id, self._window):
            return False
        if not self._may_run(job.id, press):
            return False
        if profile and profile != job.profile:
            await self._manager.options.set_profile(job.id, profile)
        return True

    def _may_run(self, job_id: str, press: int) -> bool:
        """Return whether a job was not paused or cancelled after the ``press`` that asked for it."""
        return self._stopped.get(job_id, -1) <= press

    async def _change(self, job_id: str) -> None:
        self.change_requested.emit(await self._status(job_id))

    # -- stopping

    async def _cancel(self, jobs: Sequence[JobSummary]) -> None:
        running = _running(jobs)
        if running or any(job.state is JobState.STITCHING for job in jobs):
            title = tr("Cancel {jobs}?", jobs=self._named(jobs))
            text = tr("Stitching stops. Finished chunks are kept.")
            if running:
                text = _loss(running) + " " + tr("Finished chunks are kept.")
            keep, stop = tr("Keep rendering"), tr("Stop")
            if not await confirm(self._window, title, text, stop, keep=keep):
                return
        self._stopped.update(dict.fromkeys((job.id for job in jobs), next(self._presses)))
        await self._at_once([job.id for job in jobs], self._manager.cancel_job)

    async def _remove(self, jobs: Sequence[JobSummary]) -> None:
        if running := _running(jobs):
            title = tr("Remove {jobs} from the queue?", jobs=self._named(jobs))
            text = _loss(running) + " " + tr("Rendered files stay where they are.")
            if not await confirm(self._window, title, text, tr("Remove")):
                return
        await self.removals.remove(jobs)

    def _named(self, jobs: Sequence[JobSummary]) -> str:
        return f"“{jobs[0].name}”" if len(jobs) == 1 else tr_count("{number} job", "{number} jobs", len(jobs))

    # -- outputs and errors

    async def _open_outputs(self, jobs: Sequence[JobSummary]) -> None:
        open_all_externally(file_on_show(job.output) for job in jobs)

    async def _show_folders(self, jobs: Sequence[JobSummary]) -> None:
        show_all_in_folder(file_on_show(job.output) for job in jobs)

    async def _show_reports(self, jobs: Sequence[JobSummary]) -> None:
        for job in jobs[:MAX_OPENED]:
            status, attempts = await self._status(job.id), await self._manager.attempts(job.id)
            page = self._engine.folders.logs / job.id / "report.html"  # removed with the job's logs
            await asyncio.to_thread(_write_report, status, attempts, page)
            open_externally(page)

    async def _copy_errors(self, jobs: Sequence[JobSummary]) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{job.name}: {job.reason}" for job in jobs))

    # -- inside

    async def _together(self, job_ids: Iterable[str], command: Callable[[str], Awaitable[object]]) -> None:
        """Give a command that asks and waits for nothing to all jobs at once."""
        with self._manager.together():
            await self._for_each(job_ids, command)

    async def _at_once(self, job_ids: Sequence[str], command: Callable[[str], Awaitable[object]]) -> None:
        """Give a command that waits for something to many jobs at a time, so that they do not wait for one another."""
        results = await asyncio.gather(*map(command, job_ids), return_exceptions=True)
        for result in results:
            if isinstance(result, HeliosError):
                self._notices.show_error(result)
            elif isinstance(result, BaseException):
                raise result

    async def _for_each(self, job_ids: Iterable[str], command: Callable[[str], Awaitable[object]]) -> None:
        for job_id in job_ids:
            try:
                await command(job_id)
            except HeliosError as error:
                self._notices.show_error(error)

    def _summaries(self, job_ids: Sequence[str]) -> list[JobSummary]:
        return self._manager.find_jobs(job_ids)

    async def _status(self, job_id: str) -> JobStatus:
        status = await self._manager.get_job(job_id)
        if status is None:
            raise NotFoundError(tr("The job is not in the queue any more."))
        return status


def _batches(job_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (job_ids[start : start + _AT_A_TIME] for start in range(0, len(job_ids), _AT_A_TIME))


def _write_report(status: JobStatus, attempts: Sequence[Attempt], page: Path) -> None:
    from helios_gui.reports.html_page import report_page
    from helios_gui.reports.job_report import make_report

    page.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(page, report_page(make_report(status, attempts)))


def _running(jobs: Iterable[JobSummary]) -> int:
    return sum(job.counts.get(ChunkState.RUNNING, 0) for job in jobs)


def _loss(running: int) -> str:
    return tr_count(
        "{number} chunk still rendering will be lost.", "{number} chunks still rendering will be lost.", running
    )
