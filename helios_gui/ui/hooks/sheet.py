"""What the sheets of the hooks page are made of: fields, a test that really sends, and Save."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from helios_gui.hooks.hook import Hook
from helios_gui.hooks.store import HookSettings
from helios_gui.translation import tr
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.hooks.hook_test import HookTest
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.settings.fields import Field, FormGrid, WheelGuard
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.save_buttons import SaveButtons
from helios_gui.ui.widgets.styling import resize_on_screen, stack_with_lines
from helios_gui.utils.model_problems import problem_in_words


class SettingSheet(QDialog):
    """Edits one setting, a pydantic model. ``saved`` carries it when a person wants it kept. Show it with ``open()``.

    Args:
        title: The title of the window.
        test: The text of the button that sends something.
        log: Where what was sent is noted.
        run: Starts a task.
        parent: The window it belongs to.
    """

    saved = Signal(object)

    def __init__(self, title: str, test: str, log: Path, run: RunTask, parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.setMinimumSize(520, 320)
        self.fields: dict[str, Field] = {}
        self._wheel = WheelGuard(self)
        page = QWidget()
        self.form = FormGrid(page)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        self.test = HookTest(test, self._question, log, run, self)
        self.test.setContentsMargins(SPACE * 3, SPACE, SPACE * 3, SPACE)
        footer = SaveButtons()
        self.save_button, self.cancel_button = footer.save, footer.cancel
        self.save_button.clicked.connect(self._save)
        self.cancel_button.clicked.connect(self.reject)
        stack_with_lines(self, area, self.test, footer)
        resize_on_screen(self, QSize(620, 620))

    @abstractmethod
    def setting(self) -> BaseModel | None:
        """Return what is entered; ``None`` where that is not valid, which is said beside the fields."""

    @abstractmethod
    def trial(self) -> tuple[Hook, HookSettings] | None:
        """Return what the test tells; ``None`` where something is not valid, which is said beside the fields."""

    # for the sheets

    def _line(
        self, setting: str, title: str, meaning: str, example: str = "", form: FormGrid | None = None
    ) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(example)
        line.textEdited.connect(lambda: self.fields[setting].set_problem(""))
        self._add(setting, title, line, meaning, form)
        return line

    def _choice(
        self, setting: str, title: str, choices: Mapping[Any, str], meaning: str, form: FormGrid | None = None
    ) -> QComboBox:
        box = QComboBox()
        for value, name in choices.items():
            box.addItem(name, value)
        self._wheel.watch(box)
        self._add(setting, title, box, meaning, form)
        return box

    def _add(self, setting: str, title: str, editor: QWidget, meaning: str, form: FormGrid | None = None) -> None:
        editor.setObjectName(setting)
        self.fields[setting] = Field(form or self.form, title, editor, meaning)

    def _show_problems(self, error: ValidationError, otherwise: str) -> None:
        """Say beside each field what is wrong with it; beside ``otherwise`` what is about several."""
        for field in self.fields.values():
            field.set_problem("")
        for entry in reversed(error.errors(include_url=False)):
            name = str(entry["loc"][0]) if entry["loc"] else otherwise
            self.fields.get(name, self.fields[otherwise]).set_problem(_problem_text(entry))

    def _question(self) -> tuple[Hook, HookSettings] | None:
        asked = self.trial()
        if asked is None:
            self.test.say(tr("Something is still missing above."), "danger")
        return asked

    def _save(self) -> None:
        setting = self.setting()
        if setting is not None:
            self.saved.emit(setting)


def _problem_text(entry: ErrorDetails) -> str:
    """Return a problem in words for people; pydantic's own are English and for programmers."""
    match entry["type"]:
        case "value_error":
            return problem_in_words(entry)
        case "string_too_short" | "too_short" | "missing":
            return tr("This is still missing.")
        case "string_too_long" | "too_long":
            return tr("This is too long.")
    return tr("This is not valid.")
