"""One at a time."""

from __future__ import annotations

import asyncio
import itertools

from helios_gui.adapters.turns import Turns


async def test_one_per_turn_in_order_and_without_the_cancelled() -> None:
    turns, seen = Turns(), []

    async def take(number: int) -> None:
        await turns.next()
        seen.append(number)

    tasks = [asyncio.create_task(take(number)) for number in range(6)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    counts = []
    for _ in range(8):
        await asyncio.sleep(0)
        counts.append(len(seen))
    assert seen == [0, 1, 2, 4, 5]
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(counts))
    await asyncio.gather(*tasks, return_exceptions=True)
    await take(9)
    assert seen[-1] == 9
