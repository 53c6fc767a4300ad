"""The part of a page that tests a profile's connection: two buttons, and a line for each thing checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from helios_gui.adapters.base_profile import Profile
from helios_gui.translation import tr
from helios_gui.types import CheckLine, HeliosError
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import set_style_property, text_label
from helios_gui.ui.widgets.tooltips import set_tooltip

CheckLines = Callable[[Profile], AsyncGenerator[CheckLine, None]]
"""Checks a profile's connection and yields one line per thing checked, as soon as it is known."""

_GLYPHS = {True: ("✓", "success"), False: ("✕", "danger"), None: ("…", "muted")}

OPEN_GLYPH = "–"
"""What is left open when a test is over."""


@dataclass(frozen=True, slots=True)
class ConnectionChecks:
    """The checks that the page of a cloud profile offers.

    ``look`` has no side effects. ``render`` has a worker render a test frame and removes all traces of it; ``None``
    hides its button.
    """

    look: CheckLines
    render: CheckLines | None = None


class CheckRow(QWidget):
    """One line: a glyph, what was looked at, what was found, and below it what to do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.line: CheckLine | None = None
        self.glyph = PlainLabel(self)
        self.glyph.setFixedWidth(SPACE * 2)
        self.name = text_label(parent=self)
        self.detail = text_label("", "muted", self)
        self.advice = text_label(parent=self)
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
        set_style_property(self.glyph, "role", role)
        self.name.setText(line.name)
        self.detail.setText(line.detail)
        self.advice.setText(line.advice)
        self.detail.setVisible(bool(line.detail))
        self.advice.setVisible(bool(line.advice))
        outcome = {True: tr("passed"), False: tr("failed"), None: tr("not known")}[line.ok]
        self.setAccessibleName(f"{line.name}: {outcome}. {line.detail} {line.advice}".strip())

    def settle(self) -> None:
        """Mark a line without a result as open, after the test has ended."""
        if self.line is not None and self.line.ok is None:
            self.glyph.setText(OPEN_GLYPH)


@guarded()
class ConnectionCheck(QWidget):
    """Runs one test at a time; ``stop`` ends it. What it found stays until ``clear``.

    ``button`` looks without side effects; ``render_button`` has a test frame rendered, and adds its lines to what
    was seen of the same profile. ``grew`` is emitted when it takes more room while a test runs.
    """

    grew = Signal()

    def __init__(self, checks: ConnectionChecks, run: RunTask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checks = checks
        self._run = run
        self._task: asyncio.Task[None] | None = None
        self._pressed: QPushButton | None = None  # what the last test was started with
        self._profile: Profile | None = None
        self._tested: Profile | None = None
        self._finished = False
        self._rendered: set[str] = set()
        self.lines: dict[str, CheckRow] = {}
        self.button = self._make_button(tr("Checks everything that rendering needs, without changing anything"))
        self.render_button = self._make_button(
            tr(
                "Uploads a few kB, renders for about a second on a worker,\n"
                "downloads the result and deletes everything again.\n"
                "In a cloud it costs a fraction of a cent."
            )
        )
        self.render_button.setVisible(checks.render is not None)
        self.button.clicked.connect(lambda: self._press(self.button, checks.look))
        self.render_button.clicked.connect(lambda: self._press(self.render_button, checks.render))
        self.note = PlainLabel()
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self._rows = QVBoxLayout()
        self._lay_out()
        self.set_profile(None)

    def _make_button(self, tip: str) -> QPushButton:
        button = QPushButton()
        button.setAutoDefault(False)
        set_tooltip(button, tip)
        button.setAccessibleDescription(tip)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self.button)
        head.addWidget(self.render_button)
        head.addStretch(1)
        self._rows.setSpacing(SPACE // 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        layout.addWidget(self.note)
        layout.addLayout(self._rows)

    @property
    def is_running(self) -> bool:
        """Whether a test is under way."""
        return self._task is not None

    def set_profile(self, profile: Profile | None) -> None:
        """Set the profile that the buttons test; ``None`` while it is not valid."""
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
        self._tested, self._finished, self._pressed = None, False, None
        self._forget(list(self.lines))
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.is_running and event.size().height() > event.oldSize().height():
            self.grew.emit()

    def _press(self, button: QPushButton, work: CheckLines | None) -> None:
        if self._task is not None:
            self.stop()
        elif self._profile is not None and work is not None:
            if button is self.button or self._tested != self._profile:
                self.clear()
            self._forget(list(self._rendered))
            self._tested, self._finished, self._pressed = self._profile, False, button
            self._task = self._run(self._test(work, self._profile))
            self._refresh()

    def _forget(self, names: list[str]) -> None:
        for name in names:
            row = self.lines.pop(name)
            row.hide()
            delete_later(row)
        self._rendered.difference_update(names)

    async def _test(self, work: CheckLines, profile: Profile) -> None:
        try:
            async with aclosing(work(profile)) as lines:
                async for line in lines:
                    self._show(line)
            self._finished = True
        except HeliosError as error:
            self._show(CheckLine(tr("Test"), False, str(error), error.hint))
            self._finished = True
        finally:
            if self._task is asyncio.current_task():  # else it was stopped, and another may run by now
                self._task = None
                self._refresh()

    def _show(self, line: CheckLine) -> None:
        if line.name not in self.lines:
            self.lines[line.name] = CheckRow(self)
            self._rows.addWidget(self.lines[line.name])
            if self._pressed is self.render_button:
                self._rendered.add(line.name)
        self.lines[line.name].show_line(line)
        self._refresh()

    def _refresh(self) -> None:
        running = self._task is not None
        if not running:
            for row in self.lines.values():
                row.settle()
        names = {self.button: tr("Test connection"), self.render_button: tr("Render a test frame")}
        for button, picture in ((self.button, "play"), (self.render_button, "film")):
            stops = running and button is self._pressed
            button.setText(tr("Stop") if stops else names[button])
            button.setIcon(icon("stop" if stops else picture))
            button.setEnabled(stops or (not running and self._profile is not None))
        self.note.setText(self._note_text())

    def _note_text(self) -> str:
        renders = self._pressed is self.render_button
        if self._task is not None:
            return tr("Rendering a test frame …") if renders else tr("Checking …")
        if self._tested is not None and self._tested != self._profile:
            return tr("The profile was changed after this test.")
        if self._profile is None:
            return tr("Available once all required fields are filled in.")
        if self._tested is None:
            return self._invitation()
        if not self._finished:
            if renders:
                return tr("The test was not completed. What it uploaded is being deleted.")
            return tr("The test was not completed.")
        return self._verdict(renders)

    def _invitation(self) -> str:
        look = tr("Checks sign-in, permissions, worker and bucket. Renders nothing and costs nothing.")
        if self._checks.render is None:
            return look
        return " ".join(
            (look, tr("A test frame checks the whole round trip; a cloud charges a fraction of a cent for it."))
        )

    def _verdict(self, renders: bool) -> str:
        outcomes = {row.line.ok for row in self.lines.values() if row.line is not None}
        if False in outcomes:
            return tr("Not ready yet: see what to do below.")
        if None in outcomes:
            return tr("No problem was found. Lines that could not be checked are marked “{mark}”.", mark=OPEN_GLYPH)
        if renders:
            return tr("Ready to render: a test frame was rendered and downloaded.")
        return tr("Ready to render, as far as can be checked without rendering.")
