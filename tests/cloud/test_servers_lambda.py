"""The Lambda front and its sandboxes, cross-checked with boto3 and the real awslambdaric."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.cloud.servers.lambda_front import CALLER, LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import AwsKey
from tests.support.waiting import wait_until

SAMPLE = "tests.cloud.servers.lambda_sample.handler"


def sample(**settings: Any) -> LambdaFunction:
    return LambdaFunction(handler=SAMPLE, **settings)


@pytest.fixture
def front() -> Iterator[LambdaFront]:
    """A front with the sample function, of which three may run at once."""
    with lambda_front(sample(concurrency=3, environment={"VARIABLE": "value"})) as served:
        yield served


@contextmanager
def client(front: LambdaFront, service: str = "lambda", key: AwsKey = CALLER) -> Iterator[Any]:
    session = boto3.Session(key.access_key, key.secret_key, key.session_token, region_name="eu-central-1")
    config = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=30, max_pool_connections=20)
    with closing(session.client(service, endpoint_url=front.url, config=config)) as made:
        yield made


def invoke(calls: Any, event: dict[str, Any], **more: Any) -> tuple[dict[str, Any], Any]:
    answer = calls.invoke(FunctionName="helios-worker", Payload=json.dumps(event), **more)
    with answer["Payload"] as payload:
        text = payload.read()
    return answer, json.loads(text) if text else None


def gone(pid: int) -> bool:
    """Whether a process has ended, be it that nobody has collected it yet."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_runs_the_handler_in_a_warm_sandbox(front: LambdaFront) -> None:
    with client(front) as calls:
        answer, first = invoke(calls, {"say": "hello"}, LogType="Tail")
        _, second = invoke(calls, {})
    assert (answer["StatusCode"], "FunctionError" in answer) == (200, False)
    assert b"event hello" in base64.b64decode(answer["LogResult"])
    assert (first["invocations"], second["invocations"], first["pid"] == second["pid"]) == (1, 2, True)
    assert (first["memory"], first["variable"], first["temporary"]) == ("2048", "value", second["temporary"])
    assert 0 < first["remaining"] <= 60_000
    assert first["request"] == answer["ResponseMetadata"]["RequestId"] == front.executions[0].request_id
    assert front.host.counts["cold starts"] == 1
    assert [execution.event for execution in front.executions] == [{"say": "hello"}, {}]


def test_dry_run_and_configuration_execute_nothing(front: LambdaFront) -> None:
    with client(front) as calls:
        answer, _ = invoke(calls, {}, InvocationType="DryRun")
        assert answer["StatusCode"] == 204
        configuration = calls.get_function_configuration(FunctionName="helios-worker")
        assert (configuration["Timeout"], configuration["MemorySize"]) == (60, 2048)
        assert configuration["EphemeralStorage"]["Size"] == 512
        concurrency = calls.get_function_concurrency(FunctionName="helios-worker")
        assert concurrency["ReservedConcurrentExecutions"] == 3
        settings = calls.get_function_event_invoke_config(FunctionName="helios-worker")
        assert settings["MaximumRetryAttempts"] == 2
        with pytest.raises(calls.exceptions.ResourceNotFoundException):
            calls.get_function_configuration(FunctionName="another")
    assert not front.executions


def test_checks_signatures(front: LambdaFront) -> None:
    def code(key: AwsKey) -> str:
        with client(front, key=key) as calls, pytest.raises(ClientError) as error:
            invoke(calls, {}, InvocationType="DryRun")
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
        return str(error.value.response["Error"]["Code"])

    assert code(replace(CALLER, secret_key="wrong")) == "InvalidSignatureException"
    assert code(AwsKey("AKIAUNKNOWN", "x")) == "UnrecognizedClientException"
    session = AwsKey("ASIASESSION", "secret", "a-session-token")
    front.keys.add(session)
    with client(front, key=session) as calls:
        assert invoke(calls, {}, InvocationType="DryRun")[0]["StatusCode"] == 204
    assert code(replace(session, session_token="another")) == "UnrecognizedClientException"
    front.keys.expire(session)
    assert code(session) == "ExpiredTokenException"
    front.denied.add("lambda:InvokeFunction")
    assert code(CALLER) == "AccessDeniedException"
    assert front.counts["forbidden"] == 5


def test_says_who_one_is(front: LambdaFront) -> None:
    with client(front, "sts") as sts:
        assert sts.get_caller_identity()["Account"] == "000000000000"
        front.keys.expire(CALLER)
        with pytest.raises(ClientError, match="ExpiredToken"):
            sts.get_caller_identity()


