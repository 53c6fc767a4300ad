"""Profiles of clouds in the settings dialog, and what a person does there."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.profiles.store import ProfileStore
from helios_gui.ui.settings.dialog import SettingsDialog

LOCAL = LocalProfile(name="Local")
STUDIO = AwsLambdaProfile(
    name="studio-aws", region="eu-central-1", function="render", storage_url="s3://studio/renders", spend_limit=20
)
RUN = CloudRunProfile(name="studio-run", service_url="https://render.run.app", storage_url="gs://studio")
LEFT = Qt.MouseButton.LeftButton


def store_of_clouds(folder: Path) -> ProfileStore:
    """Return a store with these profiles; the local one is the default."""
    store = ProfileStore(folder / "profiles.json")
    store.save([LOCAL, STUDIO, RUN], "Local")
    return store


def shown(qtbot: QtBot, store: ProfileStore) -> SettingsDialog:
    dialog = SettingsDialog(store)
    qtbot.addWidget(dialog, before_close_func=discard)
    dialog.open()
    qtbot.waitExposed(dialog)
    return dialog


def discard(dialog: SettingsDialog) -> None:
    """Close whatever a test left unsaved, without a question."""
    dialog.reject()
    for question in dialog.findChildren(QMessageBox):
        next(button for button in question.findChildren(QPushButton) if button.text() == "Discard").click()


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, LEFT)


def choose(qtbot: QtBot, dialog: SettingsDialog, name: str) -> None:
    """Click a profile's line."""
    item = next(
        dialog.sidebar.item(row) for row in range(dialog.sidebar.count()) if dialog.sidebar.item(row).text() == name
    )
    qtbot.mouseClick(dialog.sidebar.viewport(), LEFT, pos=dialog.sidebar.visualItemRect(item).center())


def choose_row(qtbot: QtBot, dialog: SettingsDialog, row: int) -> None:
    """Click a line of the list; 0 is its first heading."""
    rect = dialog.sidebar.visualItemRect(dialog.sidebar.item(row))
    qtbot.mouseClick(dialog.sidebar.viewport(), LEFT, pos=rect.center())


def type_into(qtbot: QtBot, widget: QWidget, text: str) -> None:
    """Replace what a field holds, by keyboard."""
    widget.setFocus()
    qtbot.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    if text:
        qtbot.keyClicks(widget, text)
    else:
        qtbot.keyClick(widget, Qt.Key.Key_Delete)
