"""Test connection: every line, good and bad, and that nothing is changed or rendered by it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from helios_gui import __version__
from helios_gui.adapters.aws_lambda.lambda_checks import check_aws
from helios_gui.adapters.cloud_run.cloud_run_checks import check_cloud_run
from helios_gui.types import CheckLine
from tests.cloud.projects import CloudSettings, cloud_run_settings, lambda_settings
from tests.cloud.servers.cloud_run import CloudRun, cloud_run
from tests.cloud.servers.cloud_run_instance import CloudRunService
from tests.cloud.servers.fault_proxy import fault_proxy
from tests.cloud.servers.faults import answer, hold
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import S3Server
from tests.cloud.storage_backends import write_aws_profile


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaFront]:
    with lambda_front(LambdaFunction(timeout=120)) as served:
        write_aws_profile(tmp_path, served.key, monkeypatch)
        yield served


@pytest.fixture
def aws(front: LambdaFront, ministack: S3Server) -> CloudSettings:
    server = ministack.with_new_bucket()
    url = f"s3://{server.bucket}/renders"
    return lambda_settings(front, url, s3_endpoint=server.endpoint_url, concurrency=10)


async def lines(checks: AsyncIterator[CheckLine]) -> dict[str, CheckLine]:
    return {line.name: line async for line in checks}


async def test_a_good_profile_of_lambda(front: LambdaFront, aws: CloudSettings) -> None:
    found = await lines(check_aws(aws.profile))
    assert [(line.name, line.ok) for line in found.values()] == [
        ("Sign-in", True),
        ("Function", True),
        ("Permission to call it", True),
        ("Renderers", True),
        ("Concurrency", True),
        ("Storage", True),
    ]
    assert found["Sign-in"].detail == "Signed in as arn:aws:iam::000000000000:user/caller."
    assert found["Function"].detail == "120 s time limit, 2048 MB memory, 512 MB storage, zip package."
    assert [execution.event for execution in front.executions] == [{"ask": "capabilities"}], "nothing is rendered"
    assert "ffmpeg" in found["Renderers"].detail
    assert not any(line.advice for line in found.values())


async def test_a_function_that_lambda_would_run_again(front: LambdaFront, aws: CloudSettings) -> None:
    front.function.timeout = 900
    found = await lines(check_aws(aws.profile))
    assert found["Retries by Lambda"].ok is None
    front.function.event_retries = 0
    assert (await lines(check_aws(aws.profile)))["Retries by Lambda"].ok


async def test_what_lambda_does_not_allow(front: LambdaFront, aws: CloudSettings) -> None:
    front.function.concurrency = 0
    front.denied |= {"lambda:InvokeFunction", "lambda:GetFunctionConfiguration"}
    found = await lines(check_aws(aws.profile))
    assert found["Function"].ok is None
    assert found["Function"].advice == "Allow lambda:GetFunctionConfiguration to have it checked."
    assert found["Permission to call it"].ok is False
    assert "do not allow Invoke" in found["Permission to call it"].detail
    assert found["Concurrency"].detail == "The function is switched off."
    front.denied |= {"lambda:GetFunctionConcurrency", "lambda:GetFunctionEventInvokeConfig"}
    found = await lines(check_aws(aws.profile))
    assert (found["Concurrency"].ok, found["Retries by Lambda"].ok) == (None, None)


async def test_a_function_that_is_not_ready_yet(front: LambdaFront, aws: CloudSettings) -> None:
    """And for which nothing is reserved, as is usual: then AWS answers without a number."""
    pending = json.dumps({**front.function.configuration(), "State": "Pending"}).encode()
    with fault_proxy(front.url) as proxy:
        proxy.script(answer(200, pending), path="/configuration").script(answer(200, b"{}"), path="/concurrency")
        proxy.script(answer(200, b"{}"), path="/invocations", skip=1)  # else a worker would be started
        found = await lines(check_aws(aws.changed(lambda_endpoint=proxy.url).profile))
    assert found["Function"].ok is False
    assert found["Function"].detail.endswith("It is pending.")
    assert found["Concurrency"].detail == "Up to 10, as far as the account's own limit goes."


async def test_a_function_that_cannot_be_looked_at(front: LambdaFront, aws: CloudSettings) -> None:
    with fault_proxy(front.url) as proxy:
        error = answer(400, b'{"message": "odd"}', {"x-amzn-ErrorType": "InvalidParameterValueException"})
        proxy.script(error, path="/configuration")
        found = await lines(check_aws(aws.changed(lambda_endpoint=proxy.url).profile))
    assert list(found) == ["Sign-in", "Function", "Storage"]
    assert found["Function"].ok is False
    front.denied |= {"lambda:GetFunctionConfiguration"}
    gone = answer(404, b'{"Message": "Function not found"}', {"x-amzn-ErrorType": "ResourceNotFoundException"})
    with fault_proxy(front.url) as proxy:
        proxy.script(gone, path="/invocations")
        lines_of_all = [line async for line in check_aws(aws.changed(lambda_endpoint=proxy.url).profile)]
    assert [line.ok for line in lines_of_all if line.name == "Function"] == [None, False]


async def test_credentials_that_vanish_while_it_is_looked(
    front: LambdaFront, aws: CloudSettings, tmp_path: Path
) -> None:
    with fault_proxy(front.url) as proxy:
        keys = tmp_path / "aws-credentials"
        proxy.script(hold(until=lambda: keys.write_text("[studio]\n") or True), path="/invocations")  # the dry run
        found = await lines(check_aws(aws.changed(lambda_endpoint=proxy.url).profile))
    assert (found["Permission to call it"].ok, found["Renderers"].ok) == (True, False)


async def test_names_that_lead_nowhere(front: LambdaFront, aws: CloudSettings) -> None:
    found = await lines(check_aws(aws.changed(function="elsewhere", storage_url="s3://not-there-at-all/x").profile))
    assert found["Function"].detail == 'There is no Lambda function "elsewhere" in the region eu-central-1.'
    assert "Permission to call it" not in found
    assert found["Storage"].detail == 'There is no S3 bucket "not-there-at-all".'
    found = await lines(check_aws(aws.changed(storage_url="nonsense").profile))
    assert found["Storage"].ok is False


async def test_credentials_that_are_no_good(front: LambdaFront, aws: CloudSettings) -> None:
    front.keys.expire(front.key)
    found = await lines(check_aws(aws.profile))
    assert list(found) == ["Sign-in"]
    assert (found["Sign-in"].ok, found["Sign-in"].detail) == (False, "The AWS credentials have expired.")
    assert "aws sso login --profile studio" in found["Sign-in"].advice
    found = await lines(check_aws(aws.changed(aws_profile="missing").profile))
    assert list(found) == ["Sign-in"]
    assert '"missing" is not in the AWS configuration' in found["Sign-in"].detail


@pytest.fixture
def run(google_tokens: GoogleTokenServer) -> Iterator[CloudRun]:
    service = CloudRunService(max_instances=1, patience=5, invokers={google_tokens.authority.account()})
    with cloud_run(service, google_tokens) as front:
        yield front


@pytest.fixture
def google(run: CloudRun, google_tokens: GoogleTokenServer, tmp_path: Path) -> CloudSettings:
    return cloud_run_settings(run, google_tokens, tmp_path / "key.json", (tmp_path / "storage").as_uri())


@pytest.mark.parametrize("reserved", [False, True])
async def test_a_good_profile_of_cloud_run(run: CloudRun, google: CloudSettings, reserved: bool) -> None:
    run.service.reserves_z = reserved
    found = await lines(check_cloud_run(google.profile))
    names = ("Sign-in", "Worker", "Renderers", "Storage")
    assert [(line.name, line.ok) for line in found.values()] == [(name, True) for name in names]
    assert "renderer@studio.iam.gserviceaccount.com" in found["Sign-in"].detail
    assert found["Worker"].detail == f"Version {__version__}."


async def test_services_that_do_not_answer_as_they_should(run: CloudRun, google: CloudSettings, tmp_path: Path) -> None:
    found = await lines(check_cloud_run(google.changed(audience="https://elsewhere.example").profile))
    assert found["Worker"].ok is False
    assert "made for the audience https://elsewhere.example" in found["Worker"].detail
    assert found["Worker"].advice.startswith("Set the profile's audience")
    run.service.invokers = {"somebody@studio.example"}
    assert "roles/run.invoker" in (await lines(check_cloud_run(google.profile)))["Worker"].advice
    missing = google.changed(service_account_key=str(tmp_path / "no.json"))
    assert list(await lines(check_cloud_run(missing.profile))) == ["Sign-in"]


@pytest.mark.parametrize(
    ("body", "ok", "words"),
    [
        (b'{"status": "ok"}', None, "is not the worker that comes with this app"),
        (b"<h1>hello</h1>", None, "is not the worker that comes with this app"),
        (b"[" * 100_000, None, "it may be another Helios worker"),
        (b'{"version": {"deep": 1}}', None, "it may be another Helios worker"),
        (f'{{"version": "{__version__}", "authorized": false}}'.encode(), False, "does not let this account in"),
        (f'{{"version": "{__version__}", "busy": true}}'.encode(), True, "rendering now"),
    ],
)
async def test_other_workers(run: CloudRun, google: CloudSettings, body: bytes, ok: bool | None, words: str) -> None:
    with fault_proxy(run.url) as proxy:
        proxy.script(answer(200, body), path="/healthz")
        found = await lines(check_cloud_run(google.changed(service_url=proxy.url, audience=run.url).profile))
    assert (found["Worker"].ok, words in found["Worker"].detail) == (ok, True)
    assert "Worker's version" not in found


async def test_the_original_is_known_by_what_it_answers(run: CloudRun, google: CloudSettings) -> None:
    with fault_proxy(run.url) as proxy:
        proxy.script(answer(405, b'{"message": "Method Not Allowed"}'), path="/healthz")
        found = await lines(check_cloud_run(google.changed(service_url=proxy.url, audience=run.url).profile))
    assert found["Worker"].ok is None
    assert "another Helios worker. It answered: 405 Method Not Allowed" in found["Worker"].detail


async def test_workers_of_other_versions(run: CloudRun, google: CloudSettings) -> None:
    nearly = ".".join(__version__.split(".")[:2]) + ".999"
    with fault_proxy(run.url) as proxy:
        for version in ("0.0.1", nearly):
            proxy.script(answer(200, f'{{"version": "{version}"}}'.encode()), path="/healthz")
        settings = google.changed(service_url=proxy.url, audience=run.url)
        other, close = await lines(check_cloud_run(settings.profile)), await lines(check_cloud_run(settings.profile))
    line = other["Worker's version"]
    assert (line.ok, line.detail) == (None, f"The worker is 0.0.1, this app is {__version__}.")
    assert line.advice == "Build the image again from packaging/worker, and deploy it."
    line = close["Worker's version"]
    assert (line.ok, line.advice) == (True, "")
    assert line.detail == f"The worker is {nearly}, this app is {__version__}. They go together."
    assert other["Worker"].ok
    assert close["Worker"].ok
