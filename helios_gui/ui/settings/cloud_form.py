"""What the pages of all kinds of cloud profile have in common."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QWidget

from helios_gui.adapters.base_profile import MAX_CLOUD_CONCURRENCY, MAX_SPEND
from helios_gui.ui.settings.connection_check import ConnectionCheck
from helios_gui.ui.settings.fields import Fold
from helios_gui.ui.settings.profile_draft import ProfileDraft
from helios_gui.ui.settings.profile_form import ProfileForm


class CloudForm(ProfileForm):
    """Edits a draft of a kind that renders elsewhere, and tests its connection if there is a ``check``.

    ``made_cloud_default`` asks for "Render to cloud" to use this profile.
    """

    made_cloud_default = Signal()

    def __init__(self, check: ConnectionCheck | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = check
        self.cloud_default = QCheckBox(self.tr("Default for “Render to cloud”"))
        self.cloud_default.setToolTip(self.tr("What the button in the toolbar uses unless another profile is picked"))
        self.cloud_default.clicked.connect(self.made_cloud_default)
        self._form.addWidget(self.cloud_default, self._form.rowCount(), 1)
        self.advanced: Fold

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
        self._form.add_section(self.tr("STORAGE"))
        self._add_text("storage_url", self.tr("Bucket and folder"), meaning, example)
        self._add_choice(
            "retention",
            self.tr("When a job is done"),
            (
                ("on-success", self.tr("Remove if it succeeded")),
                ("always", self.tr("Remove however it ended")),
                ("keep", self.tr("Keep everything")),
            ),
            self.tr("What becomes of the job's files in the bucket. Your own copies always stay."),
        )

    def _add_check(self) -> None:
        if self.check is not None:
            self._form.add_section(self.tr("CONNECTION"))
            self._form.add_wide(self.check)

    def _add_load(self, time_limit: float, time_limit_meaning: str) -> None:
        self._form.add_section(self.tr("AT THE SAME TIME"))
        self._add_count(
            "concurrency",
            self.tr("Chunks at a time"),
            (1, MAX_CLOUD_CONCURRENCY),
            self.tr("Over all jobs of this profile. Fewer run while the cloud says it has no room."),
        )
        self._add_jobs()
        self._add_failures(time_limit, time_limit_meaning)

    def _add_cost(self) -> None:
        self._form.add_section(self.tr("COST"))
        limit = QDoubleSpinBox()
        limit.setRange(0, MAX_SPEND)
        limit.setPrefix("$ ")
        limit.setSpecialValueText(self.tr("Off"))
        self._add_spin(
            "spend_limit",
            self.tr("Spend limit per job"),
            limit,
            self.tr("No further chunk is started once a job has cost this much. Chunks under way still finish."),
            optional=True,
        )

    def _add_advanced(self) -> None:
        self.advanced = self._form.add_fold(self.tr("Advanced: prices and endpoints"))

    def _add_endpoint(self, setting: str, title: str, example: str) -> None:
        meaning = self.tr("Empty for the cloud's own. http:// only on this computer.")
        self._add_text(setting, title, meaning, example, form=self.advanced.form)
