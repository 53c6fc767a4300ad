"""One download from Google Cloud Storage, continued by range, verified by checksum."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from helios_gui.storage.gcs_api import GcsApi
from helios_gui.storage.gcs_errors import RETRIED
from helios_gui.storage.object_transfer import (
    RETRIES_WITHOUT_PROGRESS,
    TRIES,
    DamagedError,
    InterruptedTransferError,
    PartFile,
    pause_before,
)
from helios_gui.storage.small_files import SmallFiles
from helios_gui.translation import tr
from helios_gui.types import FailureKind, StorageError
from helios_gui.utils.work_threads import Stop, WorkThreads

_HELD = 1024 * 1024
"""Bytes that are gathered before a thread is woken to write them: most chunks' outputs wake one only once."""
_NOTHING_LEFT = 416


@dataclass(frozen=True, slots=True)
class GcsDownload:
    """What to fetch. ``sha256`` is empty where nobody knows it; ``report`` takes bytes that came over the network."""

    api: GcsApi
    threads: WorkThreads
    small: SmallFiles
    name: str
    key: str
    sha256: str
    report: Callable[[int], None]

    async def into(self, target: Path) -> None:
        """Download to ``target``. Raises ``StorageError`` and ``OSError``; a damaged part is removed."""
        part = PartFile(target)
        try:
            if part.path.exists():
                await self.threads.run(part.open)
            tries = 0
            while True:
                try:
                    await self._receive_all(part)
                    break
                except DamagedError:
                    tries += 1
                    if tries == TRIES:
                        await self.threads.run(lambda stop: part.discard())
                        raise
                    await self.threads.run(lambda stop: part.restart() if part.is_open else None)
        finally:
            part.__exit__(None, None, None)

    async def _receive_all(self, part: PartFile) -> None:
        failures = 0
        while True:
            before = part.size
            try:
                await self._receive(part)
                return
            except (httpx.TransportError, InterruptedTransferError) as error:
                failures = 1 if part.size > before else failures + 1
                if failures > RETRIES_WITHOUT_PROGRESS:
                    if isinstance(error, InterruptedTransferError):
                        raise
                    raise self.api.context.unreachable(error, self.key) from None
                await asyncio.sleep(pause_before(failures))

    async def _receive(self, part: PartFile) -> None:
        headers = {"Range": f"bytes={part.size}-"} if part.size else {}
        response = await self.api.open(f"{self.api.object_url(self.name)}?alt=media", headers)
        try:
            await self._check(response)
            total, held = _total_of(response), bytearray()
            if response.status_code != _NOTHING_LEFT:
                if part.size and response.status_code != HTTPStatus.PARTIAL_CONTENT:
                    raise DamagedError(tr("{key} cannot be continued: the server sends all of it again.", key=self.key))
                held = await self._gather(part, response)
        finally:
            await response.aclose()
        await self.small.run(part.size + len(held), lambda stop: self._finish(part, held, total, stop))

    async def _check(self, response: httpx.Response) -> None:
        if response.is_success or response.status_code == _NOTHING_LEFT:
            return
        await response.aread()
        problem = self.api.context.translate(response, self.key)
        raise _as_interruption(problem) if response.status_code in RETRIED else problem

    async def _gather(self, part: PartFile, response: httpx.Response) -> bytearray:
        """Write what arrives, but for the last of it: that is returned."""
        held = bytearray()
        try:
            async for block in response.aiter_raw():
                held += block
                self.report(len(block))
                if len(held) >= _HELD:
                    full, held = held, bytearray()
                    await self.threads.run(functools.partial(_write, part, full))
        except (httpx.TransportError, asyncio.CancelledError):
            await self.threads.run(functools.partial(_write, part, held))  # to be continued from there
            raise
        return held

    def _finish(self, part: PartFile, held: bytes | bytearray, total: int | None, stop: Stop) -> None:
        """Write the last bytes, check the whole and put it in its place. Blocking."""
        _write(part, held, stop)
        if total is not None and part.size < total:
            raise InterruptedTransferError(
                tr("{key} arrived with {size} of {total} bytes.", key=self.key, size=part.size, total=total)
            )
        part.check(self.sha256, total, self.key)
        part.finish()


def _write(part: PartFile, block: bytes | bytearray, stop: Stop) -> None:
    if not part.is_open:
        part.open(stop)
    part.write(block)


def _total_of(response: httpx.Response) -> int | None:
    """Return the whole object's size, as far as the response tells."""
    _, _, total = response.headers.get("Content-Range", "").rpartition("/")
    if total.isdigit():
        return int(total)
    length = response.headers.get("Content-Length", "")
    return int(length) if response.is_success and length.isdigit() else None


def _as_interruption(problem: StorageError) -> InterruptedTransferError:
    kind = FailureKind.THROTTLED if problem.kind is FailureKind.THROTTLED else FailureKind.TRANSIENT
    return InterruptedTransferError(str(problem), problem.hint, kind=kind)
