"""No text of the window stands outside the catalogue: in a language that brackets its texts, all are bracketed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from gettext import NullTranslations
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from helios_gui import translation
from helios_gui.hooks.store import HookSettings
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import JobState
from helios_gui.ui.about import AboutSheet
from helios_gui.ui.bridge import run_task
from helios_gui.ui.hooks.hook_sheet import HookSheet
from helios_gui.ui.hooks.mail_sheet import MailSheet
from helios_gui.ui.hooks.page import HooksPage
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.utils.folders import AppFolders
from tests.support.drops import drop

DATA = {
    "Test card", "Local", "film.mp4", "job.json", "English", "Deutsch", "Amazon S3", "AWS Lambda", "Google Cloud Run",
    "Helios Render Manager", "OK", "Apply", "Close", "MB", "GB", "kB", "GiB", "vCPUs", "Scroll Left", "Scroll Right",
    "Slack", "Discord", "Teams", "JSON", "STARTTLS", "TLS",  "keyring:helios/mail", "name@example.org",
    "smtp.example.org", "render@example.org", "env:HELIOS_WORKER_TOKEN",
    "eu-central-1", "helios-worker", "live", "metadata.google.internal", "studio",
    "render@my-project.iam.gserviceaccount.com",
}  # fmt: skip
"""Names, examples, and what the person or Qt provides."""

WORD = re.compile(r"[^\W\d_]{2,}")


class _Brackets(NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return f"⟦{singular if number == 1 else plural}⟧"


@pytest.fixture(autouse=True)
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every translated text in brackets."""
    monkeypatch.setattr(translation, "_catalogue", _Brackets())


async def test_the_window_and_its_menus(
    open_window: Callable[[], AbstractAsyncContextManager[MainWindow]],
    write_job: Callable[..., Path],
    eventually: Callable[..., Awaitable[None]],
) -> None:
    async with open_window() as window:
        drop(window, write_job(broken=(1,)))
        await eventually(window.queue.model.jobs)
        job = window.queue.model.jobs()[0]
        await eventually(lambda: window.job_view.grid.cells)
        found = missed(window.frame)
        assert not found, "\n".join(found)
        await window.engine.manager.resume_job(job.id)
        await eventually(lambda: window.queue.model.jobs()[0].state is JobState.FAILED)
        found = missed(window.frame)
        assert not found, "\n".join(found)


def test_the_settings(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = SettingsDialog(ProfileStore(tmp_path / "profiles.json"))
    qtbot.addWidget(dialog)
    found = missed(dialog)
    assert not found, "\n".join(found)


def test_the_hooks(qtbot: QtBot, tmp_path: Path) -> None:
    folders = AppFolders.at(tmp_path)
    page = HooksPage(folders, ["Local"], run_task)
    sheets = (
        HookSheet(None, HookSettings(), ["Local"], folders.hook_log, run_task, page),
        MailSheet(None, folders.hook_log, run_task, page),
    )
    for widget in (page, *sheets):
        qtbot.addWidget(widget)
        found = missed(widget)
        assert not found, "\n".join(found)


def test_the_about_sheet(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    sheet = AboutSheet(parent)
    found = missed(sheet)
    assert not found, "\n".join(found)


def missed(window: QWidget) -> list[str]:
    """Return the texts of a window, its menus, lists and tooltips that are not from the catalogue."""
    texts = {text for widget in [window, *window.findChildren(QWidget)] for text in texts_of(widget)}
    return sorted(text for text in texts if WORD.search(_without_translations(text)))


def _without_translations(text: str) -> str:
    text = re.sub(r"<[^<>]*>|&\w+;", "", text)  # markup
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = shorter
    text = re.sub(r"\((?:Ctrl|Alt|Shift|Del|Home)\b[^()]*\)", "", text)  # shortcuts
    for name in sorted(DATA, key=len, reverse=True):
        text = text.replace(name, "")
    return re.sub(r"\S*[/\\]\S*", "", text)  # paths and addresses


def texts_of(widget: QWidget) -> Iterator[str]:
    """Yield the texts that a widget shows or says to a screen reader."""
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.windowTitle())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QMenu):
        for action in widget.actions():
            yield from (action.text(), action.toolTip())
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    if isinstance(widget, QTabBar):
        yield from (widget.tabText(index) for index in range(widget.count()))
    if isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
        yield from _texts_of_model(model)


def _texts_of_model(model: QAbstractItemModel) -> Iterator[str]:
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
    columns = model.columnCount() if isinstance(model, QAbstractTableModel) else 1
    for column in range(columns):
        for role in roles:
            yield str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
            for row in range(model.rowCount()):
                yield str(model.index(row, column, QModelIndex()).data(role) or "")
