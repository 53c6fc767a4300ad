"""What the pages of all kinds of cloud profile have in common."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from helios_gui.adapters.base_profile import MAX_CLOUD_CONCURRENCY, MAX_SPEND
from helios_gui.translation import tr
from helios_gui.ui.settings.connection_check import ConnectionCheck
from helios_gui.ui.settings.fields import CollapsibleSection
from helios_gui.ui.settings.profile_draft import ProfileDraft
from helios_gui.ui.settings.profile_form import ProfileForm
from helios_gui.ui.widgets.decimal_box import DecimalBox
from helios_gui.ui.widgets.tooltips import set_tooltip


class CloudForm(ProfileForm):
    """Edits a draft of a kind that renders elsewhere, and tests its connection if there is a ``check``.

    ``made_cloud_default`` asks for "Render to cloud" to use this profile.
    """

    made_cloud_default = Signal()

    def __init__(self, check: ConnectionCheck | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = check
        self.cloud_default = QCheckBox(tr("Default for “Render to cloud”"))
        set_tooltip(self.cloud_default, tr("The toolbar button uses this profile unless another one is chosen"))
        self.cloud_default.clicked.connect(self.made_cloud_default)
        self._form.addWidget(self.cloud_default, self._form.rowCount(), 1)
        self.advanced: CollapsibleSection

    def show_cloud_default(self, is_it: bool) -> None:
        """Tick the box; being the default ends only by another one becoming it."""
        with QSignalBlocker(self.cloud_default):
            self.cloud_default.setChecked(is_it)
        self.cloud_default.setEnabled(not is_it)

    def show_draft(self, draft: ProfileDraft, problems: Mapping[str, str]) -> None:
        """Edit this draft from now on; what a test found of another one is gone."""
        if draft is not self.draft:
            self.leave()
        super().show_draft(draft, problems)

    def leave(self) -> None:
        """End a test that is under way: the page is not looked at any more."""
        if self.check is not None:
            self.check.clear()

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say beside each field what is wrong with it; nothing wrong stays hidden in the fold."""
        super().show_problems(problems)
        if self.check is not None and self.draft is not None:
            self.check.set_profile(None if problems else self.draft.build())
        if any(self.advanced.isAncestorOf(self._editors[setting]) for setting in problems if setting in self._editors):
            self.advanced.open()

    def _add_storage(self, example: str, meaning: str) -> None:
        self._form.add_section(tr("STORAGE"))
        self._add_text("storage_url", tr("Bucket and folder"), meaning, example)
        self._add_choice(
            "retention",
            tr("Clean up after a job"),
            (
                ("on-success", tr("Delete if successful")),
                ("always", tr("Always delete")),
                ("keep", tr("Keep")),
            ),
            tr("What happens to the job's files in the bucket. Files on this computer are never deleted."),
        )

    def _add_check(self) -> None:
        if self.check is not None:
            self._form.add_section(tr("CONNECTION"))
            self._form.add_wide(self.check)

    def _add_load(self, time_limit: float, time_limit_meaning: str) -> None:
        self._form.add_section(tr("SCHEDULING"))
        self._add_count(
            "concurrency",
            tr("Concurrency"),
            (1, MAX_CLOUD_CONCURRENCY),
            tr("Chunks rendered at the same time, over all jobs of this profile. Lowered while the cloud throttles."),
        )
        self._add_jobs()
        self._add_failures(time_limit, time_limit_meaning)
        self._add_conditions()

    def _add_cost(self) -> None:
        self._form.add_section(tr("COST"))
        limit = DecimalBox()
        limit.setRange(0, MAX_SPEND)
        limit.setPrefix("$ ")
        limit.setSpecialValueText(tr("Off"))
        self._add_spin(
            "spend_limit",
            tr("Spending limit per job"),
            limit,
            tr("No new chunk is started once a job has cost this much. Running chunks still finish."),
            optional=True,
        )

    def _add_advanced(self) -> None:
        self.advanced = self._form.add_fold(tr("Advanced: prices and endpoints"))

    def _add_endpoint(self, setting: str, title: str, example: str) -> None:
        meaning = tr("Empty: the provider's default. http:// is accepted for this computer only.")
        self._add_text(setting, title, meaning, example, form=self.advanced.form)
