"""Options of the command line that take a number or the word ``off``."""

from __future__ import annotations

import math

import typer

from helios_gui.translation import tr

OFF = "off"


def count_or_off(text: str | int) -> int:
    """Return the whole number above 0 that ``text`` is, or 0 for ``off``. Raises ``typer.BadParameter``."""
    try:
        number = 0 if text == OFF else int(text)
    except ValueError:
        number = -1
    if number < 0 or (number == 0 and text not in (OFF, 0)):
        raise typer.BadParameter(tr("{text} is neither a whole number above 0 nor “off”.", text=text))
    return number


def gigabytes_or_off(text: str | float) -> float:
    """Return the GB above 0 that ``text`` is, or 0 for ``off``. Raises ``typer.BadParameter``."""
    try:
        number = 0.0 if text == OFF else float(str(text).upper().removesuffix("GB"))
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf or (number == 0 and text not in (OFF, 0)):
        raise typer.BadParameter(tr("{text} is neither a number of GB above 0 nor “off”.", text=text))
    return number


def percent_or_off(text: str | float) -> float:
    """Return the percentage that ``text`` is, or 0 for ``off``. Raises ``typer.BadParameter``."""
    try:
        number = 0.0 if text == OFF else float(str(text).removesuffix("%"))
    except ValueError:
        number = math.nan
    if not 0 <= number <= 100 or (number == 0 and text not in (OFF, 0)):
        raise typer.BadParameter(tr("{text} is neither a percentage above 0, up to 100, nor “off”.", text=text))
    return number
