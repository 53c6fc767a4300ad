"""The right side of the settings: a page for each kind of profile, and those of the window itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from helios_gui.ui.bridge import RunTask
from helios_gui.ui.settings.appearance import AppearancePage
from helios_gui.ui.settings.cloud_form import CloudForm
from helios_gui.ui.settings.connection_check import ConnectionChecks
from helios_gui.ui.settings.kind_forms import make_form
from helios_gui.ui.settings.profile_draft import ProfileDraft
from helios_gui.ui.settings.profile_form import ProfileForm


class Pages(QStackedWidget):
    """One page at a time. ``form`` is the page of the profile shown last.

    ``edited``: a person changed the draft on show; ``made_cloud_default``: they want it to be the one for the cloud.
    """

    edited = Signal()
    made_cloud_default = Signal()

    def __init__(self, kinds: Sequence[str], checks: ConnectionChecks | None, run: RunTask) -> None:
        super().__init__()
        self._areas: dict[QWidget, QScrollArea] = {}
        self.forms = {kind: make_form(kind, checks, run) for kind in kinds}
        self.form: ProfileForm = next(iter(self.forms.values()))
        for form in self.forms.values():
            form.edited.connect(self.edited)
            if isinstance(form, CloudForm):
                form.made_cloud_default.connect(self.made_cloud_default)
            self._add(form)
        self.appearance = AppearancePage()
        self._add(self.appearance)
        self._added: list[QWidget] = []

    def show_profile(self, draft: ProfileDraft, problems: Mapping[str, str], *, is_cloud_default: bool) -> None:
        """Show a draft on the page of its kind."""
        form = self.forms[draft.kind]
        if form is not self.form:
            self.form.leave()
        self.form = form
        if draft is not form.draft:
            self._areas[form].verticalScrollBar().setValue(0)
        form.show_draft(draft, problems)
        if isinstance(form, CloudForm):
            form.show_cloud_default(is_cloud_default)
        self.setCurrentWidget(self._areas[form])

    def show_appearance(self) -> None:
        """Show the look of the window."""
        self.form.leave()
        self.setCurrentWidget(self._areas[self.appearance])

    def add_page(self, page: QWidget) -> None:
        """Add one more page about the window."""
        self._added.append(page)
        self._add(page)

    def show_added(self, place: int) -> None:
        """Show one of the added pages."""
        self.form.leave()
        self.setCurrentWidget(self._areas[self._added[place]])

    @property
    def is_on_profile(self) -> bool:
        """Whether a profile is on show."""
        return self.currentWidget() is self._areas[self.form]

    def _add(self, page: QWidget) -> None:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        check = page.check if isinstance(page, CloudForm) else None
        if check is not None:
            check.grew.connect(lambda: area.ensureWidgetVisible(check))
        self._areas[page] = area
        self.addWidget(area)
