"""The event loop of the window: what asyncio promises, with Qt having its turn in between."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from helios_gui.ui.qt_runtime.event_loop import SLICE, make_loop

PATIENCE = 30.0


@pytest.fixture
def run(qapp: QApplication) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine on a loop of its own."""

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=lambda: make_loop(qapp)) as runner:
            return runner.run(work)

    return run


Run = Callable[[Coroutine[Any, Any, Any]], Any]


def test_callbacks_run_in_the_order_they_were_asked_for(run: Run) -> None:
    async def work() -> list[int]:
        loop = asyncio.get_running_loop()
        seen: list[int] = []
        for number in range(1000):
            loop.call_soon(seen.append, number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        while len(seen) < 1000:
            await asyncio.sleep(0)
        return seen

    assert run(work()) == list(range(1000))


def test_timers_run_when_they_are_due_and_not_when_they_were_cancelled(run: Run) -> None:
    async def work() -> list[str]:
        loop = asyncio.get_running_loop()
        seen: list[str] = []
        loop.call_later(0.03, seen.append, "second")
        loop.call_later(0.01, seen.append, "first")
        loop.call_later(0.02, seen.append, "never").cancel()
        before = loop.time()
        await asyncio.sleep(0.05)
        assert loop.time() - before >= 0.05
        return seen

    assert run(work()) == ["first", "second"]


def test_timers_that_nobody_waits_for_are_thrown_out(run: Run) -> None:
    async def work() -> int:
        loop: Any = asyncio.get_running_loop()
        for _ in range(1000):
            loop.call_later(3600, print).cancel()
        await asyncio.sleep(0.01)
        return len(loop._scheduled)

    if sys.platform == "linux":
        assert run(work()) < 200


def test_a_time_out_ends_a_wait(run: Run) -> None:
    async def work() -> None:
        async with asyncio.timeout(0.02):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run(work())


def test_a_callback_keeps_its_context(run: Run) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")

    async def work() -> str:
        name.set("outside")
        context = contextvars.copy_context()
        context.run(name.set, "inside")
        heard = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(lambda: heard.set_result(name.get()), context=context)
        return str(await heard)

    assert run(work()) == "inside"


def test_threads_wake_the_loop(run: Run) -> None:
    async def work() -> tuple[int, set[str]]:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        seen: list[int] = []
        names: set[str] = set()

        def note(number: int) -> None:
            seen.append(number)
            names.add(threading.current_thread().name)
            if len(seen) == 400:
                done.set()

        def call() -> None:
            for number in range(100):
                loop.call_soon_threadsafe(note, number)

        with ThreadPoolExecutor(4) as threads:
            for _ in range(4):
                threads.submit(call)
        async with asyncio.timeout(PATIENCE):
            await done.wait()
        return len(seen), names

    assert run(work()) == (400, {"MainThread"})


def test_an_idle_loop_hears_of_a_thread_at_once(run: Run) -> None:
    async def work() -> str:
        await asyncio.to_thread(time.sleep, 0.05)
        return "heard"

    assert run(work()) == "heard"


def test_hundreds_of_sockets_are_heard(run: Run) -> None:
    async def work() -> int:
        loop = asyncio.get_running_loop()
        pairs = [socket.socketpair() for _ in range(300)]
        for ours, theirs in pairs:
            ours.setblocking(False)
            theirs.setblocking(False)
        reads = [asyncio.ensure_future(loop.sock_recv(ours, 10)) for ours, _ in pairs]
        await asyncio.sleep(0.01)
        for _, theirs in pairs:
            await loop.sock_sendall(theirs, b"x")
        async with asyncio.timeout(PATIENCE):
            answers = await asyncio.gather(*reads)
        for pair in pairs:
            for end in pair:
                end.close()
        return answers.count(b"x")

    assert run(work()) == 300


def test_a_reader_that_is_removed_hears_nothing_more(run: Run) -> None:
    async def work() -> int:
        loop = asyncio.get_running_loop()
        seen: list[int] = []
        ours, theirs = socket.socketpair()
        loop.add_reader(ours, seen.append, 1)
        theirs.send(b"x")
        while not seen:
            await asyncio.sleep(0.001)
        assert loop.remove_reader(ours)
        count = len(seen)
        await asyncio.sleep(0.02)
        ours.close()
        theirs.close()
        return len(seen) - count

    assert run(work()) == 0


def test_processes_are_waited_for(run: Run, tmp_path: Path) -> None:
    async def work() -> tuple[bytes, int | None]:
        process = await asyncio.create_subprocess_exec("/bin/echo", "hello", stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return said, process.returncode

    assert run(work()) == (b"hello\n", 0)


def test_signals_are_heard(run: Run) -> None:
    async def work() -> None:
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, heard.set)
        signal.raise_signal(signal.SIGUSR1)
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
        loop.remove_signal_handler(signal.SIGUSR1)

    run(work())


def test_an_error_is_reported_and_the_others_go_on(run: Run) -> None:
    async def work() -> list[str]:
        loop = asyncio.get_running_loop()
        said: list[str] = []
        loop.set_exception_handler(lambda loop, context: said.append(str(context["exception"])))
        loop.call_soon(int, "no number")
        loop.call_soon(said.append, "next")
        await asyncio.sleep(0.01)
        return said

    assert run(work()) == ["invalid literal for int() with base 10: 'no number'", "next"]


def test_qt_has_its_turn_while_there_is_always_something_to_do(run: Run) -> None:
    async def work() -> int:
        ticks: list[float] = []
        timer = QTimer()
        timer.timeout.connect(lambda: ticks.append(time.monotonic()))
        timer.start(1)

        async def busy() -> None:
            while len(ticks) < 5:
                time.sleep(SLICE / 4)
                await asyncio.sleep(0)

        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(busy() for _ in range(50)))
        timer.stop()
        return len(ticks)

    assert run(work()) >= 5


