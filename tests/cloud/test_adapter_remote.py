"""What all cloud adapters do with jobs and attempts: on Lambda, with a folder or S3 as storage."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helios_gui.storage import StorageSettings, open_storage
from helios_gui.types import FailureKind
from tests.cloud.projects import QUICK, gated, lambda_settings, open_project, s3_function, slow
from tests.cloud.servers.fault_proxy import fault_proxy
from tests.cloud.servers.faults import slow as slow_network
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import S3Server
from tests.cloud.storage_backends import write_aws_profile
from tests.support.waiting import eventually


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaFront]:
    """The worker as a function, and credentials to call it with."""
    with lambda_front(LambdaFunction(timeout=60, concurrency=50)) as served:
        write_aws_profile(tmp_path, served.key, monkeypatch)
        yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The storage, as a folder."""
    return tmp_path / "storage"


async def finished(execution: Any) -> bool:
    """Whether a cancelled execution was passed its cancellation."""
    (outcome,) = await asyncio.gather(execution, return_exceptions=True)
    return isinstance(outcome, asyncio.CancelledError)


# -- jobs ---------------------------------------------------------------------------------------------------------


async def test_chunks_are_asked_for_by_their_id(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    """As the original's workers look them up; here ids and places differ, and the ids are others' places."""
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri())) as project:
        project.first_id = 1
        await project.prepare(QUICK, QUICK)
        assert (await project.execute(0)).ok
        assert project.runs == ["0"]
        assert (await project.execute(1)).ok
        assert project.runs == ["0", "1"]


async def test_a_job_takes_what_it_needs_and_no_more(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    job = tmp_path / "job"
    (job / "scenes").mkdir(parents=True)
    (job / "scenes" / "words.txt").write_text("hello")
    (job / "part_0.txt").write_text("an output of yesterday")
    (job / "film.mov").write_text("the film of yesterday")
    (job / "notes.md").write_text("private")
    (job / ".heliosignore").write_text("*.md\n")
    async with open_project(job, lambda_settings(front, folder.as_uri())) as project:
        await project.prepare('cat scenes/words.txt > "$0"')
        manifest = json.loads((folder / "jobs/job1/manifest.json").read_text())
        assert [entry["path"] for entry in manifest["files"]] == ["scenes/words.txt"]
        assert json.loads((folder / "jobs/job1/job.json").read_text())["assetsUrl"] == (
            f"{folder.as_uri()}/jobs/job1/manifest.json"
        )
        assert (await project.execute()).ok
        assert project.made() == "hello"
        (job / "scenes" / "words.txt").write_text("goodbye")
        await project.prepare('cat scenes/words.txt > "$0"')
        assert (await project.execute(number=2)).ok
        assert project.made(number=2) == "goodbye"


@pytest.mark.parametrize(
    ("retention", "completed", "deleted", "kept"),
    [
        ("keep", True, False, True),
        ("keep", True, True, True),
        ("on-success", True, False, False),
        ("on-success", False, False, True),
        ("on-success", False, True, False),
        ("always", False, False, False),
    ],
)
async def test_retention(
    front: LambdaFront, folder: Path, tmp_path: Path, retention: Any, completed: bool, deleted: bool, kept: bool
) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri(), retention=retention)) as project:
        await project.prepare(QUICK)
        await project.adapter.finish(project.job_id, completed=completed, deleted=deleted)
        assert (folder / "jobs/job1/job.json").exists() is kept


async def test_a_cancelled_upload_leaves_no_job(front: LambdaFront, ministack: S3Server, tmp_path: Path) -> None:
    server = ministack.with_new_bucket()
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "large.bin").write_bytes(b"x" * 20_000_000)
    with fault_proxy(server.endpoint_url) as proxy:
        settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            proxy.script(slow_network(1_000_000), method="PUT", times=None)
            preparing = asyncio.create_task(project.prepare(QUICK))
            await eventually(lambda: proxy.count("PUT") + proxy.count("POST"))
            preparing.cancel()
            assert await finished(preparing)
            proxy.heal()
            assert not [key for key in server.keys("") if key.endswith(".json")]
            await project.prepare(QUICK)
    assert len([key for key in server.keys("") if key.endswith(".json")]) == 2


# -- cancelling ---------------------------------------------------------------------------------------------------


async def test_cancelling_a_render_stops_it(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri())) as project:
        await project.prepare(slow(30))
        running = asyncio.create_task(project.execute())
        await eventually(lambda: project.runs)
        started = time.monotonic()
        running.cancel()
        assert await finished(running)
        assert time.monotonic() - started < 15
        assert project.log().endswith("Stopped.\n")
        assert "cancelled" in json.loads((folder / "jobs/job1/attempts/job1.0.1/result.json").read_text())["message"]
    await eventually(lambda: front.executions[0].answer is not None)


