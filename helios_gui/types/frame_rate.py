"""Frames per second as exact ratios, however they are written: 30, 23.976, 24000/1001."""

from __future__ import annotations

import re
from fractions import Fraction

HIGHEST_RATE = 1000
LOWEST_RATE = Fraction(1, 10_000)
"""One frame in three hours; players and ffmpeg round far smaller ones to nothing."""

_NTSC_DENOMINATOR = 1001
_ROUNDED_BY = 0.005  # how far 29.97 and 23.98 are off what they stand for, at most
_FINEST = 10_000
_RATE = re.compile(r"\s*(?:\d+(?:\.\d+)?|\d+\s*/\s*\d+)\s*")
_LONGEST_TEXT = 40
_LARGEST_PART = 2**31 - 1  # of a ratio, in ffmpeg and in every container


class WrittenRate(float):
    """A rate that a job file writes as text, such as ``"24000/1001"``; as a number it is only nearly that."""

    text: str
    fraction: Fraction

    def __new__(cls, text: str) -> WrittenRate:
        """Return the rate. Raises ``ValueError`` for text that is none."""
        fraction = parse_rate(text)
        rate = super().__new__(cls, float(fraction))
        rate.text, rate.fraction = text, fraction
        return rate

    def __reduce__(self) -> tuple[type[WrittenRate], tuple[str]]:
        """Return how to make it again, in another process."""
        return WrittenRate, (self.text,)


def parse_rate(text: str) -> Fraction:
    """Return the rate that is written as a number or a ratio; NTSC's rounded rates become exact.

    Raises:
        ValueError: It is no rate, or none from ``LOWEST_RATE`` to ``HIGHEST_RATE``, or a ratio of too large numbers.
    """
    if len(text) > _LONGEST_TEXT or not _RATE.fullmatch(text):
        raise ValueError(text)
    try:
        rate = Fraction(text.replace(" ", ""))
    except ZeroDivisionError as error:
        raise ValueError(text) from error
    if "/" not in text:
        rate = exact_rate(rate)
    if not LOWEST_RATE <= rate <= HIGHEST_RATE or max(rate.as_integer_ratio()) > _LARGEST_PART:
        raise ValueError(text)
    return rate


def exact_rate(number: float | Fraction) -> Fraction:
    """Return the ratio that a number stands for: 29.97 and its relatives are n·1000/1001."""
    if isinstance(number, WrittenRate):
        return number.fraction
    ntsc = Fraction(round(number * _NTSC_DENOMINATOR / 1000) * 1000, _NTSC_DENOMINATOR)
    if number != int(number) and abs(float(ntsc) - float(number)) < _ROUNDED_BY:
        return ntsc
    return Fraction(number).limit_denominator(_FINEST)


def rate_in_job_file(rate: Fraction) -> int | float | str:
    """Return how a job file holds a rate exactly: a number with few digits, else a ratio as text."""
    if rate.denominator == 1:
        return rate.numerator
    return float(short_rate(rate)) if _is_short(rate) else f"{rate.numerator}/{rate.denominator}"


def rate_text(rate: Fraction) -> str:
    """Return frames per second for people, exactly: ``25``, ``12.5``, ``29.97 (30000/1001)``."""
    return short_rate(rate) if _is_short(rate) else f"{short_rate(rate)} ({rate.numerator}/{rate.denominator})"


def write_rate(rate: Fraction) -> str:
    """Return a frame rate as ``parse_rate`` reads it, rounded where people write it so: ``29.97``, ``30000/1003``."""
    text = short_rate(rate)
    return text if exact_rate(Fraction(text)) == rate else f"{rate.numerator}/{rate.denominator}"


def short_rate(rate: Fraction) -> str:
    """Return frames per second with at most three digits behind the point: ``25``, ``23.976``."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _is_short(rate: Fraction) -> bool:
    decimal = Fraction(short_rate(rate))
    return decimal == rate == exact_rate(decimal)
