"""Parts of the sheet for a new render: its head, the column with the fields, and the buttons below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from helios_gui.adapters.base_profile import Profile
from helios_gui.sources.source import JobRequest
from helios_gui.translation import tr, tr_count
from helios_gui.ui.new_render.answer import Source
from helios_gui.ui.new_render.sheet_text import facts_text
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import text_label
from helios_gui.ui.widgets.tooltips import set_tooltip

_COLUMN_WIDTH = 420
_MOST_NAMES = 4


def say_frames(spin: QSpinBox) -> None:
    """Have a number field say that it counts frames."""

    def show_unit(value: int) -> None:
        spin.setSuffix(" " + tr_count("frame", "frames", value))

    spin.valueChanged.connect(show_unit)
    show_unit(spin.value())


class SourceHeader(QWidget):
    """The name of the source, what the wanted part of it says about itself, and what it misses."""

    def __init__(self, source: Source, sheet: QWidget) -> None:
        super().__init__(sheet)
        self._source = source
        head = QVBoxLayout(self)
        head.setContentsMargins(3 * SPACE, SPACE * 3 // 2, 3 * SPACE, SPACE * 3 // 2)
        head.setSpacing(SPACE // 2)
        title = PlainLabel(source.request.source.name, self)
        title.setProperty("role", "title")
        self._facts = PlainLabel(self)
        self._facts.setProperty("role", "muted")
        line = QHBoxLayout()
        line.setSpacing(SPACE * 3 // 2)
        line.addWidget(title)
        line.addWidget(self._facts, 1)
        head.addLayout(line)
        self.show_facts(source.request)
        missing = source.facts.missing
        if missing:
            names = ", ".join(missing[:_MOST_NAMES]) + (" …" if len(missing) > _MOST_NAMES else "")
            head.addWidget(text_label(tr("Missing files: {names}", names=names), "warning", self))

    def show_facts(self, request: JobRequest) -> None:
        """Show what the wanted part of the source says."""
        self._facts.setText(facts_text(self._source, request))


def make_column(sections: Sequence[tuple[str, Sequence[QWidget]]], sheet: QWidget) -> QScrollArea:
    """Return a column that scrolls: sections with their titles and their widgets."""
    inside = QWidget(sheet)
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, SPACE, 0)
    column.setSpacing(SPACE)
    for place, (title, widgets) in enumerate(sections):
        if place:
            column.addSpacing(SPACE)
        label = PlainLabel(title, sheet)
        label.setProperty("role", "section")
        column.addWidget(label)
        for widget in widgets:
            column.addWidget(widget)
    column.addStretch(1)
    area = QScrollArea(sheet)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFixedWidth(_COLUMN_WIDTH)
    area.setWidget(inside)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


class Footer(QWidget):
    """The buttons with which the sheet is left.

    Args:
        cloud: The profile of *Render to cloud*; ``None`` where there is none.
        editing: Whether the job is in the queue already.
        parent: The sheet.
    """

    def __init__(self, cloud: Profile | None, *, editing: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.save = QPushButton(tr("Save job file…"), self)
        self.cancel = QPushButton(tr("Cancel"), self)
        self.queue = QPushButton(tr("Save changes") if editing else tr("Add to queue"), self)
        self.cloud = QPushButton(icon("cloud"), tr("Render to cloud"), self)
        self.render_button = QPushButton(icon("render", "on_accent"), tr("Render"), self)
        for button in (self.save, self.cancel, self.queue, self.cloud):
            button.setAutoDefault(False)
        self.render_button.setProperty("role", "primary")
        self.render_button.setDefault(True)
        self.cloud.setVisible(cloud is not None)
        if cloud is not None:
            set_tooltip(self.cloud, tr("Add it to the queue, and render it with “{profile}”", profile=cloud.name))
        set_tooltip(self.queue, tr("Write the job file, and render it later"))
        set_tooltip(self.save, tr("Write the job file only; “helios-gui render” renders it in a terminal"))
        line = QHBoxLayout(self)
        line.setContentsMargins(3 * SPACE, SPACE * 3 // 2, 3 * SPACE, SPACE * 3 // 2)
        line.setSpacing(SPACE)
        line.addWidget(self.save)
        line.addStretch(1)
        for button in (self.cancel, self.queue, self.cloud, self.render_button):
            line.addWidget(button)
