"""Line icons in the colours of the theme, sharp at any size and device pixel ratio."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap

from helios_gui.resources import resource_path
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme.theme import theme

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgRenderer

APP_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


def icon(name: str, token: str = "text") -> QIcon:
    """Return the icon ``resources/icons/NAME.svg`` in the colour of a theme token; it follows theme changes.

    ``FileNotFoundError`` when there is no such icon.
    """
    _drawing(name)  # fail here, where the name was written, not while painting
    return QIcon(_IconEngine(name, token))


def app_icon() -> QIcon:
    """Return the application's icon, in its own colours."""
    result = QIcon()
    for size in APP_ICON_SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        _renderer("app", "#000000").render(painter)
        painter.end()
        result.addPixmap(pixmap)
    return result


@cache
def _drawing(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    from PySide6.QtSvg import QSvgRenderer  # takes time, and the frame of the window has no icons

    return QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))


@guarded()
class _IconEngine(QIconEngine):
    """Paints the drawing anew each time: the tint is that of the theme at that moment."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = "faint" if mode is QIcon.Mode.Disabled else self._token
        colour = getattr(theme().tokens, token).name()
        _renderer(self._name, colour).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        pixmap = QPixmap(size * scale)  # Qt asks in logical pixels and sets the ratio itself
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), pixmap.size()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _IconEngine(self._name, self._token)
