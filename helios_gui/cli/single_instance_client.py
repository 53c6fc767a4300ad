"""Keeps the window to one instance: a later start hands its files over to the window that is open already."""

from __future__ import annotations

import os
import queue
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from helios_gui.translation import tr
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.single_instance import GREETING, TAKEN, TOKEN_VARIABLES, Address, Request, address_of

if sys.platform == "win32":
    import ctypes
    import msvcrt
else:
    import fcntl

GREETING_TIMEOUT = 5.0
"""Seconds that a running window may take to answer. One that is busy adding large jobs takes less."""

LOCK_TIMEOUT = 15.0
"""Seconds that another process may take to open its window, or to end after its window was closed."""

_RETRY_SECONDS = 0.05


class _Stream(Protocol):
    def readline(self, size: int, /) -> bytes: ...
    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> None: ...


class HandOverResult(Enum):
    """The result of handing files over to the running window."""

    ACCEPTED = auto()
    NOT_LISTENING = auto()  # there is none, it is starting, closing, or was killed
    NOT_RESPONDING = auto()  # there is one, and it does not answer


class WindowLock(AbstractContextManager["WindowLock"]):
    """The lock of the one window of an app folder, held until the context is left or the process ends or is killed.

    Attributes:
        address: Where later starts reach the window; ``None`` where they cannot, and no lock is held.
        problem: Why not, for the user; empty where nothing needs to be said.
    """

    def __init__(self, address: Address | None = None, lock: int | None = None, problem: str = "") -> None:
        self.address = address
        self.problem = problem
        self._lock = lock

    def __exit__(self, *_: object) -> None:
        if self._lock is None or self.address is None:
            return
        path = self.address.lock
        with suppress(OSError):  # an open file cannot be removed on Windows, and the folder may hold other files
            path.unlink()
            path.parent.rmdir()
        os.close(self._lock)
        self._lock = None


def lock_or_hand_over(
    folders: AppFolders,
    files: Sequence[Path],
    *,
    greeting_timeout: float | None = None,
    lock_timeout: float = LOCK_TIMEOUT,
) -> WindowLock | None:
    """Return the lock with which to open the window; ``None`` where a running window has taken the files.

    A running window that does not answer does not keep this one from opening: after the timeouts, the lock that is
    returned is one without an address.

    Args:
        folders: The app's folders; each set of folders has a window of its own.
        files: The job files to open, as absolute paths.
        greeting_timeout: Seconds to wait for an answer; ``None`` for ``GREETING_TIMEOUT``.
        lock_timeout: Seconds to wait for a process that holds the lock and does not listen.
    """
    if greeting_timeout is None:
        greeting_timeout = GREETING_TIMEOUT
    address = address_of(folders)
    if address is None:
        return WindowLock()
    request = Request(tuple(files), next(filter(None, map(os.environ.get, TOKEN_VARIABLES)), ""))
    deadline = time.monotonic() + lock_timeout
    while True:
        try:
            lock = _try_lock(address.lock)
        except OSError:  # a file system without locks: a second window is better than none
            return WindowLock()
        if lock is not None:
            return WindowLock(address, lock)
        answer = hand_over(address, request, greeting_timeout)
        if answer is HandOverResult.ACCEPTED:
            return None
        if answer is HandOverResult.NOT_RESPONDING or time.monotonic() > deadline:
            return WindowLock(problem=tr("The window that is open already does not answer; this is another one."))
        time.sleep(_RETRY_SECONDS)


def hand_over(address: Address, request: Request, timeout: float) -> HandOverResult:
    """Send a request to the running window. Each of its two answers may take ``timeout`` seconds."""
    answers: queue.SimpleQueue[HandOverResult] = queue.SimpleQueue()
    # In a thread of its own, because reading from a Windows pipe has no timeout.
    threading.Thread(target=lambda: answers.put(_send(address, request, timeout)), daemon=True).start()
    try:
        return answers.get(timeout=3 * timeout)
    except queue.Empty:
        return HandOverResult.NOT_RESPONDING


def _send(address: Address, request: Request, timeout: float) -> HandOverResult:
    with ExitStack() as stack:
        try:
            stream = _connect(address, timeout, stack)
            if (greeting := stream.readline(len(GREETING))) != GREETING:
                return HandOverResult.NOT_RESPONDING if greeting else HandOverResult.NOT_LISTENING
            stream.write(request.encode())
            stream.flush()
            return HandOverResult.ACCEPTED if stream.readline(len(TAKEN)) == TAKEN else HandOverResult.NOT_LISTENING
        except (TimeoutError, BlockingIOError):
            return HandOverResult.NOT_RESPONDING
        except OSError:
            return HandOverResult.NOT_LISTENING


def _connect(address: Address, timeout: float, stack: ExitStack) -> _Stream:
    if sys.platform == "win32":
        ctypes.windll.user32.AllowSetForegroundWindow(-1)  # ASFW_ANY: else only this process may bring a window up
        return stack.enter_context(Path(rf"\\.\pipe\{address.name}").open("r+b", buffering=0))
    connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    connection.settimeout(timeout)
    connection.connect(address.name)
    return stack.enter_context(connection.makefile("rwb"))


def _try_lock(path: Path) -> int | None:
    """Return the descriptor of the locked file; ``None`` where another process has it.

    Raises:
        OSError: The file system has no locks.
    """
    with ExitStack() as undo:
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            undo.callback(os.close, number)
            if sys.platform == "win32":
                msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_same_file = os.path.samestat(os.fstat(number), path.stat())
        except (
            BlockingIOError,
            PermissionError,
            FileNotFoundError,
        ):  # another process has or had it
            return None
        if not is_same_file:
            return None
        undo.pop_all()
        return number
