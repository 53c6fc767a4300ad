"""What counts as time: a program that is stopped does not notice, until it looks at the clock."""

from __future__ import annotations

import asyncio
import time

import pytest

from helios_gui.process import awake_time
from helios_gui.process.awake_time import AwakeTime


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake_time, "_CHECK_SECONDS", 0.02)
    monkeypatch.setattr(awake_time, "_AWAY", 0.2)


async def test_time_that_nobody_was_awake_in_is_none() -> None:
    begun = time.monotonic()
    with AwakeTime() as awake:
        async with awake.limit(1.5):  # far more than the two waits take on a busy machine
            await asyncio.sleep(0.1)
            time.sleep(1.6)
            await asyncio.sleep(0.1)
        assert time.monotonic() - begun > 1.75
        assert awake.seconds < 1.5


async def test_a_limit_is_reached_nevertheless() -> None:
    async def work(awake: AwakeTime) -> None:
        async with awake.limit(0.3):
            time.sleep(0.6)
            await asyncio.sleep(30)

    with AwakeTime() as awake:
        with pytest.raises(TimeoutError):
            await work(awake)
        assert 0.2 < awake.seconds < 10


async def test_no_limit_and_one_that_is_over_are_left_alone() -> None:
    with AwakeTime() as awake:
        async with awake.limit(None) as limit:
            time.sleep(0.3)
            await asyncio.sleep(0.05)
        assert limit.when() is None
        async with awake.limit(20):
            pass
        time.sleep(0.3)
        await asyncio.sleep(0.05)
