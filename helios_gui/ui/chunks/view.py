"""The scrolling, painting half of the chunk grid: it shows cells and knows where they are."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from helios_gui.translation import tr
from helios_gui.types import ChunkState
from helios_gui.ui.chunks.cells import STATES, Cells
from helios_gui.ui.chunks.chunk_text import chunk_tooltip
from helios_gui.ui.chunks.colouring import Colouring
from helios_gui.ui.chunks.heat import NO_VALUE
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.chunks.layout import FARTHEST, Density, GridLayout, arrange_cells
from helios_gui.ui.chunks.overview import OverviewBar, OverviewSource
from helios_gui.ui.chunks.painter import CellPainter, Marks, PictureOf, no_picture
from helios_gui.ui.chunks.palette import cell_colours, heat_colours, no_value_colour
from helios_gui.ui.chunks.selection import Selection
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import theme

_SEPARATE_REPAINTS = 100
"""More changed cells than this are repainted as one area."""

_RING = 3
"""How far the ring around a cell reaches beyond it, in logical pixels."""

_URGENCY = (
    ChunkState.FAILED,
    ChunkState.UNKNOWN,
    ChunkState.RETRYING,
    ChunkState.CANCELLED,
    ChunkState.RUNNING,
    ChunkState.COMPLETED,
    ChunkState.PENDING,
)
"""Which states the overview shows first where many chunks share a line."""

_RELAYOUT_EVENTS = (QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.DevicePixelRatioChange)


@guarded()
class CellView(QAbstractScrollArea):
    """Paints one cell per chunk; cells shrink as chunks grow in number, and scroll once they cannot shrink.

    ``band`` is the rectangle that is drawn over the cells, in coordinates of the content.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selection = Selection(Cells())
        self.early: dict[int, int] = {}
        """The indexes of the job's chunks that are rendered before the rest, and their places, from 1."""
        self.empty_text = ""
        self.band: QRectF | None = None
        self.colouring = Colouring()
        self._picture_of: PictureOf = no_picture
        self._hovered = -1
        self._level: int | None = None
        self._layout = arrange_cells(0, 1, 1)
        self._painter = CellPainter(self._layout, self.font(), 1.0)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.overview = OverviewBar(self._overview_source)
        self.setVerticalScrollBar(self.overview)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme().changed.connect(self._relayout)

    @property
    def cells(self) -> Cells:
        """What is shown, by index in playing order."""
        return self.selection.cells

    @property
    def grid_layout(self) -> GridLayout:
        """How the cells are arranged now."""
        return self._layout

    def show_cells(self, cells: Cells, *, from_top: bool = True) -> None:
        """Show other cells, from the top or from about the same place."""
        self.selection = Selection(cells)
        self._hovered = -1
        if from_top:
            self.verticalScrollBar().setValue(0)
        self._relayout()
        self.overview.forget()

    def zoom(self, steps: int, at: QPoint | None = None) -> None:
        """Look closer (more than 0) or from further away; 0 chooses the size by the number of cells again.

        The cell at a point of the viewport stays under it, else the current cell in view.
        """
        level = min(FARTHEST, max(0, self._layout.level - steps)) if steps else None
        if level == self._layout.level:
            return
        index = self.index_at(at) if at is not None else -1
        self._level = level
        self._relayout()
        if at is not None and index >= 0:
            self.verticalScrollBar().setValue(round(self._painter.cell_rect(index).center().y() - at.y()))

    def fit(self) -> None:
        """Forget what was zoomed to."""
        self._level = None

    def content_point(self, point: QPoint) -> QPointF:
        """Return a point of the viewport in coordinates of the content."""
        return QPointF(point.x(), point.y() + self._offset())

    def index_at(self, position: QPoint) -> int:
        """Return the cell under a point of the viewport, or -1."""
        if not self.viewport().rect().contains(position):
            return -1
        return self._layout.index_at(position.x(), position.y() + self._offset())

    def visual_rect(self, index: int) -> QRect:
        """Return where a cell is now, in coordinates of the viewport."""
        return self._painter.cell_rect(index).translated(0, -self._offset()).toAlignedRect()

    def scroll_to(self, index: int) -> None:
        """Bring a cell into view."""
        rect, bar = self._painter.cell_rect(index), self.verticalScrollBar()
        if index < self._layout.columns:
            bar.setValue(0)
        elif rect.top() - _RING < bar.value():
            bar.setValue(int(rect.top() - _RING))
        elif rect.bottom() + _RING > bar.value() + bar.pageStep():
            bar.setValue(round(rect.bottom() + _RING - bar.pageStep()))

    @guarded(QSize(480, 160))
    def sizeHint(self) -> QSize:
        return QSize(480, 160)

    @guarded(QSize(120, 60))
    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._relayout()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in _RELAYOUT_EVENTS:
            self._relayout()

    @guarded(False)
    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            index = self.index_at(event.pos())
            text = chunk_tooltip(self.cells[index], time.time(), self._more_about(index)) if index >= 0 else ""
            rect = self.visual_rect(index) if index >= 0 else QRect()
            QToolTip.showText(event.globalPos(), text, self.viewport(), rect)
            return True
        if event.type() is QEvent.Type.Leave:
            self.hover(-1)
        return super().viewportEvent(event)

    def hover(self, index: int) -> None:
        """Highlight the cell under the pointer, -1 for none."""
        if index != self._hovered:
            before, self._hovered = self._hovered, index
            self.repaint_cells(before, index)

    def repaint_cells(self, *indexes: int) -> None:
        """Repaint some cells with what surrounds them; those below 0 are skipped."""
        for index in indexes:
            if 0 <= index < len(self.cells):
                self.viewport().update(self.visual_rect(index).adjusted(-_RING, -_RING, _RING, _RING))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme().tokens.panel)
        if not len(self.cells):
            self._paint_text(painter, self.empty_text, theme().tokens.muted)
            return
        current = self.selection.current if self.hasFocus() else -1
        marks = Marks(self._hovered, current, self.early)
        offset = self._offset()
        painter.translate(0, -offset)
        for rect in event.region():  # type: ignore[attr-defined]  # the stubs do not know that regions iterate
            painter.setClipRect(QRectF(rect).translated(0, offset))
            self._painter.paint(painter, self.cells, QRectF(rect).translated(0, offset), marks)
        if self.band is not None:
            painter.setClipping(False)
            self._paint_band(painter, self.band)

    def _more_about(self, index: int) -> str:
        place = self.early.get(self.cells[index].index)
        early = "" if place is None else tr("Comes early: number {place} in the order of rendering", place=place)
        return " · ".join(filter(None, (self.heat_words(index), early)))

    def heat_words(self, index: int) -> str:
        """Return what the colour of a cell says that its status does not."""
        return ""

    def _paint_band(self, painter: QPainter, band: QRectF) -> None:
        accent = theme().tokens.accent_text
        veil = QColor(accent)
        veil.setAlphaF(0.18)
        painter.setPen(QPen(accent, 1))
        painter.setBrush(veil)
        painter.drawRect(band)

    def _paint_text(self, painter: QPainter, text: str, colour: QColor) -> None:
        painter.setPen(colour)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.viewport().rect().adjusted(16, 8, -16, -8), int(flags), text)

    def repaint_visible(self, indexes: Iterable[int]) -> None:
        """Repaint those of these cells that can be seen, and soon the overview."""
        self.overview.changed()
        rows = self._layout.rows_between(self._offset(), self._offset() + self.viewport().height())
        columns = self._layout.columns
        visible = range(rows.start * columns, rows.stop * columns)
        seen = [index for index in indexes if index in visible]
        if len(seen) <= _SEPARATE_REPAINTS and self._layout.density is not Density.DENSE:
            self.repaint_cells(*seen)
        elif seen:
            area = self.visual_rect(min(seen)).united(self.visual_rect(max(seen)))
            self.viewport().update(0, area.top(), self.viewport().width(), area.height())

    def _offset(self) -> float:
        """Return how far the content is scrolled, in logical pixels on whole device pixels."""
        ratio = self.devicePixelRatioF()
        return round(self.verticalScrollBar().value() * ratio) / ratio

    def _relayout(self) -> None:
        """Arrange the cells anew; what was looked at (the current cell, else the first row) stays in view."""
        current = self.selection.current
        current_seen = 0 <= current < len(self.cells) and self._was_visible(current)
        first_seen = self._layout.rows_between(self._offset(), self._offset() + 1).start * self._layout.columns
        self._layout = self._arrange()
        self._painter = self._make_painter()
        bar, height = self.verticalScrollBar(), self.maximumViewportSize().height()
        bar.setPageStep(height)
        bar.setSingleStep(max(20, round(self._layout.pitch_y)))
        bar.setRange(0, max(0, self._layout.content_height - height))
        if current_seen:
            self.scroll_to(current)
        elif 0 < first_seen < len(self.cells):
            bar.setValue(int(self._layout.position(first_seen)[1]))
        self.viewport().update()

    def set_pictures(self, picture_of: PictureOf) -> None:
        """Show these pictures of chunks in cells that are large enough."""
        self._picture_of = picture_of
        self._relayout()

    def repaint_chunk(self, chunk_id: int) -> None:
        """Repaint a chunk whose picture is there now."""
        if self._layout.shows_pictures:
            self.repaint_cells(self.cells.index_of(chunk_id))

    def recolour(self, job: Cells) -> None:
        """Colour all cells anew, on a scale for the whole job."""
        self.colouring.colour(self.cells, job)
        self._painter = self._make_painter()
        self.overview.forget()
        self.viewport().update()

    def _make_painter(self) -> CellPainter:
        return CellPainter(self._layout, self.font(), self.devicePixelRatioF(), self.colouring.mode, self._picture_of)

    def _overview_source(self) -> OverviewSource:
        cells, mode = self.cells, self.colouring.mode
        if cells.heat is None:
            full = {state: cell_colours(state) for state in STATES}
            ranks = [
                (STATES.index(state), full[state].track if state is ChunkState.PENDING else full[state].full)
                for state in _URGENCY
            ]
            return OverviewSource(cells.states(), self._layout.columns, tuple(ranks), urgent=2)
        levels = list(enumerate(heat_colours(mode)))
        ranks = levels if mode is HeatMode.WORKER else levels[::-1]
        return OverviewSource(bytes(cells.heat), self._layout.columns, (*ranks, (NO_VALUE, no_value_colour())))

    def _arrange(self) -> GridLayout:
        """Return the layout for the whole viewport, or for the part beside the scroll bar if one is needed."""
        size, ratio = self.maximumViewportSize(), self.devicePixelRatioF()
        layout = arrange_cells(len(self.cells), size.width(), size.height(), ratio, self._level)
        if layout.content_height <= size.height():
            return layout
        bar_width = self.verticalScrollBar().sizeHint().width()
        return arrange_cells(len(self.cells), size.width() - bar_width, size.height(), ratio, self._level)

    def _was_visible(self, index: int) -> bool:
        """Return whether a cell could be seen by the layout (and height) of before."""
        rect, top = self._painter.cell_rect(index), self._offset()
        return rect.bottom() > top and rect.top() < top + self.verticalScrollBar().pageStep()

    def _scrolled(self) -> None:
        self.hover(self.index_at(self.viewport().mapFromGlobal(self.cursor().pos())) if self.underMouse() else -1)
        self.viewport().update()
