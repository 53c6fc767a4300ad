"""Opens the queue for reading. Loads none of what an engine needs to render, so that commands start quickly."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

from helios_gui.orchestrator.estimate import PricedProfile
from helios_gui.orchestrator.queue_reader import QueueReader
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.shielded import shielded
from helios_gui.utils.temporary_folders import temporary_folder


@asynccontextmanager
async def open_queue_reader(folders: AppFolders | None = None) -> AsyncIterator[QueueReader]:
    """Read the queue without running an engine, also while another process renders.

    Where there is no journal yet, none is made; of one that cannot be written to, a copy is read. The reader can be
    used until the context is left.

    Args:
        folders: Where the app keeps its files; ``None`` means the usual folders.

    Raises:
        HeliosError: The journal cannot be opened.
    """
    folders = folders or AppFolders.default()
    with ExitStack() as kept:
        journal = folders.journal
        if journal.exists() and not _is_writable(journal):
            copies = kept.enter_context(temporary_folder("jobs"))
            journal = await asyncio.to_thread(_copy, journal, copies)
        repository = SqliteJobRepository(journal) if journal.exists() else None
        try:
            if repository is not None:
                await repository.open()
            yield QueueReader(repository, lambda name: _priced_profile(folders, name))
        finally:
            if repository is not None:
                await shielded(repository.close())


def _is_writable(journal: Path) -> bool:
    """Return whether SQLite can open the journal, which takes files of its own beside it even to read."""
    by_effective_user = os.access in os.supports_effective_ids
    return all(os.access(path, os.W_OK, effective_ids=by_effective_user) for path in (journal, journal.parent))


def _copy(journal: Path, folder: Path) -> Path:
    """Copy the journal into a folder (blocking): as of one moment where another process works with it."""
    copy = folder / journal.name
    try:
        with (
            closing(sqlite3.connect(f"{journal.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
    except sqlite3.Error:  # no process has it open
        for name in (journal.name, f"{journal.name}-wal"):
            if (journal.parent / name).exists():
                shutil.copyfile(journal.parent / name, folder / name)
    return copy


def _priced_profile(folders: AppFolders, name: str) -> PricedProfile:
    from helios_gui.profiles.store import ProfileStore

    return ProfileStore(folders.profiles).get(name).priced_profile()
