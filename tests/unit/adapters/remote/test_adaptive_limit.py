"""The adaptive limit against simulated services, in virtual time."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from helios_gui.adapters.remote.adaptive_limit import AdaptiveLimit

T = TypeVar("T")


class _SkippingSelector(selectors.DefaultSelector):
    """Instead of waiting, lets the clock jump."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for nothing"
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on which an hour takes no time."""

    def __init__(self) -> None:
        self._skipping = _SkippingSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def run(work: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        return await work()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


@dataclass
class Service:
    """Takes ``capacity`` calls at a time and refuses the others after a round trip."""

    capacity: int
    seconds: float = 0.3
    round_trip: float = 0.02
    retry_after: float = 0.0
    running: int = 0
    peak: int = 0
    done: int = 0
    calls: list[tuple[float, bool]] = field(default_factory=list)

    async def render(self, limit: AdaptiveLimit) -> None:
        loop = asyncio.get_running_loop()
        while True:
            async with limit.slot() as slot:
                await asyncio.sleep(self.round_trip * random.uniform(0.5, 1.5))
                taken = self.running < self.capacity
                self.calls.append((loop.time(), taken))
                if not taken:
                    slot.throttled(self.retry_after)
                    continue
                self.running += 1
                self.peak = max(self.peak, self.running)
                try:
                    await asyncio.sleep(self.seconds)
                finally:
                    self.running -= 1
                self.done += 1
                slot.accepted()
                return

    async def render_all(self, count: int, limit: AdaptiveLimit) -> float:
        """Seconds it took."""
        start = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(self.render(limit))
        return asyncio.get_running_loop().time() - start

    def waste_after(self, moment: float) -> float:
        later = [taken for when, taken in self.calls if when > moment]
        return later.count(False) / max(1, len(later))


def test_without_refusals_everything_goes_at_once() -> None:
    async def work() -> tuple[float, int]:
        service = Service(capacity=1000)
        return await service.render_all(500, AdaptiveLimit(500)), service.peak

    seconds, peak = run(work)
    assert peak == 500
    assert seconds < 0.4


@pytest.mark.parametrize("seconds", [0.1, 0.3, 1.0, 5.0])
def test_a_storm_of_refusals_passes(seconds: float) -> None:
    async def work() -> tuple[Service, float]:
        service = Service(capacity=3, seconds=seconds)
        return service, await service.render_all(40, AdaptiveLimit(40))

    service, took = run(work)
    assert service.done == 40
    assert service.waste_after(1.0) < 0.05
    assert took < 1.5 * 40 / 3 * (seconds + service.round_trip) + 1


def test_a_service_that_grows_is_used() -> None:
    async def work() -> tuple[Service, AdaptiveLimit]:
        service, limit = Service(capacity=5, seconds=2), AdaptiveLimit(200)
        asyncio.get_running_loop().call_later(5, setattr, service, "capacity", 100)
        await service.render_all(2000, limit)
        return service, limit

    service, _ = run(work)
    assert service.peak == 100
    assert service.waste_after(1.0) < 0.1


def test_a_service_that_shrinks_is_spared() -> None:
    async def work() -> Service:
        service = Service(capacity=50, seconds=0.5)
        asyncio.get_running_loop().call_later(2, setattr, service, "capacity", 4)
        await service.render_all(400, AdaptiveLimit(50))
        return service

    service = run(work)
    assert service.done == 400
    assert service.waste_after(4.0) < 0.05


def test_waits_as_long_as_it_is_asked_to() -> None:
    async def work() -> list[float]:
        limit = AdaptiveLimit(10)
        async with limit.slot() as slot:
            slot.throttled(7.0)
        begun = []
        for _ in range(2):
            async with limit.slot() as slot:
                begun.append(asyncio.get_running_loop().time())
                slot.accepted()
        return begun

    first, second = run(work)
    assert 7.0 <= first <= 7.7 + 0.01
    assert second == first


def test_an_unheard_of_call_changes_nothing() -> None:
    async def work() -> tuple[int, int]:
        limit = AdaptiveLimit(8)
        async with limit.slot():
            pass
        with pytest.raises(OSError, match="broken"):
            async with limit.slot():
                raise OSError("broken")
        return limit.limit, limit.in_flight

    assert run(work) == (8, 0)


def test_a_service_that_takes_nothing_is_asked_ever_more_rarely() -> None:
    async def work() -> Service:
        service = Service(capacity=0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(120):
                await service.render_all(40, AdaptiveLimit(40))
        return service

    service = run(work)
    assert len([when for when, _ in service.calls if when > 60]) <= 8


@given(
    capacities=st.lists(st.integers(0, 30), min_size=1, max_size=4),
    maximum=st.integers(1, 40),
    count=st.integers(1, 60),
    cancelled=st.sets(st.integers(0, 59)),
    retry_after=st.sampled_from([0.0, 0.5, 3.0]),
)
@hypothesis_settings(max_examples=40)
def test_never_too_many_never_stuck(
    capacities: list[int], maximum: int, count: int, cancelled: set[int], retry_after: float
) -> None:
    """Whatever the service does and whoever is cancelled, all others come through and every slot comes back."""

    async def work() -> tuple[int, AdaptiveLimit, int]:
        limit = AdaptiveLimit(maximum)
        service = Service(capacity=capacities[0], retry_after=retry_after)
        most = 0
        loop = asyncio.get_running_loop()
        for step, capacity in enumerate([*capacities[1:], 5]):
            loop.call_later(0.7 * (step + 1), setattr, service, "capacity", capacity)

        async def watch() -> None:
            nonlocal most
            most = max(most, limit.in_flight)
            assert 1 <= limit.limit <= maximum
            await service.render(limit)

        tasks = [loop.create_task(watch()) for _ in range(count)]
        for index in cancelled & set(range(count)):
            loop.call_later(0.05 * (index % 7), tasks[index].cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        return sum(result is None for result in results), limit, max(most, service.peak)

    done, limit, most = run(work)
    assert done >= count - len(cancelled & set(range(count)))
    assert limit.in_flight == 0
    assert most <= maximum


def test_one_cancelled_as_it_is_let_go_takes_no_place() -> None:
    async def work() -> int:
        limit = AdaptiveLimit(1)
        waiting = asyncio.create_task(limit._acquire())
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # it has been let go, and has not come to know yet
        assert limit.in_flight == 1
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        async with limit.slot():
            assert limit.in_flight == 1
        return limit.in_flight

    assert run(work) == 0


def test_a_call_is_told_of_once() -> None:
    async def work() -> tuple[int, int, int]:
        limit = AdaptiveLimit(8)
        async with limit.slot() as slot:
            slot.throttled()
            narrowed = limit.limit
            slot.throttled()
            slot.accepted()
        return narrowed, limit.limit, limit._taken_since

    narrowed, after, taken = run(work)
    assert narrowed == after < 8
    assert taken == 0
