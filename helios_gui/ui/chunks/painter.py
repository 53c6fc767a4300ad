"""Paints the cells of the grid, at three densities, in the colours of the theme."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QPen, QPixmap

from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.ui.chunks.cells import LEVELS, SELECTED, Cells, decode_cell
from helios_gui.ui.chunks.heat import NO_VALUE
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.chunks.layout import Density, GridLayout
from helios_gui.ui.chunks.palette import (
    SELECTED_TINT,
    CellColours,
    cell_colours,
    heat_colours,
    ink_on,
    mix_colours,
    no_value_colour,
)
from helios_gui.ui.theme import TEXT, TEXT_SMALL, state_style, theme
from helios_gui.ui.thumbnails.drawing import SURROUND, draw_filling

_NOTHING = 0x7F
"""A byte no chunk has: what is behind the last cell of a dense grid; transparent."""


PictureOf = Callable[[ChunkStatus, QSize], QImage | None]
"""Returns the picture of a chunk, not larger than so many device pixels, if it is there."""

_MESH_CELLS = 32
_CAPTION = 20
"""Pixels of height, of a cell with a picture."""


def no_picture(chunk: ChunkStatus, largest: QSize) -> QImage | None:
    """Return no picture."""
    return None


@dataclass(frozen=True, slots=True)
class Marks:
    """The cells drawn with a ring: under the pointer, and where the keyboard is (-1: none).

    ``early`` has the indexes of the job's chunks that are rendered before the rest.
    """

    hovered: int = -1
    current: int = -1
    early: Collection[int] = ()


class CellPainter:
    """Knows how cells look for one layout, mode, theme and device pixel ratio; make a new one when any changes."""

    def __init__(
        self,
        layout: GridLayout,
        font: QFont,
        pixel_ratio: float,
        mode: HeatMode = HeatMode.STATE,
        picture_of: PictureOf = no_picture,
    ) -> None:
        self._layout = layout
        self._picture_of = picture_of
        self._pixel_ratio = pixel_ratio
        self._heat = {} if mode is HeatMode.STATE else dict(enumerate(heat_colours(mode)))
        self._nothing = no_value_colour()
        self._tiles: dict[tuple[int, int], QPixmap] = {}
        self._mesh: QPixmap | None = None
        self._colours = {state: cell_colours(state) for state in ChunkState}
        self._glyphs = {state: state_style(state).glyph for state in ChunkState}
        self._number_font = QFont(font)
        self._number_font.setPixelSize(TEXT if layout.size.width >= 50 else TEXT_SMALL + 1)
        self._number_font.setWeight(QFont.Weight.DemiBold)
        self._small_font = QFont(self._number_font)
        self._small_font.setPixelSize(TEXT_SMALL)
        self._glyph_font = QFont(font)
        self._glyph_font.setPixelSize(TEXT if layout.size.width >= 20 else TEXT_SMALL)

    def paint(self, painter: QPainter, cells: Cells, area: QRectF, marks: Marks) -> None:
        """Draw the cells that touch ``area``; painter and area in coordinates of the grid's content."""
        if self._layout.density is Density.DENSE:
            self._paint_dense(painter, cells, area)
        else:
            self._paint_spaced(painter, cells, area, marks.early)
        self._paint_marks(painter, marks)

    def cell_rect(self, index: int) -> QRectF:
        """Return where a cell is, in coordinates of the content."""
        x, y = self._layout.position(index)
        return QRectF(x, y, self._layout.size.width, self._layout.size.height)

    def _paint_spaced(self, painter: QPainter, cells: Cells, area: QRectF, early: Collection[int]) -> None:
        large, heat = self._layout.density is Density.LARGE, cells.heat
        columns = self._layout.columns_between(area.left(), area.right())
        for row in self._layout.rows_between(area.top(), area.bottom()):
            first = row * self._layout.columns
            for index in range(first + columns.start, min(first + columns.stop, len(cells))):
                level = NO_VALUE if heat is None else heat[index]
                if large:
                    self._paint_large(painter, cells[index], self.cell_rect(index), level)
                else:
                    x, y = self._layout.position(index)
                    painter.drawPixmap(QPointF(x, y), self._tile(cells.codes[index] & ~SELECTED, level))
                if early and cells[index].index in early and cells[index].state is ChunkState.PENDING:
                    self._mark_early(painter, self.cell_rect(index))
                if cells.is_selected(index):
                    self._ring(painter, self.cell_rect(index), theme().tokens.text, 2)

    def _paint_dense(self, painter: QPainter, cells: Cells, area: QRectF) -> None:
        """Paint an image of the visible rows, a byte and a pixel for each cell, scaled up, with hairlines."""
        layout = self._layout
        rows = layout.rows_between(area.top(), area.bottom())
        if not rows:
            return
        size = len(rows) * layout.columns
        pixels = cells.pixels(rows.start * layout.columns, rows.stop * layout.columns)
        pixels = pixels.ljust(size, bytes([_NOTHING]))
        image = QImage(pixels, layout.columns, len(rows), layout.columns, QImage.Format.Format_Indexed8)
        image.setColorTable(self._colour_table)
        left, top = layout.position(rows.start * layout.columns)
        target = QRectF(left, top, layout.columns * layout.pitch_x, len(rows) * layout.pitch_y)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(target, image, QRectF(image.rect()))
        self._paint_hairlines(painter, target)

    def _paint_hairlines(self, painter: QPainter, block: QRectF) -> None:
        """Part the cells of a block: with one pixmap, which costs less than hundreds of lines."""
        if self._layout.size.gap:
            painter.drawTiledPixmap(block, self._hairlines(), QPointF(0, 0))

    def _hairlines(self) -> QPixmap:
        """Return the edge at the right and the bottom of some dense cells, otherwise transparent."""
        if self._mesh is None:
            size, ratio, many = self._layout.size, self._pixel_ratio, _MESH_CELLS
            pitch_x, pitch_y = self._layout.pitch_x, self._layout.pitch_y
            mesh = QPixmap(round(many * pitch_x * ratio), round(many * pitch_y * ratio))
            mesh.setDevicePixelRatio(ratio)
            mesh.fill(Qt.GlobalColor.transparent)
            painter = QPainter(mesh)
            for place in range(many):
                across = QRectF(place * pitch_x + size.width, 0, size.gap, many * pitch_y)
                down = QRectF(0, place * pitch_y + size.height, many * pitch_x, size.gap)
                painter.fillRect(across, theme().tokens.panel)
                painter.fillRect(down, theme().tokens.panel)
            painter.end()
            self._mesh = mesh
        return self._mesh

    def _paint_large(self, painter: QPainter, chunk: ChunkStatus, rect: QRectF, level: int) -> None:
        glyph = self._glyphs[chunk.state]
        body = self._paint_picture(painter, chunk, rect) if self._layout.shows_pictures else rect

        def words() -> None:
            self._paint_words(painter, body, str(chunk.id), glyph)

        painter.save()
        if body != rect:  # the lower part of the cell: its upper corners are not round
            painter.setClipRect(body, Qt.ClipOperation.IntersectClip)
        whole = rect if body != rect else body
        self._paint_cell(painter, whole, self._colours_of(chunk.state, level), chunk.progress, words)
        painter.restore()

    def _paint_picture(self, painter: QPainter, chunk: ChunkStatus, rect: QRectF) -> QRectF:
        """Draw the picture of a chunk. Returns the room for the caption below it, or all where there is no picture."""
        ratio = self._pixel_ratio
        room = QSize(round(rect.width() * ratio), round(rect.height() * ratio))
        picture = self._picture_of(chunk, room * 1.4)
        if picture is None:
            return rect
        above = rect.adjusted(0, 0, 0, -_CAPTION)
        path = QPainterPath()
        path.addRoundedRect(rect, self._radius(), self._radius())
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipRect(above, Qt.ClipOperation.IntersectClip)
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        painter.fillRect(above, SURROUND)
        draw_filling(painter, above, picture)
        painter.restore()
        return rect.adjusted(0, above.height(), 0, 0)

    def _colours_of(self, state: ChunkState, level: int) -> CellColours:
        """Return the colours of a cell in a state, which is on a level of the scale."""
        if not self._heat:
            return self._colours[state]
        colour = self._heat.get(level, self._nothing)
        ink = ink_on(colour)
        return CellColours(colour, colour, ink, ink, theme().tokens.text, state)

    def _paint_cell(
        self, painter: QPainter, rect: QRectF, colours: CellColours, progress: float, words: Callable[[], None]
    ) -> None:
        """Draw the body and the text, in one text colour over the filled part and in another over the rest."""
        filled, rest = QRectF(rect), QRectF(rect)
        filled.setWidth(self._snap(rect.width() * colours.filled(progress)))
        rest.setLeft(filled.right())
        self._paint_body(painter, rect, filled, colours)
        for part, ink in ((filled, colours.ink), (rest, colours.track_ink)):
            if part.width() > 0:
                painter.save()
                painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
                painter.setPen(ink)
                words()
                painter.restore()

    def _paint_words(self, painter: QPainter, rect: QRectF, number: str, glyph: str) -> None:
        """Write the number at the left and the glyph at the right; a long number is smaller and nearer to the edge."""
        for font, margin in ((self._number_font, 7), (self._small_font, 4)):
            inner = rect.adjusted(margin, 0, -margin, 0)
            painter.setFont(font)
            room = inner.width() - painter.fontMetrics().horizontalAdvance("0") - 4
            if painter.fontMetrics().horizontalAdvance(number) <= room:
                painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, number)
                break
        painter.setFont(self._glyph_font)
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, glyph)

    def _tile(self, code: int, level: int) -> QPixmap:
        """Return the picture of a medium cell; each state, progress and level is drawn once and cached."""
        tile = self._tiles.get((code, level))
        if tile is None:
            tile = self._tiles[code, level] = self._make_tile(code, level)
        return tile

    def _make_tile(self, code: int, heat: int) -> QPixmap:
        size, ratio = self._layout.size, self._pixel_ratio
        tile = QPixmap(round(size.width * ratio), round(size.height * ratio))
        tile.setDevicePixelRatio(ratio)
        tile.fill(Qt.GlobalColor.transparent)
        state, level = decode_cell(code)
        rect = QRectF(0, 0, size.width, size.height)
        painter = QPainter(tile)
        painter.setFont(self._glyph_font)

        def words() -> None:
            if size.width >= 16:
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyphs[state])

        self._paint_cell(painter, rect, self._colours_of(state, heat), level / (LEVELS - 1), words)
        painter.end()
        return tile

    def _paint_body(self, painter: QPainter, rect: QRectF, filled: QRectF, colours: CellColours) -> None:
        radius = self._radius()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if filled.width() < rect.width():
            painter.setBrush(colours.track)
            painter.drawRoundedRect(rect, radius, radius)
        if filled.width() > 0:
            painter.save()
            painter.setClipRect(filled, Qt.ClipOperation.IntersectClip)
            painter.setBrush(colours.full)
            painter.drawRoundedRect(rect, radius, radius)
            painter.restore()

    def _paint_marks(self, painter: QPainter, marks: Marks) -> None:
        if marks.hovered >= 0:
            self._ring(painter, self.cell_rect(marks.hovered), theme().tokens.muted, 1.5)
        if marks.current >= 0:
            self._ring(painter, self.cell_rect(marks.current), theme().tokens.accent_text, 2)

    def _ring(self, painter: QPainter, rect: QRectF, colour: QColor, width: float) -> None:
        """Draw a frame just outside the cell if the gap has room for it, else on its edge."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        out = min(self._layout.size.gap, width) / 2
        radius = self._radius() + out
        painter.drawRoundedRect(rect.adjusted(-out, -out, out, out), radius, radius)

    def _mark_early(self, painter: QPainter, rect: QRectF) -> None:
        """Mark a cell that is rendered before the rest with a bar along its lower edge."""
        height = max(2.0, round(rect.height() / 8))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().tokens.accent_text)
        bar = QRectF(rect.left() + rect.width() / 4, rect.bottom() - height - 1, rect.width() / 2, height)
        painter.drawRoundedRect(bar, height / 2, height / 2)
        painter.restore()

    def _radius(self) -> float:
        return {Density.LARGE: 6.0, Density.MEDIUM: self._layout.size.width / 6, Density.DENSE: 1.0}[
            self._layout.density
        ]

    def _snap(self, length: float) -> float:
        return round(length * self._pixel_ratio) / self._pixel_ratio

    @cached_property
    def _colour_table(self) -> list[int]:
        table = [0] * 256
        if self._heat:
            text = theme().tokens.text
            for level, colour in [*self._heat.items(), (NO_VALUE, self._nothing)]:
                table[level] = colour.rgba()
                table[level | SELECTED] = mix_colours(colour, text, SELECTED_TINT).rgba()
            return table
        for code in range(len(ChunkState) * LEVELS):
            state, level = decode_cell(code)
            colours = self._colours[state]
            table[code] = colours.shade(level / (LEVELS - 1)).rgba()
            table[code | SELECTED] = colours.shade(level / (LEVELS - 1), selected=True).rgba()
        return table
