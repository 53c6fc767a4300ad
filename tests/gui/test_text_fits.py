"""No text in a dialog is cut off: every button, label, list and number field is measured as it is laid out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QScreen
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from helios_gui import ui
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.hooks.hook import BodyFormat, Hook
from helios_gui.hooks.mail_server import MailServer
from helios_gui.hooks.store import HookStore
from helios_gui.profiles.store import ProfileStore
from helios_gui.profiles.trust import JobReview, ProgramUse, TrustStore
from helios_gui.resources import resource_path
from helios_gui.sources.command import CommandRequest
from helios_gui.sources.page import PageFacts, PageKind, PageRequest
from helios_gui.translation import LANGUAGES, choose_language
from helios_gui.types import JobAdded, JobSummary, RenderChunk
from helios_gui.ui.about import AboutSheet
from helios_gui.ui.desktop.after_queue import AfterQueue, CountdownSheet
from helios_gui.ui.getting_started import GettingStartedSheet, first_steps
from helios_gui.ui.hooks.hook_sheet import HookSheet
from helios_gui.ui.hooks.mail_sheet import MailSheet
from helios_gui.ui.hooks.page import HooksPage
from helios_gui.ui.job.view import JobView
from helios_gui.ui.licences import LicencesDialog
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.new_render.answer import Source
from helios_gui.ui.new_render.command_sheet import CommandSheet
from helios_gui.ui.new_render.sheet import NewRenderSheet
from helios_gui.ui.preview.reader_thread import Playable
from helios_gui.ui.queue.group_name_sheet import GroupNameSheet
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.ui.queue.start_after_sheet import StartAfterSheet
from helios_gui.ui.seams.inspector import SeamInspector
from helios_gui.ui.seams.seams import Seams
from helios_gui.ui.settings.connection_check import ConnectionChecks
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.shortcuts import ShortcutsSheet
from helios_gui.ui.submit.commands_sheet import CommandsSheet
from helios_gui.ui.submit.source_reader import DurationSheet
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.submit.upload import Destination, UploadPlan
from helios_gui.ui.watch_folders.folder_sheet import FolderSheet
from helios_gui.ui.watch_folders.page import WatchFoldersPage
from helios_gui.ui.widgets.confirm import ConfirmSheet
from helios_gui.ui.widgets.elided_combo_box import ElidedComboBox
from helios_gui.ui.widgets.elided_label import ElidedLabel
from helios_gui.ui.widgets.notice_bar import NoticeBoard
from helios_gui.utils.folders import AppFolders
from helios_gui.watch_folders.store import WatchFolderStore
from helios_gui.watch_folders.watch_folder import WatchFolder
from tests.support.waiting import PATIENCE

SMALL_SCREEN, TITLE = QSize(1024, 640), 24


@pytest.fixture(autouse=True, params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Measure in every language."""
    yield choose_language(request.param)
    choose_language("en")


def _room_for_text(widget: QWidget) -> int:
    """Pixels that the style leaves for the text."""
    style = widget.style()
    if isinstance(widget, QPushButton):
        option = QStyleOptionButton()
        widget.initStyleOption(option)
        room = style.subElementRect(QStyle.SubElement.SE_PushButtonContents, option, widget).width()
        return room - (widget.iconSize().width() + 4 if not widget.icon().isNull() else 0)
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        return style.subControlRect(control, option, part, widget).width()
    assert isinstance(widget, QSpinBox | QDoubleSpinBox)
    margins = widget.lineEdit().textMargins()
    return widget.lineEdit().contentsRect().width() - margins.left() - margins.right()


def _texts(widget: QWidget) -> list[str]:
    if isinstance(widget, QComboBox):
        return [widget.itemText(index) for index in range(widget.count())]
    return [widget.text().replace("&", "")]  # type: ignore[attr-defined]


def _is_cut(widget: QWidget) -> bool:
    if isinstance(widget, ElidedLabel | ElidedComboBox) or isinstance(widget.parentWidget(), QLineEdit):
        return False  # shows an ellipsis, and everything in its tooltip; the icons in a field have no text
    if isinstance(widget, QLabel):
        if widget.wordWrap():
            return widget.height() < widget.heightForWidth(widget.width())
        return widget.width() < widget.sizeHint().width() or widget.height() < widget.sizeHint().height()
    if isinstance(widget, QCheckBox | QToolButton):
        return widget.width() < widget.sizeHint().width()
    metrics = widget.fontMetrics()
    return any(metrics.horizontalAdvance(text) > _room_for_text(widget) for text in _texts(widget))


