from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from helios_gui.process.log_poller import LogPoller


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


async def test_every_log_gets_its_turn_though_listeners_are_slow(tmp_path: Path) -> None:
    """Two slow listeners use up every tick's time; the third must not wait until they fall silent."""
    poller = LogPoller()
    third = asyncio.Event()

    def slow(lines: Sequence[str]) -> None:
        time.sleep(0.01)

    with ExitStack() as logs:
        for name in ("a", "b"):
            logs.enter_context(poller.follow(tmp_path / name, slow))
        logs.enter_context(poller.follow(tmp_path / "c", lambda lines: third.set()))
        append(tmp_path / "c", "hello\n")
        while not third.is_set():
            append(tmp_path / "a", "busy\n")
            append(tmp_path / "b", "busy\n")
            await asyncio.sleep(0.01)


async def test_flood_is_passed_over_but_for_its_end(tmp_path: Path) -> None:
    poller = LogPoller()
    received: list[str] = []
    with poller.follow(tmp_path / "log", received.extend) as log:
        append(tmp_path / "log", "a line of output\n" * 1_000_000 + "the end")
        tail = log.finish()
    assert received[-1] == "the end"
    assert len(received) < 10_000
    assert tail[-2:] == ("a line of output", "the end")


async def test_no_timer_runs_while_nothing_is_followed(tmp_path: Path) -> None:
    poller = LogPoller()
    with poller.follow(tmp_path / "a", print), poller.follow(tmp_path / "b", print):
        timer = poller._timer
        assert timer is not None
        assert not timer.cancelled()
    assert timer.cancelled()
    assert poller._timer is None
