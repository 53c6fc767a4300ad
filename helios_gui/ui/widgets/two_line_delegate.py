"""List entries of two lines, name over detail, on a rounded plate where they are selected."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, TEXT_SMALL, theme

DETAIL = Qt.ItemDataRole.UserRole + 1
"""The item data with an entry's second line."""

ENTRY_HEIGHT = 46
"""Logical pixels of an entry with two lines."""

_RIGHT = Qt.TextElideMode.ElideRight


@guarded()
class TwoLineDelegate(QStyledItemDelegate):
    """Paints the display text over the ``DETAIL``."""

    @guarded(QSize(0, ENTRY_HEIGHT))
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ENTRY_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        paint_plate(painter, option)
        painter.setPen(theme().tokens.text)
        text = option.rect.adjusted(SPACE * 5 // 2, 0, -SPACE * 2, 0)
        paint_lines(painter, text, str(index.data() or ""), str(index.data(DETAIL) or ""))
        painter.restore()


def paint_plate(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Paint the background of an entry if it is selected or under the pointer."""
    tokens = theme().tokens
    plate = option.rect.adjusted(SPACE, 1, -SPACE, -1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if option.state & QStyle.StateFlag.State_Selected:
        painter.setBrush(tokens.selection)
        painter.drawRoundedRect(plate, 5, 5)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(tokens.accent)
            painter.drawRoundedRect(QRect(plate.left(), plate.top() + 8, 3, plate.height() - 16), 1.5, 1.5)
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(tokens.hover)
        painter.drawRoundedRect(plate, 5, 5)


def paint_lines(painter: QPainter, text: QRect, name: str, detail: str) -> None:
    """Paint the name in the painter's pen and font and the detail below it, small; a name alone is centred."""
    vertical = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    first = QRect(text.left(), text.top() + 6, text.width(), 18) if detail else text
    painter.drawText(first, vertical, painter.fontMetrics().elidedText(name, _RIGHT, text.width()))
    if detail:
        small = QFont(painter.font())
        small.setPixelSize(TEXT_SMALL)
        painter.setFont(small)
        painter.setPen(theme().tokens.muted)
        second = QRect(text.left(), first.bottom(), text.width(), 16)
        painter.drawText(second, vertical, painter.fontMetrics().elidedText(detail, _RIGHT, text.width()))
