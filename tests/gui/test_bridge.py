"""The bridge: batches that say the last word once, and tasks that somebody owns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from PySide6.QtWidgets import QApplication

from helios_gui.types import (
    ChunkChanged,
    ChunkState,
    ChunkStatus,
    EngineProblem,
    Event,
    JobAdded,
    JobChanged,
    JobRemoved,
    JobSummary,
    QueueReordered,
    UserInputError,
)
from helios_gui.ui import bridge as bridge_module
from helios_gui.ui.bridge import EngineBridge

Eventually = Callable[..., Awaitable[None]]
MakeSummary = Callable[..., JobSummary]


class Source:
    """Something with subscribers, as the job manager is."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[Sequence[Event]], None]] = []

    def subscribe(self, callback: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def say(self, *events: Event) -> None:
        for callback in self.callbacks:
            callback(events)


def chunk(number: int, done: int) -> ChunkStatus:
    return ChunkStatus(number, number, 0, 100, ChunkState.RUNNING, frames_done=done)


async def test_many_events_become_one_batch_with_the_last_of_each(
    qapp: QApplication, make_summary: MakeSummary, eventually: Eventually
) -> None:
    source = Source()
    bridge = EngineBridge(source)
    batches: list[list[Event]] = []
    bridge.events.connect(batches.append)
    for done in range(50):
        source.say(ChunkChanged("job-0", chunk(1, done)), JobChanged(make_summary(0, frames_done=done)))
        source.say(ChunkChanged("job-0", chunk(2, done)))
    await eventually(lambda: batches)
    assert batches == [
        [
            ChunkChanged("job-0", chunk(1, 49)),
            JobChanged(make_summary(0, frames_done=49)),
            ChunkChanged("job-0", chunk(2, 49)),
        ]
    ]
    await bridge.close()


async def test_an_event_after_a_quiet_time_comes_at_once_and_the_next_waits_its_turn(
    qapp: QApplication, make_summary: MakeSummary, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge_module, "INTERVAL", 600_000)
    source = Source()
    bridge = EngineBridge(source)
    batches: list[list[Event]] = []
    bridge.events.connect(batches.append)
    first, second = JobChanged(make_summary(0)), JobChanged(make_summary(1))
    source.say(first)
    await eventually(lambda: batches)
    source.say(second)
    assert bridge._timer.remainingTime() > 500_000
    bridge.flush()
    assert batches == [[first], [second]]
    await bridge.close()


async def test_a_job_added_and_changed_in_one_batch_is_added_as_it_is_now(
    qapp: QApplication, make_summary: MakeSummary
) -> None:
    source = Source()
    bridge = EngineBridge(source)
    batches: list[list[Event]] = []
    bridge.events.connect(batches.append)
    source.say(JobAdded(make_summary(0)), QueueReordered(("job-0",)), JobAdded(make_summary(1)))
    source.say(JobChanged(make_summary(0, frames_done=7)), QueueReordered(("job-1", "job-0")))
    source.say(EngineProblem("disk full"), JobRemoved("job-1"))
    bridge.flush()
    bridge.flush()
    assert batches == [
        [
            JobAdded(make_summary(0, frames_done=7)),
            QueueReordered(("job-1", "job-0")),
            EngineProblem("disk full"),
            JobRemoved("job-1"),
        ]
    ]
    await bridge.close()
    assert source.callbacks == []


async def test_a_command_that_fails_is_told(qapp: QApplication, eventually: Eventually) -> None:
    bridge = EngineBridge(Source())
    failures: list[Exception] = []
    bridge.failed.connect(failures.append)

    async def fail() -> None:
        raise UserInputError("no")

    bridge.run(fail())
    await eventually(lambda: failures)
    assert isinstance(failures[0], UserInputError)
    await bridge.close()


async def test_closing_waits_for_commands_it_cancels(qapp: QApplication) -> None:
    bridge = EngineBridge(Source())
    log: list[str] = []
    failures: list[Exception] = []
    bridge.failed.connect(failures.append)

    async def work() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0.01)
            log.append("tidied up")

    task = bridge.run(work())
    await asyncio.sleep(0)
    await bridge.close()
    assert task.cancelled()
    assert log == ["tidied up"]
    assert failures == []


async def test_closing_from_one_of_its_own_commands(qapp: QApplication, eventually: Eventually) -> None:
    bridge = EngineBridge(Source())
    task = bridge.run(bridge.close())
    await eventually(task.done)
    assert task.exception() is None


def test_nothing_is_emitted_without_events(qapp: QApplication) -> None:
    bridge = EngineBridge(Source())
    bridge.events.connect(lambda batch: pytest.fail(f"{batch}"))
    bridge.flush()
