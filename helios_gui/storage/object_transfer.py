"""What all storages share to transfer one object: downloads that continue, checksums, counting bytes, concurrency."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import random
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from helios_gui.storage.local_files import BLOCK
from helios_gui.translation import tr
from helios_gui.types import FailureKind, StorageError
from helios_gui.utils.work_threads import Stop, WorkThreads

DEFAULT_READ_LIMIT = 64 * 1024 * 1024
"""Bytes ``read`` takes into memory unless told otherwise: far above any job spec, manifest or result."""
TRIES = 3
"""How often a transfer, or reading a small object, is tried until it arrives undamaged."""
RETRIES_WITHOUT_PROGRESS = 4
"""How often a transfer is tried again in a row without a byte having been transferred.

Nobody else tries a download again: not the client below (botocore's retries are off for it; aiohttp repeats at once,
once, what was sent on a connection that had just been closed), nor the one who asked.
So in the worst case a download that gets no byte ends after 5 connections of at most 10 s to connect and 30 s to wait
for an answer, and 4 pauses of at most 0.4, 0.8, 1.6 and 3.2 s: 206 s. While bytes arrive it goes on, and an object that
arrives damaged is fetched ``TRIES`` times. After that, whoever rendered decides: the job's retries.
"""
_FIRST_PAUSE = 0.2


class DamagedError(StorageError):
    """What arrived is not what was sent."""


class ChangedError(StorageError):
    """What was to be sent has not the SHA-256 that it was announced with."""


class InterruptedTransferError(StorageError):
    """The connection broke in the middle of an object; the transfer can be continued where it broke."""


class SlowTransferError(InterruptedTransferError):
    """An object came too slowly to wait for its end: that is no progress, although bytes have come."""


class TooLargeError(StorageError):
    """An object is larger than its reader allows."""

    def __init__(self, key: str, limit: int) -> None:
        super().__init__(
            tr("{key} is larger than {limit} bytes.", key=key, limit=limit),
            tr("It is not what it should be."),
            kind=FailureKind.FATAL,
        )


@dataclass(frozen=True, slots=True)
class Incoming:
    """An open download.

    Attributes:
        total: Size of the whole object in bytes.
        sha256: SHA-256 of the whole object in hexadecimal; empty if unknown.
        blocks: The object's bytes from the requested offset on.
    """

    total: int
    sha256: str
    blocks: Iterator[bytes]


OpenAt = Callable[[int], AbstractContextManager[Incoming]]
"""Opens a download at an offset in bytes.

