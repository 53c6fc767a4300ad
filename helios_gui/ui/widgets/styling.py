"""Small helpers for dialogs and panels: plain-text labels, hairlines, properties that the style sheet reads."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from helios_gui.ui.widgets.plain_label import PlainLabel

_SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


def text_label(text: str = "", role: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a label that wraps its text, never reads it as markup and lets people select it.

    Args:
        text: What it shows.
        role: A role of ``resources/theme/window.qss``, such as ``title`` or ``muted``.
        parent: The widget it belongs to.
    """
    label = PlainLabel(text, parent)
    label.setWordWrap(True)
    label.setTextInteractionFlags(_SELECTABLE)
    if role:
        label.setProperty("role", role)
    return label


def hairline(role: str = "hairline") -> QFrame:
    """Return a thin horizontal line between two parts; the role ``hairline-vertical`` makes it vertical."""
    line = QFrame()
    line.setProperty("role", role)
    return line


def set_style_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet selects by, such as ``role``, and apply the style sheet again."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
