"""Where a worker takes a job from, what of its files a command sees, and what it is kept from."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiohttp import web

from helios_gui.types import FailureKind, WorkerRequest
from helios_gui.worker.job_hosts import JobHosts
from tests.support.http_server import ClosingRunner
from tests.support.waiting import PATIENCE
from tests.support.worker import Farm, leftovers, worker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")


@asynccontextmanager
async def web_server(jobs: dict[str, bytes]) -> AsyncIterator[str]:
    """Serves job files over HTTP; ``/moved`` leads to another place."""

    async def serve(request: web.Request) -> web.Response:
        if request.path == "/moved":
            return web.Response(status=302, headers={"Location": "/job.json"})
        return web.Response(body=jobs[request.path]) if request.path in jobs else web.Response(status=404)

    application = web.Application()
    application.router.add_get("/{path:.*}", serve)
    runner = ClosingRunner(application)
    await runner.setup()
    try:
        yield f"http://127.0.0.1:{await runner.listen()}"
    finally:
        await runner.cleanup()


class TestJobsOverHttp:
    """The original's workers read http:// URLs; ours only from hosts that its settings name."""

    async def test_a_named_host(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["sh -c 'echo made > $0' out-0.txt"])
        async with farm.storage() as storage:
            job = await storage.read("jobs/job-1/job.json")
        async with web_server({"/job.json": job, "/bad.json": b"{}"}) as url:
            host = url.removeprefix("http://")
            more = {"job_hosts": JobHosts.parse(host), "output_url": farm.url}
            async with worker(root, farm, **more) as runtime:
                result = await runtime.handle(WorkerRequest(job_path=f"{url}/job.json", chunk_index=0))
                signed = "X-Amz-Signature=canary"
                gone = await runtime.handle(WorkerRequest(job_path=f"{url}/gone.json?{signed}", chunk_index=0))
                bad = await runtime.handle(WorkerRequest(job_path=f"{url}/bad.json?{signed}", chunk_index=0))
                moved = await runtime.handle(WorkerRequest(job_path=f"{url}/moved", chunk_index=0))
                place = f"{farm.url}/jobs/j/attempts/a7"
                known = await runtime.handle(
                    WorkerRequest(job_path=f"{url}/job.json", chunk_index=0, attempt_id="a7", attempt_url=place)
                )
        assert result.failure is None, result.message
        assert result.artifact is not None
        assert result.artifact.url.startswith(f"{farm.url}/jobs/")
        assert result.artifact.url.endswith("/output/out-0.txt")
        assert "the server answered 404" in gone.message
        assert "canary" not in f"{gone} {bad}", "a signature"
        assert "cannot be used" in bad.message
        assert "the server answered 302" in moved.message
        assert known.artifact is not None
        assert known.artifact.url == f"{place}/output/out-0.txt"

    @pytest.mark.parametrize("allowed", ["", "elsewhere.example", "*", "localhost"])
    async def test_other_hosts_are_not_asked(self, farm: Farm, root: Path, allowed: str) -> None:
        async with web_server({}) as url:
            more = {"job_hosts": JobHosts.parse(allowed), "output_url": farm.url}
            async with worker(root, farm, **more) as runtime:
                result = await runtime.handle(WorkerRequest(job_path=f"{url}/job.json", chunk_index=0))
        assert result.failure is FailureKind.FATAL
        assert "This worker does not read jobs from 127.0.0.1:" in result.message
        assert "HELIOS_WORKER_JOB_HOSTS" in result.message

    async def test_there_has_to_be_a_place_for_the_output(self, farm: Farm, root: Path) -> None:
        async with worker(root, farm, job_hosts=JobHosts.parse("*")) as runtime:
            result = await runtime.handle(WorkerRequest(job_path="https://studio.example/job.json", chunk_index=0))
        assert "HELIOS_WORKER_OUTPUT_URL" in result.message


class TestFilesBesideTheJob:
    """As the original's storage lays them out: as they are, below the job's id, with the job among them."""

    SPEC: ClassVar[dict[str, Any]] = {
        "id": "job-9",
        "metadata": {"totalFrames": 10, "fps": 25, "width": 64, "height": 36},
        "chunks": [
            {"id": 4, "startFrame": 0, "frameCount": 10, "outputFile": "o.txt", "command": "cp words/a.txt o.txt"}
        ],
        "mergeCommand": "",
    }

    @pytest.mark.parametrize("assets", [None, "{url}", "local://{path}"])
    async def test_they_are_found(self, farm: Farm, root: Path, tmp_path: Path, assets: str | None) -> None:
        folder = tmp_path / "farm" / "job-9"
        (folder / "words").mkdir(parents=True)
        (folder / "words" / "a.txt").write_text("hello")
        spec = dict(self.SPEC)
        if assets is not None:
            spec["assetsUrl"] = assets.format(url=folder.as_uri(), path=folder)
        (folder / "job.json").write_text(json.dumps(spec))
        async with worker(root, farm) as runtime:
            for path in (str(folder / "job.json"), f"local://{folder}/job.json", f"{folder.as_uri()}/job.json"):
                result = await runtime.handle(WorkerRequest(job_path=path, chunk_index=4))
                assert result.failure is None, result.message
        assert (folder / "output" / "o.txt").read_text() == "hello"
        assert leftovers(root) == []


async def test_two_files_that_are_one_elsewhere_are_refused(farm: Farm, root: Path, tmp_path: Path) -> None:
    """On a worker whose disk ignores letter case, one would silently take the place of the other."""
    folder = tmp_path / "farm" / "job-9"
    folder.mkdir(parents=True)
    for name, text in (("Logo.png", "a"), ("logo.PNG", "b"), ("job.json", json.dumps(TestFilesBesideTheJob.SPEC))):
        (folder / name).write_text(text)
    async with worker(root, farm) as runtime:
        result = await runtime.handle(WorkerRequest(job_path=str(folder / "job.json"), chunk_index=4))
    assert result.failure is FailureKind.FATAL
    assert "are the same file on some systems" in result.message


@pytest.mark.parametrize(
    "path", ["{0}/pipe", "{0}/%00/job.json", "{0}" + "/x" * 2_000 + "/job.json", "{0}/" + "x" * 5_000 + "/job.json"]
)
async def test_paths_that_are_no_jobs_are_answered_at_once(farm: Farm, root: Path, tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    async with worker(root, farm) as runtime, asyncio.timeout(PATIENCE):
        for attempt in (None, (tmp_path / "share").as_uri() + path.format("") + "/a1"):
            url = path.format(tmp_path.as_uri())
            result = await runtime.handle(WorkerRequest(job_path=url, chunk_index=0, attempt_url=attempt))
            assert result.failure is FailureKind.FATAL
            assert result.message
            assert "unexpected" not in result.message


async def test_renderers_do_not_get_the_workers_credentials(
    farm: Farm, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from helios_gui.worker.runtime import WorkerRuntime
    from helios_gui.worker.worker_settings import WorkerSettings

    secrets = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "HELIOS_WORKER_TOKEN")
    environment = {**os.environ, **dict.fromkeys(secrets, "canary-7x"), "HELIOS_WORKER_DIR": str(root), "SHOW": "seen"}
    await farm.put_job(["sh -c 'env; env > out-0.txt'"])
    async with WorkerRuntime(WorkerSettings.from_environment(environment)) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is None, result.message
    left = [result.model_dump_json().encode(), *[await farm.read(key) for key in await farm.keys()]]
    assert all(b"canary-7x" not in content for content in left)
    assert b"SHOW=seen" in left[1]
