"""Cancellation is held back until what must be done is done, and never lost."""

from __future__ import annotations

import asyncio

import pytest

from helios_gui.utils.shielded import end_tasks, shielded


async def test_work_comes_to_its_end_however_often_it_is_cancelled() -> None:
    done = asyncio.Event()
    begun = asyncio.Event()

    async def work() -> str:
        begun.set()
        await asyncio.sleep(0.05)
        done.set()
        return "answer"

    assert await shielded(work()) == "answer"
    done.clear()
    begun.clear()
    task = asyncio.create_task(shielded(work()))
    await begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_errors_are_passed_on_and_do_not_swallow_a_cancellation() -> None:
    async def work() -> None:
        await asyncio.sleep(0.02)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await shielded(work())
    task = asyncio.create_task(shielded(work()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_tasks_are_ended_and_told_to_hurry() -> None:
    told = 0

    async def stubborn() -> None:
        nonlocal told
        while told < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                told += 1

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.sleep(0)
    ending = asyncio.create_task(end_tasks(tasks))
    while not told:
        await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert all(task.done() for task in tasks)
    await end_tasks([])
