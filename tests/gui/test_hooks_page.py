"""The settings page of the hooks, driven by mouse and keyboard; what it sends arrives at real servers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.hooks.store import HookStore
from helios_gui.ui.hooks.hook_sheet import HookSheet, HookTarget
from helios_gui.ui.hooks.mail_sheet import MailSheet
from helios_gui.ui.hooks.page import HooksPage
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.widgets.confirm import ConfirmSheet
from tests.gui.conftest import OpenWindow
from tests.gui.window_steps import Eventually, press_render
from tests.support.chat import chat
from tests.support.drops import drop
from tests.support.mail_server import USER, mail_server

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

LEFT = Qt.MouseButton.LeftButton
Sheet = TypeVar("Sheet", bound=QWidget)


def open_page(qtbot: QtBot, window: MainWindow) -> tuple[SettingsDialog, HooksPage]:
    """Open the settings, and choose the page in the list as a person does."""
    dialog = window._open_settings()
    (item,) = dialog.sidebar.findItems("Hooks", Qt.MatchFlag.MatchStartsWith)
    rect = dialog.sidebar.visualItemRect(item)
    qtbot.mouseClick(dialog.sidebar.viewport(), LEFT, pos=rect.center())
    (page,) = dialog.findChildren(HooksPage)
    assert page.isVisible()
    assert not dialog.side.remove_button.isEnabled(), "no profile is on show"
    return dialog, page


def on_show(kind: type[Sheet]) -> Sheet:
    """Return the one sheet of a kind that is open."""
    (found,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]
    return found


def choose_target(sheet: HookSheet, target: HookTarget) -> None:
    sheet.target.setCurrentIndex(sheet.target.findData(target))


async def test_a_hook_is_added_tried_changed_and_removed(
    qtbot: QtBot, open_window: OpenWindow, eventually: Eventually, tmp_path: Path
) -> None:
    async with open_window() as window, chat(200, 404) as service:
        dialog, page = open_page(qtbot, window)
        assert not page.edit_button.isEnabled()
        qtbot.mouseClick(page.add_button, LEFT)
        sheet = on_show(HookSheet)
        qtbot.mouseClick(sheet.save_button, LEFT)
        assert sheet.fields["name"].message.startswith("✕")
        assert sheet.fields["url"].message == "✕ This is still missing."
        qtbot.keyClicks(sheet.name, "Chat")
        qtbot.keyClicks(sheet.url, "ftp://x")
        qtbot.mouseClick(sheet.test.button, LEFT)
        assert "no web address" in sheet.fields["url"].message
        sheet.url.clear()
        qtbot.keyClicks(sheet.url, service.url)
        sheet.body_format.setCurrentIndex(sheet.body_format.findText("Discord"))
        qtbot.mouseClick(sheet.test.button, LEFT)
        await eventually(lambda: "It was told. The service answered 200 OK" in sheet.test.result.text())
        assert "Test of the hook" in service.got[0][1]["content"]
        assert HookStore(window.engine.folders.hooks).hooks == (), "a test stores nothing"
        qtbot.mouseClick(sheet.save_button, LEFT)
        assert page.list.count() == 1
        assert page.selected is not None
        assert page.selected.name == "Chat"

        qtbot.mouseClick(page.test.button, LEFT)
        await eventually(lambda: "✕ The service answered 404" in page.test.result.text())
        await eventually(lambda: "404" in page.log.toPlainText().split("\n")[0])
        assert len(page.log.toPlainText().split("\n")) == 2

        qtbot.mouseClick(page.edit_button, LEFT)
        sheet = on_show(HookSheet)
        assert (sheet.name.text(), sheet.url.text()) == ("Chat", service.url)
        choose_target(sheet, HookTarget.COMMAND)
        assert not sheet.url.isVisible()
        qtbot.keyClicks(sheet.command, "true")
        for box in sheet.events.values():
            box.setChecked(False)
        qtbot.mouseClick(sheet.save_button, LEFT)
        assert sheet.fields["events"].message == "✕ This is still missing."
        next(iter(sheet.events.values())).click()
        sheet.profile.setCurrentIndex(sheet.profile.findText("Local"))
        sheet.enabled.click()
        qtbot.keyClick(sheet.name, Qt.Key.Key_Return)
        stored = json.loads(window.engine.folders.hooks.read_text())["hooks"]
        assert stored == [
            {"name": "Chat", "events": ["started"], "command": "true", "format": "discord", "profiles": ["Local"]}
            | {"enabled": False}
        ]

        qtbot.mouseClick(page.add_button, LEFT)
        sheet = on_show(HookSheet)
        qtbot.keyClicks(sheet.name, "chat")
        qtbot.keyClicks(sheet.url, service.url)
        qtbot.mouseClick(sheet.save_button, LEFT)
        assert sheet.fields["name"].message == "✕ Another hook has this name."
        sheet.reject()

        qtbot.mouseClick(page.remove_button, LEFT)
        await eventually(lambda: window.frame.findChildren(ConfirmSheet))
        on_show(ConfirmSheet).yes.click()
        await eventually(lambda: page.list.count() == 0)
        assert HookStore(window.engine.folders.hooks).hooks == ()
        dialog.reject()


async def test_a_mail_server_is_set_up_and_a_person_is_written_to(
    qtbot: QtBot, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window, mail_server() as box:
        dialog, page = open_page(qtbot, window)
        qtbot.mouseClick(page.mail_button, LEFT)
        sheet = on_show(MailSheet)
        assert sheet.port.text() == "587 (usual)"
        qtbot.mouseClick(sheet.save_button, LEFT)
        assert sheet.fields["host"].message == "✕ This is still missing."
        qtbot.keyClicks(sheet.host, box.host)
        sheet.port.setValue(box.port)
        sheet.security.setCurrentIndex(2)
        qtbot.keyClicks(sheet.from_address, "nobody")
        qtbot.mouseClick(sheet.save_button, LEFT)
        assert "no e-mail address" in sheet.fields["sender"].message
        sheet.from_address.clear()
        qtbot.keyClicks(sheet.from_address, USER)
        qtbot.mouseClick(sheet.test.button, LEFT)
        await eventually(lambda: "It was told" in sheet.test.result.text())
        assert box.to == [[USER]]
        qtbot.mouseClick(sheet.save_button, LEFT)
        assert f"{box.host}:{box.port}, from {USER}" in page.mail_text.text()

        qtbot.mouseClick(page.add_button, LEFT)
        hook = on_show(HookSheet)
        qtbot.keyClicks(hook.name, "Ann")
        choose_target(hook, HookTarget.EMAIL)
        qtbot.keyClicks(hook.email, f"ann@example.org; {box.unknown}")
        qtbot.mouseClick(hook.save_button, LEFT)
        qtbot.mouseClick(page.test.button, LEFT)
        await eventually(lambda: "550 No such user" in page.test.result.text())
        assert box.to[-1] == ["ann@example.org"]
        qtbot.mouseClick(page.forget_button, LEFT)
        qtbot.mouseClick(page.test.button, LEFT)
        await eventually(lambda: "There is no mail server" in page.test.result.text())
        dialog.reject()


async def test_a_hook_of_a_job_file_is_told_after_the_question_only(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window, chat() as service:
        path = write_job(chunks=1)
        content = json.loads(path.read_text())
        path.write_text(json.dumps({**content, "hooks": [{"name": "studio", "url": service.url}]}))
        assert drop(window, path)
        await eventually(lambda: window.queue.current_job)
        press_render(qtbot, window)
        await eventually(lambda: window.frame.findChildren(TrustSheet))
        sheet = on_show(TrustSheet)
        assert f"posts to {service.url} (JSON)" in sheet.details.toPlainText()
        qtbot.mouseClick(sheet.run_button, LEFT)
        await eventually(lambda: service.got)
        assert service.got[0][1]["event"] == "done"
