"""A stretch of a file as the body of a request: counted as it is sent, stopped in the middle when cancelled."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO

from helios_gui.utils.work_threads import Stop


class SendingBody:
    """``size`` bytes of ``stream`` from ``start`` on, as a seekable file object for botocore.

    ``report`` takes each byte once, however often the request is repeated.
    """

    def __init__(self, stream: BinaryIO, start: int, size: int, stop: Stop, report: Callable[[int], None]) -> None:
        self._stream = stream
        self._start = start
        self._size = size
        self._stop = stop
        self._report = report
        self._position = 0
        self._sending = False
        self._reported = 0

    def __len__(self) -> int:
        return self._size

    def begin_sending(self) -> None:
        """Count what is read from now on: it goes over the network."""
        self._sending = True

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes. Raises ``WorkStoppedError`` when stopped."""
        self._stop.check()
        left = self._size - self._position
        wanted = left if size is None or size < 0 else min(size, left)
        self._stream.seek(self._start + self._position)
        block = self._stream.read(wanted)
        self._position += len(block)
        if self._sending and self._position > self._reported:
            self._report(self._position - self._reported)
            self._reported = self._position
        return block

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move within the stretch."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Return where in the stretch the next byte comes from."""
        return self._position
