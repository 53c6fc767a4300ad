"""``--order``: in which order the chunks of a job are rendered."""

from __future__ import annotations

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.types.options import MOST_SCOUT_STEP

PLAYING, SCOUT = "playing", "scout"


def read_order(text: str) -> int | None:
    """Return the order as ``JobExecutionOptions.scout`` has it.

    Raises:
        UserInputError: There is no such order.
    """
    if text in ("", PLAYING):
        return None
    if text == SCOUT:
        return 0
    if text.isascii() and text.isdigit() and 1 < int(text) <= MOST_SCOUT_STEP:
        return int(text)
    raise UserInputError(
        tr("“{text}” is no order of chunks.", text=text),
        tr("Give --order “{playing}”, “{scout}”, or a number from 2 on, such as 10.", playing=PLAYING, scout=SCOUT),
    )
