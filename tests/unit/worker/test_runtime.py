"""A worker's attempts with real processes, in a folder as artifact storage."""

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

import helios_gui
from helios_gui import __version__
from helios_gui.types import FailureKind, StallAction, WorkerRequest
from helios_gui.worker.job_hosts import JobHosts
from helios_gui.worker.worker_responses import result_body
from tests.support.browsers import require_browser
from tests.support.worker import Farm, frames_command, renderers_below, worker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

SLOW = "sh -c 'echo frame=4; echo started > started; sleep 60 & sleep 60; echo late' out-0.txt"


@pytest.fixture
def farm(tmp_path: Path) -> Farm:
    """A storage in a folder."""
    return Farm((tmp_path / "farm").as_uri())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The worker's folder."""
    return tmp_path / "worker"


def leftovers(root: Path) -> list[str]:
    """What attempts have left in the worker's folder."""
    return [path.name for path in (root / "attempts").iterdir()]


async def rendering(root: Path) -> None:
    """Return once the slow renderer works."""
    while not list(root.glob("attempts/*/job/started")):
        await asyncio.sleep(0.01)


async def test_renders_verifies_and_reports(farm: Farm, root: Path) -> None:
    await farm.put_job([frames_command(10, "out-0.mov"), frames_command(10, "out-1.mov")], output="out-{}.mov")
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request(1))
    assert (result.exit_code, result.failure, result.message) == (0, None, "")
    assert (result.attempt_id, result.chunk_id, result.frames_done) == ("a1", 1, 10)
    assert result.worker_version == __version__
    assert result.cold_start
    assert result.started_at is not None
    assert result.finished_at is not None
    assert result.finished_at >= result.started_at
    assert result.artifact is not None
    assert result.artifact.url == f"{farm.url}/jobs/job-1/attempts/a1/output/out-1.mov"
    assert result.artifact.frames == 10
    async with farm.storage() as storage:
        stored = await storage.head(farm.key("a1/output/out-1.mov"))
    assert stored is not None
    assert (stored.size, stored.sha256) == (result.artifact.size, result.artifact.sha256)
    assert await farm.result() == result
    assert leftovers(root) == []


async def test_leaves_the_full_log(farm: Farm, root: Path) -> None:
    await farm.put_job(["sh -c 'seq 1 5000; echo made > out-0.txt'"])
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is None, result.message
    assert result.log_url == f"{farm.url}/jobs/job-1/attempts/a1/log.txt"
    assert (await farm.read("a1/log.txt")).splitlines() == [b"%d" % number for number in range(1, 5001)]
    assert result.output.splitlines()[-1] == "5000"
    assert len(result.output.splitlines()) == 100
    assert result.whole_log is False


async def test_a_renderer_that_hangs_is_ended_where_the_caller_wants_that(farm: Farm, root: Path) -> None:
    await farm.put_job(["sh -c 'echo begun; sleep 60' out-0.txt"])
    async with worker(root, farm) as runtime:
        request = farm.request().model_copy(update={"stall_action": StallAction.KILL, "stall_after": 0.5})
        result = await runtime.handle(request)
        assert renderers_below(root) == []
    assert result.failure is FailureKind.TRANSIENT
    assert "stalled" in result.message


async def test_what_a_renderer_left_in_the_background_is_ended_with_its_attempt(farm: Farm, root: Path) -> None:
    await farm.put_job(["sh -c '(env -i setsid sleep 60 < /dev/null > /dev/null 2>&1 &); echo made > out-0.txt'"])
    async with worker(root, farm) as runtime:
        assert (await runtime.handle(farm.request())).failure is None
        assert renderers_below(root) == []


