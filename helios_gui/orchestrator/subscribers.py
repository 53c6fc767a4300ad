"""Those who watch the queue."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from helios_gui.types import Event

_logger = logging.getLogger(__name__)
Subscriber = Callable[[Sequence[Event]], None]


class Subscribers:
    """Passes every batch of events to all subscribers. One that raises harms neither the others nor the engine."""

    def __init__(self) -> None:
        self._callbacks: dict[object, Subscriber] = {}

    def add(self, callback: Subscriber) -> Callable[[], None]:
        """Call ``callback`` with every batch from now on; the answer ends that."""
        key = object()
        self._callbacks[key] = callback

        def unsubscribe() -> None:
            self._callbacks.pop(key, None)

        return unsubscribe

    def publish(self, events: Sequence[Event]) -> None:
        """Hand a batch to everybody who is there now."""
        for key, callback in tuple(self._callbacks.items()):
            if key not in self._callbacks:
                continue  # another one has just ended it
            try:
                callback(events)
            except Exception:
                _logger.exception("a subscriber failed")
