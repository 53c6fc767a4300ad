"""Free slots go to the job that stands first, and none is ever lost."""

from __future__ import annotations

import asyncio
import random

import pytest

from helios_gui.orchestrator.concurrency_gate import ConcurrencyGate


async def test_the_first_in_the_queue_is_served_first() -> None:
    gate = ConcurrencyGate(1)
    await gate.acquire(lambda: 0)
    served: list[int] = []

    async def wait(place: int) -> None:
        await gate.acquire(lambda: place)
        served.append(place)
        gate.release()

    tasks = [asyncio.create_task(wait(place)) for place in (3, 1, 2)]
    await asyncio.sleep(0)
    gate.release()
    await asyncio.gather(*tasks)
    assert served == [1, 2, 3]


async def test_a_place_in_the_queue_counts_when_the_slot_falls_free() -> None:
    gate = ConcurrencyGate(1)
    await gate.acquire(lambda: 0)
    places = {"a": 1, "b": 2}
    served: list[str] = []

    async def wait(name: str) -> None:
        await gate.acquire(lambda: places[name])
        served.append(name)
        gate.release()

    tasks = [asyncio.create_task(wait(name)) for name in places]
    await asyncio.sleep(0)
    places["a"], places["b"] = 2, 1
    gate.release()
    await asyncio.gather(*tasks)
    assert served == ["b", "a"]


async def test_a_narrowed_gate_hands_out_fewer_until_nobody_wants_a_slot() -> None:
    gate = ConcurrencyGate(3)
    for _ in range(3):
        assert await gate.acquire(lambda: 0)
    gate.narrow()
    waiting = asyncio.create_task(gate.acquire(lambda: 0))
    await asyncio.sleep(0)
    gate.release()
    gate.resize(3)  # another job has begun
    await asyncio.sleep(0)
    assert not waiting.done(), "two are in use, and no more than two may be"
    gate.release()
    assert await waiting
    for _ in range(2):
        gate.narrow()
        gate.release()
    for _ in range(3):
        await asyncio.wait_for(gate.acquire(lambda: 0), 5)
    assert gate.in_use == 3


async def test_no_slot_is_lost_when_waiters_are_cancelled() -> None:
    gate = ConcurrencyGate(3)
    chance = random.Random(7)

    async def use() -> None:
        await gate.acquire(lambda: 0)
        try:
            await asyncio.sleep(chance.random() / 1000)
        finally:
            gate.release()

    tasks = [asyncio.create_task(use()) for _ in range(200)]
    for task in chance.sample(tasks, 80):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert gate.in_use == 0


async def test_more_slots_serve_those_who_wait() -> None:
    gate = ConcurrencyGate(1)
    await gate.acquire(lambda: 0)
    waiter = asyncio.create_task(gate.acquire(lambda: 1))
    await asyncio.sleep(0)
    assert not waiter.done()
    gate.resize(2)
    await waiter
    assert gate.in_use == 2


async def test_one_that_wants_no_slot_any_more_is_sent_away() -> None:
    gate = ConcurrencyGate(1)
    assert await gate.acquire(lambda: 0)
    wanted = True
    leaving = asyncio.create_task(gate.acquire(lambda: 1 if wanted else None))
    staying = asyncio.create_task(gate.acquire(lambda: 2))
    await asyncio.sleep(0)
    wanted = False
    gate.review()
    assert await leaving is False
    assert not staying.done()
    gate.release()
    assert await staying is True
    assert gate.in_use == 1


async def test_a_free_slot_passes_by_who_wants_it_no_more() -> None:
    gate = ConcurrencyGate(1)
    await gate.acquire(lambda: 0)
    wanted = True
    leaving = asyncio.create_task(gate.acquire(lambda: 1 if wanted else None))
    await asyncio.sleep(0)
    wanted = False
    gate.release()
    assert await leaving is False
    assert gate.in_use == 0


async def test_one_sent_away_and_cancelled_at_once_gives_back_no_slot() -> None:
    gate = ConcurrencyGate(1)
    await gate.acquire(lambda: 0)
    wanted = True
    leaving = asyncio.create_task(gate.acquire(lambda: 1 if wanted else None))
    await asyncio.sleep(0)
    wanted = False
    gate.review()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert gate.in_use == 1


async def test_one_served_and_cancelled_at_once_gives_its_slot_back() -> None:
    gate = ConcurrencyGate(1)
    await gate.acquire(lambda: 0)
    leaving = asyncio.create_task(gate.acquire(lambda: 1))
    await asyncio.sleep(0)
    gate.resize(2)
    assert gate.in_use == 2
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert gate.in_use == 1


@pytest.mark.parametrize("review", [True, False])
async def test_a_slot_passes_by_one_that_is_being_cancelled(review: bool) -> None:
    gate = ConcurrencyGate(1)
    await gate.acquire(lambda: 0)
    wanted = True
    leaving = asyncio.create_task(gate.acquire(lambda: 1 if wanted else None))
    staying = asyncio.create_task(gate.acquire(lambda: 2))
    await asyncio.sleep(0)
    leaving.cancel()  # it has not come to know yet
    if review:
        wanted = False
        gate.review()
    gate.release()
    assert await asyncio.gather(leaving, staying, return_exceptions=True) == [IsCancelled(), True]
    assert gate.in_use == 1


class IsCancelled:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, asyncio.CancelledError)
