"""The row of attempts at a chunk: what each came to, newest last and shown first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabBar, QWidget

from helios_gui.translation import tr
from helios_gui.types import Attempt
from helios_gui.utils.state_words import attempt_word


def attempt_label(attempt: Attempt) -> str:
    """``Attempt 2 · failed · exit 1 · GPU 0``."""
    parts = [tr("Attempt {0}").format(attempt.number), attempt_word(attempt.state)]
    if attempt.exit_code:
        parts.append(tr("exit {0}").format(attempt.exit_code))
    if attempt.worker:
        parts.append(attempt.worker)
    return " · ".join(parts)


class AttemptTabs(QTabBar):
    """One tab per attempt. Told of changes it keeps the chosen attempt, unless that was the newest then."""

    attempt_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._attempts: tuple[Attempt, ...] = ()
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setUsesScrollButtons(True)
        self.setAccessibleName(tr("Attempts"))
        self.currentChanged.connect(self._chosen)

    @property
    def attempt(self) -> Attempt | None:
        """The chosen attempt."""
        index = self.currentIndex()
        return self._attempts[index] if 0 <= index < len(self._attempts) else None

    def set_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Show these attempts, oldest first; does not emit ``attempt_chosen``."""
        index = self._index_to_show(attempts)
        self._attempts = tuple(attempts)
        self.blockSignals(True)
        while self.count() > len(attempts):
            self.removeTab(self.count() - 1)
        for place, attempt in enumerate(attempts):
            if place == self.count():
                self.addTab("")
            self.setTabText(place, attempt_label(attempt))
            self.setTabToolTip(place, attempt.cause or attempt_label(attempt))
        self.setCurrentIndex(index)
        self.blockSignals(False)
        self.update()

    def _index_to_show(self, attempts: Sequence[Attempt]) -> int:
        ids = [attempt.id for attempt in attempts]
        shown = self.attempt
        on_newest = shown is None or shown.id == self._attempts[-1].id
        return len(ids) - 1 if on_newest or shown is None or shown.id not in ids else ids.index(shown.id)

    def _chosen(self, index: int) -> None:
        if index >= 0:
            self.attempt_chosen.emit()
