"""The sheet for a new render: what the source holds, what is wanted of it, and where it is rendered."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from helios_gui.engine import Engine
from helios_gui.sources.batch import digits_of, has_props, request_of_row
from helios_gui.sources.canary import plan_canary
from helios_gui.sources.pacing import chunk_frames
from helios_gui.sources.planned_job import PlannedJob, plan_source_job, save_planned_job
from helios_gui.sources.source import JobRequest
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.types.cost import RenderForecast, RenderPace
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.new_render.answer import NewRenderResult, NextStep, Source
from helios_gui.ui.new_render.batch_run import BatchRun
from helios_gui.ui.new_render.form import RenderForm
from helios_gui.ui.new_render.places import PlaceList
from helios_gui.ui.new_render.rows_field import RowsField
from helios_gui.ui.new_render.sheet_parts import Footer, SourceHeader, make_column
from helios_gui.ui.new_render.sheet_text import in_window, pace_text
from helios_gui.ui.new_render.source_panel import SourcePanel
from helios_gui.ui.new_render.stills import StillLoader, StillRequest
from helios_gui.ui.new_render.trial import FrameTrial, canary_words
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.confirm import confirm
from helios_gui.ui.widgets.styling import hairline, resize_on_screen, text_label
from helios_gui.ui.widgets.tooltips import set_tooltip

_PLAN_DELAY = 150
"""Milliseconds between the last change and a new plan."""
_SIZE = QSize(1040, 700)
_SMALLEST = (880, 480)
_LONGEST_GROUP = 190
"""Characters, so that there is room for a number."""
_MOST_NOTES = 4
"""Shown at a time; all are in the tooltip."""


class NewRenderSheet(QDialog):
    """Show it with ``open()``; ``answer`` is ``None`` where it was left with Cancel.

    Args:
        engine: Tells profiles and what they take.
        source: What was read.
        folder: An empty folder for pictures; it may be removed when the sheet is closed and its tasks have ended.
        run: Owns the sheet's tasks.
        parent: The window.
    """

    def __init__(self, engine: Engine, source: Source, folder: Path, run: RunTask, parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.answer: NewRenderResult | None = None
        self._engine = engine
        self._source = source
        self._folder = folder
        self._run_task = run
        self._editing = editing = source.options is not None
        self._closed = self._is_busy = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._planning: asyncio.Task[None] | None = None
        self._planned: PlannedJob | None = None
        self._paces: dict[str, RenderPace] = {}
        self._forecasts: dict[str, RenderForecast] = {}
        self.setWindowModality(Qt.WindowModality.WindowModal)
        name = source.request.source.name
        self.setWindowTitle(tr("Change “{name}”", name=name) if editing else tr("New render: {name}", name=name))
        self.head = SourceHeader(source, self)
        self.panel = SourcePanel(self)
        self.form = RenderForm(source, self)
        if source.options is not None:
            self.form.choose(source.options.scout, overwrites=source.options.overwrite)
        self.rows = RowsField(self._run, source.request.source.parent, self)
        profiles = engine.profiles
        wanted = source.request.profile or profiles.default_name
        self.places = PlaceList([one.name for one in profiles.profiles()], wanted, self)
        self.place_note = text_label(role="small", parent=self)
        self.problem = text_label(role="danger", parent=self)
        self.problem.hide()
        self.notes = text_label(role="small", parent=self)
        self.notes.hide()
        self.stills = StillLoader(source.kind, source.facts, folder, self._run, self._turn, self)
        self._batch = BatchRun(source.kind, folder, self._run, self)
        self.trial = FrameTrial(engine, source, folder, self._run, self._turn, self)
        self._plan_timer = QTimer(self)
        self._plan_timer.setSingleShot(True)
        self._plan_timer.setInterval(_PLAN_DELAY)
        self._plan_timer.timeout.connect(self._plan_soon)
        self.footer = Footer(engine.profiles.cloud_default, editing=editing, parent=self)
        self.save, self.cancel, self.queue = self.footer.save, self.footer.cancel, self.footer.queue
        self.cloud, self.render_button = self.footer.cloud, self.footer.render_button
        self._lay_out()
        self._connect()
        self._offer_canary()
        self._plan_soon()

    # -- building

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.setContentsMargins(3 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        body.setSpacing(3 * SPACE)
        body.addWidget(self.panel, 1)
        sections: list[tuple[str, Sequence[QWidget]]] = [
            (tr("VIDEO"), (self.form,)),
            (tr("WHERE"), (self.places, self.place_note)),
        ]
        if has_props(self._source.kind) and not self._editing:
            sections.insert(1, (tr("ROWS"), (self.rows,)))
        else:
            self.rows.hide()
        body.addWidget(make_column(sections, self))
        problem = QVBoxLayout()
        problem.setContentsMargins(3 * SPACE, 0, 3 * SPACE, SPACE)
        problem.addWidget(self.notes)
        problem.addWidget(self.problem)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(hairline())
        layout.addLayout(body, 1)
        layout.addLayout(problem)
        layout.addWidget(hairline())
        layout.addWidget(self.footer)
        self.setMinimumSize(*_SMALLEST)
        resize_on_screen(self, _SIZE + QSize(0, self.form.own.height))

    def _connect(self) -> None:
        self.form.changed.connect(self._plan_timer.start)
        self.rows.changed.connect(self._change_rows)
        self._batch.made.connect(self._take_row)
        self.panel.filmstrip.chosen.connect(self._choose_still)
        self.places.chosen.connect(self._choose_place)
        self.panel.frame_chosen.connect(lambda: self._ask_still())
        self.panel.test_requested.connect(self._toggle_trial)
        self.panel.canary_requested.connect(lambda: self._run(self._ask_canary()))
        self.trial.began.connect(self._begin_trial)
        self.trial.tried.connect(self._take_frame)
        self.trial.measured.connect(self._take_pace)
        self.trial.ended.connect(self._end_trial)
        self.stills.waiting.connect(lambda frame: self.panel.still.wait(tr("Rendering frame {frame} …", frame=frame)))
        self.stills.loaded.connect(lambda frame, image: self.panel.still.show_still(image))
        self.stills.failed.connect(lambda frame, problem: self.panel.still.show_problem(problem))
        self.cancel.clicked.connect(self.reject)
        self.queue.clicked.connect(lambda: self._leave(NextStep.QUEUE))
        self.cloud.clicked.connect(lambda: self._leave(NextStep.CLOUD))
        self.render_button.clicked.connect(lambda: self._leave(NextStep.RENDER))
        self.save.clicked.connect(self._choose_file)
        self.finished.connect(self._stop)

    # -- planning

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._run_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _stop(self) -> None:
        self._closed = True  # what ends from now on must not touch widgets, which may be deleted
        self._plan_timer.stop()
        self.stills.stop()
        for task in self._tasks:
            task.cancel()

    async def ended(self) -> None:
        """Wait for the sheet's tasks after it was closed."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    @property
    def _is_gone(self) -> bool:
        """Whether the sheet was closed while a task waited, so that its widgets may be deleted."""
        return self._closed or not isValid(self)

    def _plan_soon(self) -> None:
        if self._is_gone:
            return
        if self._planning is not None:
            self._planning.cancel()
        self._planning = self._run(self._update_plan())

    def _shown_request(self) -> JobRequest:
        """Return what is wanted, of the row that is shown where there are rows."""
        request, row = self.form.request(), self.rows.row
        return request if row is None else request_of_row(request, row, digits_of(self.rows.rows))

    def _change_rows(self) -> None:
        if self.rows.rows:
            self.form.name_rows()
        self._plan_timer.start()

    def _request(self, profile: str, wanted: JobRequest) -> JobRequest:
        request = replace(wanted, profile=profile, processors=self._engine.places(profile))
        pace = self._pace_of(profile)
        if self.form.chunks_are_automatic and pace is not None:
            total = self._source.usual(request).frames
            suggested = self._engine.suggest_chunks(profile, total, pace)
            request = replace(request, chunk_size=suggested.size)
        return request

    async def _make_plan(self, profile: str, job: Path | None = None) -> PlannedJob:
        request = self._request(profile, self._shown_request())
        if job is not None:
            request = replace(request, job=job)
        force = job is not None or self._editing
        source = self._source
        return await asyncio.to_thread(
            plan_source_job, source.kind, request, source.facts, numbered=not force, force=force
        )

    async def _update_plan(self) -> None:
        try:
            planned, problem = await self._make_plan(self.places.profile), ""
        except HeliosError as error:
            planned, problem = None, in_window(error)
        if self._is_gone:
            return
        self._planned = planned
        self.head.show_facts(self.form.part)
        if not self._is_busy:  # or what is made now may have a problem of its own
            self._show_problem(problem)
        self._show_notes(planned.notes if planned is not None else ())
        self.panel.show_plan(planned.spec if planned else None, videos=max(1, len(self.rows.rows)))
        self.form.show_output(str(planned.path.parent / (planned.spec.output_file or "")) if planned else "")
        for button in (self.panel.test, self.panel.canary, self.save, self.queue, self.cloud, self.render_button):
            button.setEnabled(planned is not None and not self._is_busy)
        if planned is None:
            return
        sizes = [chunk.frame_count for chunk in planned.spec.chunks]
        self.form.show_automatic_size(max(sizes) if self.form.chunks_are_automatic else None)
        self._ask_still()
        await self._forecast(planned)

    async def _forecast(self, planned: PlannedJob) -> None:
        for profile in self._engine.profiles.profiles():
            frames, pace = [chunk.frame_count for chunk in planned.spec.chunks], self._pace_of(profile.name)
            total = sum(frames)
            if pace is not None and self.form.chunks_are_automatic:
                suggested = self._engine.suggest_chunks(profile.name, total, pace)
                frames = chunk_frames(total, suggested.size)
            frames *= max(1, len(self.rows.rows))
            forecast = await self._engine.forecast(frames, planned.path, profile.name, pace)
            if self._is_gone:
                return
            self._forecasts[profile.name] = forecast
            self.places.show_forecast(forecast)
        self._show_place_note()

    def _choose_place(self) -> None:
        self._show_place_note()
        self._offer_canary()
        self._plan_timer.start()

    def _offer_canary(self) -> None:
        profile = self.places.profile
        is_cloud = self._engine.pools is not None and self._engine.profiles.get(profile).is_cloud
        self.panel.offer_canary(profile if is_cloud else "")

    def _show_place_note(self) -> None:
        forecast = self._forecasts.get(self.places.profile)
        self.place_note.setText("\n".join((forecast.basis, *forecast.warnings)) if forecast else "")

    def _show_notes(self, notes: Sequence[str]) -> None:
        shown = (*notes[:_MOST_NOTES], *(["…"] if len(notes) > _MOST_NOTES else []))
        self.notes.setText("\n".join(shown))
        set_tooltip(self.notes, "\n".join(notes))
        self.notes.setVisible(bool(notes))

    def _show_problem(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    # -- stills and test frames

    def _ask_still(self) -> None:
        if self._planned is not None and not self.trial.is_running and not self._is_busy:
            self.stills.request(self._still_request(self.panel.frame.value()))

    def _still_request(self, frame: int) -> StillRequest:
        return StillRequest(self._shown_request(), frame)

    def _toggle_trial(self) -> None:
        if self.trial.is_running:
            self.trial.stop()
        elif self._planned is not None:
            self.trial.render_here(self._planned, self._shown_request())

    async def _ask_canary(self) -> None:
        """Render test frames in the chosen cloud, once the person has agreed to what that costs and copies."""
        planned, profile, source = self._planned, self.places.profile, self._source
        if planned is None or self.trial.is_running:
            return
        request, folder = self._shown_request(), planned.path.parent
        try:
            canary = await asyncio.to_thread(plan_canary, source.kind, request, source.facts, planned.spec, folder)
        except HeliosError as error:
            self._show_problem(in_window(error))
            return
        url = self._engine.profiles.get(profile).upload_url
        words = canary_words(profile, url, canary, folder, self._forecasts.get(profile))
        title = tr("Render test frames with “{profile}”?", profile=profile)
        if await confirm(self, title, words, tr("Render test frames"), danger=False) and not self._is_gone:
            self.trial.render_with(profile, planned, request)

    def _begin_trial(self, frames: list[int]) -> None:
        self.stills.stop()
        self.panel.show_testing(testing=True)
        self.panel.measured.setText(tr("Rendering …"))
        self.panel.filmstrip.expect(frames)

    def _take_frame(self, frame: int, image: QImage) -> None:
        self.stills.keep(self._still_request(frame), image)
        self.panel.filmstrip.add(frame, image)
        self.panel.follow(frame)
        self.panel.still.show_still(image)

    def _take_pace(self, pace: RenderPace) -> None:
        self._paces[pace.profile] = pace
        self.panel.measured.setText(pace_text(pace))

    def _end_trial(self, problem: str) -> None:
        if self._is_gone:
            return
        if problem or self.panel.measured.text() == tr("Rendering …"):
            self.panel.measured.setText(problem)
        self.panel.show_testing(testing=False)
        self._plan_timer.start()

    def _pace_of(self, profile: str) -> RenderPace | None:
        """Return what test frames took with a profile, else on this computer; ``None`` without test frames."""
        return self._paces.get(profile) or self._paces.get("")

    # -- leaving

    def _leave(self, wanted: NextStep) -> None:
        self._run(self._plan_and_accept(wanted))

    async def _plan_and_accept(self, wanted: NextStep) -> None:
        """Leave the sheet with a plan of what its fields hold at this moment, for the profile that will render it."""
        profile = self._profile_for(wanted)
        try:
            planned = await self._make_plan(profile)
        except HeliosError as error:
            self._show_problem(in_window(error))
            return
        options = self._source.options
        concurrency = options.concurrency if options is not None and options.profile == profile else None
        pace = self._pace_of(profile)
        if pace is not None:
            places = self._engine.suggest_chunks(profile, planned.spec.metadata.total_frames, pace).places
            usual = self._engine.profiles.get(profile).policy().concurrency
            concurrency = places if places < usual else None
        batch = await self._make_batch(profile) if self.rows.rows else ()
        if batch is None:
            return
        group = self._source.request.source.stem[:_LONGEST_GROUP] if batch else ""
        self.answer = NewRenderResult(
            wanted, planned, profile, self.form.overwrites, self.form.scout, concurrency, options, batch, group
        )
        self.accept()

    async def _make_batch(self, profile: str) -> tuple[PlannedJob, ...] | None:
        """Make a job for each row, once its still is rendered; ``None`` where that is not possible."""
        self._set_busy(busy=True)
        self.stills.stop()
        self.trial.stop()
        self.panel.measured.setText(tr("Rendering a frame of each row …"))
        try:
            async with self._turn:
                made = await self._batch.make(self._request(profile, self.form.request()), self.rows.rows)
        except HeliosError as error:
            if not self._is_gone:
                self._show_problem(in_window(error))
                self.panel.measured.setText("")
                self._set_busy(busy=False)
            return None
        return None if self._is_gone else tuple(one.job for one in made)

    def _take_row(self, number: int, image: QImage) -> None:
        if self._is_gone:
            return
        count = tr("Row {number} of {total}", number=number, total=len(self.rows.rows))
        self.panel.measured.setText(count)
        self.panel.filmstrip.append(number, image, _row_caption)
        self.panel.still.show_still(image)

    def _choose_still(self, number: int) -> None:
        if self.panel.filmstrip.shows_frames:
            self.panel.show_frame(number)
        else:
            self.rows.number.setValue(number)

    def _set_busy(self, *, busy: bool) -> None:
        self._is_busy = busy
        fields = (self.form, self.rows, self.places, self.panel.test, self.panel.canary)
        for widget in (*fields, self.save, self.queue, self.cloud, self.render_button):
            widget.setEnabled(not busy)

    def _profile_for(self, wanted: NextStep) -> str:
        chosen = self.places.profile
        cloud = self._engine.profiles.cloud_default
        if wanted is NextStep.CLOUD and cloud is not None and not self._engine.profiles.get(chosen).is_cloud:
            return cloud.name
        return chosen

    def _choose_file(self) -> None:
        if self._planned is None:
            return
        dialog = QFileDialog(self, tr("Save job file"), str(self._planned.path))
        delete_on_close(dialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("Job files (*.helios.json)"), tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: self._run(self._save(Path(name))))
        dialog.open()

    async def _save(self, path: Path) -> None:
        try:
            planned = await self._make_plan(self.places.profile, path)
            await asyncio.to_thread(save_planned_job, planned)
        except HeliosError as error:
            self._show_problem(in_window(error))
        else:
            self.panel.measured.setText(tr("Saved {path}", path=path))


def _row_caption(number: int) -> str:
    return tr("Row {number}", number=number)
