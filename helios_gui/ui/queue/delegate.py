"""Paints the cells of the queue: a glyph beside the name, a stacked bar of states under the progress."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from helios_gui.translation import tr_count
from helios_gui.types import ChunkState, JobState, JobSummary, Priority
from helios_gui.ui.chunks.palette import cell_colours
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.queue.columns import Column, cell_text
from helios_gui.ui.queue.model import GroupRole, GroupRow, SummaryRole
from helios_gui.ui.theme import SPACE, TEXT_SMALL, job_style, state_style, theme

ROW_HEIGHT = 5 * SPACE
BAR_HEIGHT = 4
_GLYPH_WIDTH = 2 * SPACE
_FOLD_SIZE = 4.0
_AFTER_GLYPH = "↳"
_PRIORITY_GLYPHS = {Priority.HIGH: "▲", Priority.LOW: "▽"}
_STACK = (
    ChunkState.COMPLETED,
    ChunkState.RUNNING,
    ChunkState.RETRYING,
    ChunkState.FAILED,
    ChunkState.UNKNOWN,
)
_KEYBOARD_MARK = 3
"""Width of the mark at the row that has the keyboard, in logical pixels."""
_CENTRE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def paint_state_bar(
    painter: QPainter, area: QRectF, counts: Mapping[ChunkState, int], total: int, progress: float
) -> None:
    """Paint a bar with a part for each state; the rest of it is waiting or cancelled chunks.

    Of the running chunks, what is not rendered yet is paler, as in their cells: the bright part ends at ``progress``.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    tokens = theme().tokens
    if theme().is_high_contrast:  # a ground that stands out from the window would not from the parts
        painter.fillRect(area.adjusted(-1, -1, 1, 1), tokens.line)
        painter.fillRect(area, tokens.hover)
    else:
        painter.fillRect(area, tokens.line_strong)
    left = area.left()
    for state in _STACK:
        width = area.width() * counts.get(state, 0) / total if total else 0.0
        if width > 0:
            part = QRectF(left, area.top(), max(width, 1.0), area.height())
            if state is ChunkState.RUNNING:
                painter.fillRect(part, cell_colours(state).track)
                part.setRight(min(part.right(), max(left, area.left() + area.width() * progress)))
            painter.fillRect(part, state_style(state).color)
        left += width
    painter.restore()


@guarded()
class QueueDelegate(QStyledItemDelegate):
    """Paints from the ``JobSummary`` behind the row; holds nothing itself."""

    @guarded(QSize(100, ROW_HEIGHT))
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        job: JobSummary | None = index.data(SummaryRole)
        if job is None:
            return
        area: QRect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, option.palette.color(QPalette.ColorRole.Highlight))
        inner = area.adjusted(SPACE, 0, -SPACE, 0)
        column = Column(index.column())
        if column is Column.NAME:
            if _has_keyboard(option, index):
                painter.fillRect(QRect(area.left(), area.top(), _KEYBOARD_MARK, area.height()), theme().tokens.accent)
            group = index.data(GroupRole)
            if isinstance(group, GroupRow):
                _paint_group(painter, inner.adjusted(SPACE, 0, 0, 0), job, group)
            else:
                _paint_name(painter, inner.adjusted((3 if group else 1) * SPACE, 0, 0, 0), job)
        elif column is Column.PROGRESS:
            _paint_progress(painter, inner, job)
        else:
            _paint_text(painter, inner, cell_text(job, column), theme().tokens.muted, index)
        painter.restore()


