"""The connection to a page: whatever ends it, nobody waits for an answer any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from helios_gui.web.browser import run_browser
from helios_gui.web.channels import DebuggingPipe, Message
from helios_gui.web.devtools import DevTools, PageLostError, connect, open_tab
from tests.support.waiting import PATIENCE


class Events:
    """Gives events to read, and answers nothing that is sent."""

    def __init__(self, *events: Message) -> None:
        self._events = events

    async def send(self, message: Message) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[Message]:
        for event in self._events:
            yield event


@pytest.mark.parametrize("events", [(), ({"method": "Page.loadEventFired", "params": {}},), ({"no": "message"},)])
async def test_a_command_fails_when_nobody_reads_its_answer(events: tuple[Message, ...]) -> None:
    tools = DevTools(Events(*events))

    def fail(_parameters: dict[str, Any]) -> None:
        raise KeyError("type")

    tools.listen("Page.loadEventFired", fail)
    sent = asyncio.create_task(tools.send("Page.enable"))
    await asyncio.sleep(0)
    await asyncio.gather(tools.read(), return_exceptions=True)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(PageLostError, match="The browser ended"):
            await sent
    with pytest.raises(PageLostError):
        await tools.send("Page.enable")


async def test_a_browser_that_ended_before_its_page_was_opened_is_named() -> None:
    with pytest.raises(PageLostError, match="The browser ended"):
        async with connect("ws://127.0.0.1:9/devtools/browser/none"):
            pass


async def test_a_browser_of_its_own_has_no_port_that_others_could_use(browser: Path) -> None:
    before = set(psutil.Process().children(recursive=True))  # servers that other tests of this process share
    async with run_browser(browser) as place, connect(place) as tools:
        assert isinstance(place, DebuggingPipe)
        page = await open_tab(tools, "http://127.0.0.1:9", "")
        answer = await page.send("Runtime.evaluate", expression="6 * 7")
        assert answer["result"]["value"] == 42
        started = set(psutil.Process().children(recursive=True)) - before
        assert started, "the browser is a child of this process"
        listening = [
            one.laddr for child in started for one in child.net_connections() if one.status == psutil.CONN_LISTEN
        ]
        assert listening == []
