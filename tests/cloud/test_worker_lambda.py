"""The Lambda handler in real awslambdaric sandboxes, with S3 as storage."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest
from botocore.config import Config

from helios_gui.process.process_table import list_processes
from helios_gui.storage import StorageSettings
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import S3Server
from tests.support.waiting import eventually
from tests.support.worker import Farm, frames_command

SLOW = "sh -c 'echo frame=4; sleep 60 & sleep 60' out-0.txt"


@pytest.fixture
def bucket(ministack: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """An empty bucket, and the artist's credentials for it."""
    server = ministack.with_new_bucket()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return server


@pytest.fixture
def farm(bucket: S3Server) -> Farm:
    """The bucket's storage."""
    settings = StorageSettings(endpoint_url=bucket.endpoint_url, region=bucket.region)
    return Farm(f"s3://{bucket.bucket}/renders", settings)


@pytest.fixture
def front(bucket: S3Server) -> Iterator[LambdaFront]:
    """The worker as a function."""
    environment = {
        "AWS_ACCESS_KEY_ID": bucket.access_key,
        "AWS_SECRET_ACCESS_KEY": bucket.secret_key,
        "AWS_SESSION_TOKEN": "canary-session-token",
        "HELIOS_STORAGE_ENDPOINT_URL": bucket.endpoint_url,
    }
    with lambda_front(LambdaFunction(environment=environment)) as served:
        yield served


async def invoke(front: LambdaFront, event: Any) -> dict[str, Any]:
    """What the function answers; never a function error."""

    def call() -> dict[str, Any]:
        session = boto3.Session(front.key.access_key, front.key.secret_key, region_name="eu-central-1")
        config = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=90)
        with closing(session.client("lambda", endpoint_url=front.url, config=config)) as client:
            answer = client.invoke(FunctionName="helios-worker", Payload=json.dumps(event))
            with answer["Payload"] as payload:
                document: dict[str, Any] = json.loads(payload.read())
            assert "FunctionError" not in answer, document
            return document

    return await asyncio.to_thread(call)


ATTEMPT = f"attempt-{os.getpid()}"
"""Where renderers are looked for by the name of their attempt: another test process has others."""


def renderers() -> list[int]:
    """The living processes of this attempt."""
    return [entry.pid for entry in list_processes() if entry.attempt_id.startswith(f"{ATTEMPT}.")]


async def test_renders(farm: Farm, front: LambdaFront) -> None:
    await farm.put_job([frames_command(10, "out-0.mov")], output="out-{}.mov")
    answer = await invoke(front, farm.event())
    assert answer["statusCode"] == 200
    body = json.loads(answer["body"])
    assert (body["exitCode"], body["stderr"], body["chunkId"], body["attemptId"]) == (0, "", 0, "a1")
    assert body["artifact"]["frames"] == 10
    assert "failure" not in body
    assert (await farm.result()).to_wire() == {**body, "stdout": ""}


async def test_a_warm_sandbox_keeps_the_bundle(farm: Farm, front: LambdaFront, tmp_path_factory: Any) -> None:
    assets = tmp_path_factory.mktemp("assets")
    (assets / "words.txt").write_text("hello")
    await farm.put_job(["cp words.txt out-0.txt"], folder=assets)
    assert (await invoke(front, farm.event()))["statusCode"] == 200
    async with farm.storage() as storage:
        await storage.delete([found.key for found in await storage.list("blobs/")])
    answer = await invoke(front, farm.event(attempt="a2"))
    assert answer["statusCode"] == 200, answer
    assert front.host.counts["cold starts"] == 1


async def test_an_event_of_the_original(farm: Farm, front: LambdaFront) -> None:
    await farm.put_job(["true", "sh -c 'echo hello; echo made > out-1.txt'"])
    answer = await invoke(front, {"jobPath": farm.job_url, "chunkIndex": 1})
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["exitCode"], body["output"], body["stderr"]) == (200, 0, "hello", "")
    async with farm.storage() as storage:
        assert await storage.read("jobs/job-1/output/out-1.txt") == b"made\n"


async def test_a_failed_render_is_no_success_to_the_originals_clients(farm: Farm, front: LambdaFront) -> None:
    await farm.put_job(["sh -c 'echo no such layer; exit 3'"])
    answer = await invoke(front, farm.event())
    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["exitCode"], body["failure"]) == (500, 3, "transient")
    assert body["message"] == body["stderr"] == '"sh" ended with exit code 3: no such layer'


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"jobPath": "s3://bucket/job.json"}, "chunkIndex: is missing"),
        ({"jobPath": "", "chunkIndex": 0}, "jobPath: "),
        ({"jobPath": "s3://bucket/job.json", "chunkIndex": -1}, "chunkIndex: "),
        ([1, 2], "must be a JSON object"),
        (None, "must be a JSON object"),
    ],
)
async def test_what_is_no_request(front: LambdaFront, event: Any, words: str) -> None:
    answer = await invoke(front, event)
    assert answer["statusCode"] == 400
    assert words in json.loads(answer["body"])["message"]


async def test_reports_before_the_function_times_out(farm: Farm, front: LambdaFront) -> None:
    front.function.timeout = 10
    await farm.put_job([SLOW])
    answer = await invoke(front, farm.event(attempt=ATTEMPT))
    body = json.loads(answer["body"])
    assert body["message"] == "The function hit its 10 s limit at frame 4 of 10; use chunks of at most 3 frames."
    assert (body["failure"], body["framesDone"]) == ("transient", 4)
    assert (await farm.result(ATTEMPT)).message == body["message"]
    assert renderers() == []
    assert front.host.counts["timeouts"] == 0


async def test_cancelled_while_rendering(farm: Farm, front: LambdaFront) -> None:
    await farm.put_job([SLOW])
    task = asyncio.create_task(invoke(front, farm.event(attempt=ATTEMPT)))
    await eventually(lambda: len(renderers()) >= 3)
    await asyncio.sleep(0.2)
    await farm.write(f"{ATTEMPT}/cancel")
    body = json.loads((await task)["body"])
    assert body["message"] == "The attempt was cancelled at frame 4 of 10."
    assert renderers() == [], "no child or grandchild is left"
    assert await farm.read(f"{ATTEMPT}/log.txt") == f"frame=4\n{body['message']}\n".encode()


async def test_shows_no_credentials(farm: Farm, front: LambdaFront, bucket: S3Server) -> None:
    await farm.put_job(["sh -c 'env; env > out-0.txt'", "sh -c 'env; exit 1'"])
    answers = [await invoke(front, farm.event(index, f"a{index}")) for index in (0, 1)]
    assert [answer["statusCode"] for answer in answers] == [200, 500]
    left = [await farm.read(key) for key in await farm.keys()]
    logs = [execution.answer.log for execution in front.executions if execution.answer]
    shown = b"\n".join([*left, *logs, json.dumps(answers).encode()])
    assert b"HELIOS_CHUNK_ID" in shown
    for secret in (bucket.secret_key, "canary-session-token"):
        assert secret.encode() not in shown
