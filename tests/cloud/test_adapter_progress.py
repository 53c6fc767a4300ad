"""How far a chunk in the cloud is, while it is rendered there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cloud.clouds import Cloud
from tests.cloud.projects import QUICK, open_project
from tests.cloud.servers.gcs import GcsServer
from tests.support.waiting import eventually


async def test_frames_are_told_while_the_worker_renders(cloud: Cloud, tmp_path: Path) -> None:
    wait = f"while [ ! -e {tmp_path}/{{}} ]; do sleep 0.05; done"
    script = f'echo frame=3; {wait.format("go")}; echo frame=7; {wait.format("end")}; echo made > "$0"'
    async with open_project(tmp_path / "job", cloud.settings) as project:
        await project.prepare(script)
        seen: list[str] = []
        running = asyncio.create_task(project.execute(on_lines=seen.extend))
        await eventually(lambda: "frame=3" in seen)
        (tmp_path / "go").touch()
        await eventually(lambda: "frame=7" in seen)
        assert not running.done()
        (tmp_path / "end").touch()
        assert (await running).ok
        assert project.log() == "frame=3\nframe=7\n", "the log is as the renderer wrote it"
        notes = [key for key in cloud.objects() if key.endswith("/progress")]
        assert notes == ["studio/jobs/job1/attempts/job1.0.1/progress"]
    assert cloud.executions() == 1


async def test_short_chunks_cost_no_request_more(cloud: Cloud, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", cloud.settings.changed(poll_interval=20.0)) as project:
        await project.prepare(QUICK)
        assert (await project.execute()).ok
    assert cloud.ours.count("GET", "progress") == 0


@pytest.mark.parametrize("cloud_kind", ["cloud-run"], indirect=True)
async def test_a_worker_that_may_not_replace_what_it_noted_renders_all_the_same(
    cloud: Cloud, gcs: GcsServer, tmp_path: Path
) -> None:
    wait = f"while [ ! -e {tmp_path}/{{}} ]; do sleep 0.05; done"
    script = f'echo frame=3; {wait.format("go")}; echo frame=7; sleep 0.5; echo made > "$0"'
    async with open_project(tmp_path / "job", cloud.settings) as project:
        await project.prepare(script)
        gcs.denied.add("storage.objects.delete")
        seen: list[str] = []
        running = asyncio.create_task(project.execute(on_lines=seen.extend))
        await eventually(lambda: "frame=3" in seen)
        (tmp_path / "go").touch()
        assert (await running).ok
        assert cloud.data("studio/jobs/job1/attempts/job1.0.1/progress") == b"frame=3"