def _has_keyboard(option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> bool:
    """Return whether keys are about this row."""
    view = option.widget
    return isinstance(view, QTableView) and view.hasFocus() and view.currentIndex().row() == index.row()


def _paint_name(painter: QPainter, area: QRect, job: JobSummary) -> None:
    style = job_style(job)
    painter.setPen(style.color)
    painter.drawText(QRect(area.left(), area.top(), _GLYPH_WIDTH, area.height()), _CENTRE_LEFT, style.glyph)
    rest = _paint_priority(painter, area.adjusted(_GLYPH_WIDTH, 0, 0, 0), job)
    if job.standing.after and job.state is JobState.PENDING:
        painter.setPen(theme().tokens.muted)
        painter.drawText(rest, _CENTRE_LEFT, _AFTER_GLYPH)
        rest = rest.adjusted(_GLYPH_WIDTH, 0, 0, 0)
    painter.setPen(theme().tokens.text)
    _draw_elided(painter, rest, job.name, _CENTRE_LEFT)


def _paint_priority(painter: QPainter, area: QRect, job: JobSummary) -> QRect:
    """Paint a sign for a priority that is not the usual one; return the room beside it."""
    glyph = _PRIORITY_GLYPHS.get(job.standing.priority, "")
    if not glyph:
        return area
    painter.setPen(theme().tokens.accent_text if job.standing.priority is Priority.HIGH else theme().tokens.muted)
    painter.drawText(area, _CENTRE_LEFT, glyph)
    return area.adjusted(_GLYPH_WIDTH, 0, 0, 0)


def _paint_group(painter: QPainter, area: QRect, job: JobSummary, group: GroupRow) -> None:
    middle = QPointF(area.left() + _FOLD_SIZE, area.center().y() + 0.5)
    size = _FOLD_SIZE
    corners = [(-size, -size / 2), (size, -size / 2), (0.0, size / 2)]
    if group.collapsed:
        corners = [(y, x) for x, y in corners]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().tokens.muted)
    painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))
    painter.restore()
    area = area.adjusted(_GLYPH_WIDTH, 0, 0, 0)
    style = job_style(job)
    painter.setPen(style.color)
    painter.drawText(QRect(area.left(), area.top(), _GLYPH_WIDTH, area.height()), _CENTRE_LEFT, style.glyph)
    area = _paint_priority(painter, area.adjusted(_GLYPH_WIDTH, 0, 0, 0), job)
    number = tr_count("{number} job", "{number} jobs", group.jobs)
    room = max(0, area.width() - painter.fontMetrics().horizontalAdvance(number) - SPACE)
    font = painter.font()
    bold = painter.font()
    bold.setWeight(QFont.Weight.DemiBold)
    painter.setFont(bold)
    painter.setPen(theme().tokens.text)
    width = min(painter.fontMetrics().horizontalAdvance(group.name), room)
    _draw_elided(painter, QRect(area.left(), area.top(), width, area.height()), group.name, _CENTRE_LEFT)
    painter.setFont(font)
    painter.setPen(theme().tokens.muted)
    _draw_elided(painter, area.adjusted(width + SPACE, 0, 0, 0), number, _CENTRE_LEFT)


def is_on_fold(row: QRect, point: QPointF) -> bool:
    """Return whether a point lies on what collapses and expands a group whose row this is."""
    return row.contains(point.toPoint()) and point.x() < row.left() + 2 * SPACE + _GLYPH_WIDTH


def _paint_progress(painter: QPainter, area: QRect, job: JobSummary) -> None:
    middle = area.center().y() + 3
    bar = QRectF(area.left(), middle + 3, area.width(), BAR_HEIGHT)
    text = QRect(area.left(), area.top(), area.width(), middle - area.top())
    font = painter.font()
    font.setPixelSize(TEXT_SMALL)
    painter.setFont(font)
    painter.setPen(theme().tokens.muted)
    bottom = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
    _draw_elided(painter, text, cell_text(job, Column.PROGRESS), bottom)
    paint_state_bar(painter, bar, job.counts, job.chunks_total, job.progress)


def _paint_text(
    painter: QPainter, area: QRect, text: str, colour: QColor, index: QModelIndex | QPersistentModelIndex
) -> None:
    painter.setPen(colour)
    _draw_elided(painter, area, text, index.data(Qt.ItemDataRole.TextAlignmentRole))


def _draw_elided(painter: QPainter, area: QRect, text: str, alignment: Qt.AlignmentFlag) -> None:
    elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, alignment, elided)
