"""The sheet that leads from a dropped file to a finished video, for people who see the window for the first time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, icon, theme
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import resize_on_screen, text_label

_ICON = 28
_WANTED = QSize(860, 660)
_TWO_COLUMNS_FROM = 800
"""Logical pixels of the sheet's width; a narrower one has its cards in one column."""


@dataclass(frozen=True)
class Step:
    """A card: its icon, title and text, and optionally an action to start with, under a name."""

    icon: str
    title: str
    text: str
    action: QAction | None = None
    button: str = ""


@guarded()
class _Card(QFrame):
    """One step."""

    def __init__(self, number: int, step: Step, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._icon = icon(step.icon, "accent_text")
        self._picture = PlainLabel(self)
        self._picture.setFixedSize(_ICON, _ICON)
        title = PlainLabel(f"{number}  {step.title}", self)
        title.setProperty("role", "title")
        title.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(SPACE + SPACE // 2)
        head.addWidget(self._picture)
        head.addWidget(title, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(head)
        layout.addWidget(text_label(step.text, "muted", self))
        layout.addStretch(1)
        self.button: QPushButton | None = None
        if step.action is not None:
            self.button = QPushButton(step.button, self)
            self.button.setAutoDefault(False)
            self.button.clicked.connect(step.action.trigger)
            layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        theme().changed.connect(self._draw)

    def showEvent(self, event: QShowEvent) -> None:
        self._draw()
        super().showEvent(event)

    def _draw(self) -> None:
        self._picture.setPixmap(self._icon.pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))


@guarded()
class GettingStartedSheet(QDialog):
    """Shows steps as cards; a card's button closes the sheet and starts its action. Show it with ``open()``."""

    def __init__(self, steps: Sequence[Step], parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowTitle(tr("Getting started"))
        heading = PlainLabel(tr("From a file to a finished video"), self)
        heading.setProperty("role", "heading")
        heading.setWordWrap(True)
        intro = text_label(
            tr("A job is split into chunks, which are rendered at the same time and joined into one verified video."),
            "muted",
            self,
        )
        page = QWidget(self)
        self._grid = QGridLayout(page)
        self._grid.setContentsMargins(0, 0, SPACE, 0)
        self._grid.setSpacing(SPACE + SPACE // 2)
        self.cards = [_Card(number, step, page) for number, step in enumerate(steps, 1)]
        for card in self.cards:
            if card.button is not None:
                card.button.clicked.connect(self.accept)
        self._columns = 0
        self._arrange(2)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(tr("Getting started"))
        scroll.setWidget(page)
        buttons = QDialogButtonBox(self)
        close = buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(heading)
        layout.addWidget(intro)
        layout.addSpacing(SPACE)
        layout.addWidget(scroll, 1)
        layout.addWidget(buttons)
        resize_on_screen(self, _WANTED)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(2 if self.width() >= _TWO_COLUMNS_FROM else 1)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, card in enumerate(self.cards):
            self._grid.addWidget(card, place // columns, place % columns)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)


def first_steps(*, example: QAction, new: QAction, settings: QAction, shortcuts: QAction) -> list[Step]:
    """Return the steps from a dropped file to the report, with these actions of the window."""
    return [
        Step(
            "drop",
            tr("Drop a file"),
            tr(
                "A web page, a .blend file, a video or a job file on the window. Job files come from Helios "
                "(--emit-job), or from any renderer with “helios-gui plan”."
            ),
            example,
            tr("Try the example"),
        ),
        Step(
            "film",
            tr("Look at test frames"),
            tr(
                "New render shows stills at any frame. Test frames measure how long the job takes, and fit its chunks "
                "to that."
            ),
            new,
            tr("New render…"),
        ),
        Step(
            "render",
            tr("Render"),
            tr(
                "Render shows a job's commands before they run on this computer for the first time. Every chunk is "
                "checked frame by frame, and what fails is tried again. Finished chunks are kept, whatever happens."
            ),
        ),
        Step(
            "cloud",
            tr("Render to cloud"),
            tr(
                "Make a profile for AWS Lambda, Google Cloud Run or a worker of your own, and test its connection. "
                "You see what is uploaded, and what it may cost, before anything starts."
            ),
            settings,
            tr("Settings…"),
        ),
        Step(
            "timeline",
            tr("Watch it grow"),
            tr(
                "Every cell is a chunk; click on it to read its log. The video plays as far as it is there, and the "
                "timeline shows who rendered what, and when."
            ),
            shortcuts,
            tr("Keyboard shortcuts"),
        ),
        Step(
            "check",
            tr("Show that it is complete"),
            tr(
                "“Show report” in the menu Job opens a page with every chunk, attempt, time, cost and checksum, and "
                "the frames that are missing, if there are any."
            ),
        ),
    ]