def cut_texts(window: QWidget) -> list[str]:
    """The texts in a window on screen that have less room than they need."""
    kinds = (QLabel, QAbstractButton, QComboBox, QSpinBox, QDoubleSpinBox)
    shown = [widget for widget in window.findChildren(QWidget) if isinstance(widget, kinds) and widget.isVisible()]
    assert shown
    cut = [f"{type(widget).__name__} {_texts(widget)}" for widget in shown if _is_cut(widget)]
    narrow = [area for area in window.findChildren(QScrollArea) if _is_narrow(area)]
    return [*cut, *(f"cut at the right: {area.widget().width()} in {area.viewport().width()}" for area in narrow)]


def _is_narrow(area: QScrollArea) -> bool:
    """Return whether what scrolls up and down only is cut at its right."""
    content = area.widget()
    layout = content.layout() if content is not None else None
    if not area.isVisible() or content is None or layout is None or content.devicePixelRatio() > 1:
        return False  # there, the screen of the tests is narrower than any
    off = area.horizontalScrollBarPolicy() is Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    return off and content.width() - layout.contentsMargins().right() > area.viewport().width()


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[QWidget], QWidget]:
    def shown(window: QWidget) -> QWidget:
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        return window

    return shown


def test_confirmations(show: Callable[[QWidget], QWidget], qtbot: QtBot) -> None:
    parent = show(QWidget())
    for danger, keep in ((True, "Keep rendering"), (False, "")):
        sheet = ConfirmSheet(
            parent, "Cancel “Autumn”?", "3 chunks will be lost. " * 9, "Stop", danger=danger, keep=keep
        )
        sheet.open()
        qtbot.waitExposed(sheet)
        for button in (sheet.no, sheet.yes):
            button.setFocus()  # which makes it the default button
            assert cut_texts(sheet) == []
        sheet.close()


async def _check(_profile: object) -> Iterator[None]:  # type: ignore[misc]
    return
    yield


def none_cut(widget: QWidget, what: object) -> None:
    """Fail where a text is cut off."""
    assert cut_texts(widget) == [], what


def test_settings(show: Callable[[QWidget], QWidget], tmp_path: Path, qtbot: QtBot) -> None:
    store = ProfileStore(tmp_path / "profiles.json")
    dialog = SettingsDialog(store, checks=ConnectionChecks(_check, _check))  # type: ignore[arg-type]
    show(dialog)
    assert cut_texts(dialog) == []
    for kind in store.kinds:
        dialog.side.add_requested.emit(kind)
        if hasattr(dialog.form, "advanced"):
            dialog.form.advanced.open()
        qtbot.wait(20)
        qtbot.waitUntil(lambda kind=kind: none_cut(dialog, kind))
    dialog.sidebar.appearance_chosen.emit()
    assert cut_texts(dialog) == []
    dialog.reject()  # with changes: asks
    question = dialog.findChild(QDialog)
    assert question is not None
    assert cut_texts(question) == []
    question.findChildren(QPushButton)[0].click()


def test_hooks(show: Callable[[QWidget], QWidget], tmp_path: Path) -> None:
    folders = AppFolders.at(tmp_path)
    store = HookStore(folders.hooks)
    store.save_mail(MailServer(host="smtp.example.org", sender="render@example.org"))
    store.save([Hook(name="Studio", url="keyring:helios/slack", format=BodyFormat.SLACK)])

    def never(work: Coroutine[Any, Any, None]) -> None:
        work.close()

    page = HooksPage(folders, ["Local"], never)  # type: ignore[arg-type]
    page.resize(540, 560)
    assert cut_texts(show(page)) == []
    sheet = HookSheet(None, store.settings, ["Local"], folders.hook_log, never, page)  # type: ignore[arg-type]
    for place in range(sheet.target.count()):
        sheet.target.setCurrentIndex(place)
        sheet.setting()
        assert cut_texts(show(sheet)) == []
    mail = MailSheet(None, folders.hook_log, never, page)  # type: ignore[arg-type]
    mail.setting()
    assert cut_texts(show(mail)) == []


