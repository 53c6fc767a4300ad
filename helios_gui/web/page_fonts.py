"""Characters of a page that no font of the machine has."""

from __future__ import annotations

from helios_gui.translation import tr
from helios_gui.web.devtools import DevTools
from helios_gui.web.page_evaluation import evaluate_page_script

_MOST_NAMED = 20


async def missing_characters(tools: DevTools) -> str:
    """Return the characters that a page shows and for which there is no font; those in pictures are not looked at.

    Args:
        tools: The connection to the page, which is at a frame.
    """
    return str(await evaluate_page_script(tools, "glyphs") or "")  # without an answer: the next look is soon


def sentence_about_missing(characters: str) -> str:
    """Say that there are boxes in the place of characters."""
    named = " ".join(characters[:_MOST_NAMED]) + (" …" if len(characters) > _MOST_NAMED else "")
    return (
        tr("No font has {characters}: the page shows boxes, or nothing, in their place.", characters=named)
        + " "
        + tr("Install a font for this script, such as one of Noto, or put one into the page.")
    )
