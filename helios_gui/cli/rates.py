"""Reading frame rates from the command line."""

from __future__ import annotations

from fractions import Fraction

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.types.frame_rate import parse_rate


def read_rate(text: str) -> Fraction:
    """Return frames per second from ``30``, ``29.97`` or ``30000/1001``; NTSC's rounded rates become exact.

    Raises:
        UserInputError: It is no rate.
    """
    try:
        return parse_rate(text)
    except ValueError as error:
        raise UserInputError(
            tr("“{rate}” is no frame rate.", rate=text), tr("Give --fps a number such as 30 or 24000/1001.")
        ) from error
