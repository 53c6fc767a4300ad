"""Shows a job's story: a time, a sign and a sentence in each line; a line about a chunk leads to its log."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from helios_gui.translation import tr
from helios_gui.ui.logs.levels import LogLevel
from helios_gui.ui.logs.story import StoryLine
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, theme
from helios_gui.ui.theme.theme import monospace_font
from helios_gui.ui.widgets.tooltips import plain_tooltip

Index = QModelIndex | QPersistentModelIndex
_LINE = Qt.ItemDataRole.UserRole
_SIGN = 22
_PAD = SPACE // 2
_MOST_LINES = 4
_WRAPPED = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignTop)


@guarded()
class StoryModel(QAbstractListModel):
    """The lines of one job's story."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[StoryLine] = []

    def show(self, lines: Sequence[StoryLine]) -> None:
        """Take another story, or more of the same."""
        if list(lines) == self.lines:
            return
        same = min(len(lines), len(self.lines))
        if self.lines and list(lines[:same]) == self.lines:
            self.beginInsertRows(QModelIndex(), same, len(lines) - 1)
            self.lines = list(lines)
            self.endInsertRows()
        else:
            self.beginResetModel()
            self.lines = list(lines)
            self.endResetModel()

    @guarded(0)
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.lines):
            return None
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(line.text)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{_clock(line)} {line.text}".strip()
        return line if role == _LINE else None


@guarded()
class _StoryDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: StoryLine = index.data(_LINE)
        tokens = theme().tokens
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, tokens.selection if selected else tokens.hover)
        clock, sign, text = _parts(option.rect, option.fontMetrics)
        painter.save()
        painter.setPen(tokens.muted)
        painter.setFont(monospace_font())
        painter.drawText(clock, int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft), _clock(line))
        glyph, colour = _sign(line)
        painter.setFont(option.font)
        painter.setPen(colour)
        painter.drawText(sign, int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter), glyph)
        painter.setPen(colour if line.level is LogLevel.ERROR else tokens.text)
        painter.drawText(text, _WRAPPED, line.text)
        painter.restore()

    @guarded(QSize(100, 24))
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = option.widget
        width = view.viewport().width() if isinstance(view, QListView) else 400
        _, _, text = _parts(QRect(0, 0, width, 1000), option.fontMetrics)
        line: StoryLine = index.data(_LINE)
        height = option.fontMetrics.boundingRect(QRect(0, 0, text.width(), 1000), _WRAPPED, line.text).height()
        return QSize(width, min(height, _MOST_LINES * option.fontMetrics.lineSpacing()) + 2 * _PAD)


@guarded()
class StoryView(QListView):
    """The story as a list; ``chunk_chosen`` tells the chunk of a line that was clicked, or entered."""

    chunk_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.story = StoryModel()
        self.setModel(self.story)
        self.setItemDelegate(_StoryDelegate(self))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setViewportMargins(0, _PAD, 0, _PAD)
        self.setAccessibleName(tr("What happened to the job"))
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def show_story(self, lines: Sequence[StoryLine]) -> None:
        """Show this; the end stays in view if it was."""
        bar = self.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        self.story.show(lines)
        if at_end:
            self.scrollToBottom()

    def text(self) -> str:
        """Return the whole story as text."""
        return "\n".join(f"{_clock(line)}\t{line.text}" for line in self.story.lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _choose(self, index: QModelIndex) -> None:
        line: StoryLine = index.data(_LINE)
        if line.chunk_id is not None:
            self.chunk_chosen.emit(line.chunk_id)


def _parts(rect: QRect, metrics: QFontMetrics) -> tuple[QRect, QRect, QRect]:
    """Return where the time, the sign and the sentence go."""
    inner = rect.adjusted(2 * SPACE, _PAD, -2 * SPACE, -_PAD)
    width = metrics.horizontalAdvance("00:00:00") + SPACE
    clock = QRect(inner.left(), inner.top(), width, inner.height())
    sign = QRect(clock.right(), inner.top(), _SIGN, inner.height())
    return clock, sign, QRect(sign.right() + _PAD, inner.top(), inner.right() - sign.right() - _PAD, inner.height())


def _clock(line: StoryLine) -> str:
    return "" if line.moment is None else time.strftime("%H:%M:%S", time.localtime(line.moment))


def _sign(line: StoryLine) -> tuple[str, QColor]:
    tokens = theme().tokens
    if line.is_good:
        return "✓", tokens.success
    signs = {LogLevel.ERROR: ("✕", tokens.danger), LogLevel.WARNING: ("!", tokens.warning)}
    return signs.get(line.level, ("·", tokens.muted))
