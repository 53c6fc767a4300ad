"""The Lambda adapter with the real worker in real sandboxes, and what can go wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.adapters.aws_lambda import adapter as aws_lambda
from helios_gui.types import FailureKind
from tests.cloud.projects import QUICK, gated, lambda_settings, open_project, slow
from tests.cloud.servers.fault_proxy import fault_proxy
from tests.cloud.servers.faults import answer, answer_instead, drop, refuse
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.storage_backends import write_aws_profile
from tests.support.waiting import eventually

MISBEHAVING = "tests.cloud.lambda_misbehaving"
INVOCATIONS = "/invocations"


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaFront]:
    """The worker as a function, and credentials to call it with."""
    with lambda_front(LambdaFunction(timeout=30)) as served:
        write_aws_profile(tmp_path, served.key, monkeypatch)
        yield served


@pytest.fixture
def storage(tmp_path: Path) -> str:
    """A folder as storage, which function and adapter share."""
    return (tmp_path / "storage").as_uri()


async def test_renders(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare(QUICK, QUICK)
        results = await asyncio.gather(project.execute(0), project.execute(1))
        assert [result.ok for result in results] == [True, True], results
        assert (project.made(0), project.made(1)) == ("made\n", "made\n")
        assert project.log(1) == "made 1\n"
        assert results[0].tail == ("made 0",)
        assert results[0].duration > 0
        assert sorted(project.runs) == ["0", "1"]
    assert front.counts["invocations"] == 2


async def test_a_failed_render_brings_its_log_home(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare("for n in $(seq 500); do echo line $n; done; echo frame=3; echo no such layer; exit 3")
        seen: list[str] = []
        result = await project.execute(on_lines=seen.extend)
        assert (result.exit_code, result.failure) == (3, FailureKind.TRANSIENT)
        assert "no such layer" in result.message
        assert project.log().startswith("line 1\n")
        assert "frame=3" in seen


async def test_long_functions_are_told_and_not_waited_for(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    front.function.timeout = 600
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare(slow(1), "exit 4")
        good, bad = await asyncio.gather(project.execute(0), project.execute(1))
        assert good.ok
        assert bad.exit_code == 4
        assert project.made() == "made\n"
        assert sorted(project.runs) == ["0", "1"]
    assert front.counts["events"] == 2


async def test_how_to_invoke_can_be_chosen(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, storage, invocation="event")) as project:
        await project.prepare(QUICK)
        assert (await project.execute()).ok
    assert front.counts["events"] == 1, "though it is short"
    front.function.timeout = 600
    async with open_project(tmp_path / "job", lambda_settings(front, storage, invocation="wait")) as project:
        await project.prepare(QUICK)
        assert (await project.execute(number=2)).ok
    assert (front.counts["events"], front.counts["invocations"]) == (1, 2), "though it is long"


async def test_a_dropped_connection_costs_no_second_render(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    with fault_proxy(front.url) as proxy:
        settings = lambda_settings(front, storage, lambda_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            proxy.script(drop(when=lambda: project.runs), path=INVOCATIONS)
            await project.prepare(slow(1.5))
            result = await project.execute()
            assert result.ok, result
            assert project.runs == ["0"]
            assert "the connection was lost" in project.log()
    assert len(front.executions) == 1


async def test_a_service_error_costs_no_second_render(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    with fault_proxy(front.url) as proxy:
        settings = lambda_settings(front, storage, lambda_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            proxy.script(answer_instead(500, b'{"Message": "x"}', when=lambda: project.runs), path=INVOCATIONS)
            await project.prepare(slow(1))
            assert (await project.execute()).ok
            assert project.runs == ["0"]


async def test_a_read_time_out_costs_no_second_render(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, storage, read_timeout=0.5)) as project:
        await project.prepare(gated(tmp_path / "go"))
        running = asyncio.create_task(project.execute())
        await eventually(lambda: project.runs and project.has_told("no answer came in time"))
        (tmp_path / "go").touch()
        result = await running
        assert result.ok, result
        assert project.runs == ["0"]
    assert len(front.executions) == 1


async def test_silence_is_believed_only_when_the_time_is_over(
    front: LambdaFront, storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_lambda, "_SLACK", 0.5)
    front.function.timeout = 2
    with fault_proxy(front.url) as proxy:
        settings = lambda_settings(front, storage, lambda_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            proxy.script(refuse(), path=INVOCATIONS)
            await project.prepare(QUICK)
            started = asyncio.get_running_loop().time()
            result = await project.execute()
            assert asyncio.get_running_loop().time() - started >= 2.5
            assert result.failure is FailureKind.TRANSIENT
            assert result.message.startswith('The Lambda function "helios-worker" left no result within 2 s.')
            front.function.timeout = 60  # a busy machine starts none in two seconds
            monkeypatch.setattr(aws_lambda, "_CONFIGURATION_AGE", -1.0)  # and the adapter is to hear of it
            assert (await project.execute(number=2)).ok


async def test_a_service_that_is_not_there_was_not_asked(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    settings = lambda_settings(front, storage, invocation="wait")
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(QUICK)
        assert (await project.execute()).ok
        connection = project.adapter._invoker._connection
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # and nobody else can listen there
            object.__setattr__(connection, "url", connection.url.copy_with(port=taken.getsockname()[1]))
            result = await project.execute(number=2)
        assert result.failure is FailureKind.TRANSIENT
        assert result.message == "AWS Lambda cannot be reached: there is no connection."


async def test_a_killed_worker_is_a_failed_attempt(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare(slow(20))
        running = asyncio.create_task(project.execute())
        await eventually(lambda: project.runs)
        assert front.host.kill_running() == 1
        result = await running
        assert result.failure is FailureKind.TRANSIENT
        assert "was killed" in result.message
        assert result.duration > 0
    assert len(front.executions) == 1


async def test_the_worker_tells_of_its_time_limit(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    front.function.timeout = 5
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare(slow(30))
        result = await project.execute()
        assert result.failure is FailureKind.TRANSIENT
        assert result.message == "The function hit its 5 s limit at frame 4 of 10; use chunks of at most 3 frames."


async def test_a_function_killed_at_its_time_limit(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    front.function.handler, front.function.timeout = f"{MISBEHAVING}.dies_of_time", 2
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare(QUICK)
        job = project.job()
        job = project.job(chunk=job.chunk.model_copy(update={"frame_count": 60}))
        result = await project.adapter.execute(job)
        assert result.failure is FailureKind.TRANSIENT
        assert result.message == (
            'The Lambda function "helios-worker" hit its 2 s limit at frame 38 of 60; use chunks of at most 30 frames.'
        )
        assert "frame= 38" in project.log()
    assert len(front.executions) == 1


async def test_an_answer_over_6_mb_is_read_from_storage(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    front.function.handler = f"{MISBEHAVING}.talks_too_much"
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.ok, result
        assert project.made() == "made\n"
        assert project.runs == ["0"]
    assert len(front.executions) == 1


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        ("keeps_its_output", FailureKind.FATAL, "This worker returned no output: "),
        ("fails_as_the_original", FailureKind.TRANSIENT, '"sh" ended with exit code 3: no such composition'),
        (
            "throws_as_the_original",
            FailureKind.TRANSIENT,
            "is probably another Helios worker; it answered: Chunk with ID 0 not found",
        ),
        ("renders_another_chunk", FailureKind.FATAL, "the id 0 and rendered the one with the id 5"),
        ("is_something_else", FailureKind.FATAL, 'is no Helios worker; it answered: {"greeting": "hello"}'),
        ("raises", FailureKind.TRANSIENT, "failed (RuntimeError): cannot work with …"),
        ("is_not_there", FailureKind.FATAL, "cannot be started (Runtime.HandlerNotFound)"),
    ],
)
async def test_other_functions(
    front: LambdaFront, storage: str, tmp_path: Path, handler: str, kind: FailureKind, words: str
) -> None:
    front.function.handler = f"{MISBEHAVING}.{handler}"
    front.function.environment = {"CANARY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.failure is kind
        assert words in result.message
        assert "wJalr" not in f"{result} {project.log()}"


async def test_refusals_only_a_person_can_mend(
    front: LambdaFront, storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = lambda_settings(front, storage)
    async with open_project(tmp_path / "job", lambda_settings(front, storage, function="elsewhere")) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.failure is FailureKind.BLOCKED
        assert 'no Lambda function "elsewhere" in the region eu-central-1' in result.message
    front.denied.add("lambda:InvokeFunction")
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.failure is FailureKind.BLOCKED
        assert "do not allow lambda:InvokeFunction" in result.message
    async with open_project(tmp_path / "job", lambda_settings(front, storage, aws_profile="missing")) as project:
        await project.prepare(QUICK)
        result = await project.execute()
        assert result.failure is FailureKind.BLOCKED
        assert 'The AWS profile "missing" is not in the AWS configuration' in result.message
    assert not front.executions


async def test_a_function_whose_configuration_is_not_ours_to_read(
    front: LambdaFront, storage: str, tmp_path: Path
) -> None:
    front.denied.add("lambda:GetFunctionConfiguration")
    async with open_project(tmp_path / "job", lambda_settings(front, storage)) as project:
        await project.prepare(QUICK)
        assert (await project.execute()).ok
    assert front.counts["events"] == 1


async def test_answers_of_proxies_and_of_services_in_trouble(front: LambdaFront, storage: str, tmp_path: Path) -> None:
    with fault_proxy(front.url) as proxy:
        settings = lambda_settings(front, storage, lambda_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            await project.prepare(QUICK)
            not_ready = {"x-amzn-ErrorType": "EC2ThrottledException"}
            proxy.script(answer(502, b'{"Message": "no capacity"}', not_ready), path=INVOCATIONS)
            result = await project.execute()
            assert (result.failure, "is not ready (EC2ThrottledException)" in result.message) == (
                FailureKind.TRANSIENT,
                True,
            )
            too_large = {"x-amzn-ErrorType": "RequestTooLargeException"}
            proxy.script(answer(413, b'{"Message": "too large"}', too_large), path=INVOCATIONS)
            assert (await project.execute(number=2)).failure is FailureKind.FATAL
            proxy.script(answer(407, b"<html>proxy</html>"), path=INVOCATIONS)
            assert (await project.execute(number=3)).failure is FailureKind.FATAL
    assert not front.executions