def test_watched_folders(show: Callable[[QWidget], QWidget], tmp_path: Path) -> None:
    WatchFolderStore(tmp_path / "folders.json").save([WatchFolder(path=tmp_path, render=True, profile="Local")])

    def read() -> WatchFolderStore:
        return WatchFolderStore(tmp_path / "folders.json")

    def never(work: Coroutine[Any, Any, None]) -> None:
        work.close()

    page = WatchFoldersPage(read, TrustStore(tmp_path / "trust.json"), ["Local"], never, lambda: None)  # type: ignore[arg-type]
    page.resize(540, 400)
    assert cut_texts(show(page)) == []
    sheet = FolderSheet(None, (), ["Local"], {"h264": "H.264"}, page)
    sheet.save_button.click()
    assert cut_texts(show(sheet)) == []


@pytest.mark.parametrize("destination", [None, Destination("Studio", "s3://bucket/renders")])
def test_trust_sheet(show: Callable[[QWidget], QWidget], tmp_path: Path, destination: Destination | None) -> None:
    program = ProgramUse("npx", Path("/usr/bin/npx"), 3, "npx helios render")
    review = JobReview((program,), tmp_path, 3, tmp_path / "film.mp4", None, (Path("/srv/a.png"),), 0, "digest")
    sheet = TrustSheet(review, "Autumn in the mountains", None, destination)
    if destination is not None:
        sheet.show_upload(UploadPlan(3, 1_000_000))
    show(sheet)
    assert cut_texts(sheet) == []


