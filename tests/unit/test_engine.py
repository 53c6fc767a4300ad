"""The engine put together, over real folders."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.engine import open_engine, open_queue_reader
from helios_gui.process.process_identity import this_process
from helios_gui.types import HeliosError, JobExecutionOptions, JobState, NotFoundError, UserInputError
from helios_gui.types.cost import RenderPace
from helios_gui.utils import temporary_folders
from helios_gui.utils.folders import AppFolders
from tests.support.jobs import contents, text_job
from tests.support.waiting import PATIENCE, eventually


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


async def test_the_queue_can_be_read_while_an_engine_runs(tmp_path: Path) -> None:
    folders, spec = AppFolders.at(tmp_path / "app"), text_job(3)
    options = JobExecutionOptions(job_dir=tmp_path, source=tmp_path / "job.json")
    async with open_queue_reader(folders) as reader:
        assert await reader.list_jobs() == []
        assert await reader.find_last_render(tmp_path / "job.json") is None
        assert not folders.journal.exists()
    async with open_engine(folders) as engine:
        job_id = await engine.manager.submit_job(spec, options.model_copy(update={"chunk_ids": (0,)}))
        await engine.manager.wait_job(job_id)
        async with open_queue_reader(folders) as reader:
            assert [job.id for job in await reader.list_jobs()] == [job_id]
            assert await reader.find_last_render(tmp_path / "job.json") is None  # it did all it was asked to
        await engine.manager.resume_job(job_id)
        await engine.manager.wait_job(job_id)
        async with open_queue_reader(folders) as reader:
            found = await reader.find_last_render(tmp_path / "job.json")
            assert found is not None
            assert found.has_completed()
            rest = await reader.estimate_render(found, chunk_ids=[1, 2])
            new = await reader.estimate_new_job(spec, options)
            assert [(estimate.profile, estimate.chunks, estimate.low) for estimate in (rest, new)] == [
                ("Local", 2, 0.0),
                ("Local", 3, 0.0),
            ]
            with pytest.raises(NotFoundError, match="no profile “Elsewhere”"):
                await reader.estimate_render(found, "Elsewhere")


async def test_what_killed_processes_left_is_removed_off_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their folders may hold gigabytes, and the window must not stand still for that."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(temporary_folders, "_searched", set())
    (tmp_path / "helios-trial-1").mkdir()
    (tmp_path / "helios-trial-1.lock").touch()
    may_remove, removing_threads = threading.Event(), []
    rmtree = shutil.rmtree

    def remove(folder: Path, **options: bool) -> None:
        if folder.name == "helios-trial-1":
            removing_threads.append(threading.current_thread())
            assert may_remove.wait(PATIENCE)
        rmtree(folder, **options)

    monkeypatch.setattr(shutil, "rmtree", remove)
    async with open_engine(AppFolders.at(tmp_path / "app")):
        await eventually(lambda: removing_threads)
        with temporary_folders.temporary_folder("own"):
            assert (tmp_path / "helios-trial-1").is_dir(), "it waits for nobody"
        may_remove.set()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app"]
    assert removing_threads[0] is not threading.main_thread()


async def test_a_render_of_another_living_process_is_not_offered(tmp_path: Path) -> None:
    folders = AppFolders.at(tmp_path / "app")
    source = tmp_path / "job.json"
    async with open_engine(folders) as engine:
        options = JobExecutionOptions(job_dir=tmp_path, source=source)
        job_id = await engine.manager.submit_job(text_job(1), options, start=False)
        with sqlite3.connect(folders.journal) as connection:
            connection.execute("UPDATE jobs SET owner=? WHERE id=?", (this_process(), job_id))
        connection.close()
        async with open_queue_reader(folders) as reader:
            with pytest.raises(UserInputError, match=f"number {os.getpid()}"):
                await reader.find_last_render(source)


def test_the_example_for_programs_runs_as_the_readme_has_it(tmp_path: Path) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    example = re.search(r"```python\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "job.json").write_text(text_job(2).to_json(), "utf-8")
    environment = {**os.environ, "HELIOS_HOME": str(tmp_path / "app"), "PYTHONPATH": str(readme.parent)}
    done = subprocess.run(
        [sys.executable, "-c", example[1]], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("completed ")


async def test_a_cloud_ends_chunks_that_the_profile_would_let_run(tmp_path: Path) -> None:
    slow = RenderPace(start=2.0, frame=4.0, processors=1.0)
    clouds = (
        AwsLambdaProfile(name="aws", function="render", storage_url="s3://studio", concurrency=1),
        CloudRunProfile(name="run", service_url="https://run.example", storage_url="gs://studio", concurrency=1),
    )
    async with open_engine(AppFolders.at(tmp_path).create()) as engine:
        engine.profiles.save([LocalProfile(name="Local"), *clouds], "Local")
        frames = {name: engine.suggest_chunks(name, 5000, slow).size for name in ("aws", "run")}
        assert frames == {"aws": 112, "run": 449}, "in half of 900 and 3600 s"
        (warning,) = (await engine.forecast([300, 300], tmp_path / "job.json", "aws", slow)).warnings
        assert "longer than the 15:00 that “aws” allows" in warning
        assert not (await engine.forecast([300, 300], tmp_path / "job.json", "run", slow)).warnings