def test_tells_errors_of_the_function_apart(front: LambdaFront) -> None:
    with client(front) as calls:
        answer, document = invoke(calls, {"raise": "no such composition"})
        assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
        assert (document["errorType"], document["errorMessage"]) == ("RuntimeError", "no such composition")
        _, document = invoke(calls, {"exit": 3})
        assert (document["errorType"], "exit status 3" in document["errorMessage"]) == ("Runtime.ExitError", True)
        _, document = invoke(calls, {"die": True})
        assert "signal: 9" in document["errorMessage"]
        answer, document = invoke(calls, {"size": 7 * 1024 * 1024})
        assert (answer["FunctionError"], document["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")
        _, document = invoke(calls, {"size": 5 * 1024 * 1024})
        assert len(document["filling"]) == 5 * 1024 * 1024
    assert front.host.counts["failures"] == 4


def test_reports_handlers_that_cannot_be_loaded() -> None:
    with lambda_front(LambdaFunction(handler="no.such.module.handler")) as front, client(front) as calls:
        answer, document = invoke(calls, {})
    assert (answer["FunctionError"], document["errorType"]) == ("Unhandled", "Runtime.ImportModuleError")


def test_time_out_kills_the_whole_sandbox(front: LambdaFront, tmp_path: Path) -> None:
    front.function.timeout = 1
    note = tmp_path / "child"
    with client(front) as calls:
        answer, document = invoke(calls, {"sleep": 30, "child": str(note)})
        assert answer["FunctionError"] == "Unhandled"
        assert document["errorType"] == "Sandbox.Timedout"
        assert document["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
        wait_until(lambda: gone(int(note.read_text())))
        _, document = invoke(calls, {})
    assert document["invocations"] == 1
    assert (front.host.counts["timeouts"], front.host.counts["cold starts"]) == (1, 2)


def test_throttles_above_the_limit(front: LambdaFront) -> None:
    with client(front) as calls, ThreadPoolExecutor(8) as threads:

        def try_one(_: int) -> str:
            try:
                invoke(calls, {"sleep": 1})
            except calls.exceptions.TooManyRequestsException as error:
                return str(error.response["Reason"])
            return "done"

        outcomes = sorted(threads.map(try_one, range(8)))
    assert outcomes == ["ReservedFunctionConcurrentInvocationLimitExceeded"] * 5 + ["done"] * 3
    assert (front.counts["throttled"], front.counts["invocations"], front.host.peak) == (5, 3, 3)


def test_events_wait_their_turn_and_are_retried_when_they_fail(front: LambdaFront, tmp_path: Path) -> None:
    front.function.concurrency = 1
    good, bad = tmp_path / "good", tmp_path / "bad"
    with client(front) as calls:
        assert invoke(calls, {"note": str(good)}, InvocationType="Event")[0]["StatusCode"] == 202
        assert invoke(calls, {"note": str(bad), "raise": "x"}, InvocationType="Event")[0]["StatusCode"] == 202
        wait_until(lambda: front.host.counts["failures"] == 3)
    assert len(good.read_text().splitlines()) == 1
    assert len(set(bad.read_text().splitlines())) == 1, "retries are of the same request"
    assert (front.counts["events"], front.counts["throttled"], front.host.peak) == (2, 0, 1)


def test_goes_on_when_the_client_hangs_up(front: LambdaFront, tmp_path: Path) -> None:
    note, body = tmp_path / "note", json.dumps({"note": str(tmp_path / "note"), "sleep": 0.5}).encode()
    request = AWSRequest("POST", f"{front.url}/2015-03-31/functions/helios-worker/invocations", data=body)
    SigV4Auth(Credentials(CALLER.access_key, CALLER.secret_key), "lambda", "eu-central-1").add_auth(request)
    host, port = front.url.removeprefix("http://").split(":")
    lines = [f"POST {request.url.removeprefix(front.url)} HTTP/1.1", f"Host: {host}:{port}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head + body)
        wait_until(note.exists)
    wait_until(lambda: front.executions[0].answer is not None)
    answer = front.executions[0].answer
    assert answer is not None
    assert not answer.failed


def test_kills_running_sandboxes_on_demand(front: LambdaFront, tmp_path: Path) -> None:
    note = tmp_path / "note"
    with client(front) as calls, ThreadPoolExecutor(1) as threads:
        pending = threads.submit(invoke, calls, {"note": str(note), "sleep": 30})
        wait_until(note.exists)
        assert front.host.kill_running() == 1
        answer, document = pending.result(20)
    assert (answer["FunctionError"], document["errorType"]) == ("Unhandled", "Runtime.ExitError")


def test_stopping_ends_what_runs(tmp_path: Path) -> None:
    note = tmp_path / "child"
    with lambda_front(sample()) as front, client(front) as calls:
        invoke(calls, {"sleep": 30, "child": str(note)}, InvocationType="Event")
        wait_until(lambda: note.exists() and note.read_text())
    wait_until(lambda: gone(int(note.read_text())))


def test_inline_functions_need_no_sandbox() -> None:
    async def double(event: dict[str, int]) -> dict[str, int]:
        await asyncio.sleep(0.01)
        return {"n": 2 * event["n"]}

    with lambda_front(LambdaFunction(inline=double)) as front, client(front) as calls:
        assert invoke(calls, {"n": 4})[1] == {"n": 8}
        answer, document = invoke(calls, {})
    assert (answer["FunctionError"], document["errorType"]) == ("Unhandled", "KeyError")
    assert front.host.counts["cold starts"] == 0