async def test_a_stop_nobody_confirms_may_still_bill(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    front.function.handler = "tests.cloud.lambda_misbehaving.dies_of_time"
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri(), stop_wait=0.5)) as project:
        await project.prepare(slow(30))
        running = asyncio.create_task(project.execute())
        await eventually(lambda: front.executions)
        running.cancel()
        assert await finished(running)
        assert "has not confirmed it and may still bill until " in project.log()
        assert (folder / "jobs/job1/attempts/job1.0.1/cancel").exists()


async def test_cancelling_twice_waits_for_nothing(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    front.function.handler = "tests.cloud.lambda_misbehaving.dies_of_time"
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri(), stop_wait=60)) as project:
        await project.prepare(slow(30))
        running = asyncio.create_task(project.execute())
        await eventually(lambda: front.executions)
        running.cancel()
        await eventually((folder / "jobs/job1/attempts/job1.0.1/cancel").exists)
        running.cancel()
        started = time.monotonic()
        assert await finished(running)
        assert time.monotonic() - started < 10


async def test_cancelling_what_waits_for_a_slot_starts_nothing(
    front: LambdaFront, folder: Path, tmp_path: Path
) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri(), concurrency=1)) as project:
        await project.prepare(gated(tmp_path / "go"), QUICK)
        first = asyncio.create_task(project.execute(0))
        await eventually(lambda: project.runs)
        second = asyncio.create_task(project.execute(1))
        await asyncio.sleep(0.1)
        second.cancel()
        assert await finished(second)
        (tmp_path / "go").touch()
        assert (await first).ok
        assert project.runs == ["0"]
        assert not (folder / "jobs/job1/attempts/job1.1.1").exists()


async def test_what_was_rendered_when_a_download_is_cancelled_is_not_rendered_again(
    front: LambdaFront, ministack: S3Server, tmp_path: Path
) -> None:
    server = s3_function(front, ministack)
    with fault_proxy(server.endpoint_url) as proxy:
        settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            await project.prepare('head -c 3000000 /dev/zero > "$0"')
            proxy.script(slow_network(300_000), method="GET", path="/output/", times=None)
            running = asyncio.create_task(project.execute())
            await eventually(lambda: any(seen.received for seen in proxy.requests if "/output/" in seen.path))
            running.cancel()
            assert await finished(running)
            assert not project.job().output.exists()
            proxy.heal()
            result = await project.execute(number=2)
            assert result.ok, result
            assert project.job(number=2).output.stat().st_size == 3_000_000
            assert "The output is that of attempt job1.0.1" in project.log(number=2)
            assert project.runs == ["0"]


# -- after the app died -------------------------------------------------------------------------------------------


