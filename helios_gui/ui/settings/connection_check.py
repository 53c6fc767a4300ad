"""The part of a page that tries a profile's connection: a button, and a line for each thing that was looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helios_gui.profiles.models import Profile
from helios_gui.types import CheckLine, HeliosError
from helios_gui.ui.guard import guarded
from helios_gui.ui.theme import SPACE, icon

Checks = Callable[[Profile], AsyncIterator[CheckLine]]
"""Looks at a profile's connection without side effects, one line after the other."""

RunTask = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts a task and owns it."""

_GLYPHS = {True: ("✓", "success"), False: ("✕", "danger"), None: ("…", "muted")}
_OPEN_GLYPH = "–"
"""What is left open when a test is over."""


def run_task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task on the running loop; whoever asked for it keeps it."""
    return asyncio.get_running_loop().create_task(work)


@guarded()
class ConnectionCheck(QWidget):
    """Runs one test at a time; ``stop`` ends it. What it found stays until ``clear``.

    ``grew`` is emitted when it takes more room while a test runs.
    """

    grew = Signal()

    def __init__(self, checks: Checks, run: RunTask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checks = checks
        self._run = run
        self._task: asyncio.Task[None] | None = None
        self._profile: Profile | None = None
        self._tested: Profile | None = None
        self._finished = False
        self.lines: dict[str, CheckRow] = {}
        self.button = QPushButton(icon("play"), self.tr("Test connection"))
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._press)
        self.note = QLabel()
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        head = QHBoxLayout()
        head.setSpacing(SPACE * 2)
        head.addWidget(self.button)
        head.addWidget(self.note, 1)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(SPACE // 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        layout.addLayout(self._rows)
        self.set_profile(None)

    @property
    def is_running(self) -> bool:
        """Whether a test is under way."""
        return self._task is not None

    def set_profile(self, profile: Profile | None) -> None:
        """What the next press of the button tests; ``None`` while the profile has problems."""
        self._profile = profile
        self._refresh()

    def stop(self) -> None:
        """End a test that is under way; its lines stay."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._refresh()

    def clear(self) -> None:
        """Forget all about the last test."""
        self.stop()
        self._tested, self._finished = None, False
        for row in self.lines.values():
            row.hide()
            row.deleteLater()
        self.lines.clear()
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.is_running and event.size().height() > event.oldSize().height():
            self.grew.emit()

    def _press(self) -> None:
        if self._task is not None:
            self.stop()
        elif self._profile is not None:
            self.clear()
            self._tested = self._profile
            self._task = self._run(self._test(self._profile))
            self._refresh()

    async def _test(self, profile: Profile) -> None:
        lines = self._checks(profile)
        try:
            async for line in lines:
                self._show(line)
            self._finished = True
        except HeliosError as error:
            self._show(CheckLine(self.tr("Test"), False, str(error), error.hint))
            self._finished = True
        finally:
            if self._task is asyncio.current_task():  # else it was stopped, and another may run by now
                self._task = None
                self._refresh()

    def _show(self, line: CheckLine) -> None:
        if line.name not in self.lines:
            self.lines[line.name] = CheckRow(self)
            self._rows.addWidget(self.lines[line.name])
        self.lines[line.name].show_line(line)
        self._refresh()

    def _refresh(self) -> None:
        running = self._task is not None
        if not running:
            for row in self.lines.values():
                row.settle()
        self.button.setText(self.tr("Stop") if running else self.tr("Test connection"))
        self.button.setIcon(icon("stop" if running else "play"))
        self.button.setEnabled(running or self._profile is not None)
        self.note.setText(self._words(running))

    def _words(self, running: bool) -> str:
        if running:
            return self.tr("Looking …")
        if self._tested is not None and self._tested != self._profile:
            return self.tr("The profile was edited since this test.")
        if self._profile is None:
            return self.tr("Possible once everything it needs is filled in.")
        if self._tested is None:
            return self.tr("Looks at sign-in, permissions, worker and bucket. Renders nothing and costs nothing.")
        if not self._finished:
            return self.tr("The test did not come to its end.")
        outcomes = {row.line.ok for row in self.lines.values() if row.line is not None}
        if False in outcomes:
            return self.tr("Not ready yet: see what to do below.")
        return self.tr("Not everything could be looked at.") if None in outcomes else self.tr("Ready to render.")


class CheckRow(QWidget):
    """One line: a glyph, what was looked at, what was found, and below it what to do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.line: CheckLine | None = None
        self.glyph = QLabel(self)
        self.glyph.setFixedWidth(SPACE * 2)
        self.name = _label("", self)
        self.detail = _label("muted", self)
        self.advice = _label("", self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE)
        layout.setVerticalSpacing(2)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(self.glyph, 0, 0, top)
        layout.addWidget(self.name, 0, 1, top)
        layout.addWidget(self.detail, 0, 2)
        layout.addWidget(self.advice, 1, 2)
        layout.setColumnMinimumWidth(1, SPACE * 16)
        layout.setColumnStretch(2, 1)

    def show_line(self, line: CheckLine) -> None:
        """Say what was found."""
        self.line = line
        glyph, role = _GLYPHS[line.ok]
        self.glyph.setText(glyph)
        self.glyph.setProperty("role", role)
        self.glyph.style().unpolish(self.glyph)
        self.glyph.style().polish(self.glyph)
        self.name.setText(line.name)
        self.detail.setText(line.detail)
        self.advice.setText(line.advice)
        self.detail.setVisible(bool(line.detail))
        self.advice.setVisible(bool(line.advice))
        outcome = {True: self.tr("passed"), False: self.tr("failed"), None: self.tr("not known")}[line.ok]
        self.setAccessibleName(f"{line.name}: {outcome}. {line.detail} {line.advice}".strip())

    def settle(self) -> None:
        """The test is over: what is not known will not be."""
        if self.line is not None and self.line.ok is None:
            self.glyph.setText(_OPEN_GLYPH)


def _label(role: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
