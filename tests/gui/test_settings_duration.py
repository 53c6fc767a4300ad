from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from helios_gui.translation import choose_language
from helios_gui.ui.settings.duration import DurationSpin, format_duration, parse_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.1, "0.1 s"), (2.5, "2.5 s"), (60, "1 min"), (90, "1 min 30 s"), (5400, "1 h 30 min"), (0, "0 s")],
)
def test_seconds_as_people_write_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
    assert parse_duration(text) == seconds


def test_decimals_are_written_as_in_the_language() -> None:
    choose_language("de")
    shown = format_duration(2.5)
    choose_language("en")
    assert (shown, parse_duration(shown)) == ("2,5 s", 2.5)


@given(st.integers(min_value=0, max_value=26_000_000))
def test_what_is_shown_reads_back_the_same(tenths: int) -> None:
    assert parse_duration(format_duration(tenths / 10)) == pytest.approx(tenths / 10)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("2m", 120), ("1h5", 3605), ("1,5 MIN", 90)])
def test_other_ways_to_write_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5 s", "5 days", "1 h x"])
def test_what_is_no_length_of_time(text: str) -> None:
    assert parse_duration(text) is None


def test_unfinished_text_goes_back_to_the_last_good_value(qtbot: QtBot) -> None:
    spin = DurationSpin(0, 3600, "Off")
    qtbot.addWidget(spin)
    spin.setValue(90)
    spin.selectAll()
    qtbot.keyClicks(spin, "so")
    assert spin.value() == 90
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert spin.text() == "1 min 30 s"


def test_value_follows_while_typing(qtbot: QtBot) -> None:
    spin = DurationSpin(0, 3600, "Off")
    qtbot.addWidget(spin)
    spin.selectAll()
    qtbot.keyClicks(spin, "2")
    assert spin.value() == 2
    qtbot.keyClicks(spin, " min")
    assert spin.value() == 120


def test_value_beyond_the_limit_is_not_taken(qtbot: QtBot) -> None:
    spin = DurationSpin(0.1, 60)
    qtbot.addWidget(spin)
    spin.setValue(5)
    spin.selectAll()
    qtbot.keyClicks(spin, "9 h")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert spin.value() <= 60


def test_steps_grow_with_the_value(qtbot: QtBot) -> None:
    spin = DurationSpin(0, 86_400, "Off")
    qtbot.addWidget(spin)
    seen = []
    for start in (0, 1, 10, 60, 600, 3600):
        spin.setValue(start)
        qtbot.keyClick(spin, Qt.Key.Key_Up)
        seen.append(spin.value())
    assert seen == [60, 2, 15, 90, 900, 5400]
    spin.setValue(60)
    qtbot.keyClick(spin, Qt.Key.Key_Down)
    assert spin.value() == 55
