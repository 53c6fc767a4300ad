"""What people who use a keyboard or a screen reader cannot get at in a window."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

_CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
)
_PARTS = (QHeaderView, QScrollBar, QMenuBar)
"""Parts of controls, which the keys of those reach, and the menu bar, which Alt and F10 reach."""


def _is_part(widget: QWidget) -> bool:
    """Whether a widget belongs to a control that stands for it: the field of a number, the arrow of a tab bar."""
    parents = (QAbstractSpinBox, QComboBox, QLineEdit, QTabBar, QHeaderView)
    return isinstance(widget, _PARTS) or isinstance(widget.parentWidget(), parents) or _has_name_of_qt(widget)


def _has_name_of_qt(widget: QWidget) -> bool:
    return widget.objectName().startswith("qt_") and widget.objectName() != "qt_spinbox_lineedit"


def controls(window: QWidget) -> Iterator[QWidget]:
    """Return the controls on show, and what else takes the keyboard, in a window."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window or _is_part(widget):
            continue
        by_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
        if isinstance(widget, _CONTROLS) or (by_tab and type(widget) is not QScrollArea):
            yield widget


def unnamed(window: QWidget) -> list[str]:
    """Return the controls of a window for which a screen reader has no name."""
    found = []
    for widget in controls(window):
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None or not interface.text(QAccessible.Text.Name).strip():
            found.append(_described(widget))
    return found


def unreachable(window: QWidget) -> list[str]:
    """Return the enabled controls of a window that the Tab key does not reach."""
    chain: set[QWidget] = set()
    widget = window.nextInFocusChain()
    while widget is not None and widget not in chain:
        chain.add(widget)
        widget = widget.nextInFocusChain()
    found = []
    for control in controls(window):
        target = control.focusProxy() or control
        by_tab = bool(target.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if control.isEnabled() and not (by_tab and target in chain):
            found.append(_described(control))
    return found


def _described(widget: QWidget) -> str:
    text = getattr(widget, "text", lambda: "")()
    parents, parent = [], widget.parentWidget()
    while parent is not None and len(parents) < 3:
        parents.append(type(parent).__name__)
        parent = parent.parentWidget()
    return f"{type(widget).__name__} {text!r} “{widget.toolTip()}” in {' in '.join(parents)}"
