"""The parts forms are made of: labelled fields with explanations, folds, and editors that leave the wheel alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.decimal_box import DecimalBox
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import set_style_property

LABEL_WIDTH = 136
FIELD_WIDTH = 200
ROW_HEIGHT = 28
_TEXT_MARGIN = 5


class FormGrid(QGridLayout):
    """Two columns, labels and editors; each editor's explanation stands in a row of its own below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 2)
        self.setHorizontalSpacing(SPACE * 2)
        self.setVerticalSpacing(SPACE // 2)
        self.setColumnMinimumWidth(0, LABEL_WIDTH)
        self.setColumnStretch(1, 1)

    def add_section(self, title: str) -> None:
        """Add a heading across the form."""
        label = PlainLabel(title)
        label.setProperty("role", "section")
        label.setContentsMargins(0, SPACE * 2, 0, SPACE // 2)
        self.addWidget(label, self.rowCount(), 0, 1, 2)

    def add_wide(self, widget: QWidget) -> None:
        """Add a widget across the form."""
        self.addWidget(widget, self.rowCount(), 0, 1, 2)

    def add_fold(self, title: str) -> CollapsibleSection:
        """Add a part of the form that is collapsed at first."""
        fold = CollapsibleSection(title)
        self.add_wide(fold)
        return fold

    def finish(self) -> None:
        """Keep the rows together at the top."""
        self.setRowStretch(self.rowCount(), 1)


class CollapsibleSection(QWidget):
    """A heading that opens and shuts the rows of ``form`` below it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setProperty("role", "fold")
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.toggled.connect(self._show)
        self._body = QWidget()
        self.form = FormGrid(self._body)
        self.form.setContentsMargins(0, SPACE, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.button)
        layout.addWidget(self._body)
        self._show(False)

    def open(self) -> None:
        """Let its rows be seen."""
        self.button.setChecked(True)

    def _show(self, is_open: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._body.setVisible(is_open)


class Field:
    """One row of a form: a label, an editor, and under it what it means, or what is wrong with it."""

    def __init__(self, form: FormGrid, title: str, editor: QWidget, explanation: str) -> None:
        self.editor = editor
        self._explanation = explanation
        self._note = PlainLabel()
        self._note.setWordWrap(True)
        self._note.setContentsMargins(0, 0, 0, SPACE)
        label = PlainLabel(title)
        label.setBuddy(editor)
        label.setMinimumHeight(ROW_HEIGHT)
        editor.setAccessibleName(title)
        row = form.rowCount()
        form.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        form.addWidget(editor, row, 1, _alignment(editor))
        form.addWidget(self._note, row + 1, 1)
        self.set_problem("")

    def set_problem(self, problem: str, *, gentle: bool = False) -> None:
        """Say what is wrong in place of the explanation; ``""`` when nothing is.

        ``gentle``: not yet wrong, only still to be done; it is said along with the explanation.
        """
        wrong = bool(problem) and not gentle
        text = f"✕ {problem}" if wrong else " ".join(part for part in (problem, self._explanation) if part)
        if text == self._note.text():
            return
        self._note.setText(text)
        self.editor.setAccessibleDescription(problem if wrong else text)
        set_style_property(self._note, "role", "danger-small" if wrong else "small")
        set_style_property(self.editor, "invalid", wrong)

    @property
    def message(self) -> str:
        """What stands under the field now."""
        return self._note.text()


@guarded()
class DecimalSpin(DecimalBox):
    """A spin box that shows ``2`` and ``0.125``, not ``2.000``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(3)

    @guarded("")
    def textFromValue(self, value: float) -> str:
        return self.locale().toString(value, "g", 6)


class WheelGuard(QObject):
    """Lets the page scroll under the pointer instead of changing a number nobody clicked into."""

    def watch(self, editor: QWidget) -> None:
        """Guard one spin box or list."""
        editor.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        editor.installEventFilter(self)

    @guarded(False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def _alignment(editor: QWidget) -> Qt.AlignmentFlag:
    """Return a field's alignment: numbers and choices are made narrow, everything else takes the width there is."""
    if isinstance(editor, QAbstractSpinBox):
        for inside in editor.findChildren(QLineEdit):  # style sheets do not reach it
            inside.setTextMargins(_TEXT_MARGIN, 0, 0, 0)
    if isinstance(editor, QAbstractSpinBox | QComboBox):
        editor.setFixedWidth(FIELD_WIDTH)
        return Qt.AlignmentFlag.AlignLeft
    return Qt.AlignmentFlag(0)
