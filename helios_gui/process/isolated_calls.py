"""Call functions in child processes, which a fault in a C library ends instead of this program."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import helios_gui
from helios_gui.process.attempt_mark import unmarked
from helios_gui.process.frozen import CALL_SERVER_OPTION, is_frozen, own_command
from helios_gui.process.work_marks import ATTEMPT_VARIABLE
from helios_gui.translation import language, tr
from helios_gui.utils.work_threads import Stop

Result = TypeVar("Result")

QUIET_SECONDS = 60.0
"""How long a call may take without showing a sign of life before its process is ended."""

_ENDING_SECONDS = 5.0


class IsolatedCallError(Exception):
    """The child process ended during a call; ``str()`` says how, such as "it crashed (SIGSEGV)"."""


class IsolatedCalls:
    """Child processes of this program, started when needed and reused. For any number of threads.

    A process without work for half a minute ends by itself, and all end with this one, however it ends.
    """

    def __init__(self, quiet: float = QUIET_SECONDS) -> None:
        self._quiet = quiet
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._closed = False
        weakref.finalize(self, _end_all, self._idle)

    def call(self, function: Callable[..., Result], *arguments: Any, stop: Stop | None = None) -> Result:
        """Return ``function(*arguments, stop)``, called in a child (blocking).

        ``function`` is one of a module, and takes a ``Stop`` last: it has to call its ``check`` at least every few
        seconds. Arguments and the result are pickled; paths have to be absolute.

        Raises:
            IsolatedCallError: The process crashed, twice, or was ended because it showed no sign of life.
            WorkStoppedError: ``stop`` was set; the process is gone.
            Exception: What the function raises.
        """
        request = pickle.dumps((function, arguments, self._quiet, language()))
        stop = stop or Stop()
        begin = time.monotonic()
        try:
            ok, answer = self._ask(request, stop)
        except IsolatedCallError:
            if time.monotonic() - begin >= self._quiet:
                raise
            # An idle one may have ended in this very moment, or the system may have ended it.
            ok, answer = self._ask(request, stop)
        if not ok:
            raise answer
        result: Result = answer
        return result

    def close(self) -> None:
        """End the idle processes. Those at work end with their call."""
        with self._lock:
            self._closed = True
        _end_all(self._idle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, request: bytes, stop: Stop) -> tuple[bool, Any]:
        child = self._take()
        try:
            with stop.calling(child.kill):
                answer = child.ask(request)
        except BaseException:
            child.end()
            stop.check()
            raise
        with self._lock:
            keep = not self._closed
            if keep:
                self._idle.append(child)
        if not keep:
            child.end()
        return answer

    def _take(self) -> _Child:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_alive():
                    return child
                child.end()
        return _Child()


def _end_all(children: list[_Child]) -> None:
    while children:
        children.pop().end()


class _Child:
    """One process that answers a call at a time."""

    def __init__(self) -> None:
        folder = Path(sys.executable).parent if is_frozen() else Path(helios_gui.__file__).parents[1]
        environment = {name: value for name, value in os.environ.items() if name != ATTEMPT_VARIABLE}
        options: dict[str, Any] = {"process_group": 0}  # the terminal's Ctrl-C is for us
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            with unmarked():
                self._process = subprocess.Popen(
                    own_command(CALL_SERVER_OPTION),
                    cwd=folder,  # where Python finds this package again
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    **options,
                )
        except OSError as error:
            raise IsolatedCallError(tr("it could not be started: {error}", error=error)) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: bytes) -> tuple[bool, Any]:
        try:
            self._requests.write(request)
            self._requests.flush()
            ok, answer = pickle.load(self._replies)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise IsolatedCallError(self._how_it_ended()) from error
        return ok, answer

    def _how_it_ended(self) -> str:
        """Wait for the end of a process that has broken off, and say how it was; by force where it does not end."""
        try:
            return _in_words(self._process.wait(_ENDING_SECONDS))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return tr("its answer could not be read")

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """End the process by closing its input; by force when it does not."""
        for pipe in (self._requests, self._replies):
            with suppress(OSError):
                pipe.close()
        try:
            self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _in_words(code: int) -> str:
    if code == 1:
        return tr("it did not come to an end")
    if code == -getattr(signal, "SIGKILL", 9):  # nothing here sends it to a call that somebody waits for
        return tr("it was killed from outside (SIGKILL); the system may have run out of memory")
    with suppress(ValueError):
        return tr("it crashed ({name})", name=signal.Signals(-code).name)
    return tr("it crashed (exit code {code})", code=code)
