"""Profiles that are handed on: exported from the settings dialog, and imported again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.profiles.import_export import export_profiles
from helios_gui.profiles.store import ProfileStore
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.widgets.confirm import ConfirmSheet
from tests.gui.settings_steps import RUN, STUDIO, choose, click, shown, store_of_clouds, type_into

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    return store_of_clouds(tmp_path)


@pytest.fixture
def dialog(qtbot: QtBot, store: ProfileStore) -> SettingsDialog:
    return shown(qtbot, store)


def choose_file(qtbot: QtBot, dialog: SettingsDialog, path: Path) -> None:
    """Type a path into the open file dialog."""
    (files,) = dialog.findChildren(QFileDialog)
    qtbot.waitUntil(files.isVisible)
    files.setDirectory(str(path.parent))
    line = files.findChild(QWidget, "fileNameEdit")
    type_into(qtbot, line, path.name)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def agree_to_import(qtbot: QtBot, dialog: SettingsDialog) -> str:
    """Press the button of the question before an import, and return what it said."""
    (sheet,) = dialog.findChildren(ConfirmSheet)
    qtbot.waitUntil(sheet.isVisible)
    said = "\n".join(label.text() for label in sheet.findChildren(QLabel))
    click(qtbot, sheet.yes)
    return said


def test_exported_profile_is_imported_again(
    qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore, tmp_path: Path
) -> None:
    path = tmp_path / "handed-on.json"
    choose(qtbot, dialog, "studio-aws")
    click(qtbot, dialog.side.export_button)
    choose_file(qtbot, dialog, path)
    qtbot.waitUntil(path.exists)
    assert str(path) in dialog.status.text()
    assert json.loads(path.read_text(encoding="utf-8"))["profiles"] == [STUDIO.model_dump(mode="json")]
    qtbot.waitUntil(lambda: not dialog.findChildren(QFileDialog))

    click(qtbot, dialog.side.import_button)
    choose_file(qtbot, dialog, path)
    assert "signed with this computer's AWS credentials to AWS Lambda" in agree_to_import(qtbot, dialog)
    qtbot.waitUntil(lambda: dialog.form.name.text() == "studio-aws 2")
    assert dialog.form.line("function").text() == "render"
    assert len(store.profiles()) == 3, "nothing is saved before it is asked for"
    click(qtbot, dialog.ok_button)
    assert store.get("studio-aws 2") == STUDIO.model_copy(update={"name": "studio-aws 2"})


def test_import_that_fails_says_why_and_changes_nothing(qtbot: QtBot, dialog: SettingsDialog, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text('{"profiles": [{"name": "Moon", "kind": "moon"}]}', encoding="utf-8")
    click(qtbot, dialog.side.import_button)
    choose_file(qtbot, dialog, path)
    qtbot.waitUntil(lambda: "broken.json" in dialog.status.text())
    assert "“Moon”" in dialog.status.text()
    assert not dialog.isWindowModified()


def test_export_that_fails_says_why(qtbot: QtBot, dialog: SettingsDialog, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    with qtbot.waitSignal(dialog.import_export.failed) as said:
        dialog.import_export._export(STUDIO, folder)  # no person can choose a folder in the file dialog
    assert "could not be written" in said.args[0]
    assert "could not be written" in dialog.status.text()


def test_profile_with_a_mistake_cannot_be_exported(qtbot: QtBot, dialog: SettingsDialog) -> None:
    choose(qtbot, dialog, "studio-aws")
    assert dialog.side.export_button.isEnabled()
    type_into(qtbot, dialog.form.line("function"), "a b")
    assert not dialog.side.export_button.isEnabled()


def test_imported_first_cloud_profile_is_the_one_for_the_cloud(qtbot: QtBot, tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "fresh.json")
    dialog = shown(qtbot, store)
    path = tmp_path / "handed-on.json"
    export_profiles([RUN], path)
    click(qtbot, dialog.side.import_button)
    choose_file(qtbot, dialog, path)
    agree_to_import(qtbot, dialog)
    qtbot.waitUntil(lambda: dialog.form.name.text() == "studio-run")
    click(qtbot, dialog.ok_button)
    assert store.cloud_default == RUN


def test_import_names_servers_and_secrets_and_can_be_refused(
    qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore, tmp_path: Path
) -> None:
    path = tmp_path / "<b>farm</b>.json"
    token = {"name": "farm", "service_url": "https://evil.example", "worker_token": "env:HELIOS_TOKEN"}
    export_profiles([RUN.model_copy(update=token)], path)
    click(qtbot, dialog.side.import_button)
    choose_file(qtbot, dialog, path)
    (sheet,) = dialog.findChildren(ConfirmSheet)
    qtbot.waitUntil(sheet.isVisible)
    labels = sheet.findChildren(QLabel)
    assert any("sends env:HELIOS_TOKEN to https://evil.example" in label.text() for label in labels)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)
    assert sheet.focusWidget() is sheet.no
    click(qtbot, sheet.no)
    assert not dialog.isWindowModified()
    assert "farm" not in [entry.name for entry in store.profiles()]
