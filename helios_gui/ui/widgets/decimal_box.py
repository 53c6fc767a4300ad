"""A field for a number with decimals that a person may write with a point or a comma."""

from __future__ import annotations

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox

from helios_gui.ui.qt_runtime.guard import guarded


@guarded()
class DecimalBox(QDoubleSpinBox):
    """A spin box in which point and comma both begin the decimals: Qt takes one of them for a thousands separator.

    It would read ``0.3`` as 3 in German, and ``0,3`` so in English.
    """

    @guarded((QValidator.State.Invalid, "", 0))
    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        if text != self.specialValueText():
            suffix = self.suffix() if text.endswith(self.suffix()) else ""
            point = self.locale().decimalPoint()
            text = text.removesuffix(suffix).replace(".", point).replace(",", point) + suffix
        state, text, position = super().validate(text, position)
        return state, text, position
