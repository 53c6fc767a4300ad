"""The settings dialog: profiles on the left, one page on the right, saved by OK or Apply if everything is valid."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.local.profile import usable_processors
from helios_gui.adapters.registry import DEFAULT_KIND
from helios_gui.profiles.store import ProfileStore
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError
from helios_gui.ui.bridge import RunTask, run_task
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.settings.connection_check import ConnectionChecks
from helios_gui.ui.settings.draft import SettingsDraft
from helios_gui.ui.settings.kind_forms import find_form
from helios_gui.ui.settings.pages import Pages
from helios_gui.ui.settings.profile_draft import ProfileDraft
from helios_gui.ui.settings.profile_form import ProfileForm
from helios_gui.ui.settings.profile_import_export import ProfileImportExport
from helios_gui.ui.settings.side_panel import SidePanel
from helios_gui.ui.settings.sidebar import SidebarEntry
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import hairline, resize_on_screen, set_style_property

_QUESTION_ICON = QSize(32, 32)
_Button = QDialogButtonBox.StandardButton


@guarded()
class SettingsDialog(QDialog):
    """Edits the profiles of a store, of the kinds it reads. Show it with ``open()``.

    ``checks`` test the connection of a profile that is being edited, as a task started by ``run``; without them
    no connection can be tested. The look of the window is not part of OK and Apply: ``theme_mode_changed`` carries
    the ``ThemeMode`` the moment one is chosen, and ``updates_chosen`` whether to look for newer versions.
    """

    theme_mode_changed = Signal(str)
    updates_chosen = Signal(bool)

    def __init__(
        self,
        store: ProfileStore,
        parent: QWidget | None = None,
        *,
        checks: ConnectionChecks | None = None,
        run: RunTask = run_task,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._draft = SettingsDraft(store)
        self._current: ProfileDraft = self._draft.default
        self._question: QMessageBox | None = None
        self.setWindowTitle(tr("Settings") + "[*]")
        self.setMinimumSize(680, 420)
        resize_on_screen(self, QSize(820, 680))
        self.side = SidePanel(store.kinds)
        self.sidebar = self.side.list
        self.pages = Pages(store.kinds, checks, run)
        self.import_export = ProfileImportExport(store.kinds, self)
        self.banner = PlainLabel()
        self.status = PlainLabel()
        self.buttons = QDialogButtonBox(_Button.Ok | _Button.Apply | _Button.Cancel)
        self._lay_out()
        self._connect()
        self._rebuild()

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.side)
        body.addWidget(hairline("hairline-vertical"))
        body.addWidget(self.pages, 1)
        self.banner.setProperty("role", "warning")
        self.banner.setWordWrap(True)
        self.banner.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.banner.setContentsMargins(SPACE * 2, SPACE * 3 // 2, SPACE * 2, SPACE * 3 // 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(hairline("hairline"))
        layout.addLayout(body, 1)
        layout.addWidget(hairline("hairline"))
        layout.addLayout(self._make_footer())

    def _make_footer(self) -> QHBoxLayout:
        self.status.setWordWrap(True)
        self.ok_button: QPushButton = self.buttons.button(_Button.Ok)
        self.apply_button: QPushButton = self.buttons.button(_Button.Apply)
        self.cancel_button: QPushButton = self.buttons.button(_Button.Cancel)
        for button in (self.ok_button, self.apply_button, self.cancel_button):
            button.setAutoDefault(False)  # else Cancel becomes the default while OK cannot be
        self.ok_button.setDefault(True)
        footer = QHBoxLayout()
        footer.setContentsMargins(SPACE * 2, SPACE * 3 // 2, SPACE * 2, SPACE * 3 // 2)
        footer.addWidget(self.status, 1)
        footer.addWidget(self.buttons)
        return footer

    def _connect(self) -> None:
        self.sidebar.profile_chosen.connect(lambda place: self._show_profile(self._draft.drafts[place]))
        self.sidebar.appearance_chosen.connect(self._show_appearance)
        self.sidebar.page_chosen.connect(self._show_added)
        self.pages.edited.connect(self._edited)
        self.pages.made_cloud_default.connect(self._make_cloud_default)
        self.pages.appearance.mode_chosen.connect(self.theme_mode_changed)
        self.pages.appearance.updates_chosen.connect(self.updates_chosen)
        self.side.add_requested.connect(lambda kind: self._rebuild(self._draft.add(kind), rename=True))
        self.side.duplicate_button.clicked.connect(
            lambda: self._rebuild(self._draft.duplicate(self._current), rename=True)
        )
        self.side.remove_button.clicked.connect(lambda: self._rebuild(self._draft.remove(self._current)))
        self.side.default_button.clicked.connect(self._make_default)
        self.side.import_button.clicked.connect(lambda: self.import_export.ask_for_import(self._draft.names()))
        self.side.export_button.clicked.connect(lambda: self.import_export.ask_for_export(self._current.build()))
        self.import_export.imported.connect(self._take_in)
        self.import_export.done.connect(lambda words: self._show_status(words, "small"))
        self.import_export.failed.connect(lambda words: self._show_status(words, "danger"))
        self.finished.connect(lambda: self.form.leave())
        self.buttons.accepted.connect(self._save_and_close)
        self.buttons.rejected.connect(self.reject)
        self.apply_button.clicked.connect(self._save)

    @property
    def form(self) -> ProfileForm:
        """The page of the profile shown last."""
        return self.pages.form

    def add_page(self, title: str, picture: str, page: QWidget) -> None:
        """Add a page about the window, whose changes take effect at once and are none of OK and Apply.

        Args:
            title: Its line in the list.
            picture: The name of the line's icon.
            page: What is shown.
        """
        self.sidebar.add_page(title, picture)
        self.pages.add_page(page)

    def offer_adding(self) -> None:
        """Begin with adding a profile; for a dialog that is on show."""
        self.side.ask_to_add()

    # what is shown

    def _rebuild(self, current: ProfileDraft | None = None, *, rename: bool = False) -> None:
        """Show the list anew with this profile (else the default one) as the current one."""
        current = current or self._draft.default
        entries = [self._entry(draft) for draft in self._draft.drafts]
        place = next(place for place, draft in enumerate(self._draft.drafts) if draft is current)
        self.sidebar.show_entries(entries, place)
        self._show_profile(current)
        if rename:
            self.form.name.setFocus()
            self.form.name.selectAll()

    def _show_profile(self, draft: ProfileDraft) -> None:
        self._current = draft
        is_cloud_default = draft is self._draft.cloud_default
        self.pages.show_profile(draft, self._draft.problems(draft), is_cloud_default=is_cloud_default)
        self._refresh()

    def _show_appearance(self) -> None:
        self.pages.show_appearance()
        self._refresh()

    def _show_added(self, place: int) -> None:
        self.pages.show_added(place)
        self._refresh()

    def _edited(self) -> None:
        self.form.show_problems(self._draft.problems(self._current))
        for place, draft in enumerate(self._draft.drafts):
            self.sidebar.update_entry(place, self._entry(draft))
        self._refresh()

    def _entry(self, draft: ProfileDraft) -> SidebarEntry:
        details, mistakes = self._details(draft), self._draft.mistakes(draft)
        return SidebarEntry(draft.name, " · ".join(details), find_form(draft.kind).icon, bool(mistakes))

    def _details(self, draft: ProfileDraft) -> list[str]:
        """Return a profile's details for the list: whether it is a default, its kind or its concurrency."""
        details = [tr("Default")] if draft is self._draft.default else []
        if draft is self._draft.cloud_default:
            details.append(tr("Cloud default"))
        if draft.kind != DEFAULT_KIND:
            return [*details, find_form(draft.kind).label()]
        count = draft.values["concurrency"] or usable_processors()
        words = tr_count("{number} concurrent chunk", "{number} concurrent chunks", count)
        return [*details, words]

    def _refresh(self) -> None:
        """Make buttons, title and footer say how things stand."""
        dirty, valid = self._draft.is_dirty, self._draft.is_valid
        on_profile = self.pages.is_on_profile
        self.setWindowModified(dirty)
        self.ok_button.setEnabled(dirty and valid)
        self.apply_button.setEnabled(dirty and valid)
        self.cancel_button.setText(tr("Cancel") if dirty else tr("Close"))
        self.side.duplicate_button.setEnabled(on_profile)
        self.side.remove_button.setEnabled(on_profile and len(self._draft.drafts) > 1)
        self.side.default_button.setEnabled(on_profile and self._current is not self._draft.default)
        self.side.export_button.setEnabled(on_profile and not self._draft.problems(self._current))
        self.banner.setText(self._store.problem)
        self.banner.setVisible(bool(self._store.problem))
        self._show_status(self._summary(dirty, valid), "small")

    def _summary(self, dirty: bool, valid: bool) -> str:
        if not dirty:
            return ""
        if valid:
            return tr("● Not saved yet")
        if any(self._draft.mistakes(draft) for draft in self._draft.drafts):
            return tr("● Not saved yet: some values are not valid")
        return tr("● Not saved yet: required fields are empty")

    def _show_status(self, text: str, role: str) -> None:
        self.status.setText(text)
        set_style_property(self.status, "role", role)

    # what is done

    def _make_default(self) -> None:
        self._draft.default = self._current
        self._edited()

    def _make_cloud_default(self) -> None:
        self._draft.cloud_default = self._current
        self._show_profile(self._current)
        self._edited()

    def _take_in(self, profiles: tuple[Profile, ...]) -> None:
        self._rebuild(self._draft.take_in(profiles))

    def _save(self) -> bool:
        try:
            is_all = self._draft.save()
        except (OSError, HeliosError) as error:
            self._show_status(tr("Could not be saved: {reason}", reason=error), "danger")
            return False
        if is_all:
            self._refresh()
        else:
            name = self._current.name
            self._draft.reload()
            self._rebuild(next((draft for draft in self._draft.drafts if draft.name == name), None))
        return True

    def _save_and_close(self) -> None:
        if self._save():
            self.accept()

    def showEvent(self, event: QShowEvent) -> None:
        """Start from what the store has by now, unless edits are waiting."""
        if not event.spontaneous() and not self._draft.is_dirty:
            self._store.refresh()
            self._draft.reload()
            self._rebuild()
        super().showEvent(event)

    def reject(self) -> None:
        """Close without saving; asks first where something would be lost."""
        if not self._draft.is_dirty:
            super().reject()
        elif self._question is None:
            self._ask_to_discard()

    def _ask_to_discard(self) -> None:
        self._question = box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setIconPixmap(icon("warning", "warning").pixmap(_QUESTION_ICON))
        box.setWindowTitle(tr("Settings"))
        box.setText(tr("Discard the changes to the profiles?"))
        box.setInformativeText(tr("They have not been saved."))
        discard = box.addButton(tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(tr("Keep editing"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.finished.connect(lambda: self._end_question(box.clickedButton() is discard))
        box.open()

    def _end_question(self, discard: bool) -> None:
        if self._question is not None:
            delete_later(self._question)
            self._question = None
        if discard:
            self._draft.reload()
            self._rebuild()
            super().reject()
