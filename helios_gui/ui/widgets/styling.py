"""Small helpers for dialogs and panels: plain-text labels, hairlines, properties that the style sheet reads."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QSpinBox, QVBoxLayout, QWidget

from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip

_TEXT_MARGIN = 6
"""Logical pixels: the style sheet's padding does not reach the text of a number field."""

_FRAME = QSize(16, 48)
"""Of a window, with its title, in logical pixels: about what desktops draw around it."""

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


def aligned_spin_box(parent: QWidget, name: str) -> QSpinBox:
    """Return a number field that is as high as lists and lines of text, and whose text begins where theirs does.

    Args:
        parent: The widget it belongs to.
        name: What the number is, for the tooltip and for screen readers.
    """
    spin = QSpinBox(parent)
    spin.setProperty("role", "aligned")
    spin.lineEdit().setTextMargins(_TEXT_MARGIN, 0, 0, 0)
    spin.setAccessibleName(name)
    set_tooltip(spin, name)
    return spin


def resize_on_screen(window: QWidget, wanted: QSize) -> None:
    """Give a window the wanted size, or less of it where the screen has no room for it and its frame."""
    window.resize(wanted.boundedTo(window.screen().availableSize() - _FRAME))


def hairline(role: str = "hairline") -> QFrame:
    """Return a thin horizontal line between two parts; the role ``hairline-vertical`` makes it vertical."""
    line = QFrame()
    line.setProperty("role", role)
    return line


def stack_with_lines(sheet: QWidget, body: QWidget | QLayout, *below: QWidget | QLayout) -> None:
    """Lay a sheet out: a body that takes what room there is, and parts below it, each after a line."""
    layout = QVBoxLayout(sheet)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for part in (body, *below):
        if part is not body:
            layout.addWidget(hairline())
        if isinstance(part, QLayout):
            layout.addLayout(part, int(part is body))
        else:
            layout.addWidget(part, int(part is body))


def set_style_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet selects by, such as ``role``, and apply the style sheet again."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
