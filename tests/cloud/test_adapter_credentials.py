"""What all cloud adapters do where storage or credentials fail them: on Lambda, with S3 as storage."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.adapters.remote import reconnecting_storage
from helios_gui.types import CredentialsError, FailureKind, JobContext, StorageError
from tests.cloud.projects import QUICK, Project, lambda_settings, open_project, s3_function
from tests.cloud.servers.fault_proxy import fault_proxy
from tests.cloud.servers.faults import answer, corrupt
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import AwsKey, S3Server
from tests.cloud.storage_backends import write_aws_profile

CANARY = AwsKey(
    "AKIACANARYCANARY1234", "canarySECRETcanary/SECRET+canary0123456789", "canaryTOKEN0123456789/canaryTOKEN"
)


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaFront]:
    """The worker as a function, and credentials to call it with."""
    with lambda_front(LambdaFunction(timeout=60)) as served:
        write_aws_profile(tmp_path, served.key, monkeypatch)
        yield served


async def test_a_download_that_arrives_damaged_is_repeated_not_the_render(
    front: LambdaFront, ministack: S3Server, tmp_path: Path
) -> None:
    server = s3_function(front, ministack)
    with fault_proxy(server.endpoint_url) as proxy:
        settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            await project.prepare(QUICK)
            proxy.script(corrupt(), method="GET", path="/output/", times=2)
            result = await project.execute()
            assert result.ok, result
            assert (project.made(), project.runs) == ("made\n", ["0"])
            assert not [*project.job().output.parent.glob("*.part")]
        async with open_project(tmp_path / "job", settings) as project:
            await project.prepare(QUICK)
            proxy.script(corrupt(), method="GET", path="/output/", times=None)
            result = await project.execute(number=5)
            assert result.failure is FailureKind.TRANSIENT
            assert not project.job(number=5).output.exists()
            proxy.heal()
            assert (await project.execute(number=6)).ok
            assert project.runs == ["0", "0"], "the sixth attempt fetched what the fifth had rendered"


async def test_a_bucket_that_is_not_there(front: LambdaFront, ministack: S3Server, tmp_path: Path) -> None:
    settings = lambda_settings(front, "s3://not-there-at-all/r", s3_endpoint=ministack.endpoint_url)
    async with open_project(tmp_path / "job", settings) as project:
        with pytest.raises(StorageError, match='There is no S3 bucket "not-there-at-all"') as caught:
            await project.prepare(QUICK)
        assert caught.value.kind is FailureKind.FATAL


async def test_credentials_that_expire_in_the_middle_of_a_job(
    front: LambdaFront, ministack: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chunk is blocked, not failed; after signing in again, the same adapter goes on."""
    monkeypatch.setattr(reconnecting_storage, "_MOMENT", 0.0)
    server = s3_function(front, ministack)
    settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=server.endpoint_url)
    async with open_project(tmp_path / "job", settings) as project:
        await project.prepare(QUICK, QUICK)
        assert (await project.execute(0)).ok
        front.keys.expire(front.key)
        result = await project.execute(1)
        assert result.failure is FailureKind.BLOCKED
        assert "The AWS credentials have expired. Sign in again: aws sso login --profile studio" in result.message
        renewed = AwsKey("AKIARENEWEDRENEWED12", "another-secret")
        front.keys.add(renewed)
        write_aws_profile(tmp_path, renewed, monkeypatch)
        assert (await project.execute(1, number=2)).ok
        assert project.runs == ["0", "1"]


async def test_credentials_for_storage_that_expire_while_rendering(
    front: LambdaFront, ministack: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker goes on; after signing in again its output is fetched."""
    monkeypatch.setattr(reconnecting_storage, "_MOMENT", 0.0)
    server = s3_function(front, ministack)
    with fault_proxy(server.endpoint_url) as proxy:
        settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=proxy.url)
        async with open_project(tmp_path / "job", settings) as project:
            await project.prepare(QUICK)
            expired = b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>"
            proxy.script(answer(400, expired), method="GET", path="/output/", times=None)
            proxy.script(answer(400), method="HEAD", path="/output/", times=None)
            result = await project.execute()
            assert result.failure is FailureKind.BLOCKED, result
            assert "have expired" in result.message
            proxy.heal()
            assert (await project.execute(number=2)).ok
            assert project.runs == ["0"]


async def test_no_credential_is_ever_shown(
    front: LambdaFront,
    moto: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    write_aws_profile(tmp_path, CANARY, monkeypatch)
    server = moto.with_new_bucket()
    context = JobContext(
        "job1", Project(tmp_path / "job", None, scripts=[QUICK]).spec(), tmp_path, tmp_path / "film.mov"
    )  # type: ignore[arg-type]
    told = ""
    settings = lambda_settings(front, f"s3://{server.bucket}/r", s3_endpoint=server.endpoint_url)
    async with open_project(tmp_path / "job", settings) as project:
        with pytest.raises(CredentialsError) as caught:
            await project.adapter.prepare(context)
        told += f"{caught.value!r} {caught.value.hint}"
    async with open_project(tmp_path / "job", settings.changed(storage_url=(tmp_path / "s").as_uri())) as project:
        await project.prepare(QUICK)
        for number in (1, 2):
            result = await project.execute(number=number)
            assert result.failure is FailureKind.BLOCKED
            told += f"{result} {project.log(number=number)}"
            front.keys.add(CANARY)
            front.keys.expire(CANARY)
    for record in caplog.records:
        told += record.getMessage() + (str(record.exc_info) if record.exc_info else "")
    for secret in (CANARY.secret_key, CANARY.session_token or "", CANARY.access_key, "canary"):
        assert secret not in told
