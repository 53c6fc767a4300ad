"""The sheet for a render of any command: its template, checked as it is typed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from helios_gui.engine import Engine
from helios_gui.jobfile.plan_words import describe_chunks
from helios_gui.jobfile.planner import COMMAND_PLACEHOLDERS, OUTPUT_PLACEHOLDERS
from helios_gui.sources.command import CommandRequest, plan_command
from helios_gui.sources.planned_job import PlannedJob, save_planned_job
from helios_gui.sources.usual_values import FRAME_RATES
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.new_render.answer import NewRenderResult, NextStep
from helios_gui.ui.new_render.chunk_bar import ChunkBar
from helios_gui.ui.new_render.places import PlaceList
from helios_gui.ui.new_render.sheet_parts import Footer, say_frames
from helios_gui.ui.new_render.sheet_text import in_window
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE, TEXT_SMALL, monospace_font
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import (
    aligned_spin_box,
    resize_on_screen,
    set_style_property,
    stack_with_lines,
    text_label,
)
from helios_gui.ui.widgets.tooltips import set_tooltip

_PLAN_DELAY = 150
_MOST_FRAME = 2**31 - 2
_MOST_PIXELS = 65_536
_COMMAND_HEIGHT = 72


class CommandSheet(QDialog):
    """Show it with ``open()``; ``answer`` is ``None`` where it was left with Cancel.

    Args:
        engine: Tells the profiles.
        request: What is wanted at first.
        folder: Where commands run, and where the job file will be.
        run: Owns the sheet's tasks.
        parent: The window.
        own: The file of the job that is changed; ``None`` for a new one.
        profile: The profile that is chosen at first; empty for the default.
    """

    def __init__(
        self,
        engine: Engine,
        request: CommandRequest,
        folder: Path,
        run: RunTask,
        parent: QWidget,
        *,
        own: Path | None = None,
        profile: str = "",
    ) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.answer: NewRenderResult | None = None
        self._engine = engine
        self._folder = folder
        self._own = own
        self._run = run
        self._task: asyncio.Task[None] | None = None
        self._planned: PlannedJob | None = None
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(tr("New render of a command") if own is None else tr("Change “{name}”", name=request.name))
        self._make_fields(request)
        names = [one.name for one in engine.profiles.profiles()]
        self.places = PlaceList(names, profile or engine.profiles.default_name, self)
        self.problem = text_label(role="danger", parent=self)
        self.summary = text_label(role="small", parent=self)
        self.bar = ChunkBar(self)
        self.first = text_label(role="small", parent=self)
        self.first.setFont(monospace_font(TEXT_SMALL))
        self.first.setAccessibleName(tr("First command"))
        self.footer = Footer(engine.profiles.cloud_default, editing=own is not None, parent=self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PLAN_DELAY)
        self._timer.timeout.connect(self._plan_soon)
        self._lay_out()
        self._connect()
        self._show(None, "")
        self._plan_soon()

    # -- building

    def _make_fields(self, request: CommandRequest) -> None:
        self.command = QPlainTextEdit(request.command, self)
        self.command.setFont(monospace_font(TEXT_SMALL))
        self.command.setFixedHeight(_COMMAND_HEIGHT)
        self.command.setTabChangesFocus(True)
        self.command.setPlaceholderText("ffmpeg -start_number {start} -i frames/%04d.png -frames:v {count} {output}")
        self.command.setAccessibleName(tr("Command of each chunk"))
        set_tooltip(self.command, _braced(COMMAND_PLACEHOLDERS))
        self.name = self._line(request.name, tr("Name of the job"))
        self.input = self._line(request.input, tr("File that {input} names", input="{input}"))
        self.choose_input = self._button(tr("Choose…"), self._choose_input)
        self.folder = self._line(str(self._folder), tr("Folder in which commands run"))
        self.choose_folder = self._button(tr("Choose…"), self._choose_folder)
        self.frames = self._line(request.frames, tr("Frames"))
        set_tooltip(self.frames, tr("The first and the last frame, or a list such as 1-20,40,60-90x2"))
        self.chunk_size = self._spin(1, _MOST_FRAME, request.chunk_size, tr("Frames per chunk"))
        say_frames(self.chunk_size)
        self.width_field = self._spin(1, _MOST_PIXELS, request.width, tr("Width in pixels"))
        self.height_field = self._spin(1, _MOST_PIXELS, request.height, tr("Height in pixels"))
        self.rate = QComboBox(self)
        self.rate.setEditable(True)
        self.rate.addItems(FRAME_RATES)
        self.rate.setCurrentText(request.rate)
        self.rate.setAccessibleName(tr("Frames per second"))
        self.chunk_output = self._line(request.chunk_output, tr("Names of the chunks’ files"))
        set_tooltip(self.chunk_output, _braced(OUTPUT_PLACEHOLDERS))
        self.output = self._line(request.output, tr("Name of the finished video"))
        self.output.setPlaceholderText(tr("as the job, with .mp4"))

    def _line(self, text: str, name: str) -> QLineEdit:
        line = QLineEdit(text, self)
        line.setAccessibleName(name)
        return line

    def _spin(self, least: int, most: int, value: int, name: str) -> QSpinBox:
        spin = aligned_spin_box(self, name)
        spin.setRange(least, most)
        spin.setValue(value)
        return spin

    def _button(self, text: str, pressed: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        button.clicked.connect(pressed)
        return button

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        rows: list[tuple[str, Sequence[QWidget | str]]] = [
            (tr("Command"), (self.command,)),
            (tr("Folder"), (self.folder, self.choose_folder)),
            (tr("Input"), (self.input, self.choose_input)),
            (tr("Name"), (self.name,)),
            (tr("Frames"), (self.frames, tr("in chunks of"), self.chunk_size)),
            (tr("Size"), (self.width_field, "×", self.height_field, tr("Frames/s"), self.rate)),
            (tr("Chunk files"), (self.chunk_output,)),
            (tr("Video"), (self.output,)),
            (tr("Where"), (self.places,)),
        ]
        for row, (label, parts) in enumerate(rows):
            name = PlainLabel(label, self)
            name.setProperty("role", "muted")
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            line = QHBoxLayout()
            line.setSpacing(SPACE)
            for part in parts:
                is_field = not isinstance(part, (str, QPushButton))
                line.addWidget(PlainLabel(part, self) if isinstance(part, str) else part, int(is_field))
            grid.addLayout(line, row, 1)
        body = QVBoxLayout()
        body.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, SPACE)
        body.setSpacing(SPACE)
        body.addLayout(grid)
        for widget in (self.summary, self.bar, self.first, self.problem):
            body.addWidget(widget)
        body.addStretch(1)
        stack_with_lines(self, body, self.footer)
        resize_on_screen(self, self.sizeHint().expandedTo(self.minimumSizeHint()))

    def _connect(self) -> None:
        for line in (self.name, self.input, self.folder, self.frames, self.chunk_output, self.output):
            line.textChanged.connect(self._timer.start)
        for spin in (self.chunk_size, self.width_field, self.height_field):
            spin.valueChanged.connect(self._timer.start)
        self.command.textChanged.connect(self._timer.start)
        self.rate.currentTextChanged.connect(self._timer.start)
        self.footer.cancel.clicked.connect(self.reject)
        self.footer.save.clicked.connect(lambda: self._run(self._save()))
        self.footer.queue.clicked.connect(lambda: self._leave(NextStep.QUEUE))
        self.footer.cloud.clicked.connect(lambda: self._leave(NextStep.CLOUD))
        self.footer.render_button.clicked.connect(lambda: self._leave(NextStep.RENDER))

    # -- planning

    def request(self) -> CommandRequest:
        """Return what the fields say."""
        return CommandRequest(
            command=" ".join(self.command.toPlainText().split("\n")),
            frames=self.frames.text(),
            rate=self.rate.currentText(),
            width=self.width_field.value(),
            height=self.height_field.value(),
            chunk_size=self.chunk_size.value(),
            chunk_output=self.chunk_output.text(),
            output=self.output.text().strip(),
            name=self.name.text().strip() or self._usual_name(),
            input=self.input.text().strip(),
        )

    def _usual_name(self) -> str:
        """Return the name of the input, else that of the program."""
        words = self.command.toPlainText().split()
        return Path(self.input.text().strip() or (words[0] if words else "")).stem

    def _plan_soon(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self._run(self._update_plan())

    async def _update_plan(self) -> None:
        planned, problem = None, ""
        if not isValid(self):  # it was closed before this had its turn
            return
        try:
            planned = await asyncio.to_thread(self._make_plan, self.request(), Path(self.folder.text()))
        except HeliosError as error:
            problem = in_window(error)
        if isValid(self):
            self._show(planned, problem)

    def _make_plan(self, request: CommandRequest, folder: Path) -> PlannedJob:
        if not folder.is_absolute() or not folder.is_dir():
            raise HeliosError(tr("There is no folder {folder}.", folder=folder))
        return plan_command(request, folder, self._own)

    def _show(self, planned: PlannedJob | None, problem: str) -> None:
        self._planned = planned
        is_empty = not self.command.toPlainText().strip()
        self.name.setPlaceholderText(self._usual_name())
        self.problem.setText("" if is_empty else problem)
        set_style_property(self.command, "invalid", value=bool(problem) and not is_empty)
        spec = planned.spec if planned is not None else None
        self.bar.show_plan(spec)
        self.summary.setText(describe_chunks(spec) if spec is not None else "")
        self.first.setText(spec.chunks[0].command if spec is not None else "")
        for button in (self.footer.save, self.footer.queue, self.footer.cloud, self.footer.render_button):
            button.setEnabled(planned is not None)

    # -- leaving

    def _leave(self, wanted: NextStep) -> None:
        self._timer.stop()
        self._run(self._plan_and_accept(wanted))

    async def _save(self) -> None:
        """Write the job file into the folder of the commands, from which its paths start."""
        await self._update_plan()
        if self._planned is None or not isValid(self):
            return
        try:
            await asyncio.to_thread(save_planned_job, self._planned)
        except HeliosError as error:
            words = in_window(error)
        else:
            words = tr("Saved {path}", path=self._planned.path)
        if isValid(self):
            self.summary.setText(words)

    async def _plan_and_accept(self, wanted: NextStep) -> None:
        await self._update_plan()
        if self._planned is None or not isValid(self):
            return
        profile, cloud = self.places.profile, self._engine.profiles.cloud_default
        if wanted is NextStep.CLOUD and cloud is not None and not self._engine.profiles.get(profile).is_cloud:
            profile = cloud.name
        self.answer = NewRenderResult(wanted, self._planned, profile, overwrite=False, scout=None, concurrency=None)
        self.accept()

    def _choose_input(self) -> None:
        dialog = QFileDialog(self, tr("Choose the input"), self.folder.text())
        delete_on_close(dialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._take_input)
        dialog.open()

    def _take_input(self, name: str) -> None:
        file = Path(name)
        if not Path(self.folder.text()).is_dir() or not self.input.text():
            self.folder.setText(str(file.parent))
        self.input.setText(name)
        if not self.name.text():
            self.name.setText(file.stem)

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, tr("Choose the folder"), self.folder.text())
        delete_on_close(dialog)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()


def _braced(names: Sequence[str]) -> str:
    return " ".join(f"{{{name}}}" for name in names)
