"""The newest frame of what is being rendered, for the time until there is something to play."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from helios_gui.ui.preview.surface import Surface
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.plain_label import PlainLabel


class NewestFrame(QWidget):
    """A picture, and below it which frame it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._surface = Surface()
        self.words = PlainLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.words.setProperty("role", "muted")
        self.words.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._surface, 1)
        layout.addWidget(self.words)

    def show_frame(self, picture: QImage, words: str) -> None:
        """Show a picture and what it is."""
        self._surface.show_picture(picture)
        self._surface.setAccessibleDescription(words)
        self.words.setText(words)

    def image(self) -> QImage:
        """Return the picture on show."""
        return self._surface.image()
