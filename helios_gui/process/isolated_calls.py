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
_MOST_IDLE = 4


class IsolatedCallError(Exception):
    """The child process ended during a call; ``str()`` says how, such as "it crashed (SIGSEGV)"."""


class IsolatedCalls:
    """Child processes of this program, started when needed and reused. For any number of threads.

    All objects of this class share the processes, as starting one takes longer than most calls. A process without work
    for half a minute ends by itself, and all end with the last of these objects, or with this program, however it ends.
    """

    def __init__(self, quiet: float = QUIET_SECONDS) -> None:
        self._quiet = quiet
        self._pool = _shared
        self._pool.join()
        self._leave = weakref.finalize(self, self._pool.leave)

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
            ok, answer = self._call(request, stop)
        except IsolatedCallError:
            if time.monotonic() - begin >= self._quiet:
                raise
            # An idle one may have ended in this very moment, or the system may have ended it.
            ok, answer = self._call(request, stop)
        if not ok:
            raise answer
        result: Result = answer
        return result

    def close(self) -> None:
        """End the idle processes, unless others use them. Those at work end with their call."""
        self._leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, request: bytes, stop: Stop) -> tuple[bool, Any]:
        child = self._pool.take()
        try:
            with stop.calling(child.kill):
                answer = child.call(request)
        except BaseException:
            child.end()
            stop.check()
            raise
        self._pool.give_back(child)
        return answer


class _Pool:
    """The processes without work, for as long as somebody uses the pool."""

    def __init__(self) -> None:
        self._users = 0
        self._idle: list[_Child] = []
        self._lock = threading.RLock()  # the garbage collector may let go of a user within any of these methods

    def join(self) -> None:
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        """End the idle processes if nobody else uses the pool."""
        with self._lock:
            self._users -= 1
            ending = [] if self._users else self._idle
            self._idle = self._idle if self._users else []
        for child in ending:
            child.end()

    def take(self) -> _Child:
        """Return a process that nobody else has: an idle one, or a new one."""
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return _Child()
            if child.is_alive():
                return child
            child.end()

    def give_back(self, child: _Child) -> None:
        with self._lock:
            keep = self._users > 0 and len(self._idle) < _MOST_IDLE
            if keep:
                self._idle.append(child)
        if not keep:
            child.end()

    def pids(self) -> set[int]:
        """Return the ids of the processes without work."""
        with self._lock:
            return {child.pid for child in self._idle}


_shared = _Pool()


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

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def call(self, request: bytes) -> tuple[bool, Any]:
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
