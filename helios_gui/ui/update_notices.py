"""Notices about newer versions: on request, and once a day if that was chosen in the settings."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from helios_gui import __version__, product
from helios_gui.net.update_check import Release, is_due, newest_release
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.ui.desktop.handover import open_web_page
from helios_gui.ui.widgets.notice_bar import Notice, NoticeBoard
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.ui.window_state import WindowState

if TYPE_CHECKING:  # the settings are loaded when they are first opened
    from helios_gui.ui.bridge import RunTask

AFTER_START = 10.0
"""Seconds until the first look, so that starting is not slowed by it."""

BETWEEN_LOOKS = 3600.0
"""Seconds between two looks at the clock: a computer may sleep, and an app be open for weeks."""


class UpdateNotices(QObject):
    """Asks about newer versions and says what there is on ``notices``. ``run`` starts and owns its tasks.

    ``checking_changed`` tells when a question that a person asked begins and ends.
    """

    checking_changed = Signal(bool)

    def __init__(self, notices: NoticeBoard, state: WindowState, run: RunTask, parent: QObject) -> None:
        super().__init__(parent)
        self._notices = notices
        self._state = state
        self._run = run
        self._shown: Notice | None = None
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Watch from now on, if the person wished so."""
        if self._state.checks_for_updates and self._watch is None:
            self._watch = self._run(self._check_daily())

    def set_automatic(self, enabled: bool) -> None:
        """Set whether to check once a day, and save that."""
        self._state.checks_for_updates = enabled
        if enabled:
            self.start()
        elif self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def check_now(self) -> None:
        """Look because a person asked: they are told in any case."""
        self.checking_changed.emit(True)
        self._run(self._check_and_report())

    async def _check_and_report(self) -> None:
        try:
            release = await newest_release()
        except HeliosError as error:
            self._replace(self._notices.show_error(error))
            return
        finally:
            self.checking_changed.emit(False)
        if release.is_newer_than(__version__):
            self._announce(release)
            return
        words = tr("{name} {version} is the newest version.")
        self._replace(self._notices.show_info(words.format(name=product.NAME, version=__version__)))

    async def _check_daily(self) -> None:
        await asyncio.sleep(AFTER_START)
        while True:
            if is_due(self._state.last_update_check, time.time()):
                self._state.last_update_check = time.time()
                await self._check_quietly()
            await asyncio.sleep(BETWEEN_LOOKS)

    async def _check_quietly(self) -> None:
        """Report each version once; a failed check is not reported."""
        try:
            release = await newest_release()
        except HeliosError:
            return
        if release.is_newer_than(__version__) and release.version != self._state.announced_version:
            self._state.announced_version = release.version
            self._announce(release)

    def _announce(self, release: Release) -> None:
        words = tr("{name} {version} is available")
        notice = self._notices.show_info(
            words.format(name=product.NAME, version=release.version),
            tr("You have {version}.", version=__version__),
        )
        button = notice.add_action(tr("See what is new"), lambda: open_web_page(release.page))
        set_tooltip(button, tr("Opens {page} in the browser", page=release.page))
        self._replace(notice)

    def _replace(self, notice: Notice) -> None:
        """Dismiss the notice shown before, which is out of date, and remember this one."""
        for shown in self._notices.notices():
            if shown is self._shown and shown is not notice:
                shown.dismiss()
        self._shown = notice
