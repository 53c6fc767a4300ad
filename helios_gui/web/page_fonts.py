"""Characters of a page that no font of the machine has."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from helios_gui.resources import resource_path
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.web.devtools import DevTools

_MOST_NAMED = 20


async def missing_characters(tools: DevTools) -> str:
    """Return the characters that a page shows and for which there is no font; those in pictures are not looked at.

    Args:
        tools: The connection to the page, which is at a frame.
    """
    with suppress(HeliosError):  # the page has gone on to another one: the next look is soon
        tree = await tools.send("Page.getFrameTree")
        world = await tools.send("Page.createIsolatedWorld", frameId=tree["frameTree"]["frame"]["id"])
        answer = await tools.send(
            "Runtime.evaluate", expression=_script(), contextId=world["executionContextId"], returnByValue=True
        )
        return str(answer["result"].get("value", ""))
    return ""


def sentence_about_missing(characters: str) -> str:
    """Say that there are boxes in the place of characters."""
    named = " ".join(characters[:_MOST_NAMED]) + (" …" if len(characters) > _MOST_NAMED else "")
    return (
        tr("No font has {characters}: the page shows boxes, or nothing, in their place.", characters=named)
        + " "
        + tr("Install a font for this script, such as one of Noto, or put one into the page.")
    )


@cache
def _script() -> str:
    return resource_path("web", "glyphs.js").read_text(encoding="utf-8")