It and its blocks raise ``InterruptedTransferError`` for what may pass: no connection, a broken one, a busy service.
"""


def pause_before(retry: int) -> float:
    """Return the seconds to wait before a retry (counted from 1): exponential, with full jitter."""
    return random.uniform(0, _FIRST_PAUSE * 2.0**retry)


class PartFile:
    """The file ``NAME.part`` that takes the place of ``NAME`` once it is complete and its checksum is right.

    A part that an earlier attempt left is continued; the checksum shows whether it belongs to the same object. Only
    one writer at a time.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self.size = 0
        self._digest = hashlib.sha256()
        self._stream: BinaryIO | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can be written to."""
        return self._stream is not None

    def open(self, stop: Stop) -> PartFile:
        """Open the part and hash what it already holds. Raises ``OSError``."""
        try:
            stream = self.path.open("a+b")
        except FileNotFoundError:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            stream = self.path.open("a+b")
        self._stream = stream
        stream.seek(0)
        while block := stream.read(BLOCK):
            stop.check()
            self._digest.update(block)
            self.size += len(block)
        return self

    def write(self, block: bytes | bytearray) -> None:
        """Append a block."""
        assert self._stream is not None
        self._stream.write(block)
        self._digest.update(block)
        self.size += len(block)

    def restart(self) -> None:
        """Empty the part."""
        assert self._stream is not None
        self._stream.seek(0)
        self._stream.truncate()
        self._digest = hashlib.sha256()
        self.size = 0

    def check(self, sha256: str, total: int | None, what: str) -> None:
        """Raise ``DamagedError`` unless the part is ``total`` bytes with that SHA-256 (where these are known)."""
        if total is not None and self.size != total:
            raise DamagedError(
                tr("{what} arrived with {size} of {total} bytes.", what=what, size=self.size, total=total),
                tr("Try again."),
            )
        if sha256 and self._digest.hexdigest() != sha256.lower():
            raise DamagedError(
                tr("{what} arrived damaged: its SHA-256 is not the one promised.", what=what), tr("Try again.")
            )

    def finish(self) -> None:
        """Rename the part to the target. Raises ``OSError``."""
        self.close()
        self.path.replace(self.target)

    def discard(self) -> None:
        """Remove the part."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the part and leave it for a later attempt."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self.size == 0:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class ObjectDownload:
    """One download, continued by range after an interruption.

    It gives up after ``RETRIES_WITHOUT_PROGRESS`` interruptions in a row without a new byte. What does not have the
    right checksum, also because a part of an earlier attempt was another object's, is downloaded again from the start,
    until that was done ``TRIES`` times. Nobody else need try again; see ``RETRIES_WITHOUT_PROGRESS`` for the time.

    Attributes:
        open_at: Opens the download at an offset.
        what: The object's name in messages.
        stop: Checked after each block.
        report: Takes the count of bytes that came over the network.
        sha256: The expected SHA-256 in hexadecimal; empty if the caller does not know it.
    """

    open_at: OpenAt
    what: str
    stop: Stop
    report: Callable[[int], None]
    sha256: str = ""

    def save(self, target: Path) -> None:
        """Download to ``target``. Raises ``StorageError`` and ``OSError``; a damaged part is removed."""
        with PartFile(target).open(self.stop) as part:
            tries = 0
            while True:
                try:
                    self._receive_all(part)
                    break
                except DamagedError:
                    tries += 1
                    if tries == TRIES:
                        part.discard()
                        raise
                    part.restart()
            part.finish()

    def _receive_all(self, part: PartFile) -> None:
        failures = 0
        while True:
            before = part.size
            try:
                self._receive(part)
                return
            except InterruptedTransferError as error:
                has_progressed = part.size > before and not isinstance(error, SlowTransferError)
                failures = 1 if has_progressed else failures + 1
                if failures > RETRIES_WITHOUT_PROGRESS:
                    raise
                self.stop.pause(pause_before(failures))

    def _receive(self, part: PartFile) -> None:
        with self.open_at(part.size) as incoming:
            expected = self.sha256 or incoming.sha256
            if part.size and not expected:
                raise DamagedError(tr("{what} has no checksum to continue by.", what=self.what))
            for block in incoming.blocks:
                self.stop.check()
                part.write(block)
                self.report(len(block))
            if part.size < incoming.total:
                raise InterruptedTransferError(
                    tr(
                        "{what} arrived with {size} of {total} bytes.",
                        what=self.what,
                        size=part.size,
                        total=incoming.total,
                    )
                )
            part.check(expected, incoming.total, self.what)


class CountedOnce:
    """Passes counts of sent bytes on to ``report``; bytes that are sent again are counted only once."""

    def __init__(self, report: Callable[[int], None]) -> None:
        self._report = report
        self._passed = 0
        self._now = 0

    def __call__(self, count: int) -> None:
        """Count bytes that were sent."""
        self._now += count
        if self._now > self._passed:
            new, self._passed = self._now - self._passed, self._now
            self._report(new)

    def restart(self) -> None:
        """Begin to count from the first byte again."""
        self._now = 0


def check_sha256(key: str, data: bytes, sha256: str) -> None:
    """Raise ``DamagedError`` unless the data has that SHA-256 (hexadecimal; empty: not known)."""
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise _damaged(key)


def check_md5(key: str, data: bytes, md5: str) -> None:
    """Raise ``DamagedError`` unless the data has that MD5 (base64; empty: not known)."""
    if md5 and base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode() != md5:
        raise _damaged(key)


def _damaged(key: str) -> DamagedError:
    return DamagedError(tr("{key} arrived damaged.", key=key), tr("Try again."))


def on_loop(on_bytes: Callable[[int], None]) -> Callable[[int], None]:
    """Return ``on_bytes`` for calling from a thread: it runs on the event loop, at most once per turn of it."""
    loop = asyncio.get_running_loop()
    lock = threading.Lock()
    waiting = 0

    def flush() -> None:
        nonlocal waiting
        with lock:
            count, waiting = waiting, 0
        on_bytes(count)

    def report(count: int) -> None:
        nonlocal waiting
        with lock:
            scheduled, waiting = waiting > 0, waiting + count
        if count and not scheduled:
            loop.call_soon_threadsafe(flush)

    return report


def storage_threads(name: str, threads: int) -> WorkThreads:
    """Return threads for a storage, which raise ``StorageError`` once they are closed."""
    return WorkThreads(name, threads, closed_error=StorageError)


async def run_workers(count: int, worker: Callable[[], Awaitable[None]]) -> None:
    """Run ``worker`` ``count`` times at once. The first error stops the others, and is raised when they have ended."""

    async def work() -> None:
        await worker()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(work())
    except BaseExceptionGroup as problems:
        raise problems.exceptions[0] from None
