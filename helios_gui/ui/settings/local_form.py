"""The page of one profile that renders on this machine."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from helios_gui.adapters.base_profile import MAX_TIMEOUT
from helios_gui.adapters.local.profile import MAX_CONCURRENCY, MAX_GRACE, MAX_MEMORY, usable_processors
from helios_gui.translation import tr
from helios_gui.ui.settings.duration import DurationSpin
from helios_gui.ui.settings.environment import EnvironmentEditor
from helios_gui.ui.settings.profile_draft import ENVIRONMENT, ProfileDraft
from helios_gui.ui.settings.profile_form import ProfileForm, joined_names
from helios_gui.ui.widgets.decimal_box import DecimalBox


class LocalForm(ProfileForm):
    """Edits a draft of the local kind."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form.add_section(tr("SCHEDULING"))
        self._add_count(
            "concurrency",
            tr("Concurrency"),
            (0, MAX_CONCURRENCY),
            tr(
                "Chunks rendered at the same time, over all jobs of this profile. Automatic: one per processor, or one "
                "per GPU that is named below."
            ),
            none=tr("Automatic ({count})", count=usable_processors()),
        )
        self._add_jobs()
        self._add_failures(
            MAX_TIMEOUT,
            tr("A chunk that takes longer is stopped; the attempt failed. Examples: 90 s, 15 min, 1 h 30 min."),
        )
        self._add_conditions()
        self._add_renderer()
        self._form.finish()

    def show_draft(self, draft: ProfileDraft, problems: Mapping[str, str]) -> None:
        """Edit this draft from now on."""
        self.environment.model.set_rows(draft.environment, draft.variable_problems)
        super().show_draft(draft, problems)

    def _add_gigabytes(self, setting: str, title: str, meaning: str) -> None:
        spin = DecimalBox()
        spin.setRange(0, MAX_MEMORY)
        spin.setDecimals(1)
        spin.setSpecialValueText(tr("Off"))
        spin.setSuffix(" GB")
        self._add_spin(setting, title, spin, meaning, optional=True)

    def _add_renderer(self) -> None:
        self._form.add_section(tr("RENDERERS"))
        self._add_spin(
            "stop_grace",
            tr("Grace period"),
            DurationSpin(0.1, MAX_GRACE),
            tr("The time a renderer has to exit when it is asked to stop. After that it is killed."),
        )
        self._add_choice(
            "renderer_priority",
            tr("Renderer priority"),
            (("normal", tr("Normal")), ("low", tr("Low")), ("idle", tr("Lowest"))),
            tr("Low: other programs go first. Lowest: renderers get the processors and disks only when others do not."),
        )
        self._add_gigabytes(
            "memory_limit",
            tr("Memory per chunk"),
            tr("A chunk that uses more is stopped and has failed. It is not tried again: it would need as much."),
        )
        self._add_gigabytes(
            "keep_memory_free",
            tr("Keep memory free"),
            tr(
                "While less is free, no chunk is started; one that runs is stopped and rendered later, fewer at a time."
            ),
        )
        gpus = self._add_text(
            "gpus",
            tr("GPUs"),
            tr("Numbers, as nvidia-smi lists them. Each chunk gets one of them for itself. Empty: each sees them all."),
            tr("0, 1 or 0-3"),
        )
        self._show["gpus"] = lambda value: gpus.setText(joined_names(value))
        self.environment = EnvironmentEditor()
        self.environment.edited.connect(self.edited)
        self._add(
            ENVIRONMENT,
            tr("Environment variables"),
            self.environment,
            tr("Set for every renderer of this profile. Stored as plain text: do not put passwords here."),
        )
