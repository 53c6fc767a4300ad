"""Connects the right side of the window to the selected job."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from helios_gui.engine import Engine
from helios_gui.translation import tr
from helios_gui.types import Attempt, ChunkChanged, ChunkState, ChunkStatus, Event, JobChanged, JobState, JobSummary
from helios_gui.types.status import JobStatus
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.charts.figures import JobFigures, job_figures
from helios_gui.ui.chunks.heat import attempt_facts
from helios_gui.ui.desktop.handover import open_externally, show_in_folder
from helios_gui.ui.job.attempt_feed import AttemptFeed
from helios_gui.ui.job.cost_text import pending_cost_text, price_of_attempt
from helios_gui.ui.job.growing_footage import GrowingFootage
from helios_gui.ui.job.newest_frame import NewestFrameFollower
from helios_gui.ui.job.view import JobView
from helios_gui.ui.logs.story import StoryLine, job_story
from helios_gui.ui.preview.file_actions import file_on_show
from helios_gui.ui.seams.seams import Seams
from helios_gui.ui.timeline.bars import Bars


class JobPresenter(QObject):
    """Loads the job to show, feeds the view with its events, its logs and its finished video.

    ``retry_requested(job id, chunk ids)`` passes on what the grid was asked for.
    """

    retry_requested = Signal(str, list)

    def __init__(self, engine: Engine, bridge: EngineBridge, view: JobView) -> None:
        super().__init__(view)
        self._engine = engine
        self._manager = engine.manager
        self._bridge = bridge
        self._view = view
        self._job_id = ""
        self._status: JobStatus | None = None
        self._estimate = ""
        self._chunk: ChunkStatus | None = None
        self._growing = GrowingFootage(view)
        self._newest = NewestFrameFollower(view)
        self._attempts = AttemptFeed(self._manager.attempts, bridge.run, self)
        self._connect()
        self._follow_attempts()
        bridge.events.connect(self.apply)

    def _connect(self) -> None:
        view = self._view
        view.grid.chunk_selected.connect(self._choose_chunk)
        view.grid.chunk_activated.connect(lambda _: view.show_log())
        view.grid.retry_requested.connect(lambda chunk_ids: self.retry_requested.emit(self._job_id, chunk_ids))
        view.render_requested.connect(lambda chunk_ids: self.retry_requested.emit(self._job_id, chunk_ids))
        view.grid.open_output_requested.connect(self._open_chunk_output)
        view.grid.copy_command_requested.connect(self._copy_command)
        view.header.open_output.connect(lambda: self._with_output(open_externally))
        view.header.show_folder.connect(lambda: self._with_output(show_in_folder))
        view.header.details.connect(view.show_details)
        view.log.story_wanted.connect(self._leave_chunk)
        view.log.story.chunk_chosen.connect(view.grid.select_chunk)
        view.log.save_requested.connect(lambda log, place: self._bridge.run(_save_log(log, place)))
        view.timeline.chunk_selected.connect(view.grid.mark_chunk)
        view.timeline.chunk_activated.connect(view.grid.select_chunk)

    def _follow_attempts(self) -> None:
        """Have what shows attempts be told of them while it is in view."""
        view, grid = self._view, self._view.grid
        price = partial(price_of_attempt, self._engine)
        self._attempts.add(view.timeline.isVisible, Bars, view.timeline.show_bars)
        self._attempts.add(
            lambda: grid.mode.needs_attempts and grid.isVisible(),
            lambda attempts: attempt_facts(attempts, price),
            grid.set_facts,
        )
        self._attempts.add(
            view.details.isVisible, lambda attempts: job_figures(attempts, price), view.details.charts.show_figures
        )
        self._attempts.add(self._looks_at_story, self._update_story, view.log.set_story)
        grid.attempts_wanted.connect(self._attempts.refresh)
        view.came_into_view.connect(self._attempts.refresh)
        view.tabs.currentChanged.connect(lambda _: self._attempts.refresh())

    def show(self, job_id: str) -> None:
        """Show this job from now on; "" shows none."""
        self._job_id = job_id
        self._status = self._chunk = None
        self._estimate = ""
        self._view.timeline.clear()
        self._view.details.charts.show_figures(JobFigures())
        self._attempts.show("")
        self._growing.forget()
        self._newest.forget()
        if job_id:
            self._bridge.run(self._load(job_id))
        else:
            self._view.show_nothing()

    def play(self) -> None:
        """Play the finished video of the job on show."""
        if self._status is not None and self._status.summary.state is JobState.COMPLETED:
            self._open_preview(self._status.summary, autoplay=True)

    def apply(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's events."""
        if self._status is None:
            return
        chunks = []
        for event in events:
            if isinstance(event, ChunkChanged) and event.job_id == self._job_id:
                chunks.append(event.chunk)
            elif isinstance(event, JobChanged) and event.summary.id == self._job_id:
                self._take_summary(event.summary)
        if chunks:
            self._view.grid.update_chunks(chunks)
            self._attempts.changed()
            self._growing.update(chunks)
            self._newest.update(chunks)
            self._follow_chunk(chunks)

    # -- the job

    async def _load(self, job_id: str) -> None:
        status = await self._manager.get_job(job_id)
        if status is None or job_id != self._job_id:
            return  # another one was chosen meanwhile
        self._status = status
        self._view.show_status(status)
        self._attempts.show(job_id)
        if status.summary.state is JobState.COMPLETED:
            self._open_preview(status.summary, autoplay=False)
        elif not self._growing.show(status):
            self._view.clear_preview()
        self._show_first_failed(status.summary)
        await self._update_estimate(status.summary)

    async def _show_what_is_there(self, job_id: str) -> None:
        """Show the chunks of a job that has no finished video any more, or not yet."""
        status = await self._manager.get_job(job_id)
        if status is not None and job_id == self._job_id and status.summary.state is not JobState.COMPLETED:
            self._growing.show(status)

    async def _update_estimate(self, job: JobSummary) -> None:
        estimate = await pending_cost_text(self._engine, job)
        if self._status is not None and _estimate_inputs(self._status.summary) == _estimate_inputs(job):
            self._estimate = estimate
            self._view.update_status(self._status, estimate)

    def _take_summary(self, job: JobSummary) -> None:
        assert self._status is not None
        before = self._status.summary
        self._status = replace(self._status, summary=job)
        if _estimate_inputs(before) != _estimate_inputs(job):
            self._estimate = ""
            self._bridge.run(self._update_estimate(job))
        self._view.update_status(self._status, self._estimate)
        if job.state is before.state:
            return
        self._attempts.changed()
        self._show_first_failed(job)
        if job.state is JobState.COMPLETED:
            self._open_preview(job, autoplay=self._view.is_preview_watched)
        elif job.state is JobState.STITCHING:
            self._growing.forget()
            self._view.release_preview()
        elif before.state in (JobState.COMPLETED, JobState.STITCHING):
            self._view.release_preview()
            self._bridge.run(self._show_what_is_there(job.id))

    def _open_preview(self, job: JobSummary, *, autoplay: bool) -> None:
        assert self._status is not None
        self._growing.forget()
        spec = self._status.spec
        if file_on_show(job.output).is_file():
            numbers = [frame for chunk in spec.chunks for frame in chunk.frames] if spec.renders_frames else None
            self._view.open_preview(
                job.output, spec.metadata.rate, autoplay=autoplay, numbers=numbers, seams=Seams(spec.chunks)
            )
        else:
            self._view.clear_preview()

    def _with_output(self, act: Callable[[Path], bool]) -> None:
        if self._status is not None:
            act(file_on_show(self._status.summary.output))

    # -- the job's story

    def _looks_at_story(self) -> bool:
        return self._status is not None and self._view.log.isVisible() and self._view.log.shows_story

    def _update_story(self, attempts: Sequence[Attempt]) -> list[StoryLine]:
        return [] if self._status is None else job_story(self._status, attempts)

    def _leave_chunk(self) -> None:
        self._chunk = None
        self._attempts.refresh()

    def _show_first_failed(self, job: JobSummary) -> None:
        """Show why a job failed: the log of its first failed chunk, unless somebody reads something else."""
        if job.state is not JobState.FAILED or self._chunk is not None or self._looks_at_story():
            return
        self._chunk = self._view.grid.first_in(ChunkState.FAILED)
        if self._chunk is not None:
            self._bridge.run(self._show_attempts(job.id, self._chunk.id))

    # -- one chunk

    def _choose_chunk(self, chunk_id: int) -> None:
        if self._status is None:
            return
        known = {chunk.id: chunk for chunk in self._status.chunks}
        self._chunk = known.get(chunk_id)
        self._view.timeline.mark_chunk(chunk_id)
        self._view.show_log()
        self._bridge.run(self._show_attempts(self._job_id, chunk_id))

    def _follow_chunk(self, chunks: Sequence[ChunkStatus]) -> None:
        """Reload the attempts, which are the log's tabs, when one has started or ended."""
        shown = self._chunk
        for chunk in chunks:
            if shown is not None and chunk.id == shown.id:
                self._chunk = chunk
                if (chunk.attempts, chunk.state) != (shown.attempts, shown.state):
                    self._bridge.run(self._show_attempts(self._job_id, chunk.id))

    async def _show_attempts(self, job_id: str, chunk_id: int) -> None:
        attempts = await self._manager.attempts(job_id, chunk_id)
        if self._chunk is not None and (job_id, chunk_id) == (self._job_id, self._chunk.id):
            chunk = self._chunk
            title = tr("Chunk {id} · frames {first} to {last}")
            self._view.log.show_attempts(
                title.format(id=chunk.id, first=chunk.start_frame, last=chunk.end_frame), attempts
            )

    def _open_chunk_output(self, chunk_id: int) -> None:
        if self._status is None:
            return
        chunk, output = self._status.spec.chunk(chunk_id), self._chunk_output(self._status, chunk_id)
        if chunk.pattern is None:
            open_externally(output)
        else:
            self._view.open_preview(output, self._status.spec.metadata.rate, autoplay=True, numbers=chunk.frames)

    def _copy_command(self, chunk_id: int) -> None:
        if self._status is not None:
            QGuiApplication.clipboard().setText(self._status.spec.chunk(chunk_id).command)

    @staticmethod
    def _chunk_output(status: JobStatus, chunk_id: int) -> Path:
        return status.summary.job_dir / status.spec.chunk(chunk_id).output_file


async def _save_log(log: Path | str, place: Path) -> None:
    if isinstance(log, str):
        await asyncio.to_thread(place.write_text, log + "\n", encoding="utf-8")
    else:
        await asyncio.to_thread(shutil.copyfile, log, place)


def _estimate_inputs(job: JobSummary) -> tuple[str, str, JobState]:
    """Return the values that a cost estimate depends on."""
    return job.id, job.profile, job.state