@pytest.mark.parametrize("size", [(880, 480), (1040, 680)])
async def test_new_render(
    open_window: Callable[..., AbstractAsyncContextManager[MainWindow]],
    eventually: Callable[..., Awaitable[None]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("HELIOS_BROWSER", str(tmp_path / "none"))  # no still: the plan is what has texts
    page = tmp_path / "film.html"
    page.write_text("<p>")
    cloud = AwsLambdaProfile(name="Studio", function="render", storage_url="s3://studio/r")
    async with open_window() as window:
        window.engine.profiles.save([LocalProfile(name="Local"), cloud], "Local", "Studio")
        source = Source(PageKind(), PageRequest(source=page), PageFacts(width=1920, height=1080))
        sheet = NewRenderSheet(window.engine, source, tmp_path, window.bridge.run, window)
        sheet.resize(*size)
        sheet.open()
        await eventually(lambda: sheet.place_note.text() and sheet.panel.still.note)
        assert cut_texts(sheet) == []
        sheet.reject()


async def test_a_command_seams_and_licences(
    open_window: Callable[..., AbstractAsyncContextManager[MainWindow]],
    eventually: Callable[..., Awaitable[None]],
    tmp_path: Path,
) -> None:
    chunks = [
        RenderChunk(id=place, start_frame=place, frame_count=1, output_file=f"{place}.mp4", command="render")
        for place in range(1200, 1203)
    ]
    async with open_window() as window:
        command = CommandSheet(window.engine, CommandRequest(), tmp_path, window.bridge.run, window.frame)
        command.open()
        command.command.setPlainText("render {start}")
        await eventually(lambda: command.problem.text())
        await eventually(lambda: cut_texts(command) == [], lambda: cut_texts(command))
        command.reject()
        inspector = SeamInspector(Playable(tmp_path / "film.mp4"), Seams(chunks), Seams(chunks)[1], window.frame)
        inspector.show()
        await eventually(lambda: inspector.verdict.text())
        await eventually(lambda: cut_texts(inspector) == [], lambda: cut_texts(inspector))
        inspector.close()
        licences = LicencesDialog(window.frame, window.bridge.run)
        licences.open()
        await eventually(lambda: licences.list.count())
        await eventually(lambda: cut_texts(licences) == [], lambda: cut_texts(licences))
        licences.reject()


def test_about_and_notices(show: Callable[[QWidget], QWidget]) -> None:
    parent = show(QWidget())
    about = AboutSheet(parent)
    about.open()
    assert cut_texts(about) == []
    about.close()
    board = NoticeBoard()
    board.show_info("A newer version is available", "You have 1.0.").add_action("See what is new", lambda: None)
    board.resize(700, 120)
    assert cut_texts(show(board)) == []


def test_sheets_of_the_queue_and_of_help(
    show: Callable[[QWidget], QWidget], make_summary: Callable[..., JobSummary], tmp_path: Path
) -> None:
    parent, bar, view = show(QWidget()), QMenuBar(), JobView()
    for widget in (bar, view):
        show(widget)
    steps = first_steps(**{name: QAction(parent) for name in ("example", "new", "settings", "shortcuts")})
    sheets = [
        StartAfterSheet("Start “Autumn in the mountains” after …", [make_summary(0)], [], parent),
        StartAfterSheet("Start 3 jobs after …", [], [], parent),
        GroupNameSheet("Trailer", parent),
        ShortcutsSheet(bar, view, parent),
        CommandsSheet(["npx helios render " * 20], parent),
        GettingStartedSheet(steps, parent),
        DurationSheet(parent, "Autumn in the mountains, second version.html"),
        *(CountdownSheet(parent, choice) for choice in AfterQueue if choice is not AfterQueue.NOTHING),
    ]
    for sheet in sheets:
        sheet.open()
        assert cut_texts(sheet) == [], type(sheet).__name__
        if isinstance(sheet, GettingStartedSheet):
            sheet.resize(480, 500)
            assert cut_texts(sheet) == []
        sheet.close()


def test_the_panel_of_the_queue(
    show: Callable[[QWidget], QWidget], make_summary: Callable[..., JobSummary], qtbot: QtBot
) -> None:
    panel = QueuePanel()
    panel.apply([JobAdded(make_summary(0))])
    show(panel)
    panel.resize(panel.minimumWidth(), 400)
    assert cut_texts(panel) == []


def test_all_of_this_at_one_and_a_half_times_the_size(language: str, tmp_path: Path) -> None:
    if os.environ.get("QT_SCALE_FACTOR") or language != "en":  # the other process measures in all languages
        return
    left_out = "not one_and_a_half and not new_render and not states_change and not seams and not every_dialog"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", left_out]
    environment = {**os.environ, "QT_SCALE_FACTOR": "1.5"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE * 2, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_dialog_is_measured(language: str) -> None:
    """Others are not seen to cut a translation off."""
    if language != "en":
        return
    for module in walk_packages(ui.__path__, f"{ui.__name__}."):
        import_module(module.name)
    found = [kind for kind in _made_from(QDialog) if kind.__module__.startswith(ui.__name__)]
    measured = Path(__file__).read_text("utf-8")
    assert len(found) > 15
    assert [kind for kind in found if f"{kind.__name__}(" not in measured and not kind.__subclasses__()] == []


def _made_from(kind: type) -> list[type]:
    return [made for child in kind.__subclasses__() for made in (child, *_made_from(child))]


def test_no_sheet_is_larger_than_the_screen(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(QScreen, "availableSize", lambda _screen: SMALL_SCREEN)
    bar, view = QMenuBar(), JobView()
    menu = bar.addMenu("&Job")
    for number in range(60):
        menu.addAction(f"Thing {number}").setShortcut("Ctrl+J")
    sheets = (
        SettingsDialog(ProfileStore(tmp_path / "profiles.json")),
        CommandsSheet(["render"], view),
        ShortcutsSheet(bar, view, view),
    )
    for widget in (bar, view, *sheets):
        qtbot.addWidget(widget)
    for sheet in sheets:
        sheet.show()
        assert sheet.width() <= SMALL_SCREEN.width()
        assert sheet.height() <= SMALL_SCREEN.height() - TITLE


def test_no_state_changes_the_width_of_a_text() -> None:
    """Qt sizes a widget by the state it is in when laid out; a bolder text or a wider padding later on is cut off."""
    sheet = resource_path("theme", "window.qss").read_text(encoding="utf-8")
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/|\$\{\w+\}", "", sheet, flags=re.DOTALL))
    assert len(rules) > 50
    states = (":default", ":hover", ":focus", ":pressed", ":checked", ":disabled", ":selected")
    found = [
        selector.strip()
        for selector, body in rules
        if any(state in selector for state in states) and re.search(r"\b(font|padding|letter-spacing)\b", body)
    ]
    assert found == []
