"""The page of one profile of the Local kind."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QSpinBox, QWidget

from helios_gui.profiles.base import MAX_FAILURES, MAX_JOBS, MAX_RETRIES, MAX_RETRY_DELAY, MAX_TIMEOUT
from helios_gui.profiles.local import MAX_CONCURRENCY, MAX_GRACE, usable_processors
from helios_gui.ui.settings.draft import ENVIRONMENT, NAME, ProfileDraft
from helios_gui.ui.settings.duration import DurationSpin
from helios_gui.ui.settings.environment import EnvironmentEditor
from helios_gui.ui.settings.fields import Field, FormGrid, WheelGuard

_OPTIONAL = ("concurrency", "chunk_timeout", "failure_budget")
"""Settings whose lowest value in the form means "none of it": automatic, or off."""


class LocalForm(QWidget):
    """Edits one draft in place; ``edited`` is emitted after every change a person makes."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft: ProfileDraft | None = None
        self._wheel = WheelGuard(self)
        self._spins: dict[str, QSpinBox | DurationSpin] = {}
        self.fields: dict[str, Field] = {}
        self._form = FormGrid(self)
        self._add_name()
        self._add_load()
        self._add_failures()
        self._add_renderer()
        self._form.finish()

    def spin(self, setting: str) -> QSpinBox | DurationSpin:
        """The spin box of a setting."""
        return self._spins[setting]

    def show_draft(self, draft: ProfileDraft, problems: Mapping[str, str]) -> None:
        """Edit this draft from now on."""
        self._draft = draft
        with QSignalBlocker(self.name):
            self.name.setText(str(draft.values[NAME]))
        for setting, spin in self._spins.items():
            with QSignalBlocker(spin):
                spin.setValue(draft.values[setting] or 0)
        self.environment.model.set_rows(draft.environment, draft.variable_problems)
        self.show_problems(problems)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say beside each field what is wrong with it."""
        for setting, field in self.fields.items():
            field.set_problem(problems.get(setting, ""))

    def _add_name(self) -> None:
        self.name = QLineEdit()
        self.name.textEdited.connect(lambda text: self._set(NAME, text.strip()))
        self._add(NAME, self.tr("Name"), self.name, self.tr("Shown in the queue; --profile takes it in a terminal."))

    def _add_load(self) -> None:
        self._form.add_section(self.tr("AT THE SAME TIME"))
        chunks = self._count(0, MAX_CONCURRENCY)
        chunks.setSpecialValueText(self.tr("Automatic ({count})").format(count=usable_processors()))
        self._add(
            "concurrency",
            self.tr("Chunks at a time"),
            chunks,
            self.tr("Over all jobs of this profile. Automatic is one for each processor of this computer."),
        )
        self._add(
            "max_jobs",
            self.tr("Jobs at a time"),
            self._count(1, MAX_JOBS),
            self.tr("Further jobs wait in the queue."),
        )

    def _add_failures(self) -> None:
        self._form.add_section(self.tr("WHEN A CHUNK FAILS"))
        self._add(
            "retries",
            self.tr("Retries"),
            self._count(0, MAX_RETRIES),
            self.tr("How often a failed chunk is tried again before it counts as failed."),
        )
        self._add(
            "retry_delay",
            self.tr("Wait before a retry"),
            DurationSpin(0.1, MAX_RETRY_DELAY),
            self.tr("About this long before the first retry; longer before each further one."),
        )
        self._add(
            "chunk_timeout",
            self.tr("Time limit per chunk"),
            DurationSpin(0, MAX_TIMEOUT, self.tr("Off")),
            self.tr(
                "A chunk that takes longer is stopped and counts as a failed try. Write 90 s, 15 min or 1 h 30 min."
            ),
        )
        budget = self._count(0, MAX_FAILURES)
        budget.setSpecialValueText(self.tr("Off"))
        budget.setSuffix(self.tr(" failed chunks"))
        self._add(
            "failure_budget",
            self.tr("Stop the job after"),
            budget,
            self.tr("When off, the other chunks are rendered however many fail."),
        )

    def _add_renderer(self) -> None:
        self._form.add_section(self.tr("RENDERERS"))
        self._add(
            "stop_grace",
            self.tr("Time to stop"),
            DurationSpin(0.1, MAX_GRACE),
            self.tr("A renderer that is asked to stop and still runs after this long is killed."),
        )
        self.environment = EnvironmentEditor()
        self.environment.edited.connect(self.edited)
        self._add(
            ENVIRONMENT,
            self.tr("Environment"),
            self.environment,
            self.tr("Variables every renderer of this profile gets. They are stored as plain text: no passwords."),
        )

    def _count(self, minimum: int, maximum: int) -> QSpinBox:
        spin = QSpinBox()
        spin.setRange(minimum, maximum)
        return spin

    def _add(self, setting: str, title: str, editor: QWidget, explanation: str) -> None:
        self.fields[setting] = Field(self._form, title, editor, explanation)
        editor.setObjectName(setting)
        if isinstance(editor, QSpinBox | DurationSpin):
            self._spins[setting] = editor
            self._wheel.watch(editor)
            editor.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToPreviousValue)
            editor.valueChanged.connect(lambda value: self._set_number(setting, value))

    def _set_number(self, setting: str, value: float) -> None:
        self._set(setting, None if setting in _OPTIONAL and value == 0 else value)

    def _set(self, setting: str, value: object) -> None:
        if self._draft is not None:
            self._draft.values[setting] = value
            self.edited.emit()
