"""Tells a person that a service refuses all calls for some time, which may be for ever, and when that is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from helios_gui.translation import tr
from helios_gui.utils.format import format_duration

Say = Callable[[str], None]

_CLEARLY_LONGER = 1.5


class RefusalWatch:
    """Watches the calls of all attempts of one adapter, for one event loop.

    A service that is merely full is at work: it is said only while no call lasts. Many services answer when a chunk is
    done, so a call counts as one at work that lasts for half of ``after`` seconds, and clearly longer than one that was
    refused has ever lasted.

    Args:
        name: What is called, in a sentence.
        say: Gets the sentences.
        after: Seconds of refusals, and nothing else, after which it is said.
    """

    def __init__(self, name: str, say: Say, after: float) -> None:
        self._name = name
        self._say = say
        self._after = after
        self._attempts = 0
        self._calls: dict[object, float] = {}
        self._since: float | None = None
        self._message = ""
        self._longest_refusal = 0.0
        self._is_said = False
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Count an attempt; nobody is told of a wait that was given up."""
        self._attempts += 1
        try:
            yield
        finally:
            self._attempts -= 1
            if not self._attempts:
                self._reset()

    @contextmanager
    def call(self) -> Iterator[float]:
        """Count a call, until it is refused or what it has begun has ended; yield when it began (the loop's time)."""
        call, begun = object(), asyncio.get_running_loop().time()
        self._calls[call] = begun
        try:
            yield begun
        finally:
            del self._calls[call]

    def refused(self, message: str, begun: float) -> None:
        """Note that a call that was ``begun`` then was refused, with the reason as a sentence."""
        now = asyncio.get_running_loop().time()
        self._message, self._longest_refusal = message, max(self._longest_refusal, now - begun)
        if self._since is None:
            self._since = now
            self._check_in(self._after)

    def taken(self) -> None:
        """Note that the service has taken a call."""
        if self._is_said:
            self._say_end()
        self._reset()

    def _check_in(self, delay: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay, self._check_calls)

    def _check_calls(self) -> None:
        assert self._since is not None, "a timer runs only while calls are refused"
        now = asyncio.get_running_loop().time()
        at_work = max(self._after / 2, _CLEARLY_LONGER * self._longest_refusal)
        if any(now - begun >= at_work for begun in self._calls.values()):
            self.taken()
            return
        undecided = [begun for begun in self._calls.values() if begun <= self._since]
        if undecided:
            self._check_in(at_work - (now - min(undecided)))
            return
        if not self._is_said:
            self._is_said = True
            self._say(
                tr(
                    "{message} Chunks have waited for {time}; they are sent again until it takes one.",
                    message=self._message,
                    time=format_duration(now - self._since),
                )
            )
        self._check_in(self._after / 2)

    def _say_end(self) -> None:
        assert self._since is not None, "refusals were told of"
        waited = asyncio.get_running_loop().time() - self._since
        self._say(
            tr("Chunks are rendered again by {name}, after {time}.", name=self._name, time=format_duration(waited))
        )

    def _reset(self) -> None:
        self._since, self._is_said = None, False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
