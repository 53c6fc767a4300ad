"""Ending processes with all they started, even what left the session or lost its parents.

Four traces lead to the processes of an attempt: descent, the process group, the attempt's id in the environment,
which daemons inherit too, and what daemons cannot drop: on Linux the attempt's mark, on Windows its job object. All are
looked at, again and again, until nothing is left. On macOS, a daemon that left the group and emptied its environment is
not found.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress

import psutil

from helios_gui.process.attempt_mark import mark_of
from helios_gui.process.child_process import ChildProcess
from helios_gui.process.process_table import ProcessEntry, look_since
from helios_gui.process.windows_jobs import close_jobs, members_of

logger = logging.getLogger(__name__)

_KILL_TIMEOUT = 10.0
"""Seconds after SIGKILL until a process stuck in the kernel (a dead network drive) is given up on."""
_SHORTEST_PAUSE = 0.01
_LONGEST_PAUSE = 0.25


async def end_tree(leader: ChildProcess, attempt_id: str, grace: float) -> None:
    """End a process with all it started: SIGTERM, up to ``grace`` seconds, SIGKILL.

    Returns when nothing is left. Cancelling it does not stop it: the grace ends at once, and the
    cancellation is passed on when nothing is left.
    """
    hurry: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    cancelled = False
    while True:
        task = asyncio.ensure_future(_TreeEnding({attempt_id}, leader).end(grace, hurry))
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                cancelled = True
                if not hurry.done():
                    hurry.set_result(None)
        if not task.cancelled():  # else the loop is being shut down: it cancelled this task too
            break
        if not hurry.done():
            hurry.set_result(None)
    task.result()
    if cancelled:
        raise asyncio.CancelledError


async def end_attempts(attempt_ids: Collection[str], grace: float) -> int:
    """End every process that carries one of these attempt ids, and their descendants; how many there were."""
    if not attempt_ids:
        return 0
    try:
        return await _TreeEnding(attempt_ids).end(grace)
    finally:
        close_jobs(attempt_ids)


def processes_of(
    leader: ChildProcess, attempt_id: str, table: Collection[ProcessEntry] | None = None
) -> list[psutil.Process]:
    """Return the living processes of an attempt. Blocking. Raises ``OSError`` when the table cannot be read.

    ``table`` are the processes of the machine, where they were listed already.
    """
    return _TreeEnding({attempt_id}, leader).find(look_since(time.monotonic()) if table is None else table)


class _TreeEnding:
    """The search for the processes of some attempts, and their end."""

    def __init__(self, attempt_ids: Collection[str], leader: ChildProcess | None = None) -> None:
        self._attempt_ids = frozenset(filter(None, attempt_ids))  # an empty one would be everybody's
        self._marks = frozenset(map(mark_of, self._attempt_ids))
        self._leader = leader
        self._known: dict[int, psutil.Process] = {}
        self._asked: set[psutil.Process] = set()

    async def end(self, grace: float, hurry: asyncio.Future[None] | None = None) -> int:
        """End all that is found until nothing is found; ``hurry`` done ends the grace. How many there were."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + grace
        pause = _SHORTEST_PAUSE
        while victims := await self._list_processes():
            now = loop.time()
            forced = now >= deadline or (hurry is not None and hurry.done())
            if now > deadline + _KILL_TIMEOUT:
                logger.warning("Processes that cannot be ended: %s", [victim.pid for victim in victims])
                break
            self._signal(victims, forced=forced)
            exited = self._leader.exited if self._leader is not None else None
            waiting = [future for future in (exited, hurry) if future is not None and not future.done()]
            # The leader's end is heard of at once; only what is left without it has to be polled for.
            leader_runs = exited is not None and not exited.done()
            longest = (_KILL_TIMEOUT if leader_runs else pause) if forced else deadline - now
            await _pause(waiting, longest if leader_runs else min(pause, longest))
            if not leader_runs:
                pause = min(pause * 2, _LONGEST_PAUSE)
        await self._reap_leader()
        return len(self._asked)

    async def _list_processes(self) -> list[psutil.Process]:
        """List what is alive now. That takes file descriptors: where none are left, wait a while for some."""
        give_up = time.monotonic() + _KILL_TIMEOUT
        while True:
            is_leader_gone = self._leader is not None and self._leader.exited.done()
            try:
                table = await asyncio.to_thread(look_since, time.monotonic())
                return self.find(table, is_leader_gone=is_leader_gone)
            except OSError:
                if time.monotonic() > give_up:
                    logger.exception("The process table cannot be read, so some processes may be left running")
                    return []
                await asyncio.sleep(_LONGEST_PAUSE)

    async def _reap_leader(self) -> None:
        if self._leader is not None and not self._leader.exited.done():
            await _pause([self._leader.exited], _KILL_TIMEOUT)
            if not self._leader.exited.done():
                self._leader.forget()

    def find(self, table: Collection[ProcessEntry], *, is_leader_gone: bool = False) -> list[psutil.Process]:
        """List the living processes of the attempts, parents first.

        ``is_leader_gone``: the leader was reaped before the table was made.
        """
        children: dict[int, list[int]] = defaultdict(list)
        parents = {entry.pid: entry.parent for entry in table}
        queue = []
        known = {pid for pid, process in self._known.items() if process.is_running()}
        known |= members_of(self._attempt_ids)
        leader = self._leader.pid if self._leader is not None else 0
        if is_leader_gone and any(entry.pid == leader for entry in table):
            leader = 0  # its number is another's by now: the system gives it to nobody while its group has members
        for entry in table:
            children[entry.parent].append(entry.pid)
            if entry.pid in known or self._is_root(entry, leader) or self._is_marked(entry, parents):
                queue.append(entry.pid)
        # Parents first (pids mostly rise): a script must not start its next step because the last one was ended.
        queue.sort(key=lambda pid: (self._leader is None or pid != self._leader.pid, pid))
        found: dict[int, None] = {}
        for pid in queue:
            if pid not in found and pid != os.getpid():  # never this process, whoever started it
                found[pid] = None
                queue.extend(children[pid])
        return list(self._processes(found))

    def _is_root(self, entry: ProcessEntry, leader: int) -> bool:
        return entry.attempt_id in self._attempt_ids or (leader != 0 and leader in (entry.pid, entry.group))

    def _is_marked(self, entry: ProcessEntry, parents: Mapping[int, int]) -> bool:
        """Return whether the process has only the mark, and got it from an attempt's leader.

        What another thread of this process started while a leader was marked has the mark by chance. It is still below
        this process, where descent from the leader finds what belongs to an attempt. As the first process of a
        container, this one is the parent of all orphans, too.
        """
        if entry.mark not in self._marks:
            return False
        pid, above = entry.pid, parents.get(entry.pid, 0)
        while above and above != os.getpid() and above != pid:
            pid, above = above, parents.get(above, 0)
        return above != os.getpid() or (pid == entry.pid and os.getpid() == 1)

    def _processes(self, pids: Iterable[int]) -> Iterator[psutil.Process]:
        for pid in pids:
            with suppress(psutil.Error):
                process = psutil.Process(pid)  # knows its start time, so that a reused pid is told apart
                self._known[pid] = process
                yield process

    def _signal(self, victims: Iterable[psutil.Process], *, forced: bool) -> None:
        for victim in victims:
            with suppress(psutil.Error, OSError):
                if forced:
                    victim.kill()
                elif victim not in self._asked:
                    victim.terminate()
                    victim.resume()  # a stopped process acts on nothing but SIGKILL
            self._asked.add(victim)


async def _pause(futures: list[asyncio.Future[int] | asyncio.Future[None]], seconds: float) -> None:
    """Wait until one of ``futures`` is done, at most ``seconds``."""
    if futures:
        await asyncio.wait(futures, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
    else:
        await asyncio.sleep(max(0.0, seconds))
