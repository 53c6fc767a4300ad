"""The row of attempts at a chunk: what each came to, newest last and shown first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabBar, QWidget

from helios_gui.translation import tr
from helios_gui.types import Attempt
from helios_gui.utils.state_words import attempt_word


def attempt_label(attempt: Attempt) -> str:
    """Return ``Attempt 2 · failed · exit 1 · GPU 0``."""
    parts = [tr("Attempt {0}").format(attempt.number), attempt_word(attempt.state)]
    if attempt.exit_code:
        parts.append(tr("exit {0}").format(attempt.exit_code))
    if attempt.worker:
        parts.append(attempt.worker)
    return " · ".join(parts)


class AttemptTabs(QTabBar):
    """One tab per attempt. Told of changes it keeps the chosen attempt, unless that was the newest then.

    Where there is no room to say of all of them what they came to, only the chosen one's tab says it; with less room,
    the others are numbers.
    """

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
            self.setTabToolTip(place, attempt.cause or attempt_label(attempt))
        self.setCurrentIndex(index)
        self._name_tabs()
        self.blockSignals(False)
        self.update()

    def _index_to_show(self, attempts: Sequence[Attempt]) -> int:
        ids = [attempt.id for attempt in attempts]
        shown = self.attempt
        on_newest = shown is None or shown.id == self._attempts[-1].id
        return len(ids) - 1 if on_newest or shown is None or shown.id not in ids else ids.index(shown.id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_tabs()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def _name_tabs(self) -> None:
        """Say in the tabs what the attempts came to, as far as there is room for it."""
        labels = [attempt_label(attempt) for attempt in self._attempts]
        short = [tr("Attempt {0}").format(attempt.number) for attempt in self._attempts]
        numbers = [str(attempt.number) for attempt in self._attempts]
        for others in (labels, short, numbers):
            chosen = self.currentIndex()
            self._set_texts(labels[place] if place == chosen else text for place, text in enumerate(others))
            if sum(self.tabSizeHint(place).width() for place in range(self.count())) <= self.width():
                break

    def _set_texts(self, texts: Iterable[str]) -> None:
        for place, text in enumerate(texts):
            if self.tabText(place) != text:
                self.setTabText(place, text)

    def _chosen(self, index: int) -> None:
        self._name_tabs()
        if index >= 0:
            self.attempt_chosen.emit()
