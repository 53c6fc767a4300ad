"""A start of the window finds out whether there is one already, and leaves its files with that one."""

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

from helios_gui.utils.folders import AppFolders
from helios_gui.utils.single_instance import GREETING, TAKEN, TOKEN_VARIABLES, Address, Request, address_of

if sys.platform == "win32":
    import ctypes
    import msvcrt
else:
    import fcntl

GREETING_LIMIT = 5.0
"""Seconds a running window may take to greet; one that is busy adding large jobs needs less."""

CLAIM_LIMIT = 15.0
"""Seconds another start may take to open its window, or one that leaves to be gone."""

_PAUSE = 0.05


class _Stream(Protocol):
    def readline(self, size: int, /) -> bytes: ...
    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> None: ...


class Answer(Enum):
    """What came of asking the running window."""

    TAKEN = auto()
    NOBODY = auto()  # none is listening: not started, starting, leaving or killed
    SILENT = auto()  # there is one, and it does not answer


class Claim(AbstractContextManager["Claim"]):
    """The right to be *the* window of these folders, until the context is left or the process ends, however it does.

    Without an ``address`` the window cannot be reached by later starts; ``reason`` tells people why.
    """

    def __init__(self, address: Address | None = None, lock: int | None = None, reason: str = "") -> None:
        self.address = address
        self.reason = reason
        self._lock = lock

    def __exit__(self, *_: object) -> None:
        if self._lock is None or self.address is None:
            return
        path = self.address.lock
        with suppress(OSError):  # as where an open file cannot be removed, and a folder that others use
            path.unlink()
            path.parent.rmdir()
        os.close(self._lock)
        self._lock = None


def claim_or_hand_over(
    folders: AppFolders,
    files: Sequence[Path],
    *,
    greeting_limit: float = GREETING_LIMIT,
    claim_limit: float = CLAIM_LIMIT,
) -> Claim | None:
    """The claim to open the window; ``None`` when a running one took the files and came to the front.

    The ``files`` are absolute. The limits are in seconds. A running window that hangs holds nobody up: after the
    limits the claim is one without an address.
    """
    address = address_of(folders)
    if address is None:
        return Claim()
    request = Request(tuple(files), next(filter(None, map(os.environ.get, TOKEN_VARIABLES)), ""))
    deadline = time.monotonic() + claim_limit
    while True:
        try:
            lock = _try_lock(address.lock)
        except OSError:  # a file system without locks: better a second window than none
            return Claim()
        if lock is not None:
            return Claim(address, lock)
        answer = hand_over(address, request, greeting_limit)
        if answer is Answer.TAKEN:
            return None
        if answer is Answer.SILENT or time.monotonic() > deadline:
            return Claim(reason="The window that is open already does not answer; this is another one.")
        time.sleep(_PAUSE)


def hand_over(address: Address, request: Request, patience: float) -> Answer:
    """Give the running window a request; each of its two answers may take ``patience`` seconds."""
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    # In a thread of its own, since reading from a Windows pipe knows no time limit.
    threading.Thread(target=lambda: answers.put(_ask(address, request, patience)), daemon=True).start()
    try:
        return answers.get(timeout=3 * patience)
    except queue.Empty:
        return Answer.SILENT


def _ask(address: Address, request: Request, patience: float) -> Answer:
    with ExitStack() as stack:
        try:
            stream = _connect(address, patience, stack)
            if (greeting := stream.readline(len(GREETING))) != GREETING:
                return Answer.SILENT if greeting else Answer.NOBODY
            stream.write(request.encode())
            stream.flush()
            return Answer.TAKEN if stream.readline(len(TAKEN)) == TAKEN else Answer.NOBODY
        except (TimeoutError, BlockingIOError):
            return Answer.SILENT
        except OSError:
            return Answer.NOBODY


def _connect(address: Address, patience: float, stack: ExitStack) -> _Stream:
    if sys.platform == "win32":
        ctypes.windll.user32.AllowSetForegroundWindow(-1)  # ASFW_ANY: else only this process may bring a window up
        return stack.enter_context(Path(rf"\\.\pipe\{address.name}").open("r+b", buffering=0))
    connection = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    connection.settimeout(patience)
    connection.connect(address.name)
    return stack.enter_context(connection.makefile("rwb"))


def _try_lock(path: Path) -> int | None:
    """The open, locked file; ``None`` when another process has it. Raises ``OSError`` where locks do not work."""
    with ExitStack() as undo:
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            undo.callback(os.close, number)
            if sys.platform == "win32":
                msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_the_one = os.path.samestat(os.fstat(number), path.stat())
        except (BlockingIOError, PermissionError, FileNotFoundError):  # somebody has it, or had and removed it
            return None
        if not is_the_one:
            return None
        undo.pop_all()
        return number
