"""The engine put together, over real folders."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from helios_gui.engine import open_engine
from helios_gui.types import HeliosError, JobExecutionOptions, JobState, NotFoundError
from helios_gui.utils.folders import AppFolders
from tests.support.jobs import contents, text_job


async def test_a_job_through_the_whole_engine_and_a_second_start(tmp_path: Path) -> None:
    folders, spec = AppFolders.at(tmp_path / "app"), text_job(3)
    async with open_engine(folders) as engine:
        assert engine.problems == ()
        job_id = await engine.manager.submit_job(spec, JobExecutionOptions(job_dir=tmp_path))
        assert (await engine.manager.wait_job(job_id)).state is JobState.COMPLETED
        assert contents(tmp_path, spec) == ["0", "1", "2"]
        assert len(list((folders.logs / job_id).iterdir())) == 3
        with pytest.raises(NotFoundError, match="no profile “Elsewhere”"):
            await engine.manager.submit_job(spec, JobExecutionOptions(job_dir=tmp_path, profile="Elsewhere"))
    async with open_engine(folders) as engine:
        assert [job.id for job in engine.manager.list_jobs()] == [job_id]


async def test_what_was_found_damaged_is_told(tmp_path: Path) -> None:
    folders = AppFolders.at(tmp_path).create()
    folders.journal.write_bytes(b"this is no database" * 1000)
    folders.profiles.write_text("{")
    async with open_engine(folders) as engine:
        assert len(engine.problems) == 2
        assert "set aside" in engine.problems[0]
        assert engine.manager.list_jobs() == []


async def test_an_engine_that_cannot_start_leaves_nothing_behind(tmp_path: Path) -> None:
    folders = AppFolders.at(tmp_path).create()
    connection = sqlite3.connect(folders.journal)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    before = set(threading.enumerate())
    with pytest.raises(HeliosError, match="newer version"):
        async with open_engine(folders):
            raise AssertionError("it started")
    assert set(threading.enumerate()) <= before | {
        thread for thread in threading.enumerate() if "asyncio" in thread.name
    }
