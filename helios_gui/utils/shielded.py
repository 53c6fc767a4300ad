"""Work that has to come to its end, however often its task is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

_T = TypeVar("_T")


async def shielded(work: Coroutine[Any, Any, _T] | asyncio.Task[_T]) -> _T:
    """Await ``work`` to its end; a cancellation that arrives meanwhile is passed on afterwards."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError from (None if task.cancelled() else task.exception())
    return task.result()


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they are done.

    A cancellation that arrives meanwhile is passed on to them, so that they hurry, and to the caller afterwards.
    """
    left = set(tasks)
    cancelled = False
    for task in left:
        task.cancel()
    while left:
        try:
            _, left = await asyncio.wait(left)
        except asyncio.CancelledError:
            cancelled = True
            for task in left:
                task.cancel()
    if cancelled:
        raise asyncio.CancelledError
