"""What is heard of a page, from when to when, as its clock notes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

STREAM = "stream:"
"""The address of what a page makes itself, such as a MediaStream: there is nothing to read."""


@dataclass(frozen=True, slots=True)
class Fade:
    """How a sound rises and falls: ``rise`` seconds from ``start`` on, and ``fall`` seconds until ``end`` (page time).

    A fall of 0 is none.
    """

    start: float
    rise: float
    fall: float
    end: float


@dataclass(frozen=True, slots=True)
class SoundSource:
    """A sound on its way: at page time ``base`` (seconds) it is at ``place`` (seconds of the medium).

    Attributes:
        context: The frame of the page that it belongs to.
        url: The medium's address.
        base: Page time in seconds.
        place: Where the medium is then, in seconds.
        rate: Seconds of the medium per second.
        loop: After how many seconds of the medium it begins again; 0 where it does not.
        length: Seconds of the medium; 0 where nobody knows.
        keeps_pitch: Whether a rate other than 1 leaves the pitch alone.
    """

    context: int
    url: str
    base: float
    place: float
    rate: float
    loop: float
    length: float
    keeps_pitch: bool


@dataclass(frozen=True, slots=True)
class SoundSpan:
    """A source that is heard from ``start`` to ``end`` (page time in seconds).

    Attributes:
        source: What is heard.
        start: When.
        end: Until when; infinite where nothing has ended it yet.
        volume: 0 to 1.
        ramp: From when on the volume goes steadily to ``next_volume``, which it has at ``end``; infinite for never.
        next_volume: See ``ramp``.
        fade: How it rises and falls besides; ``None`` for not at all.
    """

    source: SoundSource
    start: float
    end: float
    volume: float
    ramp: float = inf
    next_volume: float = 0.0
    fade: Fade | None = None


class SoundNotes:
    """Collects what the clocks of a page and of the frames inside it note."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], SoundSpan] = {}
        self._closed: list[SoundSpan] = []

    def add(self, context: int, notes: Iterable[Mapping[str, Any]]) -> None:
        """Take the notes of one frame of the page, in the order in which they were made."""
        for note in notes:
            key = (context, note["player"])
            volume = float(note["volume"])
            self._close(key, note["noted"] / 1000, volume, note["since"])
            if "url" in note:
                self._open[key] = _stretch(context, note, volume)

    def close(self, context: int, time: float) -> None:
        """End what plays in a frame of the page that was removed at ``time`` (seconds)."""
        for key in [key for key in self._open if key[0] == context]:
            self._close(key, time, 0.0, None)

    def stretches(self) -> list[SoundSpan]:
        """Return all that is heard so far; silence is left out."""
        return [one for one in (*self._closed, *self._open.values()) if one.volume or one.next_volume]

    def _close(self, key: tuple[int, int], time: float, volume: float, since: float | None) -> None:
        before = self._open.pop(key, None)
        if before is None or time <= before.start:
            return
        if since is None:
            self._closed.append(replace(before, end=time))
        else:
            self._closed.append(replace(before, end=time, ramp=max(before.start, since / 1000), next_volume=volume))


def _stretch(context: int, note: Mapping[str, Any], volume: float) -> SoundSpan:
    source = SoundSource(
        context=context,
        url=note["url"],
        base=note["base"] / 1000,
        place=float(note["place"]),
        rate=float(note["rate"]),
        loop=float(note["loop"]),
        length=float(note["length"]),
        keeps_pitch=bool(note["pitch"]),
    )
    fade = note["fade"]
    return SoundSpan(
        source,
        start=note["at"] / 1000,
        end=inf,
        volume=volume,
        fade=Fade(fade["start"], fade["in"], fade["out"], fade["end"]) if fade else None,
    )
