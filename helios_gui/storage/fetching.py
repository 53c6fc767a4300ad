"""Downloading in blocks: continue what is there, continue after a lost connection, believe only the checksum."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from helios_gui.storage.part_file import DamagedError, PartFile
from helios_gui.storage.threads import Stop
from helios_gui.types import StorageError

RETRIES_WITHOUT_PROGRESS = 4
_FIRST_PAUSE = 0.2


class InterruptedTransferError(StorageError):
    """The connection broke in the middle of an object; it can be continued where it broke."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An open download: the whole object's size and SHA-256 (empty if unknown), and its bytes from an offset on."""

    total: int
    sha256: str
    blocks: Iterator[bytes]


OpenAt = Callable[[int], AbstractContextManager[Incoming]]
"""Opens a download at an offset. Its blocks raise ``InterruptedTransferError`` when the connection breaks."""


def pause_before(retry: int) -> float:
    """Seconds to wait before a retry (counted from 1): exponential, with full jitter."""
    return random.uniform(0, _FIRST_PAUSE * 2.0**retry)


@dataclass(frozen=True, slots=True)
class Fetch:
    """One download: ``what`` names it for people, ``report`` takes the bytes that came over the network."""

    open_at: OpenAt
    what: str
    stop: Stop
    report: Callable[[int], None]
    sha256: str = ""

    def into(self, target: Path) -> None:
        """Download to ``target``. Raises ``StorageError`` and ``OSError``; a damaged part is removed."""
        with PartFile(target).open(self.stop) as part:
            continued = part.size > 0
            try:
                try:
                    self._receive_all(part)
                except DamagedError:
                    if not continued:
                        raise
                    part.restart()  # what was there belonged to something else
                    self._receive_all(part)
            except DamagedError:
                part.discard()
                raise
            part.finish()

    def _receive_all(self, part: PartFile) -> None:
        failures = 0
        while True:
            before = part.size
            try:
                self._receive(part)
                return
            except InterruptedTransferError:
                failures = 1 if part.size > before else failures + 1
                if failures > RETRIES_WITHOUT_PROGRESS:
                    raise
                self.stop.pause(pause_before(failures))

    def _receive(self, part: PartFile) -> None:
        with self.open_at(part.size) as incoming:
            expected = self.sha256 or incoming.sha256
            if part.size and not expected:
                raise DamagedError(f"{self.what} has no checksum to continue by.")
            for block in incoming.blocks:
                self.stop.check()
                part.write(block)
                self.report(len(block))
            if part.size < incoming.total:
                raise InterruptedTransferError(f"{self.what} arrived with {part.size} of {incoming.total} bytes.")
            part.check(expected, incoming.total, self.what)
