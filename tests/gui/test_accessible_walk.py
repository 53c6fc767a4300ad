"""Every control of every window has a name for screen readers, and the keyboard reaches it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenuBar, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.profiles.store import ProfileStore
from helios_gui.profiles.trust import JobReview, ProgramUse
from helios_gui.sources.page import PageFacts, PageKind, PageRequest
from helios_gui.types import JobState, JobSummary
from helios_gui.ui.about import AboutSheet
from helios_gui.ui.bridge import run_task
from helios_gui.ui.getting_started import GettingStartedSheet
from helios_gui.ui.job.view import JobView
from helios_gui.ui.licences import LicencesDialog
from helios_gui.ui.new_render.answer import Source
from helios_gui.ui.new_render.sheet import NewRenderSheet
from helios_gui.ui.queue.group_name_sheet import GroupNameSheet
from helios_gui.ui.queue.start_after_sheet import StartAfterSheet
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.shortcuts import ShortcutsSheet
from helios_gui.ui.submit.commands_sheet import CommandsSheet
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.submit.upload import Destination, UploadPlan
from helios_gui.ui.watch_folders.folder_sheet import FolderSheet
from helios_gui.ui.widgets.confirm import ConfirmSheet
from helios_gui.ui.widgets.notice_bar import NoticeBoard
from tests.gui.window_steps import Eventually, OpenWindow, add_trusted, press_render, state
from tests.support.accessibility import unnamed, unreachable


def check(window: QWidget, *, where: object = "") -> None:
    """Fail if a control has no name, or the keyboard does not reach it."""
    assert unnamed(window) == [], where
    assert unreachable(window) == [], where


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[QWidget], QWidget]:
    def shown(window: QWidget) -> QWidget:
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        return window

    return shown


async def test_the_window_with_each_of_its_panels(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        check(window.frame, where="empty")
        job_id = await add_trusted(window, write_job(broken=(1,)), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.FAILED)
        window.notices.show_error(ValueError("broken"))
        tabs = window.job_view.tabs
        for place in range(tabs.count()):
            tabs.setCurrentIndex(place)
            check(window.frame, where=tabs.tabText(place))
        window.actions_of_window.getting_started.trigger()
        (sheet,) = window.frame.findChildren(GettingStartedSheet)
        check(sheet)
        sheet.reject()


def test_the_settings(show: Callable[[QWidget], QWidget], tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "profiles.json")
    dialog = SettingsDialog(store)
    show(dialog)
    check(dialog)
    for kind in store.kinds:
        dialog.side.add_requested.emit(kind)
        if hasattr(dialog.form, "advanced"):
            dialog.form.advanced.open()
        check(dialog, where=kind)
    dialog.sidebar.appearance_chosen.emit()
    check(dialog, where="appearance")
    dialog.done(0)


def test_the_small_sheets(
    show: Callable[[QWidget], QWidget], tmp_path: Path, make_summary: Callable[..., JobSummary]
) -> None:
    parent, bar, view = show(QWidget()), QMenuBar(), JobView()
    for widget in (bar, view):
        show(widget)
    program = ProgramUse("npx", Path("/usr/bin/npx"), 3, "npx helios render")
    review = JobReview((program,), tmp_path, 3, tmp_path / "film.mp4", None, (Path("/srv/a.png"),), 0, "digest")
    trust = TrustSheet(review, "Autumn", parent, Destination("Studio", "s3://bucket/renders"))
    trust.show_upload(UploadPlan(3, 1_000_000))
    sheets = (
        ConfirmSheet(parent, "Cancel “Autumn”?", "Three chunks are lost. " * 40, "Stop", keep="Keep rendering"),
        AboutSheet(parent),
        ShortcutsSheet(bar, view, parent),
        CommandsSheet(["render a", "render b"], parent),
        StartAfterSheet("Start after …", [make_summary(0)], [], parent),
        GroupNameSheet("Trailer", parent),
        FolderSheet(None, (), ["Local"], {"h264": "H.264"}, parent),
        trust,
    )
    for sheet in sheets:
        sheet.show()
        check(sheet, where=type(sheet).__name__)
        sheet.close()
    board = NoticeBoard()
    board.show_info("A newer version", "You have 1.0.").add_action("See what is new", lambda: None)
    board.show_error(ValueError("broken\n" + "line\n" * 40))
    check(show(board))


async def test_the_licences(show: Callable[[QWidget], QWidget], eventually: Eventually) -> None:
    parent = show(QWidget())
    dialog = LicencesDialog(parent, run_task)
    dialog.open()
    await eventually(lambda: unnamed(dialog) == [])
    check(dialog)
    dialog.reject()


async def test_a_new_render(
    open_window: OpenWindow, eventually: Eventually, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_BROWSER", str(tmp_path / "none"))
    page = tmp_path / "film.html"
    page.write_text("<p>")
    async with open_window() as window:
        source = Source(PageKind(), PageRequest(source=page), PageFacts(width=1920, height=1080))
        sheet = NewRenderSheet(window.engine, source, tmp_path, window.bridge.run, window)
        sheet.open()
        await eventually(lambda: sheet.place_note.text() and sheet.panel.still.note)
        check(sheet)
        sheet.reject()


def test_what_has_no_name_or_no_key_is_found(show: Callable[[QWidget], QWidget]) -> None:
    window = QWidget()
    layout = QHBoxLayout(window)
    silent, named = QToolButton(window), QToolButton(window)
    named.setAccessibleName("Play")
    named.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    field = QLineEdit(window)
    for widget in (silent, named, field):
        layout.addWidget(widget)
    silent.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    show(window)
    assert [text.split()[0] for text in unnamed(window)] == ["QToolButton", "QLineEdit"]
    assert [text.split()[0] for text in unreachable(window)] == ["QToolButton"]