@pytest.mark.parametrize(
    ("printed", "whole"),
    [
        ("seq 1 100", True),
        ("seq 1 101", False),
        ("printf 'frame=1\\\\rframe=2\\\\rno end'", True),
        ("true", True),
        ("printf '\\\\033[31mred\\\\033[0m\\\\n'", False),
        ("printf 'not \\\\377 UTF-8\\\\n'", False),
        ("head -c 9000 /dev/zero", True),
        ("head -c 20000 /dev/zero", False),
    ],
)
async def test_says_whether_the_answer_holds_the_whole_log(farm: Farm, root: Path, printed: str, whole: bool) -> None:
    await farm.put_job([f'sh -c "{printed}; echo made > out-0.txt"'])
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is None, result.message
    assert result.whole_log is whole
    lines = (await farm.read("a1/log.txt")).decode("utf-8", "replace").splitlines()
    assert (result.output.splitlines() == lines) >= whole
    assert "wholeLog" not in result_body(result, limit=100), "it had to be cut"


async def test_the_asset_bundle_is_there_and_fetched_once(farm: Farm, root: Path, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    (assets / "scene").mkdir(parents=True)
    (assets / "scene/words.txt").write_text("hello")
    (assets / "render.sh").write_text("cat scene/words.txt > $1\n")
    await farm.put_job(["sh render.sh out-0.txt"], folder=assets)
    async with worker(root, farm) as runtime:
        assert (await runtime.handle(farm.request())).failure is None
        async with farm.storage() as storage:
            await storage.delete([found.key for found in await storage.list("blobs/")])
        assert (await runtime.handle(farm.request(attempt="a2"))).failure is None
    assert await farm.read("a2/output/out-0.txt") == b"hello"


async def test_the_cache_is_bounded(farm: Farm, root: Path, tmp_path: Path) -> None:
    for number in range(3):
        assets = tmp_path / f"assets-{number}"
        assets.mkdir()
        (assets / "data.bin").write_bytes(os.urandom(40_000))
        job = Farm(farm.url, job_id=f"job-{number}")
        await job.put_job(["cp data.bin out-0.txt"], folder=assets)
        async with worker(root, farm, cache_bytes=100_000) as runtime:
            result = await runtime.handle(job.request())
        assert result.failure is None, result.message
    assert len(list((root / "blobs").glob("??/*"))) == 2


async def test_a_damaged_bundle(farm: Farm, root: Path, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "scene.txt").write_text("hello")
    await farm.put_job(["cp scene.txt out-0.txt"], folder=assets)
    (blob,) = (tmp_path / "farm/blobs").glob("??/*")
    blob.write_text("jello")
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is not None
    assert "SHA-256" in result.message
    assert await farm.result() == result


async def test_a_bundle_that_leads_out_of_the_folder(farm: Farm, root: Path, tmp_path: Path) -> None:
    manifest = {"version": 1, "files": [{"path": "../../evil.txt", "size": 1, "sha256": "0" * 64}]}
    await farm.put_job(["true"], assetsUrl=f"{farm.url}/jobs/job-1/manifest.json")
    async with farm.storage() as storage:
        await storage.upload("jobs/job-1/manifest.json", json.dumps(manifest).encode())
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is FailureKind.FATAL
    assert "../../evil.txt" in result.message
    assert not list(tmp_path.rglob("evil.txt"))


async def test_a_repeated_request_renders_nothing(farm: Farm, root: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    await farm.put_job([f"sh -c 'echo x >> {count}; echo made > out-0.txt'"])
    async with worker(root, farm) as runtime:
        first = await runtime.handle(farm.request())
        assert await runtime.handle(farm.request()) == first
    async with worker(tmp_path / "another", farm) as runtime:
        assert await runtime.handle(farm.request()) == first
    assert count.read_text() == "x\n"


async def test_two_workers_race_for_one_attempt(farm: Farm, root: Path, tmp_path: Path) -> None:
    script = "while [ $(ls {0} | wc -l) -lt 2 ]; do echo > {0}/$$; sleep 0.02; done; echo $$ > out-0.txt"
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    await farm.put_job([f"sh -c '{script.format(meeting)}'"])
    async with worker(root, farm) as one, worker(tmp_path / "another", farm) as other:
        first, second = await asyncio.gather(one.handle(farm.request()), other.handle(farm.request()))
    assert first.failure is None, first.message
    assert first == second == await farm.result()
    assert first.artifact is not None
    assert len(list(meeting.iterdir())) == 2, "both have rendered"
    assert len(await farm.keys()) == 3


async def test_what_is_in_the_place_of_the_output_must_be_vouched_for(farm: Farm, root: Path) -> None:
    await farm.put_job([frames_command(10, "out-0.mov")], output="out-{}.mov")
    await farm.write("a1/output/out-0.mov", b"something else")
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is FailureKind.FATAL
    assert "was not made by this chunk" in result.message


class TestStops:
    async def test_cancelled_before_it_starts(self, farm: Farm, root: Path, tmp_path: Path) -> None:
        await farm.put_job([f"touch {tmp_path}/ran"])
        await farm.write("a1/cancel")
        async with worker(root, farm, poll_interval=3600) as runtime:
            result = await runtime.handle(farm.request())
        assert result.failure is FailureKind.FATAL
        assert result.message == "The attempt was cancelled before its first frame was done."
        assert not (tmp_path / "ran").exists()
        assert await farm.result() == result

    async def test_cancelled_while_rendering(self, farm: Farm, root: Path) -> None:
        await farm.put_job([SLOW])
        async with worker(root, farm) as runtime:
            task = asyncio.create_task(runtime.handle(farm.request()))
            await rendering(root)
            while len(renderers_below(root)) < 3:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            await farm.write("a1/cancel")
            result = await task
            assert renderers_below(root) == [], "no child or grandchild is left"
        assert result.failure is FailureKind.FATAL
        assert result.message == "The attempt was cancelled at frame 4 of 10."
        assert result.frames_done == 4
        assert (await farm.read("a1/log.txt")).decode().splitlines() == ["frame=4", result.message]
        assert await farm.result() == result
        assert leftovers(root) == []

    async def test_the_time_limit(self, farm: Farm, root: Path) -> None:
        await farm.put_job([SLOW])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(), limit=3.0)
            assert renderers_below(root) == []
        assert result.failure is FailureKind.TRANSIENT
        assert result.message == "The worker hit its 3 s limit at frame 4 of 10; use chunks of at most 3 frames."
        assert result.finished_at is not None
        assert result.started_at is not None
        assert result.finished_at - result.started_at < 3.0, "it still reports in time"
        assert await farm.result() == result

    async def test_the_callers_time_limit(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["sleep 60"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(timeLimit=1.5), limit=900)
        assert "hit its 1.5 s limit before the first of 10 frames was done" in result.message

    async def test_the_end_of_the_worker(self, farm: Farm, root: Path) -> None:
        await farm.put_job([SLOW])
        async with worker(root, farm) as runtime:
            task = asyncio.create_task(runtime.handle(farm.request()))
            await rendering(root)
            await asyncio.sleep(0.2)
            runtime.shut_down()
            result = await task
            assert renderers_below(root) == []
            again = await runtime.handle(farm.request(attempt="a2"))
        assert result.failure is FailureKind.TRANSIENT
        assert result.message == "The worker was shut down at frame 4 of 10."
        assert await farm.result() == result
        assert again.message == "The worker was shut down before its first frame was done."

    async def test_cancelling_the_task(self, farm: Farm, root: Path) -> None:
        await farm.put_job([SLOW])
        async with worker(root, farm) as runtime:
            task = asyncio.create_task(runtime.handle(farm.request()))
            await rendering(root)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert renderers_below(root) == []
        assert leftovers(root) == []
        assert await farm.keys() == []


class TestFailures:
    async def test_wrong_number_of_frames(self, farm: Farm, root: Path) -> None:
        await farm.put_job([frames_command(7, "out-0.mov")], output="out-{}.mov")
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert (result.exit_code, result.failure) == (1, FailureKind.TRANSIENT)
        assert result.message == "The renderer reported success, but out-0.mov has 7 frames instead of 10."
        assert await farm.keys() == ["a1/log.txt", "a1/result.json"]

    async def test_no_output(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["true"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.message == "The renderer reported success, but out-0.txt is missing."

    async def test_an_old_output_in_the_bundle_is_none(self, farm: Farm, root: Path, tmp_path: Path) -> None:
        assets = tmp_path / "assets"
        assets.mkdir()
        (assets / "out-0.txt").write_text("last week's")
        await farm.put_job(["true"], folder=assets)
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.message == "The renderer reported success, but out-0.txt is missing."

    async def test_exit_code(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["sh -c 'echo no such layer; exit 3'"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert (result.exit_code, result.failure) == (3, FailureKind.TRANSIENT)
        assert result.message == '"sh" ended with exit code 3: no such layer'
        assert (result.output, result.stderr) == ("no such layer", result.message)

    async def test_missing_program(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["no-such-renderer out-0.txt"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.failure is FailureKind.FATAL
        assert "'no-such-renderer' was not found" in result.message
        assert result.message in (await farm.read("a1/log.txt")).decode()

    async def test_no_such_job(self, farm: Farm, root: Path) -> None:
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.failure is FailureKind.FATAL
        assert "jobs/job-1/job.json" in result.message

    async def test_no_such_chunk(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["true"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(7))
        assert result.failure is FailureKind.FATAL
        assert result.message == "The job has no chunk with the id 7."

    async def test_a_spec_that_is_none(self, farm: Farm, root: Path) -> None:
        async with farm.storage() as storage:
            await storage.upload("jobs/job-1/job.json", b"{")
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.failure is FailureKind.FATAL

    async def test_a_disk_that_cannot_be_written_to(self, farm: Farm, root: Path) -> None:
        """The renderer takes the attempt's folder away, so that not even the worker's note has a place."""
        await farm.put_job(["sh -c 'rm -rf ../../$(basename $(dirname $PWD)); exec sleep 60'"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(), limit=2)
        assert "hit its 2 s limit" in result.message
        assert await farm.result() == result

    async def test_no_storage_url(self, farm: Farm, root: Path) -> None:
        async with worker(root, farm) as runtime:
            result = await runtime.handle(WorkerRequest(job_path="ftp://host/job.json", chunk_index=0))
        assert (result.exit_code, result.failure) == (1, FailureKind.FATAL)
        assert "ftp" in result.message


async def test_outputs_outside_the_jobs_folder_stay_with_the_attempt(farm: Farm, root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "films" / "out-0.txt"
    for name in ("../out/out-{}.txt", f"{elsewhere.parent}/out-{{}}.txt"):
        output = name.format(0)
        await farm.put_job([f"sh -c 'echo made > $0' {output}"], output=name)
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(attempt=f"a{len(output)}"))
        assert result.failure is None, result.message
        assert result.artifact is not None
        assert result.artifact.url.endswith("/output/out-0.txt")
    await farm.put_job(["sh -c 'echo made > ../out/out-0.txt'"], output="../out/out-{}.txt")
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request(attempt="a1"))
    assert result.failure is FailureKind.FATAL
    assert "lies outside the job's folder" in result.message
    assert not elsewhere.parent.exists()


@pytest.mark.parametrize("with_attempt", [True, False])
async def test_chunks_are_asked_for_by_their_id(farm: Farm, root: Path, with_attempt: bool) -> None:
    """As with the original, whether or not the caller knows of attempts; here ids and places differ."""
    await farm.put_job(["sh -c 'echo $HELIOS_CHUNK_ID > $0' out-0.txt", "sh -c 'echo $HELIOS_CHUNK_ID > $0' out-1.txt"])
    async with farm.storage() as storage:
        spec = json.loads(await storage.read("jobs/job-1/job.json"))
        spec["chunks"][0]["id"], spec["chunks"][1]["id"] = 1, 0
        await storage.upload("jobs/job-1/job.json", json.dumps(spec).encode())
    request = farm.request(1) if with_attempt else WorkerRequest(job_path=farm.job_url, chunk_index=1)
    async with worker(root, farm) as runtime:
        result = await runtime.handle(request)
    assert result.failure is None, result.message
    assert result.chunk_id == 1
    assert result.artifact is not None
    assert result.artifact.url.endswith("/output/out-0.txt")


async def test_callers_who_know_only_job_and_chunk(farm: Farm, root: Path) -> None:
    await farm.put_job(["cp /dev/null x", "sh -c 'echo $HELIOS_CHUNK_ID > out-1.txt'"])
    request = WorkerRequest(job_path=farm.job_url, chunk_index=1)
    async with worker(root, farm) as runtime:
        result = await runtime.handle(request)
        assert result.failure is None, result.message
        assert (await runtime.handle(request)).failure is None, "it may be rendered again"
        missing = await runtime.handle(WorkerRequest(job_path=farm.job_url, chunk_index=2))
    assert result.artifact is not None
    assert result.artifact.url == f"{farm.url}/jobs/job-1/output/out-1.txt"
    async with farm.storage() as storage:
        assert await storage.read("jobs/job-1/output/out-1.txt") == b"1\n"
    assert await farm.keys() == []
    assert missing.message == "The job has no chunk with the id 2."


@asynccontextmanager
async def web_server(jobs: dict[str, bytes]) -> AsyncIterator[str]:
    """Serves job files over HTTP; ``/moved`` leads to another place."""

    async def serve(request: web.Request) -> web.Response:
        if request.path == "/moved":
            return web.Response(status=302, headers={"Location": "/job.json"})
        return web.Response(body=jobs[request.path]) if request.path in jobs else web.Response(status=404)

    application = web.Application()
    application.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
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


async def test_what_a_crashed_worker_left_is_cleared(farm: Farm, root: Path) -> None:
    """The first worker is killed in the middle of a render; the next one finds its folder and its renderers."""
    await farm.put_job([SLOW, "cp /dev/null out-1.txt"])
    script = """
import asyncio, sys
from pathlib import Path
from tests.support.browsers import require_browser
from tests.support.worker import Farm, worker
async def main():
    farm = Farm(sys.argv[1])
    async with worker(Path(sys.argv[2]), farm) as runtime:
        await runtime.handle(farm.request())
asyncio.run(main())
"""
    host = await asyncio.create_subprocess_exec(sys.executable, "-c", script, farm.url, str(root))
    await rendering(root)
    host.kill()
    await host.wait()
    assert renderers_below(root)
    assert len(leftovers(root)) == 1
    async with worker(root, farm) as runtime:
        await runtime.handle(farm.request(1, attempt="b2"))
        assert renderers_below(root) == []
        assert leftovers(root) == []


async def test_a_command_of_ours_runs_this_installation(
    farm: Farm, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(helios_gui.__file__).parents[1]))
    await farm.put_job(["helios-gui web gone.html -o out-0.mov"])
    async with worker(root, farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.exit_code == 2
    assert '"helios-gui"' in result.message
    assert "There is no page gone.html" in result.message


@pytest.mark.parametrize(
    ("command", "variable", "words"),
    [
        ("web index.html", "HELIOS_BROWSER", "There is no browser at /no/program. Correct HELIOS_BROWSER."),
        ("blend film.blend", "HELIOS_BLENDER", "There is no Blender at /no/program. Correct HELIOS_BLENDER."),
    ],
)
async def test_what_there_is_no_program_for_is_refused_for_good(
    farm: Farm, root: Path, command: str, variable: str, words: str
) -> None:
    await farm.put_job([f"helios-gui {command} -o out-0.mp4"], output="out-{}.mp4")
    async with worker(root, farm, environment={**os.environ, variable: "/no/program"}) as runtime:
        result = await runtime.handle(farm.request())
    assert (result.failure, result.message) == (FailureKind.FATAL, words)
    assert leftovers(root) == []


async def test_what_can_be_rendered_is_found_out_by_trying(farm: Farm, root: Path) -> None:
    require_browser()
    async with worker(root, farm) as runtime:
        found = await runtime.capabilities()
        assert found is not None
        assert found.browser
        assert found.browser_problem == ""
        assert {"libx264", "png"} <= set(found.encoders)
        assert await runtime.capabilities() is found
    assert leftovers(root) == []
    async with worker(root, farm, environment={**os.environ, "HELIOS_BROWSER": "/bin/true"}) as runtime:
        found = await runtime.capabilities()
    assert found is not None
    assert "/bin/true ended, with exit code 0." in found.browser_problem
