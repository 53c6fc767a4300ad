"""Hours of the week, as people write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from helios_gui.conditions.hours import Hours, check_hours

MONDAY, TUESDAY, FRIDAY, SATURDAY, SUNDAY = 30, 1, 4, 5, 6
"""Of November and December 2026."""


def at(day: int, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11 if day == MONDAY else 12, day, hour, minute)


NIGHTS = "Mon-Fri 20:00-07:00; Sat,Sun"


@pytest.mark.parametrize(
    ("day", "clock", "inside"),
    [
        (MONDAY, "19:59", False),
        (MONDAY, "20:00", True),
        (TUESDAY, "06:59", True),
        (TUESDAY, "07:00", False),
        (MONDAY, "06:00", False),
        (FRIDAY, "23:00", True),
        (SATURDAY, "00:00", True),
        (SUNDAY, "23:59", True),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(day: int, clock: str, inside: bool) -> None:
    assert Hours(NIGHTS).contain(at(day, clock)) is inside


def test_when_they_begin() -> None:
    assert Hours(NIGHTS).next_begin(at(MONDAY, "12:00")) == at(MONDAY, "20:00")
    assert Hours("Sat").next_begin(at(MONDAY, "12:00")) == at(SATURDAY, "00:00")
    assert Hours("Mon 08:00-09:00").next_begin(at(MONDAY, "09:00")) == datetime(2026, 12, 7, 8, 0)


@pytest.mark.parametrize(
    ("text", "moment", "inside"),
    [
        ("22:00 - 6:00", (SUNDAY, "02:00"), True),
        ("Mo–Fr 20:00–07:00", (SATURDAY, "06:00"), True),
        ("Di, Do", (TUESDAY, "06:00"), True),
        ("Fri-Mon", (TUESDAY, "06:00"), False),
        ("Fri-Mon", (SUNDAY, "06:00"), True),
        ("00:00-24:00", (SUNDAY, "23:59"), True),
        ("08:00-08:00", (SUNDAY, "03:00"), True),
        ("Monday 08:00-09:00;", (MONDAY, "08:30"), True),
    ],
)
def test_how_they_may_be_written(text: str, moment: tuple[int, str], inside: bool) -> None:
    assert Hours(text).contain(at(*moment)) is inside


@pytest.mark.parametrize(
    "text", ["later", "25:00-26:00", "20:00", "Mon 20-7", "Mon-Xyz", "08:61-09:00", ";", "20:00-24:30"]
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hours"):
        check_hours(text)


def test_no_text_means_always() -> None:
    assert check_hours("  ") == ""