def test_a_qt_loop_in_a_callback_makes_the_others_wait_and_loses_none(run: Run) -> None:
    async def work() -> list[str]:
        seen: list[str] = []

        async def other() -> None:
            await asyncio.sleep(0)
            seen.append("other")

        task = asyncio.create_task(other())
        await asyncio.sleep(0)
        nested = QEventLoop()
        QTimer.singleShot(20, nested.quit)
        nested.exec()
        seen.append("after the nested loop")
        async with asyncio.timeout(PATIENCE):
            await task
        return seen

    if sys.platform == "linux":
        assert run(work()) == ["after the nested loop", "other"]


def test_callbacks_run_also_while_qt_runs_a_loop_of_its_own(run: Run) -> None:
    """As it does for a menu that a person opened."""

    async def work() -> bool:
        closed = asyncio.Event()
        seen: list[bool] = []

        def open_menu() -> None:
            nested = QEventLoop()
            quitting = asyncio.ensure_future(quit_soon(nested))
            nested.exec()
            quitting.add_done_callback(lambda _: closed.set())

        async def quit_soon(nested: QEventLoop) -> None:
            await asyncio.sleep(0.01)
            seen.append(True)
            nested.quit()

        QTimer.singleShot(0, open_menu)
        async with asyncio.timeout(PATIENCE):
            await closed.wait()
        return seen == [True]

    assert run(work())


def test_what_is_left_when_the_work_ends_is_cancelled(run: Run) -> None:
    ends: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ends.append("cleaned up")

    async def work() -> None:
        asyncio.get_running_loop().forgotten = asyncio.create_task(forever())  # type: ignore[attr-defined]
        await asyncio.sleep(0.01)

    run(work())
    assert ends == ["cleaned up"]


def test_a_closed_loop_takes_nothing_more(qapp: QApplication) -> None:
    loop = make_loop(qapp)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert loop.is_closed()
    with pytest.raises(RuntimeError):
        loop.call_soon_threadsafe(print)
