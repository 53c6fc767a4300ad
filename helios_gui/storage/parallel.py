"""Several workers at one pile of work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def run_workers(count: int, worker: Callable[[], Awaitable[None]]) -> None:
    """Run ``worker`` ``count`` times at once. The first error stops the others, and is raised when they have ended."""

    async def work() -> None:
        await worker()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(work())
    except BaseExceptionGroup as problems:
        raise problems.exceptions[0] from None
