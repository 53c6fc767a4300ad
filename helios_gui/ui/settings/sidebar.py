"""The list in the settings: the profiles, then the pages about the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFont, QIcon, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, TEXT_SMALL, icon, theme
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.ui.widgets.two_line_delegate import DETAIL, ENTRY_HEIGHT, paint_lines, paint_plate

_HEADING_HEIGHT = 32
_PAGE_HEIGHT = 34
_ICON = 16


class _Role(IntEnum):
    PROBLEM = DETAIL + 1
    PROFILE = DETAIL + 2  # its place among the profiles
    PAGE = DETAIL + 3  # its place among the added pages


@dataclass(frozen=True)
class SidebarEntry:
    """A profile's line: its name, a few words about it, its picture, and whether something is wrong with it."""

    name: str
    detail: str
    icon: str
    problem: bool


@guarded()
class _EntryDelegate(QStyledItemDelegate):
    """Two lines for a profile, one for a page, small capitals for a heading."""

    @guarded(QSize(0, ENTRY_HEIGHT))
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        if not index.flags() & Qt.ItemFlag.ItemIsSelectable:
            return QSize(0, _HEADING_HEIGHT)
        return QSize(0, ENTRY_HEIGHT if index.data(DETAIL) else _PAGE_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        rect, tokens = option.rect, theme().tokens
        content = rect.adjusted(SPACE * 2, 0, -SPACE * 2, 0)
        if not index.flags() & Qt.ItemFlag.ItemIsSelectable:
            small = QFont(option.font)
            small.setPixelSize(TEXT_SMALL)
            small.setWeight(QFont.Weight.DemiBold)
            painter.setFont(small)
            painter.setPen(tokens.muted)
            bottom = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
            painter.drawText(content.adjusted(0, 0, 0, -SPACE), bottom, str(index.data()))
        else:
            paint_plate(painter, option)
            self._paint_entry(painter, content, index)
        painter.restore()

    def _paint_entry(self, painter: QPainter, content: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        picture: QIcon = index.data(Qt.ItemDataRole.DecorationRole)
        picture.paint(painter, QRect(content.left() + 4, content.center().y() - _ICON // 2 + 1, _ICON, _ICON))
        painter.setPen(theme().tokens.danger if index.data(_Role.PROBLEM) else theme().tokens.text)
        text = content.adjusted(_ICON + SPACE + 8, 0, 0, 0)
        paint_lines(painter, text, str(index.data()), str(index.data(DETAIL) or ""))


class Sidebar(QListWidget):
    """The list. ``profile_chosen`` carries a profile's place, ``page_chosen`` an added page's, the other nothing."""

    profile_chosen = Signal(int)
    appearance_chosen = Signal()
    page_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: list[tuple[str, str]] = []
        self.setItemDelegate(_EntryDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Settings pages"))
        self.currentItemChanged.connect(self._choose)
        theme().changed.connect(self.viewport().update)

    def show_entries(self, entries: Sequence[SidebarEntry], current: int | None) -> None:
        """Show these profiles, with that one (``None``: the appearance page) as the current one."""
        with QSignalBlocker(self):
            self.clear()
            self._add_heading(tr("PROFILES"))
            for place, entry in enumerate(entries):
                item = QListWidgetItem()
                item.setData(_Role.PROFILE, place)
                self.addItem(item)
                self.update_entry(place, entry)
            self._add_heading(tr("WINDOW"))
            self.addItem(QListWidgetItem(icon("settings", "muted"), tr("General")))
            self.setCurrentRow(self.count() - 1 if current is None else current + 1)
            for place in range(len(self._pages)):
                self._add_page_line(place)

    def add_page(self, title: str, picture: str) -> None:
        """Add a line for one more page about the window, below the others."""
        self._pages.append((title, picture))
        self._add_page_line(len(self._pages) - 1)

    def update_entry(self, place: int, entry: SidebarEntry) -> None:
        """Show the current state of one profile."""
        item = self.item(place + 1)
        with QSignalBlocker(self):
            item.setText(entry.name or tr("Unnamed"))
            item.setIcon(icon("error", "danger") if entry.problem else icon(entry.icon, "muted"))
            item.setData(DETAIL, entry.detail)
            item.setData(_Role.PROBLEM, entry.problem)
            set_tooltip(item, entry.detail)
            problem = tr("; some values are not valid") if entry.problem else ""
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.name}, {entry.detail}{problem}")
        self.viewport().update()

    def _add_page_line(self, place: int) -> None:
        title, picture = self._pages[place]
        item = QListWidgetItem(icon(picture, "muted"), title)
        item.setData(_Role.PAGE, place)
        self.addItem(item)

    def _add_heading(self, title: str) -> None:
        item = QListWidgetItem(title)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.addItem(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        profile, page = item.data(_Role.PROFILE), item.data(_Role.PAGE)
        if profile is not None:
            self.profile_chosen.emit(profile)
        elif page is not None:
            self.page_chosen.emit(page)
        else:
            self.appearance_chosen.emit()
