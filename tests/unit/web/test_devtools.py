"""The connection to a page: whatever ends it, nobody waits for an answer any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import aiohttp
import pytest

from helios_gui.web.devtools import DevTools, PageLostError, open_tab


class Socket:
    """Gives events to read, and answers nothing that is sent."""

    def __init__(self, *events: str) -> None:
        self._events = events

    async def send_json(self, _message: object) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[aiohttp.WSMessage]:
        for event in self._events:
            yield aiohttp.WSMessage(aiohttp.WSMsgType.TEXT, event, None)


@pytest.mark.parametrize("events", [(), ('{"method": "Page.loadEventFired", "params": {}}',), ("no JSON",)])
async def test_a_command_fails_when_nobody_reads_its_answer(events: tuple[str, ...]) -> None:
    tools = DevTools(cast(aiohttp.ClientWebSocketResponse, Socket(*events)))

    def fail(_parameters: dict[str, Any]) -> None:
        raise KeyError("type")

    tools.listen("Page.loadEventFired", fail)
    sent = asyncio.create_task(tools.send("Page.enable"))
    await asyncio.sleep(0)
    await asyncio.gather(tools.read(), return_exceptions=True)
    async with asyncio.timeout(5):
        with pytest.raises(PageLostError, match="The browser ended"):
            await sent
    with pytest.raises(PageLostError):
        await tools.send("Page.enable")


async def test_a_browser_that_ended_before_its_page_was_opened_is_named() -> None:
    with pytest.raises(PageLostError, match="The browser ended"):
        async with open_tab("http://127.0.0.1:9", "http://127.0.0.1:9", ""):
            pass
