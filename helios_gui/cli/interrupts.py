"""Signals that end a command: Ctrl-C, SIGTERM and a closed terminal."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_FINISHING_SIGNAL = "SIGQUIT"  # Ctrl-\ on a terminal; web servers end in the same way at this signal


@contextlib.contextmanager
def handle_interrupts(on_first: Callable[[], object], on_repeated: Callable[[], object]) -> Iterator[None]:
    """Call ``on_first`` at the first signal and ``on_repeated`` at every later one, on the running event loop.

    A signal that this process was started to ignore (``nohup``, a background job of a shell) stays ignored. After a
    second signal, all are ignored for good: the process is about to end and has to stop its children first.
    """
    loop = asyncio.get_running_loop()
    count = 0

    def on_signal() -> None:
        nonlocal count
        count += 1
        (on_first if count == 1 else on_repeated)()

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    handled = [number for number in numbers if before[number] is not signal.SIG_IGN]
    for number in handled:
        _add_handler(loop, number, on_signal)
    try:
        yield
    finally:
        for number in handled:
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            handler: Any = before[number] if count < 2 else signal.SIG_IGN
            signal.signal(number, handler)


@contextlib.contextmanager
def handle_finishing(on_signal: Callable[[], object]) -> Iterator[None]:
    """Call ``on_signal`` on the running event loop when a person presses Ctrl+Backslash or sends SIGQUIT (POSIX)."""
    number = getattr(signal, _FINISHING_SIGNAL, None)
    if number is None or signal.getsignal(number) is signal.SIG_IGN:
        yield
        return
    loop, before = asyncio.get_running_loop(), signal.getsignal(number)
    loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        loop.remove_signal_handler(number)
        signal.signal(number, before)


def _add_handler(loop: asyncio.AbstractEventLoop, number: signal.Signals, on_signal: Callable[[], None]) -> None:
    try:
        loop.add_signal_handler(number, on_signal)
    except NotImplementedError:  # Windows

        def pass_on(*_: object) -> None:
            loop.call_soon_threadsafe(on_signal)

        signal.signal(number, pass_on)
