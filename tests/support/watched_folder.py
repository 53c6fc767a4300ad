"""A folder to watch, with a home of its own, and what was told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import av

from helios_gui.engine import Engine, open_engine
from helios_gui.jobfile.job_files import save_job
from helios_gui.types import JobState, JobSummary
from helios_gui.utils.folders import AppFolders
from helios_gui.watch_folders.folder_watch import FolderWatch
from helios_gui.watch_folders.watch_events import WatchEvent
from helios_gui.watch_folders.watch_folder import WatchFolder
from tests.support.jobs import COUNTED, text_job

QUIET = 0.1


class Stand:
    """A home, a folder to watch, and what was told."""

    def __init__(self, root: Path) -> None:
        self.folders = AppFolders.at(root / "home")
        self.place = root / "hot"
        self.place.mkdir()
        self.told: list[tuple[WatchEvent, str]] = []

    @asynccontextmanager
    async def watching(self, *, trusted: bool = True, **settings: object) -> AsyncIterator[Engine]:
        async with open_engine(self.folders) as engine:
            if trusted:
                engine.trust.trust_folder(self.place)
            watch = FolderWatch(engine, lambda event, words: self.told.append((event, words)), QUIET)
            await watch.watch([WatchFolder(path=self.place, **settings)])  # type: ignore[arg-type]
            try:
                yield engine
            finally:
                await watch.close()

    def put(self, name: str = "job.json", code: str = COUNTED) -> Path:
        """Drop a job file as programs do: complete at once, under its name."""
        save_job(text_job(2, code).model_copy(update={"name": name}), self.place / f".{name}")
        return (self.place / f".{name}").rename(self.place / name)

    @property
    def events(self) -> list[WatchEvent]:
        return [event for event, _ in self.told]

    def words(self, event: WatchEvent) -> list[str]:
        """What was told of one sort."""
        return [words for each, words in self.told if each is event]


def states(engine: Engine) -> list[JobState]:
    return [job.state for job in engine.manager.list_jobs()]


def jobs(engine: Engine) -> list[JobSummary]:
    return engine.manager.list_jobs()


def land(folder: Path, numbers: Iterable[int], name: str = "shot_{:04}.png") -> None:
    """Let frames land, each complete at once; the red of a picture is its number."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        frame = av.VideoFrame(64, 36, "rgb24")
        frame.planes[0].update(bytes((number % 256, 0, 0)) * (frame.planes[0].buffer_size // 3))
        frame.save(str(folder / ".part.png"))
        (folder / ".part.png").rename(folder / name.format(number))
