"""Numbers with decimals are taken as they are meant, whichever sign a person or a number pad has for them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale, Qt
from pytestqt.qtbot import QtBot

from helios_gui.ui.settings.fields import DecimalSpin
from helios_gui.ui.widgets.decimal_box import DecimalBox


@pytest.mark.parametrize("kind", [DecimalBox, DecimalSpin])
@pytest.mark.parametrize("code", ["en", "de"])
@pytest.mark.parametrize(
    ("typed", "value"), [("0.3", 0.3), ("0,3", 0.3), (".5", 0.5), ("12", 12.0), ("1.000", 1.0), ("1.0,5", 1.05)]
)
def test_point_and_comma_begin_the_decimals(
    qtbot: QtBot, kind: type[DecimalBox], code: str, typed: str, value: float
) -> None:
    box = kind()
    qtbot.addWidget(box)
    box.setLocale(QLocale(code))
    box.setDecimals(2)
    box.setSuffix(" % of 1.5 GB")
    box.setSpecialValueText("Off, as usual.")
    assert box.text() == "Off, as usual."
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == pytest.approx(value)
    assert box.text() == box.textFromValue(value) + " % of 1.5 GB"
