"""The settings page of the hooks: all of them, the mail server, and what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from helios_gui.hooks.hook import Hook
from helios_gui.hooks.hook_text import hook_summary
from helios_gui.hooks.mail_server import MailServer
from helios_gui.hooks.store import HookSettings, HookStore
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.hooks.hook_sheet import HookSheet
from helios_gui.ui.hooks.hook_test import HookTest
from helios_gui.ui.hooks.mail_sheet import MailSheet
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, monospace_font
from helios_gui.ui.widgets.confirm import confirm
from helios_gui.ui.widgets.entry_list import EntryList, button_row, entry_button
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import text_label
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.utils.folders import AppFolders

_ROWS = 3
_LOG_ROWS = 6
_MOST_LOG = 30_000  # bytes of the log's end that are shown


@guarded()
class HooksPage(QWidget):
    """Lists the hooks; what is changed here takes effect at once.

    Args:
        folders: Where the hooks and their log are kept.
        profiles: The names of the profiles.
        run: Starts a task.
        parent: The owner.
    """

    def __init__(
        self, folders: AppFolders, profiles: Sequence[str], run: RunTask, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._folders = folders
        self._profiles = profiles
        self._run = run
        self.list = EntryList(tr("Hooks"), _ROWS, tr("There are no hooks yet."))
        self.add_button = entry_button(tr("Add…"), "add")
        self.edit_button = entry_button(tr("Edit…"), "edit")
        self.remove_button = entry_button(tr("Remove"), "trash")
        self.test = HookTest(tr("Test"), self._selected_with_server, folders.hook_log, run, self)
        set_tooltip(self.test.button, tr("Really tells the selected hook, about a job that is made up"))
        self.mail_text = text_label()
        self.mail_button = entry_button("", "edit")
        self.forget_button = entry_button(tr("Remove"), "trash")
        self.problem = text_label("", "danger")
        self.log = self._make_log()
        self._lay_out()
        self.list.currentRowChanged.connect(self._update_buttons)
        self.list.itemActivated.connect(self._edit)
        self.add_button.clicked.connect(lambda: self._open_sheet(None))
        self.edit_button.clicked.connect(self._edit)
        self.remove_button.clicked.connect(lambda: run(self._remove()))
        self.mail_button.clicked.connect(self._open_mail_sheet)
        self.forget_button.clicked.connect(lambda: self._save_mail(None))
        self.test.told.connect(lambda: run(self._show_log()))
        self._reload()

    @property
    def selected(self) -> Hook | None:
        """The hook that is selected."""
        row = self.list.currentRow()
        return self._store.hooks[row] if 0 <= row < len(self._store.hooks) else None

    # building

    def _make_log(self) -> QPlainTextEdit:
        log = QPlainTextEdit()
        log.setReadOnly(True)
        log.setTabChangesFocus(True)
        log.setFont(monospace_font())
        log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        log.setAccessibleName(tr("What was sent"))
        log.setPlaceholderText(tr("Nothing was sent yet."))
        log.setMinimumHeight(log.fontMetrics().lineSpacing() * _LOG_ROWS)
        return log

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 2)
        layout.setSpacing(SPACE)
        purpose = tr("Hooks tell a chat, a person or a program of yours when a job starts, is done, fails or waits.")
        layout.addWidget(text_label(purpose, "muted"))
        layout.addWidget(self.problem)
        layout.addWidget(self.list)
        layout.addLayout(button_row(self.add_button, self.edit_button, self.remove_button))
        layout.addWidget(self.test)
        layout.addWidget(_section(tr("E-MAIL SERVER")))
        layout.addWidget(self.mail_text)
        layout.addLayout(button_row(self.mail_button, self.forget_button))
        layout.addWidget(_section(tr("WHAT WAS SENT")))
        layout.addWidget(self.log, 1)

    # what is shown

    def _reload(self, current: str = "") -> None:
        """Show what is stored, with the hook of this name selected."""
        self._store = HookStore(self._folders.hooks)
        self.problem.setText(self._store.problem)
        self.problem.setVisible(bool(self._store.problem))
        self.list.clear()
        for hook in self._store.hooks:
            self.list.add_entry(hook.name, hook_summary(hook), hook_summary(hook))
        names = [hook.name for hook in self._store.hooks]
        self.list.setCurrentRow(names.index(current) if current in names else 0)
        self._show_mail()
        self._update_buttons()

    def _show_mail(self) -> None:
        server = self._store.mail
        if server is None:
            self.mail_text.setText(tr("Not set up. Hooks that send e-mail need one."))
        else:
            words = tr("{host}, from {sender}", host=server.address, sender=server.used_sender)
            self.mail_text.setText(words)
        self.mail_button.setText(tr("Set up…") if server is None else tr("Edit…"))
        self.mail_button.setAccessibleName(tr("E-mail server") + ": " + self.mail_button.text())
        self.forget_button.setAccessibleName(tr("Remove the e-mail server"))
        self.forget_button.setVisible(server is not None)

    def _update_buttons(self) -> None:
        for button in (self.edit_button, self.remove_button, self.test.button):
            button.setEnabled(self.selected is not None)
        self.test.say("")

    async def _show_log(self) -> None:
        text = await asyncio.to_thread(_newest_first, self._folders.hook_log)
        if isValid(self):
            self.log.setPlainText(text)

    def showEvent(self, event: QShowEvent) -> None:
        self._run(self._show_log())
        super().showEvent(event)

    # what is done

    def _selected_with_server(self) -> tuple[Hook, HookSettings] | None:
        return None if self.selected is None else (self.selected, self._store.settings)

    def _edit(self) -> None:
        if self.selected is not None:
            self._open_sheet(self.selected)

    def _open_sheet(self, hook: Hook | None) -> None:
        sheet = HookSheet(hook, self._store.settings, self._profiles, self._folders.hook_log, self._run, self.window())
        sheet.saved.connect(lambda edited: self._save(sheet, hook, edited))
        sheet.test.told.connect(lambda: self._run(self._show_log()))
        sheet.open()

    def _save(self, sheet: HookSheet, before: Hook | None, edited: Hook) -> None:
        self._store = HookStore(self._folders.hooks)  # a terminal may have added to it
        hooks = [edited if before is not None and hook.name == before.name else hook for hook in self._store.hooks]
        try:
            self._store.save(hooks if edited in hooks else [*hooks, edited])
        except HeliosError as error:
            sheet.test.say(f"{error} {error.hint}".rstrip(), "danger")
            return
        sheet.accept()
        self._reload(edited.name)

    async def _remove(self) -> None:
        hook = self.selected
        if hook is None:
            return
        question = tr("Remove the hook “{name}”?", name=hook.name)
        if await confirm(self.window(), question, hook_summary(hook), tr("Remove")) and isValid(self):
            self._store = HookStore(self._folders.hooks)
            try:
                self._store.save([other for other in self._store.hooks if other.name != hook.name])
            except HeliosError as error:
                self.test.say(f"{error} {error.hint}".rstrip(), "danger")
                return
            self._reload()

    def _open_mail_sheet(self) -> None:
        sheet = MailSheet(self._store.mail, self._folders.hook_log, self._run, self.window())
        sheet.saved.connect(lambda server: self._save_mail(server, sheet))
        sheet.test.told.connect(lambda: self._run(self._show_log()))
        sheet.open()

    def _save_mail(self, server: MailServer | None, sheet: MailSheet | None = None) -> None:
        self._store = HookStore(self._folders.hooks)
        try:
            self._store.save_mail(server)
        except HeliosError as error:
            (self.test if sheet is None else sheet.test).say(f"{error} {error.hint}".rstrip(), "danger")
            return
        if sheet is not None:
            sheet.accept()
        self._show_mail()


def _newest_first(log: Path) -> str:
    """Return the end of the log, its last line first."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _MOST_LOG))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(reversed(lines))


def _section(title: str) -> PlainLabel:
    label = PlainLabel(title)
    label.setProperty("role", "section")
    label.setContentsMargins(0, SPACE * 2, 0, 0)
    return label
