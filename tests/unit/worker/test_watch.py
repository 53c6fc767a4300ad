from __future__ import annotations

import asyncio
import time

import pytest

from helios_gui.types import StorageError
from helios_gui.worker.attempt_messages import explain_stop
from helios_gui.worker.watch import AttemptStoppedError, StopReason, TimeLimit, Watch


@pytest.mark.parametrize(("limit", "reserve"), [(900, 90), (120, 12), (30, 5), (6, 3)])
def test_time_is_kept_for_storing_and_reporting(limit: float, reserve: float) -> None:
    time_limit = TimeLimit(limit, start=1000)
    assert time_limit.render_until == pytest.approx(1000 + limit - reserve)
    assert time_limit.store_until == pytest.approx(1000 + limit - reserve / 4)
    assert time_limit.end == 1000 + limit


def test_the_shortest_limit_counts() -> None:
    assert TimeLimit.begin(None, 7, 9).seconds == 7
    unlimited = TimeLimit.begin(None, None)
    assert (unlimited.seconds, unlimited.render_until, unlimited.store_until, unlimited.end) == (None,) * 4


async def never() -> bool:
    return False


async def test_work_that_is_done_in_time() -> None:
    async def work() -> int:
        return 7

    async with Watch(never, asyncio.Event(), 0.01) as watch:
        assert await watch.guard(work(), None) == 7
        with pytest.raises(KeyError):
            await watch.guard(fail(), time.monotonic() + 60)


async def fail() -> None:
    raise KeyError


async def test_work_has_ended_when_the_stop_is_told() -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            ended = True

    shutdown = asyncio.Event()
    async with Watch(never, shutdown, 0.01) as watch:
        with pytest.raises(AttemptStoppedError) as stopped:
            await watch.guard(work(), time.monotonic() + 0.05)
        assert (stopped.value.reason, ended) == (StopReason.TIME, True)
        shutdown.set()
        with pytest.raises(AttemptStoppedError) as stopped:
            await watch.guard(work(), None)
        assert stopped.value.reason is StopReason.SHUTDOWN


async def test_a_storage_that_cannot_be_asked_does_not_stop_the_work() -> None:
    asked = 0

    async def is_cancelled() -> bool:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise StorageError("down")
        return True

    async with Watch(is_cancelled, asyncio.Event(), 0.01) as watch:
        with pytest.raises(AttemptStoppedError) as stopped:
            await watch.guard(asyncio.sleep(60), None)
    assert (stopped.value.reason, asked) == (StopReason.CANCELLED, 3)


@pytest.mark.parametrize(
    ("seconds", "done", "total", "words"),
    [
        (119.98, 38, 60, "The function hit its 120 s limit at frame 38 of 60; use chunks of at most 30 frames."),
        (3600, 1, 60, "The function hit its 3600 s limit at frame 1 of 60; use chunks of at most 1 frame."),
        (5.99, 0, 60, "The function hit its 6 s limit before the first of 60 frames was done; give it more time"),
    ],
)
def test_words_for_the_time_limit(seconds: float, done: int, total: int, words: str) -> None:
    limit = TimeLimit(seconds, 0)
    assert explain_stop(StopReason.TIME, limit, "function", done, total, rendered=False).startswith(words)


def test_words_for_other_stops() -> None:
    limit = TimeLimit(None, 0)
    assert explain_stop(StopReason.CANCELLED, limit, "worker", 4, 10, rendered=False).endswith("at frame 4 of 10.")
    assert explain_stop(StopReason.SHUTDOWN, limit, "worker", 10, 10, rendered=True) == (
        "The worker was shut down while its output was being stored."
    )
    assert "while the output was being stored" in explain_stop(
        StopReason.TIME, TimeLimit(9, 0), "worker", 10, 10, rendered=True
    )
