"""From dropped pages and other sources to job files beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from helios_gui.adapters.local.profile import usable_processors
from helios_gui.sources.planned_job import PlannedJob, plan_source_job, save_planned_job
from helios_gui.sources.registry import find_kind
from helios_gui.sources.source import AnyKind, JobRequest, SourceFacts, UnknownDurationError
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.confirm import result_of
from helios_gui.ui.widgets.decimal_box import DecimalBox
from helios_gui.ui.widgets.notice_bar import NoticeBoard
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip

_USUAL_SECONDS = 10.0
_LEAST_SECONDS, _MOST_SECONDS = 0.01, 86_400.0
_WIDTH = 440


class SourceReader(QObject):
    """Reads sources one after the other, and writes their job files."""

    def __init__(self, notices: NoticeBoard, parent: QObject) -> None:
        super().__init__(parent)
        self._notices = notices
        self._turn = asyncio.Lock()

    async def make_job(self, source: Path) -> Path | None:
        """Return the job file of a source, made beside it where it is not there; ``None`` if the person gave up.

        Raises:
            HeliosError: The source cannot be read or rendered, a program is missing, or the file cannot be written.
        """
        kind = find_kind(source)
        request = kind.request_type(source=source, processors=usable_processors())
        with _ways_out():
            async with self._turn:
                return await self._make_job(kind, request)

    async def read(self, kind: AnyKind, request: JobRequest) -> SourceFacts:
        """Return what a source says about itself, with a notice as long as it is read.

        Raises:
            HeliosError: The source cannot be read, or a program is missing.
        """
        with _ways_out():
            async with self._turn:
                return await self._read(kind, request)

    async def _make_job(self, kind: AnyKind, request: JobRequest) -> Path | None:
        facts = await self._read(kind, request)
        try:
            job = await self._plan_job(kind, request, facts)
        except UnknownDurationError:
            sheet = DurationSheet(self._notices.window(), request.source.name)
            if await result_of(sheet) != QDialog.DialogCode.Accepted:
                return None
            job = await self._plan_job(kind, replace(request, seconds=sheet.seconds), facts)
        await asyncio.to_thread(save_planned_job, job)
        if job.notes:
            self._notices.show_info(tr("About {name}", name=request.source.name), "\n".join(job.notes))
        return job.path

    async def _read(self, kind: AnyKind, request: JobRequest) -> SourceFacts:
        title = tr("Reading {name} …", name=request.source.name)
        notice = self._notices.show_info(title, kind.reading)
        try:
            facts: SourceFacts = await kind.read(request, lambda line: None)
        finally:
            if isValid(notice):  # a person may have dismissed it
                notice.dismiss()
        return facts

    async def _plan_job(self, kind: AnyKind, request: JobRequest, facts: SourceFacts) -> PlannedJob:
        return await asyncio.to_thread(plan_source_job, kind, request, facts, numbered=True)


class DurationSheet(QDialog):
    """Asks how long the video of a page is that does not say so."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(tr("Length of the video"))
        self.setMinimumWidth(_WIDTH)
        self.seconds = Fraction(0)
        heading = PlainLabel(tr("How long is the video of {name}?", name=name), self)
        heading.setProperty("role", "title")
        body = PlainLabel(tr("The page does not say it: window.helios has no duration."), self)
        body.setProperty("role", "muted")
        for label in (heading, body):
            label.setWordWrap(True)
        self.length = DecimalBox(self)
        self.length.setRange(_LEAST_SECONDS, _MOST_SECONDS)
        self.length.setValue(_USUAL_SECONDS)
        self.length.setSuffix(tr(" s"))
        self.length.setAccessibleName(tr("Length of the video in seconds"))
        set_tooltip(self.length, tr("Length of the video in seconds"))
        self.no = QPushButton(tr("Cancel"), self)
        self.yes = QPushButton(tr("Add to queue"), self)
        self.yes.setProperty("role", "primary")
        self.yes.setDefault(True)
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self.accept)
        self._lay_out(heading, body)
        self.length.selectAll()
        self.length.setFocus()

    def _lay_out(self, heading: PlainLabel, body: PlainLabel) -> None:
        form = QFormLayout()
        form.addRow(tr("Length:"), self.length)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(heading)
        layout.addWidget(body)
        layout.addLayout(form)
        layout.addSpacing(SPACE)
        layout.addLayout(buttons)
        self.resize(_WIDTH, layout.totalHeightForWidth(_WIDTH))

    def accept(self) -> None:
        """Keep the length; the dialog may be deleted before it is asked for."""
        self.seconds = Fraction(f"{self.length.value():.2f}")
        super().accept()


@contextmanager
def _ways_out() -> Iterator[None]:
    """Say in an error that the options which it names are those of the terminal."""
    try:
        yield
    except UserInputError as error:
        raise UserInputError(str(error), _with_way_out(error.hint)) from error
    except HeliosError as error:
        raise HeliosError(str(error), _with_way_out(error.hint)) from error


def _with_way_out(hint: str) -> str:
    """Say where options are that a hint names: the window has none."""
    if "--" not in hint:
        return hint
    return f"{hint} " + tr("These are options of “helios-gui new” in a terminal.")
