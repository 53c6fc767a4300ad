"""Ctrl-C, a polite kill and a closed terminal: the first one asks, the next one insists."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextlib.contextmanager
def interrupts(first: Callable[[], object], again: Callable[[], object]) -> Iterator[None]:
    """Within it, the first signal calls ``first`` and every later one ``again``, on the running event loop.

    A signal this process was started to ignore (``nohup``, a shell's background job) stays ignored. After a
    second one all are ignored for good: the process is on its way out, with children to end.
    """
    loop = asyncio.get_running_loop()
    count = 0

    def arrived() -> None:
        nonlocal count
        count += 1
        (first if count == 1 else again)()

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number in numbers if before[number] is not signal.SIG_IGN]
    for number in heard:
        _listen(loop, number, arrived)
    try:
        yield
    finally:
        for number in heard:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            handler: Any = before[number] if count < 2 else signal.SIG_IGN
            signal.signal(number, handler)


def _listen(loop: asyncio.AbstractEventLoop, number: signal.Signals, arrived: Callable[[], None]) -> None:
    try:
        loop.add_signal_handler(number, arrived)
    except NotImplementedError:  # Windows

        def pass_on(*_: object) -> None:
            loop.call_soon_threadsafe(arrived)

        signal.signal(number, pass_on)
