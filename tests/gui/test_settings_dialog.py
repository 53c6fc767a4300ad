"""The settings dialog, driven by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QPushButton, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.adapters.local.profile import LocalProfile, usable_processors
from helios_gui.profiles.store import ProfileStore
from helios_gui.ui.settings.appearance import AppearancePage
from helios_gui.ui.settings.dialog import SettingsDialog
from tests.gui.settings_steps import LOCAL, choose_row, click, shown, type_into

# the offscreen platform's remark on every window of fixed size, such as a message box
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NIGHT = LocalProfile(
    name="Night",
    concurrency=12,
    chunk_timeout=5400,
    stop_after_failures=3,
    environment={"OCIO": "/colour", "LANG": "C"},
)
MakeDialog = Callable[[], SettingsDialog]


@pytest.fixture
def store(tmp_path: Path) -> ProfileStore:
    store = ProfileStore(tmp_path / "profiles.json", ["local"])
    store.save([LOCAL, NIGHT], "Local")
    return store


@pytest.fixture
def make_dialog(qtbot: QtBot, store: ProfileStore) -> MakeDialog:
    return lambda: shown(qtbot, store)


@pytest.fixture
def dialog(make_dialog: MakeDialog) -> SettingsDialog:
    return make_dialog()


def answer(question: QMessageBox, text: str) -> None:
    (button,) = [button for button in question.findChildren(QPushButton) if button.text() == text]
    button.click()


def type_variable(qtbot: QtBot, dialog: SettingsDialog, name: str, value: str) -> None:
    """Add a variable as a person does: the button, the name, Tab, the value, Return."""
    click(qtbot, dialog.form.environment.add_button)
    qtbot.keyClicks(QApplication.focusWidget(), name)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClicks(QApplication.focusWidget(), value)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    QApplication.processEvents()  # the cell is committed a moment after the key


def names(dialog: SettingsDialog) -> list[str]:
    texts = [dialog.sidebar.item(row).text() for row in range(dialog.sidebar.count())]
    return texts[1 : texts.index("WINDOW")]


def can_save(dialog: SettingsDialog) -> bool:
    assert dialog.ok_button.isEnabled() == dialog.apply_button.isEnabled()
    return dialog.ok_button.isEnabled()


def test_shows_the_default_profile_and_nothing_to_save(dialog: SettingsDialog) -> None:
    assert names(dialog) == ["Local", "Night"]
    assert dialog.form.name.text() == "Local"
    assert dialog.form.spin("concurrency").text() == f"Automatic ({usable_processors()})"
    assert dialog.form.spin("chunk_timeout").text() == "Off"
    assert dialog.form.spin("stop_after_failures").text() == "5 failed chunks"
    assert dialog.form.spin("stop_at_failed_percent").text() == "20.0 % failed"
    assert not can_save(dialog)
    assert not dialog.isWindowModified()
    assert dialog.cancel_button.text() == "Close"


def test_clicking_a_profile_shows_its_settings_and_changes_none(qtbot: QtBot, dialog: SettingsDialog) -> None:
    choose_row(qtbot, dialog, 2)
    assert dialog.form.name.text() == "Night"
    assert dialog.form.spin("concurrency").value() == 12
    assert dialog.form.spin("chunk_timeout").text() == "1 h 30 min"
    assert dialog.form.spin("stop_after_failures").text() == "3 failed chunks"
    assert dialog.form.environment.model.rows == [("OCIO", "/colour"), ("LANG", "C")]
    assert not can_save(dialog)


def test_arrow_keys_pass_over_the_headings(qtbot: QtBot, dialog: SettingsDialog) -> None:
    dialog.sidebar.setFocus()
    for _ in range(2):
        qtbot.keyClick(dialog.sidebar, Qt.Key.Key_Down)
    assert not dialog.pages.is_on_profile
    qtbot.keyClick(dialog.sidebar, Qt.Key.Key_Up)
    assert dialog.form.name.text() == "Night"


def test_every_setting_typed_is_saved(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    type_into(qtbot, dialog.form.name, "Day shift")
    typed = {
        "concurrency": "3",
        "max_jobs": "4",
        "retries": "0",
        "retry_delay": "2.5 s",
        "chunk_timeout": "1 h 5 min",
        "stall_after": "5 min",
        "stop_after_failures": "7",
        "stop_at_failed_percent": "12.5",
        "stop_grace": "20",
        "memory_limit": "6.5",
        "keep_memory_free": "2",
    }
    for setting, text in typed.items():
        type_into(qtbot, dialog.form.spin(setting), text)
    assert dialog.form.choice("stall_action").currentText() == "Warn"
    dialog.form.choice("stall_action").setFocus()
    qtbot.keyClick(dialog.form.choice("stall_action"), Qt.Key.Key_Down)
    dialog.form.choice("renderer_priority").setFocus()
    qtbot.keyClick(dialog.form.choice("renderer_priority"), Qt.Key.Key_Down)
    type_into(qtbot, dialog.form.line("gpus"), "0-1")
    type_variable(qtbot, dialog, "OCIO", "/colour/config.ocio")
    assert dialog.isWindowModified()
    click(qtbot, dialog.apply_button)
    assert dialog.isVisible()
    assert not can_save(dialog)
    assert not dialog.isWindowModified()
    assert store.profiles()[0] == LocalProfile(
        name="Day shift",
        concurrency=3,
        max_jobs=4,
        retries=0,
        retry_delay=2.5,
        chunk_timeout=3900,
        stall_action="kill",
        stall_after=300,
        stop_after_failures=7,
        stop_at_failed_percent=12.5,
        stop_grace=20,
        renderer_priority="low",
        memory_limit=6.5,
        keep_memory_free=2,
        gpus=("0", "1"),
        environment={"OCIO": "/colour/config.ocio"},
    )
    assert store.default_name == "Day shift"
    assert ProfileStore(store.path).profiles() == store.profiles()


def test_settings_go_back_to_automatic_and_off(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    choose_row(qtbot, dialog, 2)
    for setting in ("concurrency", "stop_after_failures", "stop_at_failed_percent"):
        type_into(qtbot, dialog.form.spin(setting), "0")
    type_into(qtbot, dialog.form.spin("chunk_timeout"), "off")
    click(qtbot, dialog.ok_button)
    night = store.get("Night")
    assert (night.concurrency, night.stop_after_failures, night.chunk_timeout) == (None, None, None)
    assert night.stop_at_failed_percent is None
    assert not dialog.isVisible()


def test_undoing_an_edit_leaves_nothing_to_save(qtbot: QtBot, dialog: SettingsDialog) -> None:
    type_into(qtbot, dialog.form.spin("retries"), "5")
    assert can_save(dialog)
    assert dialog.cancel_button.text() == "Cancel"
    type_into(qtbot, dialog.form.spin("retries"), "2")
    assert not can_save(dialog)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "needs a name"),
        ("  ", "needs a name"),
        ("nIGHT", "Another profile has this name"),
        ("x" * 61, "At most 60"),
    ],
)
def test_bad_name_is_said_beside_the_field_while_typing(
    qtbot: QtBot, dialog: SettingsDialog, name: str, message: str
) -> None:
    type_into(qtbot, dialog.form.name, name or "\b")
    assert message in dialog.form.fields["name"].message
    assert message in dialog.form.name.accessibleDescription()
    assert dialog.form.name.property("invalid") is True
    assert not can_save(dialog)
    type_into(qtbot, dialog.form.name, "Fine")
    assert message not in dialog.form.fields["name"].message
    assert can_save(dialog)


@pytest.mark.parametrize(("name", "message"), [("A=B", "“A=B”"), ("LANG", "twice"), ("", "has no name")])
def test_bad_variable_is_said_before_the_cell_is_left(
    qtbot: QtBot, dialog: SettingsDialog, name: str, message: str
) -> None:
    choose_row(qtbot, dialog, 2)
    click(qtbot, dialog.form.environment.add_button)
    qtbot.keyClicks(QApplication.focusWidget(), name)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClicks(QApplication.focusWidget(), "x")
    assert message in dialog.form.fields["environment"].message
    assert not can_save(dialog)


def test_typing_in_a_cell_keeps_the_cursor_where_it_is(qtbot: QtBot, dialog: SettingsDialog) -> None:
    click(qtbot, dialog.form.environment.add_button)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    qtbot.keyClicks(editor, "OC")
    qtbot.keyClick(editor, Qt.Key.Key_Home)
    qtbot.keyClicks(editor, "MY_")
    assert editor.text() == "MY_OC"
    assert dialog.form.environment.model.rows == [("MY_OC", "")]


def test_variables_are_removed_by_button_and_by_key(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    choose_row(qtbot, dialog, 2)
    editor = dialog.form.environment
    assert not editor.remove_button.isEnabled()
    editor.table.setFocus()
    editor.table.setCurrentIndex(editor.model.index(0, 0))
    click(qtbot, editor.remove_button)
    editor.table.setFocus()
    editor.table.setCurrentIndex(editor.model.index(0, 1))
    qtbot.keyClick(editor.table, Qt.Key.Key_Delete)
    assert not editor.remove_button.isEnabled()
    click(qtbot, dialog.apply_button)
    assert store.get("Night").environment == {}


def test_empty_row_of_variables_does_not_count(qtbot: QtBot, dialog: SettingsDialog) -> None:
    click(qtbot, dialog.form.environment.add_button)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not can_save(dialog)


def test_added_profile_is_named_at_once(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    click(qtbot, dialog.side.add_button)
    assert dialog.form.name.hasFocus()
    qtbot.keyClicks(dialog.form.name, "Weekend")
    assert names(dialog) == ["Local", "Night", "Weekend"]
    click(qtbot, dialog.ok_button)
    assert [profile.name for profile in store.profiles()] == ["Local", "Night", "Weekend"]


def test_duplicate_has_the_settings_and_a_name_of_its_own(
    qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore
) -> None:
    choose_row(qtbot, dialog, 2)
    click(qtbot, dialog.side.duplicate_button)
    click(qtbot, dialog.side.duplicate_button)
    assert names(dialog) == ["Local", "Night", "Night copy", "Night copy copy"]
    type_variable(qtbot, dialog, "ONLY", "here")
    click(qtbot, dialog.apply_button)
    assert store.get("Night") == NIGHT
    assert store.get("Night copy") == NIGHT.model_copy(update={"name": "Night copy"})
    assert store.get("Night copy copy").environment == {**NIGHT.environment, "ONLY": "here"}


def test_removed_default_passes_to_another_and_the_last_stays(
    qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore
) -> None:
    click(qtbot, dialog.side.remove_button)
    assert names(dialog) == ["Night"]
    assert dialog.form.name.text() == "Night"
    assert not dialog.side.remove_button.isEnabled()
    click(qtbot, dialog.ok_button)
    assert store.profiles() == (NIGHT,)
    assert store.default_name == "Night"


def test_another_profile_becomes_the_default(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    assert not dialog.side.default_button.isEnabled()
    choose_row(qtbot, dialog, 2)
    click(qtbot, dialog.side.default_button)
    assert not dialog.side.default_button.isEnabled()
    assert can_save(dialog)
    click(qtbot, dialog.ok_button)
    assert store.default_name == "Night"


def test_cancel_on_edits_asks_once_and_discards(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    type_into(qtbot, dialog.form.name, "Other")
    click(qtbot, dialog.cancel_button)
    dialog.close()
    (question,) = dialog.findChildren(QMessageBox)
    assert dialog.isVisible()
    answer(question, "Discard")
    assert not dialog.isVisible()
    assert store.profiles() == (LOCAL, NIGHT)
    dialog.open()
    assert dialog.form.name.text() == "Local"


def test_edits_survive_when_they_are_kept(qtbot: QtBot, dialog: SettingsDialog) -> None:
    type_into(qtbot, dialog.form.name, "Other")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    (question,) = dialog.findChildren(QMessageBox)
    answer(question, "Keep editing")
    assert dialog.isVisible()
    assert dialog.form.name.text() == "Other"
    assert can_save(dialog)


def test_close_without_edits_asks_nothing(qtbot: QtBot, dialog: SettingsDialog) -> None:
    click(qtbot, dialog.cancel_button)
    assert not dialog.isVisible()
    assert dialog.findChildren(QMessageBox) == []


def test_failed_save_is_said_and_loses_nothing(qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore) -> None:
    type_into(qtbot, dialog.form.name, "Other")
    store.path.unlink()
    store.path.mkdir()  # a folder where the file should go
    click(qtbot, dialog.ok_button)
    assert dialog.isVisible()
    assert "Could not be saved" in dialog.status.text()
    assert can_save(dialog)


def test_dialog_opened_again_shows_what_is_saved_by_then(dialog: SettingsDialog, store: ProfileStore) -> None:
    dialog.reject()
    store.save([NIGHT], "Night")
    dialog.open()
    assert names(dialog) == ["Night"]
    assert dialog.form.name.text() == "Night"


def test_problem_of_the_file_is_shown(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text("not json", encoding="utf-8")
    dialog = SettingsDialog(ProfileStore(path))
    qtbot.addWidget(dialog)
    dialog.open()
    assert dialog.banner.isVisible()
    assert "bad.json.bad-" in dialog.banner.text()


def test_wheel_over_a_number_nobody_clicked_into_changes_nothing(dialog: SettingsDialog) -> None:
    dialog.form.name.setFocus()
    spin = dialog.form.spin("retries")
    wheel(spin)
    assert spin.value() == 2
    spin.setFocus()
    wheel(spin)
    assert spin.value() == 3


def wheel(widget: QWidget) -> None:
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        widget.mapToGlobal(centre),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


@pytest.mark.parametrize("available", [True, False])
def test_the_settings_say_where_there_is_no_tray(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, available: bool
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: available)
    page = AppearancePage()
    qtbot.addWidget(page)
    said = [label.text() for label in page.findChildren(QLabel) if "no tray" in label.text()]
    assert said == ([] if available else ["This desktop has no tray: closing ends the app."])


def test_theme_is_chosen_at_once_and_is_no_edit(qtbot: QtBot, dialog: SettingsDialog) -> None:
    choose_row(qtbot, dialog, 4)
    choice = dialog.pages.appearance.choice
    choice.setFocus()
    with qtbot.waitSignal(dialog.theme_mode_changed) as chosen:
        qtbot.keyClicks(choice, "Li")
    assert chosen.args == ["light"]
    assert not can_save(dialog)
    assert not dialog.side.remove_button.isEnabled()


def test_every_control_has_an_accessible_name(dialog: SettingsDialog) -> None:
    controls = [
        *(field.editor for field in dialog.form.fields.values()),
        dialog.sidebar,
        dialog.pages.appearance.choice,
    ]
    controls += [dialog.side.add_button, dialog.side.duplicate_button, dialog.side.remove_button]
    for control in controls:
        interface = QAccessible.queryAccessibleInterface(control)
        assert interface.text(QAccessible.Text.Name), control.objectName()


def test_profiles_that_a_terminal_adds_meanwhile_are_kept_and_shown(
    qtbot: QtBot, dialog: SettingsDialog, store: ProfileStore
) -> None:
    dialog.form.name.clear()
    qtbot.keyClicks(dialog.form.name, "Daily")
    terminal = ProfileStore(store.path, ["local"])
    terminal.save([*terminal.profiles(), LocalProfile(name="Imported")], "Local")
    click(qtbot, dialog.apply_button)
    read = ProfileStore(store.path, ["local"])
    assert [profile.name for profile in read.profiles()] == ["Daily", "Night", "Imported"]
    assert names(dialog) == ["Daily", "Night", "Imported"]
    assert dialog.form.name.text() == "Daily"
    assert not dialog.apply_button.isEnabled()
