"""The settings page of the watched folders, and what comes of it in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from helios_gui.jobfile.job_files import save_job
from helios_gui.types import JobState
from helios_gui.ui.watch_folders.folder_sheet import FolderSheet
from helios_gui.ui.watch_folders.page import WatchFoldersPage
from helios_gui.watch_folders import folder_watch
from helios_gui.watch_folders.store import WatchFolderStore
from tests.gui.conftest import OpenWindow
from tests.gui.window_steps import Eventually
from tests.support.jobs import text_job


def sheet() -> FolderSheet | None:
    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, FolderSheet)), None)


async def test_a_folder_is_watched_as_the_page_says(
    qtbot: QtBot,
    tmp_path: Path,
    open_window: OpenWindow,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folder_watch.FolderWatch.__init__, "__defaults__", (0.1,))
    hot = tmp_path / "hot"
    hot.mkdir()
    async with open_window() as window:
        dialog = window._open_settings()
        page = dialog.findChild(WatchFoldersPage)
        assert page is not None
        assert not page.edit_button.isEnabled()
        page.add_button.click()
        opened = sheet()
        assert opened is not None
        opened.save_button.click()
        assert opened.path_field.message == "✕ This is still missing."
        qtbot.keyClicks(opened.path, str(hot))
        opened.action.setCurrentIndex(1)
        opened.preset.setCurrentIndex(opened.preset.findData("h264"))
        assert opened.sequences.isChecked()
        opened.sequences.click()
        assert not opened.minutes.isEnabled()
        assert not opened.rate.isEnabled()
        opened.sequences.click()
        opened.minutes.setValue(7.5)
        opened.rate.setCurrentIndex(opened.rate.findData("23.976"))
        qtbot.mouseClick(opened.save_button, Qt.MouseButton.LeftButton)
        await eventually(lambda: sheet() is None)
        assert page.list.item(0).text() == str(hot)
        (stored,) = WatchFolderStore(window.engine.folders.watch_folders).folders
        assert (stored.path, stored.render, stored.preset, stored.move) == (hot, True, "h264", True)
        assert (stored.sequences, stored.frames_minutes, stored.fps) == (True, 7.5, "23.976")
        assert "with image sequences" in page.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert window.engine.trust.trusts_folder(hot)
        save_job(text_job(2), hot / "job.json")
        await eventually(lambda: (hot / "done" / "job.json").exists())
        await eventually(lambda: [job.state for job in window.queue.model.jobs()] == [JobState.COMPLETED])
        page.pause_button.click()
        assert page.pause_button.text() == "Resume"
        assert not WatchFolderStore(window.engine.folders.watch_folders).folders[0].enabled
        dialog.reject()
    (hot / "broken.heliosjob").write_text("{")
    async with open_window() as window:
        page = window._open_settings().findChild(WatchFoldersPage)
        assert page is not None
        assert not window.notices.notices()
        page.pause_button.click()
        await eventually(lambda: any("broken.heliosjob" in notice.text for notice in window.notices.notices()))
