"""Cancelling a job in the cloud, whatever it is doing at that moment: nothing runs on, nothing half-made is left."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.engine import open_engine
from helios_gui.orchestrator.manager import JobManager
from helios_gui.process.process_table import list_processes
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import JobExecutionOptions, JobState
from helios_gui.utils.folders import AppFolders
from tests.cloud.clouds import Cloud
from tests.cloud.projects import Project
from tests.cloud.servers.faults import slow
from tests.support.waiting import eventually

LARGE = 8_000_000
RATE = 400_000
"""Bytes a second: a transfer of ``LARGE`` would take 20 s."""


@asynccontextmanager
async def submitted(cloud: Cloud, folder: Path, script: str) -> AsyncIterator[tuple[JobManager, str, Project]]:
    """An engine that renders a job of one chunk in that cloud."""
    home = AppFolders.at(folder / "home").create()
    ProfileStore(home.profiles).save((LocalProfile(name="Local"), cloud.profile), "Local")
    project = Project(folder / "job", None, scripts=[script])  # type: ignore[arg-type]
    project.folder.mkdir(exist_ok=True)
    async with open_engine(home) as engine:
        options = JobExecutionOptions(profile="cloud", job_dir=project.folder, merge=False)
        job_id = await engine.manager.submit_job(project.spec(), options)
        yield engine.manager, job_id, project


async def cancelled(manager: JobManager, job_id: str) -> bool:
    """Whether cancelling comes to what it is asked for."""
    await manager.cancel_job(job_id)
    return (await manager.wait_job(job_id)).state is JobState.CANCELLED


def half_made(folder: Path) -> list[Path]:
    """Files that are not what their name says, or wait for a rest that never comes."""
    return [path for path in folder.rglob("*") if path.name.startswith("part_") or path.suffix == ".part"]


async def test_during_the_upload(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "footage.bin").write_bytes(bytes(LARGE))
    way = "PUT" if cloud.kind == "lambda" else "POST"
    cloud.ours.script(slow(RATE), method=way, times=None)
    async with submitted(cloud, tmp_path, 'echo made > "$0"') as (manager, job_id, project):
        await eventually(lambda: any(seen.sent for seen in cloud.ours.requests))
        assert await cancelled(manager, job_id)
        assert project.runs == []
        cloud.ours.heal()
        assert cloud.objects() == [], "no half of a blob, and no job that has none"
        await eventually(lambda: cloud.unfinished() == 0)
    assert cloud.executions() == 0


async def test_during_the_render(cloud: Cloud, tmp_path: Path) -> None:
    async with submitted(cloud, tmp_path, 'echo half > "$0"; echo frame=4; sleep 60') as (manager, job_id, project):
        await eventually(lambda: project.runs)
        assert await cancelled(manager, job_id)
        await eventually(lambda: not [entry for entry in list_processes() if entry.attempt_id.startswith(f"{job_id}.")])
        told = f"studio/jobs/{job_id}/attempts/{job_id}.0.1/result.json"
        await eventually(lambda: told in cloud.objects())
        result = json.loads(cloud.data(told))
        assert result["message"].startswith("The attempt was cancelled")
        assert not [key for key in cloud.objects() if "/output/" in key]
        assert half_made(tmp_path) == []
        assert project.runs == ["0"]
    assert cloud.executions() == 1


async def test_during_the_download(cloud: Cloud, tmp_path: Path) -> None:
    make = f'head -c {LARGE} /dev/zero > "$0"'
    output = "/output/|output%2F"
    cloud.ours.script(slow(RATE), method="GET", path=output, times=None)
    async with submitted(cloud, tmp_path, make) as (manager, job_id, project):
        await eventually(lambda: any(seen.received for seen in cloud.ours.requests if "output" in seen.path))
        assert await cancelled(manager, job_id)
        assert half_made(tmp_path) == []
        cloud.ours.heal()
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert (project.folder / "part_0.txt").stat().st_size == LARGE
        assert project.runs == ["0"], "what was rendered is fetched, not rendered again"
    assert cloud.executions() == 1
