"""What a page finds out about the machine that shows it: the same on every machine, so that its pictures are."""

from __future__ import annotations

import re

from helios_gui.web.devtools import DevTools
from helios_gui.web.view import View

_OWN_SYSTEM = re.compile(r"\([^)]*\)")
_SYSTEM = {"platform": "Linux", "platformVersion": "", "architecture": "x86", "model": "", "mobile": False}


async def show_usual_machine(tools: DevTools, view: View) -> None:
    """Show a page that is going to be loaded a machine that is none in particular; machine.js shows it the rest.

    Only the browser's version is that of the machine: what a page can do depends on it.

    Args:
        tools: The connection to the page.
        view: How it is shown: its screen has the same size.
    """
    version = await tools.send("Browser.getVersion")
    full = version["product"].partition("/")[2]
    agent = _OWN_SYSTEM.sub("(X11; Linux x86_64)", version["userAgent"], count=1).replace("Headless", "")
    brand = {"brand": "Chromium", "version": full.partition(".")[0]}
    await tools.send(
        "Emulation.setUserAgentOverride",
        userAgent=agent,
        acceptLanguage=",".join(dict.fromkeys((view.language, view.language.partition("-")[0]))),
        userAgentMetadata={"brands": [brand], "fullVersionList": [brand | {"version": full}], **_SYSTEM},
    )
    await tools.send("Emulation.setLocaleOverride", locale=view.language)
    await tools.send("Emulation.setTimezoneOverride", timezoneId="UTC")
    size = {"width": view.width, "height": view.height}
    await tools.send(
        "Emulation.setDeviceMetricsOverride",
        **size,
        screenWidth=view.width,
        screenHeight=view.height,
        deviceScaleFactor=view.scale,
        mobile=False,
    )
