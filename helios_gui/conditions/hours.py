"""The hours of a week, as a person writes them: ``Mon-Fri 20:00-07:00; Sat,Sun``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from helios_gui.translation import tr

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OTHER_NAMES = {"mo": 0, "di": 1, "tu": 1, "mi": 2, "we": 2, "do": 3, "th": 3, "fr": 4, "sa": 5, "so": 6, "su": 6}
_RULE = re.compile(r"(?P<days>[^\d\s][^\d]*?)?\s*(?P<times>\d.*)?")
_TIMES = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_DAY = timedelta(days=1)
_MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class _Rule:
    """The days on which a span begins, and its begin and length in minutes; it may reach into the next day."""

    days: frozenset[int]
    begin: int
    minutes: int

    def spans(self, around: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield begin and end of the spans from a day before a moment to a week after it."""
        midnight = datetime.combine(around.date(), time.min)
        for offset in range(-1, 8):
            day = midnight + offset * _DAY
            if day.weekday() in self.days:
                begin = day + timedelta(minutes=self.begin)
                yield begin, begin + timedelta(minutes=self.minutes)


class Hours:
    """Some hours of every week, in the time of this computer.

    Args:
        text: Rules, with ``;`` between them: days, times, or both. Days are short names (English or German), as lists
            and ranges; times a begin and an end, which may be on the next day. Without days a rule holds on all of
            them, without times all day.

    Raises:
        ValueError: It cannot be read; the message says why, for a person.
    """

    def __init__(self, text: str) -> None:
        self._rules = tuple(_read_rule(part.strip()) for part in text.split(";") if part.strip())
        if not self._rules:
            raise ValueError(tr("no hours are given"))

    def contain(self, moment: datetime) -> bool:
        """Return whether a moment is within them."""
        return any(begin <= moment < end for rule in self._rules for begin, end in rule.spans(moment))

    def next_begin(self, moment: datetime) -> datetime:
        """Return when they begin after a moment that is not within them."""
        return min(begin for rule in self._rules for begin, _ in rule.spans(moment) if begin > moment)


def check_hours(text: str) -> str:
    """Return the text if it is empty or can be read. Raises ``ValueError``."""
    if text.strip():
        Hours(text)
    return text.strip()


def _read_rule(text: str) -> _Rule:
    found = _RULE.fullmatch(text)
    if found is None or not any(found.groups()):
        raise _unreadable(text)
    days = frozenset(_read_days(found["days"], text)) if found["days"] else frozenset(range(7))
    if found["times"] is None:
        return _Rule(days, 0, _MINUTES_OF_DAY)
    times = _TIMES.fullmatch(found["times"].strip())
    if times is None:
        raise _unreadable(text)
    first_hour, first_minute, last_hour, last_minute = map(int, times.groups())
    begin, end = 60 * first_hour + first_minute, 60 * last_hour + last_minute
    if max(first_minute, last_minute) > 59 or begin >= _MINUTES_OF_DAY or end > _MINUTES_OF_DAY:
        raise _unreadable(text)
    return _Rule(days, begin, (end - begin) % _MINUTES_OF_DAY or _MINUTES_OF_DAY)


def _read_days(text: str, rule: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = (name.strip() for name in part.replace("–", "-").partition("-"))
        begin, end = _read_day(first, rule), _read_day(last or first, rule)
        yield from ((begin + offset) % 7 for offset in range((end - begin) % 7 + 1))


def _read_day(name: str, rule: str) -> int:
    short = name.casefold().rstrip(".")
    if short[:3] in _DAYS:
        return _DAYS.index(short[:3])
    if short[:2] in _OTHER_NAMES:
        return _OTHER_NAMES[short[:2]]
    raise _unreadable(rule)


def _unreadable(text: str) -> ValueError:
    return ValueError(tr("“{text}” are no hours: write them as Mon-Fri 20:00-07:00; Sat,Sun", text=text))
