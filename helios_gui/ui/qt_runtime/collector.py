"""Run Python's garbage collector on the window's thread only.

Left alone it runs in whichever thread happens to allocate; one that is not the window's then destroys Qt objects that
were caught in a cycle, which Qt answers with a warning at best and a crash at worst.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL = 100
"""Milliseconds between two looks: what Python would have collected by then is collected."""

OLDER_EVERY = 10
"""Looks between two for older objects: those are many, and looking through them takes a frame of the screen."""


class WindowThreadCollector(QObject):
    """Switches the automatic collection off and looks often instead; ``stop`` gives it back to Python."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._runs = 0
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    def settle(self) -> None:
        """Exempt all objects that exist now, such as modules, from later collections."""
        gc.collect()
        gc.freeze()

    def collect_if_due(self) -> None:
        """Collect the oldest generation that is past its threshold, as Python itself would."""
        self._runs += 1
        for generation in (2, 1, 0) if self._runs % OLDER_EVERY == 0 else (0,):
            threshold = gc.get_threshold()[generation]
            if threshold and gc.get_count()[generation] > threshold:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
