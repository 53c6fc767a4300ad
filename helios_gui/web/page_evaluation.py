"""Evaluate scripts of ours in a page, in a world of their own: there, all is as the browser made it."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

from helios_gui.resources import resource_path
from helios_gui.types import HeliosError
from helios_gui.web.devtools import DevTools


async def evaluate_page_script(tools: DevTools, name: str) -> Any:
    """Return what a script finds in a page.

    Args:
        tools: The connection to the page, which is at a frame.
        name: Of the script, without its suffix.

    Returns:
        Its value; ``None`` where the page has gone on to another one.
    """
    with suppress(HeliosError):
        tree = await tools.send("Page.getFrameTree")
        world = await tools.send("Page.createIsolatedWorld", frameId=tree["frameTree"]["frame"]["id"])
        context = world["executionContextId"]
        answer = await tools.send("Runtime.evaluate", expression=_script(name), contextId=context, returnByValue=True)
        return answer["result"].get("value")
    return None


@cache
def _script(name: str) -> str:
    return resource_path("web", f"{name}.js").read_text(encoding="utf-8")
