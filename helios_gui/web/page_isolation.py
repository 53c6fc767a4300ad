"""Keep a page from what a browser does by itself, at a moment that is another in each run."""

from __future__ import annotations

from helios_gui.web.devtools import DevTools

_WISHES = {
    "prefers-color-scheme": "light",
    "prefers-reduced-motion": "no-preference",
    "prefers-reduced-transparency": "no-preference",
    "prefers-contrast": "no-preference",
    "forced-colors": "none",
}
"""What a person may have set in the desktop: another machine shows the page as well."""


async def isolate_page(tools: DevTools) -> None:
    """Keep a page that is going to be loaded from a mouse and a focus that a browser makes up, and hold its animations.

    It finds the wishes of no person. Call ``keep_page_isolated`` when it is loaded.
    """
    wishes = [{"name": name, "value": value} for name, value in _WISHES.items()]
    await tools.send("Emulation.setEmulatedMedia", features=wishes)
    await tools.send("Input.setIgnoreInputEvents", ignore=True)
    await tools.send("Emulation.setFocusEmulationEnabled", enabled=True)
    await tools.send("Animation.enable")  # or documents that are loaded would not be held
    await hold_animations(tools)


async def keep_page_isolated(tools: DevTools) -> None:
    """Go on for a page that is loaded, without being told of each of its animations, which takes long."""
    await tools.send("Animation.disable")
    await hold_animations(tools)


async def hold_animations(tools: DevTools) -> None:
    """Have animations stand still, which are brought to the time of each frame: they would end while a page waits."""
    await tools.send("Animation.setPlaybackRate", playbackRate=0)
