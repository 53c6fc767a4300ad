"""The page of one profile that renders on this machine."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from helios_gui.adapters.base_profile import MAX_TIMEOUT
from helios_gui.adapters.local.profile import MAX_CONCURRENCY, MAX_GRACE, usable_processors
from helios_gui.ui.settings.duration import DurationSpin
from helios_gui.ui.settings.environment import EnvironmentEditor
from helios_gui.ui.settings.profile_draft import ENVIRONMENT, ProfileDraft
from helios_gui.ui.settings.profile_form import ProfileForm


class LocalForm(ProfileForm):
    """Edits a draft of the local kind."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form.add_section(self.tr("AT THE SAME TIME"))
        self._add_count(
            "concurrency",
            self.tr("Chunks at a time"),
            (0, MAX_CONCURRENCY),
            self.tr("Over all jobs of this profile. Automatic is one for each processor of this computer."),
            none=self.tr("Automatic ({count})").format(count=usable_processors()),
        )
        self._add_jobs()
        self._add_failures(
            MAX_TIMEOUT,
            self.tr(
                "A chunk that takes longer is stopped and counts as a failed try. Write 90 s, 15 min or 1 h 30 min."
            ),
        )
        self._add_renderer()
        self._form.finish()

    def show_draft(self, draft: ProfileDraft, problems: Mapping[str, str]) -> None:
        """Edit this draft from now on."""
        self.environment.model.set_rows(draft.environment, draft.variable_problems)
        super().show_draft(draft, problems)

    def _add_renderer(self) -> None:
        self._form.add_section(self.tr("RENDERERS"))
        self._add_spin(
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
