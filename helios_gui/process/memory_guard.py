"""Stop chunks that use more memory than they may, or than this machine has."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import psutil

from helios_gui.process.child_process import ChildProcess
from helios_gui.process.free_memory import free_memory as left_memory
from helios_gui.process.process_table import list_processes
from helios_gui.process.process_trees import end_tree, processes_of
from helios_gui.translation import tr
from helios_gui.types import FailureKind, ProcessLimits
from helios_gui.utils.format import format_size
from helios_gui.utils.shielded import end_tasks

logger = logging.getLogger(__name__)

_PERIOD = 0.5
"""Seconds between two looks: a renderer may fill a gigabyte in that time."""

_MUCH_LARGER = 2.0
"""The chunk that began last is stopped, as the least work is lost, unless another is so many times as large."""


@dataclass(frozen=True, slots=True)
class MemoryStop:
    """Why a chunk was stopped: the kind of failure, and the sentence about the program, which it lacks."""

    kind: FailureKind
    used: float
    allowed: float = 0.0
    free: float = 0.0
    keep_free: float = 0.0

    def in_words(self, program: str) -> str:
        """Return the sentence."""
        used = format_size(round(self.used))
        if self.allowed:
            return tr(
                "“{program}” was stopped: it used {used} of memory, and a chunk may use {allowed}. It is not tried "
                "again; make its chunks smaller, or raise “Memory per chunk” in the profile (--memory-limit)",
                program=program,
                used=used,
                allowed=format_size(round(self.allowed)),
            )
        free, keep_free = format_size(round(self.free)), format_size(round(self.keep_free))
        if self.kind is FailureKind.CROWDED:
            return tr(
                "“{program}” was stopped: it used {used} of memory when only {free} were free, and {keep_free} have to "
                "stay free. It is rendered later, with fewer chunks at a time",
                program=program,
                used=used,
                free=free,
                keep_free=keep_free,
            )
        return tr(
            "“{program}” was stopped: it used {used} of memory when only {free} were free, and {keep_free} have to "
            "stay free. Nothing else was rendered then, so it is not tried again; close other programs, make its "
            "chunks smaller, or lower “Keep memory free” in the profile (--keep-memory-free)",
            program=program,
            used=used,
            free=free,
            keep_free=keep_free,
        )


class WatchedChunk:
    """The processes of a chunk, while the guard watches them; ``stop`` is why it ended them, if it did."""

    def __init__(self, child: ChildProcess, attempt_id: str, limits: ProcessLimits) -> None:
        self.child = child
        self.attempt_id = attempt_id
        self.limits = limits
        self.stop: MemoryStop | None = None


class MemoryGuard:
    """Watches all chunks of a runner together, looking at the process table once for all.

    ``free_memory`` returns the bytes that programs can still get on this machine.
    """

    def __init__(self, free_memory: Callable[[], float] | None = None) -> None:
        self._free_memory = free_memory or left_memory
        self._chunks: list[WatchedChunk] = []
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, child: ChildProcess, attempt_id: str, limits: ProcessLimits) -> AsyncIterator[WatchedChunk]:
        """Watch a chunk for as long as the context lasts; nothing is done where there are no limits."""
        chunk = WatchedChunk(child, attempt_id, limits)
        if limits.memory is None and limits.keep_free is None:
            yield chunk
            return
        self._chunks.append(chunk)
        if self._task is None:
            self._task = asyncio.create_task(self._guard(), name="memory-guard")
        try:
            yield chunk
        finally:
            self._chunks.remove(chunk)
            if not self._chunks:
                task, self._task = self._task, None
                await end_tasks([task])

    async def _guard(self) -> None:
        while True:
            await asyncio.sleep(_PERIOD)
            try:
                await self._check_memory()
            except OSError:  # no file descriptors left to look with
                logger.warning("The memory of renderers could not be measured", exc_info=True)

    async def _check_memory(self) -> None:
        chunks = [chunk for chunk in self._chunks if chunk.stop is None and not chunk.child.has_exited()]
        used = await asyncio.to_thread(_measure, chunks)
        for chunk in chunks:
            allowed = chunk.limits.memory
            if allowed is not None and used[chunk] > allowed:
                await self._stop(chunk, MemoryStop(FailureKind.FATAL, used[chunk], allowed=allowed))
        await self._keep_free([chunk for chunk in chunks if chunk.stop is None])

    async def _keep_free(self, chunks: Sequence[WatchedChunk]) -> None:
        """Stop one chunk if too little is free, and what the chunks use is enough to change that."""
        guarded = [chunk for chunk in chunks if chunk.limits.keep_free is not None]
        keep_free = max((chunk.limits.keep_free or 0.0 for chunk in guarded), default=0.0)
        if not guarded or self._free_memory() >= keep_free:
            return
        # What they used before is no longer true where little was left only since then; nor is what was left, if one
        # of them has ended meanwhile.
        used = await asyncio.to_thread(_measure, chunks)
        free = self._free_memory()
        if free >= keep_free or sum(used[chunk] for chunk in guarded) < keep_free - free:
            return
        last, largest = guarded[-1], max(guarded, key=lambda chunk: used[chunk])
        chunk = largest if used[largest] > _MUCH_LARGER * used[last] else last
        kind = FailureKind.CROWDED if len(chunks) > 1 else FailureKind.FATAL
        await self._stop(chunk, MemoryStop(kind, used[chunk], free=free, keep_free=keep_free))

    async def _stop(self, chunk: WatchedChunk, why: MemoryStop) -> None:
        """End a chunk without grace: what it would do about a polite request takes memory, too."""
        if chunk in self._chunks and not chunk.child.has_exited():
            chunk.stop = why
            await end_tree(chunk.child, chunk.attempt_id, 0.0)


def _measure(chunks: Sequence[WatchedChunk]) -> dict[WatchedChunk, float]:
    """Return the bytes that the processes of each chunk use. Blocking."""
    table = list_processes()
    used = {}
    for chunk in chunks:
        processes = processes_of(chunk.child, chunk.attempt_id, table)
        used[chunk] = sum(map(_resident, processes))
        limit = chunk.limits.memory
        if limit is not None and used[chunk] > limit:  # pages that several of them share were counted for each
            used[chunk] = sum(map(_own_share, processes))
    return used


def _resident(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        return float(process.memory_info().rss)
    return 0.0


def _own_share(process: psutil.Process) -> float:
    """Return the memory of a process with its part of what it shares with others; on Linux alone that is known."""
    if sys.platform == "linux":
        with suppress(psutil.Error):
            return float(process.memory_full_info().pss)
    return _resident(process)
