"""The button that really tells a hook, and the line that says what came back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget
from shiboken6 import isValid

from helios_gui.hooks.hook import Hook
from helios_gui.hooks.runner import HookRunner
from helios_gui.hooks.sample import made_up_job
from helios_gui.hooks.store import HookSettings
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.styling import set_style_property, text_label

Question = Callable[[], tuple[Hook, HookSettings] | None]
"""Returns the hook to tell, with the mail server to use; ``None`` where it is not complete, which was said."""


class HookTest(QWidget):
    """A button and a line. ``told`` is emitted once something was tried: the log has a line more.

    Args:
        title: The button's text.
        question: What to tell.
        log: Where each try is noted.
        run: Starts a task.
        parent: The owner.
    """

    told = Signal()

    def __init__(self, title: str, question: Question, log: Path, run: RunTask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question = question
        self._log = log
        self._run = run
        self.button = QPushButton(title)
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._start)
        self.result = text_label()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE * 2)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.result, 1)

    def say(self, text: str, role: str = "small") -> None:
        """Show a text beside the button."""
        self.result.setText(text)
        set_style_property(self.result, "role", role)

    def _start(self) -> None:
        asked = self._question()
        if asked is not None:
            self.button.setEnabled(False)
            self.say(tr("Sending …"))
            self._run(self._send_test(*asked))

    async def _send_test(self, hook: Hook, settings: HookSettings) -> None:
        event = hook.events[0]
        runner = HookRunner(lambda: settings, self._log)
        try:
            answer = await runner.notify(hook, event, made_up_job(event), tries=1)
            text, role = tr("✓ It was told. {answer}", answer=answer).rstrip(), "success"
        except HeliosError as error:
            text, role = f"✕ {error} {error.hint}".rstrip(), "danger"
        if isValid(self):
            self.button.setEnabled(True)
            self.say(text, role)
            self.told.emit()
