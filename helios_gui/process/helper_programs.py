"""End programs that help for a while, such as a hook's command, with what they started: it may be a wrapper only."""

from __future__ import annotations

from asyncio.subprocess import Process
from contextlib import suppress

import psutil


async def end_helper(process: Process) -> None:
    """End a program and all below it at once, and wait for that. One that has ended is left alone.

    What a wrapper started has its pipes, too: with the wrapper alone ended, waiting for it would last until all have.
    Processes that lost their parents before are not found; who has to end those as well uses ``process_trees``.
    """
    if process.returncode is None:
        for victim in _tree(process.pid):  # not in a thread: an event loop that ends has none
            with suppress(psutil.Error):
                victim.kill()
        await process.wait()


def _tree(pid: int) -> list[psutil.Process]:
    """Return a process and all below it. It is stopped, so that it starts no more meanwhile."""
    found: list[psutil.Process] = []
    with suppress(psutil.Error):  # it has just ended
        leader = psutil.Process(pid)
        found.append(leader)
        leader.suspend()
        found += leader.children(recursive=True)
    return found
