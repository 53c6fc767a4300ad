"""Which attempts in the cloud were used up, and which may have left a result that nobody has fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from helios_gui.adapters.remote.storage_layout import AttemptKeys, attempts_prefix, chunk_of, job_of


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt whose result was not fetched; ``until`` (the loop's time) it may still be working on it."""

    attempt_id: str
    place: AttemptKeys
    until: float


@dataclass(frozen=True, slots=True, eq=False)
class Execution:
    """A worker that may be at work: on the attempt there, ``until`` then at most (the loop's time).

    ``limit`` is its time limit in seconds. ``known`` is ``False`` where an earlier run of the app may or may not have
    started it. ``over`` is set when it is heard of that it has ended.
    """

    place: AttemptKeys
    until: float
    limit: float = 0.0
    known: bool = True
    over: asyncio.Event = field(default_factory=asyncio.Event)


class AttemptRegistry:
    """What is known of attempts in storage, filled from a look there and from what this process does.

    An attempt's name is its id, unless a cancel object lies there from an earlier run of the app: then the next free
    of ``<id>-2``, ``<id>-3``, …, so that the new attempt is not stopped for the old one.
    """

    def __init__(self) -> None:
        self._seen: set[AttemptKeys] = set()
        self._begun: dict[str, AttemptKeys] = {}
        self._cancelled: set[AttemptKeys] = set()
        self._finished: set[AttemptKeys] = set()
        self._settled: set[str] = set()
        self._open: dict[str, OpenAttempt] = {}
        self._at_work: dict[AttemptKeys, Execution] = {}

    def learn(self, job_id: str, keys: Iterable[str]) -> None:
        """Take note of the keys that lie in storage below the job's attempts."""
        start = len(attempts_prefix(job_id))
        for key in keys:
            name, _, rest = key[start:].partition("/")
            place = AttemptKeys(job_id, name)
            self._seen.add(place)
            if rest == "cancel":
                self._cancelled.add(place)
            elif rest == "result.json":
                self._finished.add(place)

    def begin(self, attempt_id: str) -> AttemptKeys:
        """Return where the attempt of that id, which is about to be made, has its place."""
        place = self._begun[attempt_id] = self._free_place(attempt_id)
        return place

    def left_behind(self, attempt_id: str) -> AttemptKeys | None:
        """Return where an attempt of that id may still be going on, or has ended unheard; ``None`` if there is none."""
        if attempt_id in self._begun:
            return None if attempt_id in self._settled else self._begun[attempt_id]
        place = self._free_place(attempt_id)
        # One that was asked to stop before was perhaps made anew: only then something lies in the next place.
        return place if place.name == attempt_id or place in self._seen else None

    def _free_place(self, attempt_id: str) -> AttemptKeys:
        place = AttemptKeys(job_of(attempt_id), attempt_id)
        number = 1
        while place in self._cancelled:
            number += 1
            place = AttemptKeys(place.job_id, f"{attempt_id}-{number}")
        return place

    def is_finished(self, place: AttemptKeys) -> bool:
        """Return whether a result of it was seen in storage."""
        return place in self._finished

    def cancel(self, place: AttemptKeys) -> None:
        """Note that a cancel object was put there."""
        self._cancelled.add(place)

    def is_cancelled(self, place: AttemptKeys) -> bool:
        """Return whether a cancel object lies there."""
        return place in self._cancelled

    def may_be_at_work(self, attempt_id: str, place: AttemptKeys) -> bool:
        """Return whether a worker may be busy with an attempt; of those of an earlier run nobody knows."""
        return place in self._at_work or attempt_id not in self._begun

    def start(self, execution: Execution) -> None:
        """Note that a worker is asked to make the attempt."""
        self._at_work.setdefault(execution.place, execution)

    def end(self, place: AttemptKeys) -> None:
        """Note that no worker is at work there (any more)."""
        execution = self._at_work.pop(place, None)
        if execution is not None:
            execution.over.set()

    def at_work(self, job_id: str) -> Collection[Execution]:
        """Return those that may be at work for the job."""
        return [execution for execution in self._at_work.values() if execution.place.job_id == job_id]

    def settle(self, attempt_id: str) -> None:
        """Note that the attempt of this process is over, and nothing of it is left to fetch."""
        self._settled.add(attempt_id)

    def leave_open(self, left: OpenAttempt) -> None:
        """Note that the chunk's next attempt has to look for this one's result first."""
        self._open[chunk_of(left.attempt_id)] = left

    def take_open(self, attempt_id: str) -> OpenAttempt | None:
        """Return an earlier attempt at the same chunk whose result nobody has fetched; asked for once."""
        return self._open.pop(chunk_of(attempt_id), None)

    def forget(self, job_id: str) -> None:
        """Note that the job's objects are gone, or no longer of interest."""
        for places in (self._seen, self._cancelled, self._finished):
            places.difference_update([place for place in places if place.job_id == job_id])
        self._begun = {name: place for name, place in self._begun.items() if place.job_id != job_id}
        self._settled = {name for name in self._settled if job_of(name) != job_id}
        self._open = {chunk: left for chunk, left in self._open.items() if left.place.job_id != job_id}
