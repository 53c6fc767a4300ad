"""The size that a page has of its own, whatever the window's is."""

from __future__ import annotations

from helios_gui.web.devtools import DevTools
from helios_gui.web.page_evaluation import evaluate_page_script
from helios_gui.web.view import View

_LEAST, _MOST = 64, 8192
"""Pixels of a size that is meant to be that of a film."""


async def own_size(tools: DevTools, view: View) -> tuple[int, int] | None:
    """Return width and height of a page in CSS pixels, rounded up to even numbers; ``None`` where it fits any window.

    The page is shown in another size for that, which it may remember.

    Args:
        tools: The connection to the page.
        view: How it is shown.
    """
    sizes = await evaluate_page_script(tools, "size") or []
    if any(not is_certain for _, _, is_certain in sizes):
        await _show(tools, view.width - view.width // 5, view.height + view.height // 3)
        others = await evaluate_page_script(tools, "size") or []
        await _show(tools, view.width, view.height)
        sizes = [one for one in sizes if one in others]
    for width, height, _ in sizes:
        if all(_LEAST <= pixels <= _MOST for pixels in (width, height)):
            return width + width % 2, height + height % 2
    return None


async def _show(tools: DevTools, width: int, height: int) -> None:
    await tools.send(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=0, mobile=False
    )
