"""The placeholder of an empty panel: a title, a hint and an optional button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, icon, theme
from helios_gui.ui.widgets.plain_label import PlainLabel

_ICON = 32


@guarded()
class EmptyState(QWidget):
    """An icon, a title, an optional hint, an optional button (``activated``)."""

    activated = Signal()

    def __init__(
        self, icon_name: str, title: str, hint: str = "", button: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon(icon_name, "faint")
        self._picture = PlainLabel(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE // 2)
        layout.addStretch(2)
        layout.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(SPACE // 2)
        for text, role in ((title, "title"), (hint, "muted")):
            if text:
                label = PlainLabel(text, self)
                label.setProperty("role", role)
                label.setWordWrap(True)
                label.setAlignment(Qt.AlignmentFlag.AlignCenter)
                layout.addWidget(label)
        if button:
            self.button = QPushButton(button, self)
            self.button.clicked.connect(self.activated)
            self.setFocusProxy(self.button)
            layout.addSpacing(SPACE)
            layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        theme().changed.connect(self._draw)

    def showEvent(self, event: QShowEvent) -> None:
        self._draw()
        super().showEvent(event)

    def _draw(self) -> None:
        self._picture.setPixmap(self._icon.pixmap(QSize(_ICON, _ICON), self.devicePixelRatioF()))
