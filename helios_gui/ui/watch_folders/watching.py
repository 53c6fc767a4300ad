"""Watches the folders of the settings while the window is open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from helios_gui.engine import Engine
from helios_gui.translation import tr
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.widgets.notice_bar import NoticeBoard
from helios_gui.watch_folders.store import WatchFolderStore

if TYPE_CHECKING:  # what makes jobs of sources takes time to load, and most people watch no folder
    from helios_gui.ui.watch_folders.page import WatchFoldersPage
    from helios_gui.watch_folders.folder_watch import FolderWatch
    from helios_gui.watch_folders.watch_events import WatchEvent


class WatchedFolders:
    """The watch, its notices and its settings page. ``run`` starts and owns its tasks."""

    def __init__(self, engine: Engine, notices: NoticeBoard, run: RunTask) -> None:
        self._engine = engine
        self._notices = notices
        self._run = run
        self._watch: FolderWatch | None = None
        self._changing = asyncio.Lock()

    def start(self) -> None:
        """Watch the folders that are stored, and no others any more."""
        self._run(self._restart())

    async def close(self) -> None:
        """Watch no more."""
        if self._watch is not None:
            await self._watch.close()

    def make_page(self, profiles: Sequence[str]) -> WatchFoldersPage:
        """Return the settings page of the folders."""
        from helios_gui.ui.watch_folders.page import WatchFoldersPage

        return WatchFoldersPage(self._read, self._engine.trust, profiles, self._run, self.start)

    async def _restart(self) -> None:
        async with self._changing:
            folders = (await asyncio.to_thread(self._read)).folders
            if folders and self._watch is None:
                from helios_gui.watch_folders.folder_watch import FolderWatch

                self._watch = FolderWatch(self._engine, self._show_event)
            if self._watch is not None:
                await self._watch.watch(folders)

    def _read(self) -> WatchFolderStore:
        return WatchFolderStore(self._engine.folders.watch_folders)

    def _show_event(self, event: WatchEvent, words: str) -> None:
        """Say what a person has to know; that jobs come and are done, they see in the queue."""
        if event.needs_somebody:
            self._notices.show_info(tr("Watched folder"), words)
