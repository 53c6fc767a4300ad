"""Lengths of time as people write them: ``90 s``, ``5 min``, ``1 h 30 min``."""

from __future__ import annotations

import re

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from helios_gui.translation import localized, tr
from helios_gui.ui.qt_runtime.guard import guarded

_UNITS = {"h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0, "": 1.0}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*(h|min|m|s|)", re.IGNORECASE)
_WHOLE = re.compile(rf"\s*(?:{_PART.pattern}\s*)+", re.IGNORECASE)

# from this many seconds on, one step is that many seconds
_STEPS = ((3600.0, 1800.0), (600.0, 300.0), (60.0, 30.0), (10.0, 5.0), (1.0, 1.0), (0.0, 0.1))


def format_duration(seconds: float) -> str:
    """Return ``1 h 30 min`` for 5400 seconds, ``2.5 s`` for 2.5. Tenths of a second are the finest."""
    tenths = round(seconds * 10)
    hours, tenths = divmod(tenths, 36_000)
    minutes, tenths = divmod(tenths, 600)
    parts = [f"{hours} h"] if hours else []
    parts += [tr("{minutes} min", minutes=minutes)] if minutes else []
    if tenths or not parts:
        parts.append(localized(f"{tenths / 10:g}") + " s")
    return " ".join(parts)


def parse_duration(text: str) -> float | None:
    """Return the seconds of a text; a number without a unit is seconds. ``None`` for text that is no length of time."""
    if not _WHOLE.fullmatch(text):
        return None
    return sum(float(number.replace(",", ".")) * _UNITS[unit.lower()] for number, unit in _PART.findall(text))


@guarded()
class DurationSpin(QDoubleSpinBox):
    """A spin box of seconds that shows and takes ``1 h 30 min``; 0, where allowed, is shown as ``off_word``."""

    def __init__(self, minimum: float, maximum: float, off_word: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._off_word = off_word
        self.setDecimals(1)
        self.setRange(minimum, maximum)

    @guarded("")
    def textFromValue(self, value: float) -> str:
        return self._off_word if self._off_word and value == 0 else format_duration(value)

    @guarded(0.0)
    def valueFromText(self, text: str) -> float:
        return self._parse(text) or 0.0

    @guarded((QValidator.State.Invalid, "", 0))
    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        value = self._parse(text)
        fits = value is not None and self.minimum() <= value <= self.maximum()
        return (QValidator.State.Acceptable if fits else QValidator.State.Intermediate), text, position

    def fixup(self, text: str) -> str:
        """Replace an unfinished text by the last valid value."""
        return self.textFromValue(self.value())

    def stepBy(self, steps: int) -> None:
        """Step by an amount that grows with the value: 0.1 s, 1 s, 5 s, 30 s, 5 min, 30 min."""
        value = self.value()
        if self._off_word and value == 0 and steps > 0:
            self.setValue(60.0)
            return
        probe = value if steps > 0 else value - 0.05  # going down from a boundary takes the smaller step
        step = next((size for start, size in _STEPS if probe >= start), 0.1)
        self.setValue(value + steps * step)

    def _parse(self, text: str) -> float | None:
        if self._off_word and text.strip().casefold() in ("", self._off_word.casefold()):
            return 0.0
        return parse_duration(text)
