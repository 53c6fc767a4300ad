"""A list to choose from that ends a long text with an ellipsis."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from helios_gui.ui.widgets.tooltips import set_tooltip

_FEWEST_CHARACTERS = 8


class ElidedComboBox(QComboBox):
    """Qt's box cuts off a text that is too long, within a letter. The whole text is in the tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_FEWEST_CHARACTERS)
        self.currentTextChanged.connect(lambda text: set_tooltip(self, text))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box with as much of the text as there is room for."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        text, right = option.currentText, Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(text, right, field.width())
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
