"""The sheet for a new render: what the source holds, what is wanted of it, and where it is rendered."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from helios_gui.engine import Engine
from helios_gui.sources.calibration import TriedFrame, calibrate, frames_to_try
from helios_gui.sources.pacing import chunk_frames
from helios_gui.sources.planned_job import PlannedJob, plan_source_job, save_planned_job
from helios_gui.sources.source import JobRequest
from helios_gui.sources.usual_values import usual_values
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.types.cost import RenderForecast, RenderPace
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.new_render.answer import Answer, Source, Wanted
from helios_gui.ui.new_render.form import RenderForm
from helios_gui.ui.new_render.places import PlaceList
from helios_gui.ui.new_render.sheet_text import facts_text, in_window, pace_text
from helios_gui.ui.new_render.source_panel import SourcePanel
from helios_gui.ui.new_render.stills import StillLoader, Wish, read_picture
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import hairline, resize_on_screen, text_label
from helios_gui.ui.widgets.tooltips import set_tooltip

_PLAN_DELAY = 150
"""Milliseconds between the last change and a new plan."""
_SIZE = QSize(1040, 700)
_SMALLEST = (880, 480)
_FORM_WIDTH = 352
_MOST_NOTES = 4
"""Shown at a time; all are in the tooltip."""
_MOST_NAMES = 4


class NewRenderSheet(QDialog):
    """Show it with ``open()``; ``answer`` is ``None`` where it was left with Cancel.

    Args:
        engine: Tells profiles and what they take.
        source: What was read.
        folder: An empty folder for pictures; it may be removed when the sheet is closed and its tasks have ended.
        run: Owns the sheet's tasks.
        parent: The window.
        editing: Whether the job is in the queue already.
    """

    def __init__(
        self, engine: Engine, source: Source, folder: Path, run: RunTask, parent: QWidget, *, editing: bool = False
    ) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.answer: Answer | None = None
        self._engine = engine
        self._source = source
        self._folder = folder
        self._run_task = run
        self._editing = editing
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._planning: asyncio.Task[None] | None = None
        self._planned: PlannedJob | None = None
        self._pace: RenderPace | None = None
        self._forecasts: dict[str, RenderForecast] = {}
        self._trial: asyncio.Task[None] | None = None
        self.setWindowModality(Qt.WindowModality.WindowModal)
        name = source.request.source.name
        self.setWindowTitle(tr("Change “{name}”", name=name) if editing else tr("New render: {name}", name=name))
        self.panel = SourcePanel(self)
        self.form = RenderForm(source.request, source.facts, source.kind.formats(source.facts), self)
        profiles = engine.profiles
        wanted = source.request.profile or profiles.default_name
        self.places = PlaceList([one.name for one in profiles.profiles()], wanted, self)
        self.place_note = text_label(role="small", parent=self)
        self.problem = text_label(role="danger", parent=self)
        self.problem.hide()
        self.notes = text_label(role="small", parent=self)
        self.notes.hide()
        self.stills = StillLoader(source.kind, source.facts, folder, self._run, self._turn, self)
        self._plan_timer = QTimer(self)
        self._plan_timer.setSingleShot(True)
        self._plan_timer.setInterval(_PLAN_DELAY)
        self._plan_timer.timeout.connect(self._plan_soon)
        self._make_buttons()
        self._lay_out()
        self._connect()
        self._plan_soon()

    # -- building

    def _make_buttons(self) -> None:
        self.save = QPushButton(tr("Save job file…"), self)
        self.cancel = QPushButton(tr("Cancel"), self)
        self.queue = QPushButton(tr("Save changes") if self._editing else tr("Add to queue"), self)
        self.cloud = QPushButton(icon("cloud"), tr("Render to cloud"), self)
        self.render_button = QPushButton(icon("render", "on_accent"), tr("Render"), self)
        for button in (self.save, self.cancel, self.queue, self.cloud):
            button.setAutoDefault(False)
        self.render_button.setProperty("role", "primary")
        self.render_button.setDefault(True)
        cloud = self._engine.profiles.cloud_default
        self.cloud.setVisible(cloud is not None)
        if cloud is not None:
            set_tooltip(self.cloud, tr("Add it to the queue, and render it with “{profile}”", profile=cloud.name))
        set_tooltip(self.queue, tr("Write the job file, and render it later"))
        set_tooltip(self.save, tr("Write the job file only; “helios-gui render” renders it in a terminal"))

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.setContentsMargins(3 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        body.setSpacing(3 * SPACE)
        body.addWidget(self.panel, 1)
        body.addWidget(self._make_right_side())
        footer = QHBoxLayout()
        footer.setContentsMargins(3 * SPACE, SPACE * 3 // 2, 3 * SPACE, SPACE * 3 // 2)
        footer.setSpacing(SPACE)
        footer.addWidget(self.save)
        footer.addStretch(1)
        for button in (self.cancel, self.queue, self.cloud, self.render_button):
            footer.addWidget(button)
        problem = QVBoxLayout()
        problem.setContentsMargins(3 * SPACE, 0, 3 * SPACE, SPACE)
        problem.addWidget(self.notes)
        problem.addWidget(self.problem)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_head())
        layout.addWidget(hairline())
        layout.addLayout(body, 1)
        layout.addLayout(problem)
        layout.addWidget(hairline())
        layout.addLayout(footer)
        self.setMinimumSize(*_SMALLEST)
        resize_on_screen(self, _SIZE)

    def _make_head(self) -> QVBoxLayout:
        head = QVBoxLayout()
        head.setContentsMargins(3 * SPACE, SPACE * 3 // 2, 3 * SPACE, SPACE * 3 // 2)
        head.setSpacing(SPACE // 2)
        source = self._source
        title = PlainLabel(source.request.source.name, self)
        title.setProperty("role", "title")
        line = QHBoxLayout()
        line.setSpacing(SPACE * 3 // 2)
        line.addWidget(title)
        facts = PlainLabel(facts_text(source), self)
        facts.setProperty("role", "muted")
        line.addWidget(facts, 1)
        head.addLayout(line)
        missing = source.facts.missing
        if missing:
            names = ", ".join(missing[:_MOST_NAMES]) + (" …" if len(missing) > _MOST_NAMES else "")
            head.addWidget(text_label(tr("Missing files: {names}", names=names), "warning", self))
        return head

    def _make_right_side(self) -> QScrollArea:
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, SPACE, 0)
        column.setSpacing(SPACE)
        column.addWidget(self._section(tr("VIDEO")))
        column.addWidget(self.form)
        column.addSpacing(SPACE)
        column.addWidget(self._section(tr("WHERE")))
        column.addWidget(self.places)
        column.addWidget(self.place_note)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(_FORM_WIDTH)
        area.setWidget(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return area

    def _section(self, text: str) -> PlainLabel:
        label = PlainLabel(text, self)
        label.setProperty("role", "section")
        return label

    def _connect(self) -> None:
        self.form.changed.connect(self._plan_timer.start)
        self.places.chosen.connect(self._choose_place)
        self.panel.frame_chosen.connect(lambda: self._ask_still())
        self.panel.test_requested.connect(self._toggle_trial)
        self.stills.waiting.connect(lambda frame: self.panel.still.wait(tr("Rendering frame {frame} …", frame=frame)))
        self.stills.loaded.connect(lambda frame, image: self.panel.still.show_still(image))
        self.stills.failed.connect(lambda frame, problem: self.panel.still.show_problem(problem))
        self.cancel.clicked.connect(self.reject)
        self.queue.clicked.connect(lambda: self._leave(Wanted.QUEUE))
        self.cloud.clicked.connect(lambda: self._leave(Wanted.CLOUD))
        self.render_button.clicked.connect(lambda: self._leave(Wanted.RENDER))
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
        self._planning = self._run(self._plan())

    def _request(self, profile: str) -> JobRequest:
        request = replace(self.form.request(), profile=profile, processors=self._engine.places(profile))
        if self.form.chunks_are_automatic and self._pace is not None:
            total = usual_values(request, self._source.facts).frames
            suggested = self._engine.suggest_chunks(profile, total, self._pace)
            request = replace(request, chunk_size=suggested.size)
        return request

    async def _make_plan(self, profile: str, job: Path | None = None) -> PlannedJob:
        request = self._request(profile)
        if job is not None:
            request = replace(request, job=job)
        force = job is not None or self._editing
        source = self._source
        return await asyncio.to_thread(
            plan_source_job, source.kind, request, source.facts, numbered=not force, force=force
        )

    async def _plan(self) -> None:
        try:
            planned, problem = await self._make_plan(self.places.profile), ""
        except HeliosError as error:
            planned, problem = None, in_window(error)
        if self._is_gone:
            return
        self._planned = planned
        self._show_problem(problem)
        self._show_notes(planned.notes if planned is not None else ())
        self.panel.show_plan(planned.spec if planned else None)
        self.form.show_output(str(planned.path.parent / (planned.spec.output_file or "")) if planned else "")
        for button in (self.save, self.queue, self.cloud, self.render_button):
            button.setEnabled(planned is not None)
        if planned is None:
            return
        sizes = [chunk.frame_count for chunk in planned.spec.chunks]
        self.form.show_automatic_size(max(sizes) if self.form.chunks_are_automatic else None)
        self._ask_still()
        await self._forecast(planned)

    async def _forecast(self, planned: PlannedJob) -> None:
        for profile in self._engine.profiles.profiles():
            frames = [chunk.frame_count for chunk in planned.spec.chunks]
            if self._pace is not None and self.form.chunks_are_automatic:
                suggested = self._engine.suggest_chunks(profile.name, sum(frames), self._pace)
                frames = chunk_frames(sum(frames), suggested.size)
            forecast = await self._engine.forecast(frames, planned.path, profile.name, self._pace)
            if self._is_gone:
                return
            self._forecasts[profile.name] = forecast
            self.places.show_forecast(forecast)
        self._show_place_note()

    def _choose_place(self) -> None:
        self._show_place_note()
        self._plan_timer.start()

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
        if self._planned is not None and self._trial is None:
            self.stills.ask(self._wish(self.panel.frame.value()))

    def _wish(self, frame: int) -> Wish:
        return Wish(self.form.request(), frame)

    def _toggle_trial(self) -> None:
        if self._trial is not None:
            self._trial.cancel()
        elif self._planned is not None:
            self.panel.show_testing(testing=True)
            self.panel.measured.setText(tr("Rendering …"))
            self._trial = self._run(self._try_frames(self._planned))

    async def _try_frames(self, planned: PlannedJob) -> None:
        self.stills.stop()
        request = self.form.request()
        self.panel.filmstrip.expect(list(frames_to_try(planned.spec)))
        folder = self._folder / "trial"
        try:
            async with self._turn:
                await asyncio.to_thread(_empty, folder)
                found = await calibrate(
                    self._source.kind, request, self._source.facts, planned.spec, folder, self._take_frame
                )
        except HeliosError as error:
            self._end_trial(in_window(error))
        except asyncio.CancelledError:
            self._end_trial("")
            raise
        else:
            self._pace = found.pace
            self._end_trial(pace_text(found.pace))

    def _end_trial(self, words: str) -> None:
        self._trial = None
        if self._is_gone:
            return
        self.panel.measured.setText(words)
        self.panel.show_testing(testing=False)
        self._plan_timer.start()

    async def _take_frame(self, tried: TriedFrame) -> None:
        try:
            image: QImage = await asyncio.to_thread(read_picture, tried.picture)
        except HeliosError:
            return
        if self._is_gone:
            return
        self.stills.keep(self._wish(tried.frame), image)
        self.panel.filmstrip.add(tried.frame, image)
        self.panel.follow(tried.frame)
        self.panel.still.show_still(image)

    # -- leaving

    def _leave(self, wanted: Wanted) -> None:
        self._run(self._plan_and_accept(wanted))

    async def _plan_and_accept(self, wanted: Wanted) -> None:
        """Leave the sheet with a plan of what its fields hold at this moment, for the profile that will render it."""
        profile = self._profile_for(wanted)
        try:
            planned = await self._make_plan(profile)
        except HeliosError as error:
            self._show_problem(in_window(error))
            return
        concurrency = None
        if self._pace is not None:
            places = self._engine.suggest_chunks(profile, planned.spec.metadata.total_frames, self._pace).places
            usual = self._engine.profiles.get(profile).policy().concurrency
            concurrency = places if places < usual else None
        self.answer = Answer(wanted, planned, profile, self.form.overwrites, concurrency)
        self.accept()

    def _profile_for(self, wanted: Wanted) -> str:
        chosen = self.places.profile
        cloud = self._engine.profiles.cloud_default
        if wanted is Wanted.CLOUD and cloud is not None and not self._engine.profiles.get(chosen).is_cloud:
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


def _empty(folder: Path) -> None:
    """Make an empty folder; frames of an earlier trial would pass for those of the next one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
