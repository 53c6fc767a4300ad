"""What the pages of all kinds of profile are made of: editors that change a draft, and say what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from helios_gui.adapters.base_profile import MAX_DISK, MAX_FAILURES, MAX_JOBS, MAX_RETRIES, MAX_RETRY_DELAY, MAX_TIMEOUT
from helios_gui.translation import tr
from helios_gui.ui.settings.duration import DurationSpin
from helios_gui.ui.settings.fields import Field, FormGrid, WheelGuard
from helios_gui.ui.settings.profile_draft import NAME, ProfileDraft
from helios_gui.ui.widgets.decimal_box import DecimalBox

Spin = QSpinBox | QDoubleSpinBox


class ProfileForm(QWidget):
    """Edits one draft in place; ``edited`` is emitted after every change a person makes."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft: ProfileDraft | None = None  # the one on show
        self._wheel = WheelGuard(self)
        self._spins: dict[str, Spin] = {}
        self._show: dict[str, Callable[[Any], None]] = {}
        self._editors: dict[str, QWidget] = {}
        self.fields: dict[str, Field] = {}
        self._form = FormGrid(self)
        self.name = self._add_text(
            NAME, tr("Name"), tr("Shown in the queue, and used with --profile in a terminal."), trim=True
        )

    def spin(self, setting: str) -> Spin:
        """Return the spin box of a setting."""
        return self._spins[setting]

    def line(self, setting: str) -> QLineEdit:
        """Return the text field of a setting."""
        editor = self._editors[setting]
        assert isinstance(editor, QLineEdit)
        return editor

    def choice(self, setting: str) -> QComboBox:
        """Return the combo box of a setting."""
        editor = self._editors[setting]
        assert isinstance(editor, QComboBox)
        return editor

    def show_draft(self, draft: ProfileDraft, problems: Mapping[str, str]) -> None:
        """Edit this draft from now on."""
        self.draft = draft
        for setting, show in self._show.items():
            with QSignalBlocker(self._editors[setting]):
                show(draft.values[setting])
        self.show_problems(problems)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say beside each field what is wrong with it."""
        warnings = {} if problems or self.draft is None else self.draft.build().warnings()
        for setting, field in self.fields.items():
            gap = self.draft is not None and self.draft.is_gap(setting)
            problem = problems.get(setting, "")
            field.set_problem(problem or warnings.get(setting, ""), gentle=gap or not problem)

    def leave(self) -> None:
        """Note that another page is shown from now on."""

    # the sections every kind has

    def _add_jobs(self) -> None:
        self._add_count("max_jobs", tr("Concurrent jobs"), (1, MAX_JOBS), tr("Further jobs wait in the queue."))

    def _add_failures(self, time_limit: float, time_limit_meaning: str) -> None:
        self._form.add_section(tr("RETRIES AND TIMEOUTS"))
        self._add_count(
            "retries",
            tr("Retries"),
            (0, MAX_RETRIES),
            tr("Further attempts at a chunk after a failed one, before the chunk counts as failed."),
        )
        self._add_spin(
            "retry_delay",
            tr("Retry delay"),
            DurationSpin(0.1, MAX_RETRY_DELAY),
            tr("Roughly the time before the first retry; it grows with each further retry."),
        )
        self._add_spin(
            "chunk_timeout",
            tr("Timeout per chunk"),
            DurationSpin(0, time_limit, tr("Off")),
            time_limit_meaning,
            optional=True,
        )
        self._add_stalls()
        self._add_stopping()

    def _add_stalls(self) -> None:
        self._add_choice(
            "stall_action",
            tr("Stalled chunks"),
            (
                ("off", tr("Ignore")),
                ("warn", tr("Warn")),
                ("kill", tr("Stop and retry")),
            ),
            tr("A chunk has stalled when it prints nothing and uses no processor for some time."),
        )
        self._add_spin(
            "stall_after",
            tr("Stalled after"),
            DurationSpin(1, MAX_TIMEOUT),
            tr("How long a chunk has to be silent and idle to count as stalled."),
        )

    def _add_stopping(self) -> None:
        self._add_count(
            "stop_after_failures",
            tr("Stop after"),
            (0, MAX_FAILURES),
            tr("The job stops if the first so many chunks all fail. Off: the others are tried all the same."),
            none=tr("Off"),
            suffix=tr(" failed chunks"),
        )
        share = DecimalBox()
        share.setRange(0, 100)
        share.setDecimals(1)
        share.setSpecialValueText(tr("Off"))
        share.setSuffix(tr(" % failed"))
        self._add_spin(
            "stop_at_failed_percent",
            tr("Stop at"),
            share,
            tr("Later, the job stops once this share of the chunks tried so far has failed."),
            optional=True,
        )

    def _add_conditions(self) -> None:
        self._form.add_section(tr("WHEN CHUNKS WAIT"))
        self._add_text(
            "hours",
            tr("Hours"),
            tr("Chunks are started in these hours only. Days may be left out, or times. Empty: always."),
            tr("Mon-Fri 20:00-07:00; Sat,Sun"),
        )
        self._add_choice(
            "wait_on_battery",
            tr("On battery"),
            ((False, tr("Go on")), (True, tr("Wait"))),
            tr("Running chunks are finished; no other is started before the computer is plugged in."),
        )
        disk = DecimalBox()
        disk.setRange(0, MAX_DISK)
        disk.setDecimals(1)
        disk.setSpecialValueText(tr("Off"))
        disk.setSuffix(" GB")
        self._add_spin(
            "wait_below_free_disk",
            tr("Keep disk free"),
            disk,
            tr("No chunk is started while less is free on the disk of the job's folder."),
            optional=True,
        )
        programs = self._add_text(
            "wait_while_running",
            tr("Programs first"),
            tr("No chunk is started while one of these programs runs. Names as in the task manager, with commas."),
            tr("Resolve, Photoshop"),
        )
        self._show["wait_while_running"] = lambda value: programs.setText(joined_names(value))

    # editors

    def _add_text(
        self,
        setting: str,
        title: str,
        meaning: str,
        example: str = "",
        *,
        trim: bool = False,
        form: FormGrid | None = None,
    ) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(example)
        line.textEdited.connect(lambda text: self._set(setting, text.strip() if trim else text))
        self._show[setting] = lambda value: line.setText(str(value))
        self._add(setting, title, line, meaning, form)
        return line

    def _add_price(self, setting: str, title: str, meaning: str, form: FormGrid) -> None:
        line = self._add_text(setting, title, meaning, form=form)
        line.textEdited.disconnect()
        line.textEdited.connect(lambda text: self._set(setting, _number_or_text(text)))
        self._show[setting] = lambda value: line.setText(value if isinstance(value, str) else _decimal(value))

    def _add_count(
        self, setting: str, title: str, bounds: tuple[int, int], meaning: str, *, none: str = "", suffix: str = ""
    ) -> None:
        """Add a whole number; if ``none`` is given, the lowest value means "not set" and is shown as that text."""
        spin = QSpinBox()
        spin.setRange(*bounds)
        spin.setSpecialValueText(none)
        spin.setSuffix(suffix)
        self._add_spin(setting, title, spin, meaning, optional=bool(none))

    def _add_spin(self, setting: str, title: str, spin: Spin, meaning: str, *, optional: bool = False) -> None:
        self._spins[setting] = spin
        self._wheel.watch(spin)
        spin.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToPreviousValue)
        spin.valueChanged.connect(lambda value: self._set(setting, None if optional and value == 0 else value))
        self._show[setting] = lambda value: spin.setValue(value or 0)
        self._add(setting, title, spin, meaning)

    def _add_choice(self, setting: str, title: str, values: Sequence[tuple[object, str]], meaning: str) -> None:
        """Add a choice; ``values`` are pairs of a value and its name."""
        box = QComboBox()
        for value, name in values:
            box.addItem(name, value)
        self._wheel.watch(box)
        box.currentIndexChanged.connect(lambda: self._set(setting, box.currentData()))
        self._show[setting] = lambda value: box.setCurrentIndex(box.findData(value))
        self._add(setting, title, box, meaning)

    def _add(self, setting: str, title: str, editor: QWidget, meaning: str, form: FormGrid | None = None) -> None:
        self.fields[setting] = Field(form or self._form, title, editor, meaning)
        self._editors[setting] = editor
        editor.setObjectName(setting)

    def _set(self, setting: str, value: object) -> None:
        if self.draft is not None:
            self.draft.values[setting] = value
            self.draft.touched.add(setting)
            self.edited.emit()


def joined_names(value: str | Sequence[str]) -> str:
    """Return several names as one text; what a person is typing stays as it is."""
    return value if isinstance(value, str) else ", ".join(value)


def _decimal(number: float) -> str:
    """Format a small number with all its digits and without exponent: ``0.0000166667``."""
    return format(Decimal(repr(number)), "f")


def _number_or_text(text: str) -> float | str:
    """Return the number if the text is one; else the text, which the profile's validation then refuses."""
    try:
        return float(text)
    except ValueError:
        return text
