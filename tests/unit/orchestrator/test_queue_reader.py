"""Reading the queue without an engine: where there is none yet, and where a job of it is damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from helios_gui.queue_access import open_queue_reader
from helios_gui.types import JobState
from helios_gui.utils.folders import AppFolders
from tests.support.instant import InstantWorkers, TextStitcher
from tests.support.jobs import open_manager, render
from tests.support.queue_steps import stitched


async def test_where_there_is_no_journal_there_is_nothing_and_none_is_made(tmp_path: Path) -> None:
    folders = AppFolders.at(tmp_path / "home")
    async with open_queue_reader(folders) as reader:
        assert await reader.list_jobs() == []
        assert await reader.find_job("j1") is None
        assert await reader.attempts("j1") == []
        assert await reader.find_last_render(tmp_path / "job.json") is None
        assert reader.problem == ""
    assert not folders.journal.exists()


async def test_a_damaged_render_is_passed_over_for_an_older_one(tmp_path: Path) -> None:
    folders, source = AppFolders.at(tmp_path / "home").create(), tmp_path / "job.json"
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        ids = [await render(manager, stitched(1), tmp_path / "work", source=source, overwrite=True) for _ in range(2)]
    (tmp_path / "jobs.sqlite").replace(folders.journal)
    async with open_queue_reader(folders) as reader:
        newest = await reader.find_last_render(source)
        assert newest is not None
        assert newest.summary.id == ids[1]
        (attempt,) = await reader.attempts(ids[1])
        assert attempt.chunk_id == 0
    with closing(sqlite3.connect(folders.journal)) as journal, journal:
        journal.execute("UPDATE specs SET spec='{' WHERE job_id=?", (ids[1],))
    async with open_queue_reader(folders) as reader:
        older = await reader.find_last_render(source)
        assert older is not None
        assert (older.summary.id, older.summary.state) == (ids[0], JobState.COMPLETED)
        assert reader.problem
