"""The window around the jobs: what it remembers, its dialogs and sheets, its status bar, its keys and sizes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from helios_gui.translation import LANGUAGES, choose_language
from helios_gui.types import EngineProblem, JobChanged, JobState
from helios_gui.ui.about import AboutSheet
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.shortcuts import ShortcutsSheet
from helios_gui.ui.theme import ThemeMode, theme
from helios_gui.ui.widgets.confirm import ConfirmSheet
from tests.gui.window_steps import (
    LEFT,
    Eventually,
    OpenWindow,
    WriteJob,
    add_trusted,
    only_job,
    press_render,
    running_chunks,
    sheet_of,
    state,
)

_LOWEST_ROOM_FOR_A_MENU = 560
"""Pixels: a screen of 640 without the desktop's panel and the window's title."""


async def test_closing_an_idle_window_asks_nothing(open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        assert not window.frame.close()  # its owner closes it
        await eventually(window.closed.is_set)
        assert sheet_of(window, ConfirmSheet) is None


async def test_closing_with_work_running_asks_once_and_the_job_can_be_resumed(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(chunks=4, slow=1.0), eventually)
        press_render(qtbot, window)
        await eventually(lambda: running_chunks(window, job_id))
        for answer, closes in (("no", False), ("yes", True)):
            window.frame.close()
            await eventually(lambda: sheet_of(window, ConfirmSheet))
            window.frame.close()
            await asyncio.sleep(0.05)
            sheets = [sheet for sheet in window.frame.findChildren(ConfirmSheet) if sheet.isVisible()]
            assert len(sheets) == 1
            qtbot.mouseClick(getattr(sheets[0], answer), LEFT)
            await eventually(lambda: sheet_of(window, ConfirmSheet) is None)
            if closes:
                await eventually(window.closed.is_set)
            await asyncio.sleep(0.05)
            assert window.closed.is_set() is closes
    async with open_window() as window:
        assert state(window, job_id) is JobState.INTERRUPTED
        assert window.queue.current_job == job_id
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)


async def test_the_window_remembers_itself(qtbot: QtBot, open_window: OpenWindow) -> None:
    async with open_window() as window:
        window.frame.resize(770, 555)
        window.queue.view.horizontalHeader().resizeSection(2, 177)
        window.actions_of_window.theme_chosen.emit(ThemeMode.LIGHT)
        assert not theme().is_dark
    async with open_window() as window:
        assert (window.frame.width(), window.frame.height()) == (770, 555)
        assert window.queue.view.columnWidth(2) == 177
        window.actions_of_window.theme_chosen.emit(ThemeMode.DARK)
        assert theme().is_dark


async def test_a_damaged_memory_is_forgotten(open_window: OpenWindow, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "config"
    folder.mkdir(parents=True)
    (folder / "window.ini").write_text("[window]\ngeometry=12\npanels=@ByteArray(zz)\n[General]\ntheme=mauve\n")
    async with open_window() as window:
        assert window.isVisible()


async def test_settings_and_about_open_without_blocking(
    qtbot: QtBot, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window:
        buttons = window.actions_of_window.toolbar.findChildren(QToolButton)
        qtbot.mouseClick(next(button for button in buttons if button.accessibleName().startswith("Settings")), LEFT)
        dialog = sheet_of(window, SettingsDialog)
        assert isinstance(dialog, SettingsDialog)
        dialog.theme_mode_changed.emit("light")
        assert not theme().is_dark
        window.actions_of_window.set_theme_mode(theme().mode)
        dialog.theme_mode_changed.emit("dark")
        dialog.reject()
        window.actions_of_window.about.trigger()
        about = sheet_of(window, AboutSheet)
        assert about is not None
        about.reject()


async def test_f1_shows_every_shortcut_of_the_menus(
    qtbot: QtBot, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window:
        window.frame.activateWindow()
        await eventually(window.isActiveWindow)
        qtbot.keyClick(window, Qt.Key.Key_F1)
        await eventually(lambda: sheet_of(window, ShortcutsSheet))
        sheet = sheet_of(window, ShortcutsSheet)
        assert sheet is not None
        shown = [label.text() for label in sheet.findChildren(QLabel)]
        actions = [action for menu in window.frame.menuBar().findChildren(QMenu) for action in menu.actions()]
        keys = {action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) for action in actions} - {""}
        assert {"F1", "Ctrl+R", "Ctrl+O", "Del"} <= keys <= set(shown)
        beside = window.job_view.log.actions() + window.job_view.grid.actions()
        keys |= {action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) for action in beside} - {""}
        assert {"Ctrl+E", "F3", "R"} <= keys <= set(shown)
        assert {"Move up", "Alt+Up"} <= set(shown), "those of menus in menus, too"
        assert {"Render", "Play or pause", "Space", "Zoom in, out, show all"} <= set(shown)
        sheet.reject()


@pytest.mark.parametrize("code", LANGUAGES)
async def test_a_letter_chooses_one_entry_of_a_menu(open_window: OpenWindow, code: str) -> None:
    choose_language(code)
    try:
        async with open_window() as window:
            menus = {menu.title(): menu.actions() for menu in window.frame.menuBar().findChildren(QMenu)}
            menus["bar"] = window.frame.menuBar().actions()
            letters = {
                title: re.findall("&(.)", "".join(action.text().casefold() for action in actions if action.isVisible()))
                for title, actions in menus.items()
            }
            assert "&File" in letters or "&Datei" in letters
            assert {title: found for title, found in letters.items() if len(set(found)) < len(found)} == {}
    finally:
        choose_language("en")


@pytest.mark.parametrize("code", LANGUAGES)
async def test_menus_fit_on_a_low_screen(open_window: OpenWindow, code: str) -> None:
    """Qt breaks a menu into columns where the screen is too low for it."""
    choose_language(code)
    try:
        async with open_window() as window:
            window.queue.actions_of_jobs.set_profiles(["Local", "Night"])
            menus = {menu.title(): menu.sizeHint().height() for menu in window.frame.menuBar().findChildren(QMenu)}
            assert len(menus) > 4
            assert {title: height for title, height in menus.items() if height > _LOWEST_ROOM_FOR_A_MENU} == {}
    finally:
        choose_language("en")


async def test_diagnostics_hold_versions_profiles_and_errors_but_no_secrets(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        profiles = window.engine.profiles
        local = profiles.default.model_copy(update={"environment": {"STUDIO_LICENCE": "hunter2-hunter2"}})
        profiles.save([local], local.name)
        job_id = await add_trusted(window, write_job("Broken", chunks=1), eventually)
        job = window.queue.model.job(job_id)
        assert job is not None
        reason = f"login failed: token=abcdef0123456789 in {Path.home()}/film"
        failed = replace(job, state=JobState.FAILED, reason=reason)
        window.queue.apply([JobChanged(failed)])
        window.actions_of_window.diagnostics.trigger()
        await eventually(lambda: window.notices.notices())
        text = QGuiApplication.clipboard().text()
        for part in ("Helios Render Manager", "Qt 6", "ffmpeg ", "profile kind=local, name=Local", "STUDIO_LICENCE"):
            assert part in text
        assert "Broken (Local) failed: login failed" in text
        assert "hunter2" not in text
        assert "abcdef0123456789" not in text
        assert f"{Path.home()}/" not in text


async def test_the_log_folder_opens(open_window: OpenWindow) -> None:
    opened: list[QUrl] = []

    class Opener(QObject):
        @Slot(QUrl)
        def open(self, url: QUrl) -> None:
            opened.append(url)

    opener = Opener()
    async with open_window() as window:
        QDesktopServices.setUrlHandler("file", opener, "open")
        try:
            window.actions_of_window.log_folder.trigger()
        finally:
            QDesktopServices.unsetUrlHandler("file")
        assert [Path(url.toLocalFile()) for url in opened] == [window.engine.folders.logs]
        assert window.engine.folders.logs.is_dir()


async def test_problems_of_the_engine_are_shown_once(open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        for _ in range(3):
            window.bridge.events.emit([EngineProblem("The disk is full.")])
        (notice,) = window.notices.notices()
        assert "disk is full" in notice.text


async def test_the_status_bar_tells_how_many_workers_are_busy(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        texts: set[str] = set()
        window.bridge.events.connect(lambda _: texts.add(window.status_label.text()))
        assert window.status_label.text().startswith("Local 0/")
        job_id = await add_trusted(window, write_job(chunks=4, slow=0.3), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        assert any(text.startswith(("Local 1/", "Local 2/")) for text in texts)


async def test_the_status_bar_and_the_title_tell_how_far_the_queue_is(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        titles: list[str] = []
        texts: list[str] = []
        window.bridge.events.connect(lambda _: titles.append(window.frame.windowTitle()))
        window.bridge.events.connect(lambda _: texts.append(window.status_label.text()))
        jobs = [await add_trusted(window, write_job(name, chunks=8, slow=0.3), eventually) for name in "AB"]
        assert window.frame.windowTitle() == "Helios Render Manager"
        window.queue.select_all(jobs)
        press_render(qtbot, window)
        await eventually(lambda: all(state(window, job_id) is JobState.COMPLETED for job_id in jobs))
        await eventually(lambda: window.frame.windowTitle() == "Helios Render Manager")
        shown = [int(title.split(" %")[0]) for title in titles if "%" in title]
        assert shown == sorted(shown)
        assert {number for number in shown if 0 < number < 100}
        for said in (texts, titles):
            assert any(re.search(r"\d %, all done about \d\d:\d\d", text) for text in said)


async def test_a_command_about_a_job_that_is_gone_says_so(open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        window.commands.retry("no-such-job", [1])
        await eventually(lambda: window.notices.notices())
        assert "not in the queue" in window.notices.notices()[0].text


async def test_jobs_can_be_given_another_profile(
    open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        await add_trusted(window, write_job(), eventually)
        menu = window.queue.actions_of_jobs.profile_menu
        assert not menu.menuAction().isVisible()
        local = window.engine.profiles.default
        window.engine.profiles.save([local, local.model_copy(update={"name": "Night & day"})], local.name)
        assert menu.menuAction().isVisible()
        assert [action.isChecked() for action in menu.actions()] == [True, False]
        menu.actions()[1].trigger()
        await eventually(lambda: only_job(window).profile == "Night & day")
        assert [action.isChecked() for action in menu.actions()] == [False, True]


async def test_no_two_actions_want_the_same_keys(open_window: OpenWindow) -> None:
    async with open_window() as window:
        actions = [action for action in window.frame.findChildren(QAction) if not action.shortcut().isEmpty()]
        everywhere = [
            action.shortcut().toString()
            for action in actions
            if action.shortcutContext() is Qt.ShortcutContext.WindowShortcut
        ]
        elsewhere = {action.shortcut().toString() for action in actions} - set(everywhere)
        assert len(set(everywhere)) == len(everywhere)
        local = [action.shortcut().toString() for action in actions if action.shortcut().toString() in everywhere]
        assert sorted(local) == sorted(everywhere), "a panel's shortcut is also the window's"
        assert elsewhere


@pytest.mark.parametrize("size", [(720, 480), (1600, 1000)])
async def test_the_window_fits_its_sizes(
    open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, size: tuple[int, int]
) -> None:
    async with open_window() as window:
        await add_trusted(window, write_job("A job with quite a long name that has to give way"), eventually)
        window.frame.resize(*size)
        await asyncio.sleep(0.05)
        assert (window.frame.width(), window.frame.height()) == size


async def test_the_window_is_no_larger_than_its_screen(open_window: OpenWindow) -> None:
    async with open_window() as window:
        screen = window.frame.screen().availableSize()
        assert screen.width() < 1280, "or this shows nothing"
        assert screen.width() - 40 <= window.frame.width() <= screen.width()
        assert screen.height() - 60 <= window.frame.height() <= screen.height() - 24, "its title has room"
