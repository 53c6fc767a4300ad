"""Many callers share one call, but none gets the result of one that began before it asked."""

from __future__ import annotations

import asyncio
import threading

import pytest

from helios_gui.orchestrator.shared_call import SharedCall
from tests.support.waiting import eventually


async def test_all_who_wait_get_the_result_of_one_later_call() -> None:
    numbers, go_on = iter(range(1, 10)), threading.Event()
    begun: list[int] = []

    def call() -> int:
        begun.append(next(numbers))
        go_on.wait(10)
        return begun[-1]

    shared = SharedCall(call)
    first = asyncio.create_task(shared.result())
    await eventually(lambda: begun == [1])
    others = [asyncio.create_task(shared.result()) for _ in range(5)]
    await asyncio.sleep(0)
    go_on.set()
    assert await first == 1
    assert await asyncio.gather(*others) == [2] * 5
    assert await shared.result() == 3


async def test_a_call_that_fails_is_made_again_for_the_next() -> None:
    results = iter([0, 1])
    shared = SharedCall(lambda: 1 // next(results))
    with pytest.raises(ZeroDivisionError):
        await shared.result()
    assert await shared.result() == 1
