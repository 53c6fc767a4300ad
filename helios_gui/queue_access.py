"""Opens the queue for reading. Loads none of what an engine needs to render, so that commands start quickly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from helios_gui.orchestrator.estimate import PricedProfile
from helios_gui.orchestrator.queue_reader import QueueReader
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.shielded import shielded


@asynccontextmanager
async def open_queue_reader(folders: AppFolders | None = None) -> AsyncIterator[QueueReader]:
    """Read the queue without running an engine, also while another process renders.

    Where there is no journal yet, none is made. The reader can be used until the context is left.

    Args:
        folders: Where the app keeps its files; ``None`` means the usual folders.

    Raises:
        HeliosError: The journal cannot be opened.
    """
    folders = folders or AppFolders.default()
    repository = SqliteJobRepository(folders.journal) if folders.journal.exists() else None
    try:
        if repository is not None:
            await repository.open()
        yield QueueReader(repository, lambda name: _priced_profile(folders, name))
    finally:
        if repository is not None:
            await shielded(repository.close())


def _priced_profile(folders: AppFolders, name: str) -> PricedProfile:
    from helios_gui.profiles.store import ProfileStore

    return ProfileStore(folders.profiles).get(name).priced_profile()
