"""Workers of a page: each gets the page's clock before its own script runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from helios_gui.types import HeliosError
from helios_gui.web.devtools import DevTools, Listener
from helios_gui.web.page_scripts import worker_clock_script


class PageWorkers:
    """Stops each worker at its start, until it has the page's clock.

    Args:
        tools: The connection to the page.
        listeners: Events of the workers and what is called with them, as for ``DevTools.listen``.
    """

    def __init__(self, tools: DevTools, listeners: Mapping[str, Listener]) -> None:
        self._tools = tools
        self._listeners = listeners
        self._tasks: set[asyncio.Task[None]] = set()
        self._script = ""

    async def watch(self, language: str) -> None:
        """Begin, before the page is loaded. ``language`` is what ``navigator.language`` says in the workers."""
        self._script = worker_clock_script(language)
        self._tools.listen("Target.attachedToTarget", self._follow_worker)
        self._tools.listen("Target.detachedFromTarget", lambda event: self._tools.close_session(event["sessionId"]))
        await self._tools.send("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)

    def _follow_worker(self, event: dict[str, Any]) -> None:
        worker = self._tools.open_session(event["sessionId"])
        if event["targetInfo"]["type"] != "worker":  # such as a worklet
            self._send(worker, "Runtime.runIfWaitingForDebugger")
            return
        for name, listener in self._listeners.items():
            worker.listen(name, listener)
        # What is only for secure contexts, such as WebCodecs, is there when its script begins, and not before.
        worker.listen("Debugger.paused", lambda _: self._start(worker))
        for domain in ("Runtime", "Debugger"):
            self._send(worker, f"{domain}.enable")
        self._send(worker, "Debugger.setInstrumentationBreakpoint", instrumentation="beforeScriptExecution")
        self._send(worker, "Runtime.runIfWaitingForDebugger")

    def _start(self, worker: DevTools) -> None:
        self._send(worker, "Runtime.evaluate", expression=self._script)
        self._send(worker, "Debugger.disable")

    def _send(self, worker: DevTools, method: str, **parameters: Any) -> None:
        """Send a command, of which nobody waits for the answer; tasks begin in their order."""
        task = asyncio.create_task(self._send_if_there(worker, method, parameters), name="worker-clock")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_if_there(self, worker: DevTools, method: str, parameters: dict[str, Any]) -> None:
        with suppress(HeliosError):  # it has ended already, or the page has
            await worker.send(method, **parameters)