async def test_strays_of_an_earlier_run_are_stopped(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    settings = lambda_settings(front, folder.as_uri(), stop_wait=0.01)
    async with open_project(tmp_path / "job", settings) as died:
        await died.prepare(slow(30), QUICK)
        running = asyncio.create_task(died.execute())
        await eventually(lambda: died.runs)
        async with open_project(tmp_path / "job", settings) as project:
            project.scripts = died.scripts
            assert await project.adapter.reclaim(["job1.0.1", "job1.0.2"]) == 2
            await eventually((folder / "jobs/job1/attempts/job1.0.1/result.json").exists)
            await project.prepare(QUICK, QUICK)
            result = await project.execute(number=2)
            assert result.ok, f"the flag was meant for another attempt of that name: {result}"
            assert (folder / "jobs/job1/attempts/job1.0.2-2/result.json").exists()
            assert await project.adapter.reclaim(["job1.0.1", "job1.0.2"]) == 0
        assert not (await running).ok
        # … and a third run of the app knows from storage which names are used up.
        async with open_project(tmp_path / "job", settings) as third:
            await third.prepare(QUICK, QUICK)
            assert (await third.execute(number=2)).ok


async def test_what_was_rendered_when_the_app_died_is_fetched(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    settings = lambda_settings(front, folder.as_uri())
    async with open_project(tmp_path / "job", settings) as died:
        await died.prepare(QUICK)
        assert (await died.execute()).ok
    async with open_project(tmp_path / "job", settings) as project:
        project.scripts = [QUICK]
        assert await project.adapter.reclaim(["job1.0.1", "job1.0.2"]) == 1
        await project.prepare(QUICK)
        assert (await project.execute(number=2)).ok
        assert project.runs == ["0"]
        assert (await project.execute(number=3)).ok
        assert project.runs == ["0", "0"], "it is fetched once; who asks again wants it rendered again"


async def test_reclaiming_asks_only_for_what_is_open(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri())) as project:
        await project.prepare(QUICK)
        assert (await project.execute()).ok
        assert await project.adapter.reclaim(["job1.0.1"]) == 0
        assert not (folder / "jobs/job1/attempts/job1.0.1/cancel").exists()


# -- many at once -------------------------------------------------------------------------------------------------


def inline_worker(folder: Path, seconds: float) -> Any:
    """A worker without a process, for load tests of its caller."""

    async def work(event: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        attempt = folder / event["attemptUrl"].partition("/storage/")[2]
        output = attempt / "output" / "out.txt"
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(event["attemptId"])
        digest = hashlib.sha256(output.read_bytes()).hexdigest()
        url = f"{event['attemptUrl']}/output/out.txt"
        artifact = {"url": url, "size": output.stat().st_size, "sha256": digest}
        body = {"exitCode": 0, "attemptId": event["attemptId"], "artifact": artifact}
        return {"statusCode": 200, "body": json.dumps(body)}

    return work


async def test_a_storm_of_refusals(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    front.function.inline, front.function.concurrency = inline_worker(folder, 0.3), 3
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri(), concurrency=40)) as project:
        await project.prepare(*[QUICK] * 40)
        executions = asyncio.gather(*(project.execute(index) for index in range(40)))
        await eventually(lambda: front.counts["invocations"])
        await eventually(lambda: project.known_capacity <= 3)
        throttled, invoked = front.counts["throttled"], front.counts["invocations"]
        results = await executions
        assert [result.ok for result in results] == [True] * 40
        assert {project.made(index) for index in range(40)} == {f"job1.{index}.1" for index in range(40)}
    wasted, calls = front.counts["throttled"] - throttled, front.counts["invocations"] - invoked
    assert throttled > 10, "there was no storm"
    assert wasted / (wasted + calls) < 0.05
    assert len(front.executions) == 40
    assert front.host.peak == 3


async def test_many_results_are_waited_for_together(front: LambdaFront, ministack: S3Server, tmp_path: Path) -> None:
    """Event invocations: storage is listed, not asked for every attempt."""
    server = s3_function(front, ministack)
    front.function.timeout, front.function.concurrency = 600, 3
    with fault_proxy(server.endpoint_url) as proxy:
        settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            await project.prepare(*[QUICK] * 14)
            results = await asyncio.gather(*(project.execute(index) for index in range(14)))
            assert [result.ok for result in results] == [True] * 14
            assert sorted(project.runs) == sorted(map(str, range(14)))
        in_vain = proxy.count("GET", "result.json") - 14
        assert in_vain < proxy.count("GET", "list-type=2") * 12 + 100


# -- results that are not what they should be --------------------------------------------------------------------------


async def test_outputs_elsewhere_are_not_fetched(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")

    async def work(event: dict[str, Any]) -> dict[str, Any]:
        artifact = {"url": secret.as_uri(), "size": 6, "sha256": ""}
        return {"exitCode": 0, "artifact": artifact}

    front.function.inline = work
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri())) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.failure is FailureKind.FATAL
        assert "stored its output elsewhere" in result.message
        assert not project.job().output.exists()


@pytest.mark.parametrize("has_checksum", [True, False])
async def test_frames_count_where_the_file_is_surely_the_same(
    front: LambdaFront, folder: Path, tmp_path: Path, has_checksum: bool
) -> None:
    work = inline_worker(folder, 0.0)

    async def count(event: dict[str, Any]) -> dict[str, Any]:
        answer = await work(event)
        body = json.loads(answer["body"])
        body["artifact"] |= {"frames": 10} | ({} if has_checksum else {"sha256": ""})
        return body

    front.function.inline = count
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri())) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.ok
        assert result.frames == (10 if has_checksum else None)


async def test_results_of_another_format(front: LambdaFront, folder: Path, tmp_path: Path) -> None:
    front.function.timeout = 600
    async with open_project(tmp_path / "job", lambda_settings(front, folder.as_uri())) as project:
        await project.prepare(QUICK)
        storage = open_storage(folder.as_uri(), StorageSettings())
        await storage.upload("jobs/job1/attempts/job1.0.1/result.json", b"nonsense")
        await storage.close()
        result = await project.execute()
        assert result.failure is FailureKind.FATAL
        assert "is not a result this version can read" in result.message
