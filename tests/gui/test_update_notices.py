"""Word of newer versions in the window, from a real server."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QPushButton

from helios_gui import __version__, product
from helios_gui.ui import update_notices
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.window_state import WindowState
from helios_gui.utils.folders import AppFolders
from tests.support.http_server import ClosingRunner

OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]
Eventually = Callable[..., Awaitable[None]]


class Publisher:
    """Where versions are published: ``newest`` is the answer, ``asked`` counts."""

    def __init__(self) -> None:
        self.newest = "99.0"
        self.asked = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        return web.json_response({"tag_name": self.newest}, status=200 if self.newest else 500)


@asynccontextmanager
async def publishing(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Publisher]:
    publisher = Publisher()
    application = web.Application()
    application.router.add_get("/", publisher.answer)
    runner = ClosingRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    monkeypatch.setenv("HELIOS_RELEASES_URL", f"http://127.0.0.1:{await runner.listen()}/")
    monkeypatch.setattr(update_notices, "AFTER_START", 0.0)
    monkeypatch.setattr(update_notices, "BETWEEN_LOOKS", 0.02)
    try:
        yield publisher
    finally:
        await runner.cleanup()


def state(tmp_path: Path) -> WindowState:
    return WindowState(AppFolders.at(tmp_path / "home").create().settings)


def texts(window: MainWindow) -> list[str]:
    return [notice.text for notice in window.notices.notices()]


NEWER = f"{product.NAME} 99.0 is available\nYou have {__version__}."


class Browser(QObject):
    """Stands in for the desktop's browser, as Qt lets programs do."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        QDesktopServices.setUrlHandler("https", self, "open")

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())

    def close(self) -> None:
        QDesktopServices.unsetUrlHandler("https")


async def test_a_newer_version_is_told_once_and_its_page_opens(
    qapp: QApplication, open_window: OpenWindow, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with publishing(monkeypatch), open_window() as window:
        action = window.actions_of_window.check_updates
        for _ in range(2):
            action.trigger()
            assert not action.isEnabled()
            await eventually(action.isEnabled)
        assert texts(window) == [NEWER]
        browser = Browser()
        try:
            notice = window.notices.notices()[0]
            button = notice.findChild(QPushButton)
            assert isinstance(button, QPushButton)
            assert f"{product.RELEASES_PAGE}/tag/99.0" in button.toolTip()
            button.click()
        finally:
            browser.close()
        assert browser.opened == [f"{product.RELEASES_PAGE}/tag/99.0"]
        assert texts(window) == []


async def test_who_asks_is_answered_in_any_case(
    qapp: QApplication, open_window: OpenWindow, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with publishing(monkeypatch) as publisher, open_window() as window:
        action = window.actions_of_window.check_updates
        publisher.newest = ""
        action.trigger()
        await eventually(action.isEnabled)
        assert "could not be asked about new versions: it answered with the error 500." in texts(window)[0]
        publisher.newest = __version__
        action.trigger()
        await eventually(action.isEnabled)
        assert texts(window) == [f"{product.NAME} {__version__} is the newest version."]


async def test_nobody_is_asked_unless_a_person_wished_so(
    qapp: QApplication,
    open_window: OpenWindow,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    assert not state(tmp_path).checks_for_updates
    async with publishing(monkeypatch) as publisher, open_window() as window:
        dialog = window._open_settings()
        box = dialog.pages.appearance.updates
        assert not box.isChecked()
        assert window.updates._watch is None
        box.click()
        dialog.reject()
        await eventually(lambda: texts(window) == [NEWER])
        assert publisher.asked == 1, "once, after the click"
        watch = window.updates._watch
        assert watch is not None
        dialog = window._open_settings()
        assert dialog.pages.appearance.updates.isChecked()
        dialog.pages.appearance.updates.click()
        dialog.reject()
        state_now = state(tmp_path)
        assert not state_now.checks_for_updates
        state_now.last_update_check = 0.0
        await eventually(watch.done)
        assert publisher.asked == 1, "the watch has ended"


class Looks:
    """Counts the looks at the clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._is_due = update_notices.is_due
        monkeypatch.setattr(update_notices, "is_due", self._look)

    def _look(self, last: float, now: float) -> bool:
        self.count += 1
        return self._is_due(last, now)

    async def two_more(self, eventually: Eventually) -> None:
        """Until a whole look has been taken since now."""
        before = self.count
        await eventually(lambda: self.count >= before + 2)


async def test_looking_daily_is_quiet(
    qapp: QApplication,
    open_window: OpenWindow,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    state(tmp_path).checks_for_updates = True
    looks = Looks(monkeypatch)
    async with publishing(monkeypatch) as publisher, open_window() as window:
        publisher.newest = ""
        await eventually(lambda: publisher.asked == 1)
        await looks.two_more(eventually)
        assert publisher.asked == 1, "once a day, also when it failed"
        assert texts(window) == []
        publisher.newest = "99.0"
        window._state.last_update_check = time.time() - updates_day()
        await eventually(lambda: texts(window) == [NEWER])
        window.notices.notices()[0].dismiss()
        window._state.last_update_check = time.time() - updates_day()
        await eventually(lambda: publisher.asked == 3)
        await looks.two_more(eventually)
        assert texts(window) == [], "each version is told of once"
    async with publishing(monkeypatch) as publisher, open_window() as window:
        await looks.two_more(eventually)
        assert publisher.asked == 0, "the day is remembered from start to start"


def updates_day() -> float:
    """A little more than a day, in seconds."""
    return 25 * 3600.0


@pytest.mark.parametrize(
    "damaged", ["updates/daily=perhaps", "updates/looked=yesterday", "[updates]\nlooked=@Invalid()"]
)
def test_damaged_memories_count_as_none(qapp: QApplication, tmp_path: Path, damaged: str) -> None:
    path = AppFolders.at(tmp_path / "home").create().settings
    path.write_text(f"{damaged}\n")
    found = WindowState(path)
    assert (found.checks_for_updates, found.last_update_check, found.announced_version) == (False, 0.0, "")
