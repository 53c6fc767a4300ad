"""Third-party licences: the components on the left, the licence of the selected one on the right."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helios_gui import product
from helios_gui.licences.component_list import list_components
from helios_gui.licences.components import Component, whole_text
from helios_gui.translation import tr
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE, icon, monospace_font, theme
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import hairline, resize_on_screen
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.ui.widgets.two_line_delegate import DETAIL, TwoLineDelegate

_LIST_WIDTH = 280


class LicencesDialog(QDialog):
    """Lists what this installation carries, read in a thread that ``run`` starts. Show it with ``open()``."""

    def __init__(self, parent: QWidget, run: RunTask) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowTitle(tr("Third-party licences"))
        self.setMinimumSize(640, 400)
        resize_on_screen(self, QSize(920, 640))
        self._components: Sequence[Component] = ()
        self.filter = QLineEdit()
        self.list = QListWidget()
        self.count = PlainLabel(tr("Reading…"))
        self.title = PlainLabel()
        self.licence = PlainLabel()
        self.text = QPlainTextEdit()
        self.copy_button = QPushButton(icon("copy"), tr("Copy"))
        self._lay_out()
        self._connect()
        self.filter.setFocus()
        task = run(self._read())
        self.finished.connect(lambda: task.cancel())

    def show_components(self, found: Sequence[Component]) -> None:
        """Show these, with the first one open."""
        self._components = found
        self._list_matching("")

    @property
    def current(self) -> Component | None:
        """The component on the right."""
        item = self.list.currentItem()
        if item is None:
            return None
        place: int = item.data(Qt.ItemDataRole.UserRole)
        return self._components[place]

    def copy(self) -> None:
        """Put all that is on the right on the clipboard."""
        found = self.current
        if found is not None:
            heading = "\n".join(line for line in (self.title.text(), found.licence, found.homepage) if line)
            QGuiApplication.clipboard().setText(f"{heading}\n\n{whole_text(found)}\n")

    # -- building

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self._make_left())
        body.addWidget(hairline("hairline-vertical"))
        body.addWidget(self._make_right(), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)
        self.count.setProperty("role", "small")
        footer = QHBoxLayout()
        footer.setContentsMargins(2 * SPACE, SPACE * 3 // 2, 2 * SPACE, SPACE * 3 // 2)
        footer.addWidget(self.count, 1)
        footer.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(body, 1)
        layout.addWidget(hairline())
        layout.addLayout(footer)

    def _make_left(self) -> QWidget:
        self.filter.setPlaceholderText(tr("Filter by name or licence"))
        set_tooltip(self.filter, tr("Show only components that contain this text, such as “gpl”"))
        self.filter.setAccessibleName(tr("Filter components"))
        self.filter.setClearButtonEnabled(True)
        self.filter.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.list.setItemDelegate(TwoLineDelegate(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Components"))
        pane = QWidget()
        pane.setFixedWidth(_LIST_WIDTH)
        pane.setProperty("role", "panel")
        layout = QVBoxLayout(pane)
        layout.setContentsMargins(0, 2 * SPACE, 0, 0)
        layout.setSpacing(SPACE)
        top = QHBoxLayout()
        top.setContentsMargins(SPACE * 3 // 2, 0, SPACE * 3 // 2, 0)
        top.addWidget(self.filter)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        return pane

    def _make_right(self) -> QWidget:
        self.title.setProperty("role", "title")
        self.licence.setProperty("role", "small")
        self.licence.setWordWrap(True)
        for label in (self.title, self.licence):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setReadOnly(True)
        self.text.setProperty("role", "bare")
        self.text.setFont(monospace_font())
        self.text.document().setDocumentMargin(SPACE + 1)  # and the frame's own padding: in line with the head
        self.text.setAccessibleName(tr("Licence text"))
        self.text.setTabChangesFocus(True)
        set_tooltip(self.copy_button, tr("Copy this component's licence"))
        self.copy_button.setAutoDefault(False)
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        words.addWidget(self.title)
        words.addWidget(self.licence)
        head = QHBoxLayout()
        head.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE * 3 // 2)
        head.addLayout(words, 1)
        head.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        pane = QWidget()
        layout = QVBoxLayout(pane)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(hairline())
        layout.addWidget(self.text, 1)
        return pane

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._list_matching)
        self.filter.returnPressed.connect(self.list.setFocus)
        self.list.currentItemChanged.connect(self._show_current)
        self.copy_button.clicked.connect(self.copy)
        theme().changed.connect(self.list.viewport().update)
        self._show_current()

    # -- what is shown

    async def _read(self) -> None:
        self.show_components(await asyncio.to_thread(list_components))

    def _list_matching(self, words: str) -> None:
        """List those whose name or licence holds the words; the one on show stays on show if it is among them."""
        before = self.current
        kept = None
        with QSignalBlocker(self.list):
            self.list.clear()
            for place, component in enumerate(self._components):
                if words.strip().lower() not in f"{component.name}\n{component.licence}".lower():
                    continue
                item = self._item(place, component)
                self.list.addItem(item)
                if component is before:
                    kept = item
            self.list.setCurrentItem(kept or self.list.item(0))
        self._show_current()
        self.count.setText(self._summary())

    def _item(self, place: int, component: Component) -> QListWidgetItem:
        name = f"{component.name} {component.version}".strip()
        detail = component.licence or tr("several, see the text")
        item = QListWidgetItem(name)
        item.setData(Qt.ItemDataRole.UserRole, place)
        item.setData(DETAIL, detail)
        set_tooltip(item, f"{name}\n{detail}")
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {detail}")
        return item

    def _summary(self) -> str:
        shown, whole = self.list.count(), len(self._components)
        if shown < whole:
            return tr("{shown} of {whole} components", shown=shown, whole=whole)
        words = tr("{name} is under the {licence} licence. It uses {count} third-party components.")
        return words.format(name=product.NAME, licence=product.LICENSE, count=whole)

    def _show_current(self) -> None:
        found = self.current
        self.copy_button.setEnabled(found is not None)
        if found is None:
            nothing = tr("Nothing matches") if self._components else ""
            for part in (self.title, self.licence):
                part.setText("")
            self.title.setText(nothing)
            self.text.setPlainText("")
            return
        self.title.setText(f"{found.name} {found.version}".strip())
        self.licence.setText(" · ".join(part for part in (found.licence, found.homepage) if part))
        self.text.setPlainText(whole_text(found))
