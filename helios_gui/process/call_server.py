"""The child's side of ``process.isolated_calls``: calls functions for its parent until that closes the pipe."""

from __future__ import annotations

import faulthandler
import os
import pickle
import time
from contextlib import suppress
from typing import Any, BinaryIO

from helios_gui.translation import choose_language, language
from helios_gui.utils.work_threads import Stop

IDLE_SECONDS = 30.0
"""Without a call for so long, the process ends; the parent starts another one when it needs it."""

_RENEWED_EVERY = 1.0


def serve_calls() -> int:
    """Read calls from standard input and write their results to standard output, both pickled.

    A call is ``(function, arguments, quiet, language)``: it is made as ``function(*arguments, stop)``, and the process
    ends if ``stop.check()`` was not called for ``quiet`` seconds. Code that hangs in a C library is ended, too.
    """
    requests, replies = os.fdopen(0, "rb", closefd=False), _take_standard_output()
    _write_no_core_file()
    while True:
        faulthandler.dump_traceback_later(IDLE_SECONDS, exit=True, file=2)
        try:
            function, arguments, quiet, wanted = pickle.load(requests)
        except EOFError:
            break
        if wanted != language():
            choose_language(wanted)
        _write_reply(replies, function, arguments, _Watchdog(quiet))
    # Libraries that corrupted their memory without dying of it yet must not turn a good end into a crash.
    os._exit(0)


def _take_standard_output() -> BinaryIO:
    """Return standard output for the replies alone; whatever a library prints goes where errors go."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _write_no_core_file() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Watchdog(Stop):
    """Ends the process when ``check`` was not called for ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._renew()

    def check(self) -> None:
        if time.monotonic() - self._renewed > _RENEWED_EVERY:
            self._renew()

    def _renew(self) -> None:
        self._renewed = time.monotonic()
        faulthandler.dump_traceback_later(self._seconds, exit=True, file=2)


def _write_reply(replies: BinaryIO, function: Any, arguments: tuple[Any, ...], stop: Stop) -> None:
    try:
        reply = pickle.dumps((True, function(*arguments, stop)))
    except Exception as error:
        try:
            reply = pickle.dumps((False, error))
            pickle.loads(reply)  # not every exception can be made again from what it tells of itself
        except Exception:
            reply = pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    replies.write(reply)
    replies.flush()
