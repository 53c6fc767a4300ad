"""Credentials that are missing, expired, unknown or not enough; and that none ever shows in an error or a log."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.types import ArtifactStorage, CredentialsError, FailureKind
from tests.cloud.servers.fault_proxy import fault_proxy
from tests.cloud.servers.faults import answer
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.s3 import AwsKey, S3Server
from tests.cloud.storage_backends import PROFILE, gcs_backend, s3_backend, write_aws_profile

CANARY = AwsKey(
    "AKIACANARYCANARY1234", "canarySECRETcanary/SECRET+canary0123456789", "canaryTOKEN0123456789/canaryTOKEN"
)


@pytest.fixture(scope="session")
def server(moto: S3Server) -> S3Server:
    """Started before the test, not by it."""
    return moto


def told(error: BaseException) -> str:
    """Everything an error could show anybody: itself, its hint, what caused it."""
    return f"{''.join(traceback.format_exception(error))} {error!r} {getattr(error, 'hint', '')}"


async def refused(storage: ArtifactStorage) -> CredentialsError:
    """The error every operation ends in, the same for all."""
    errors = []
    for attempt in (
        storage.upload("k", b"1"),
        storage.read("k"),
        storage.head("k"),
        storage.list(),
        storage.delete(["k"]),
    ):
        with pytest.raises(CredentialsError) as caught:
            await attempt
        errors.append(caught.value)
    assert {error.kind for error in errors} == {FailureKind.BLOCKED}
    return errors[0]


async def test_a_key_that_is_not_known_asks_to_sign_in_again(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = s3_backend(server.with_new_bucket(), tmp_path, monkeypatch)
    key = server.new_key()
    server.revoke(key)
    write_aws_profile(tmp_path, key, monkeypatch)
    async with backend.open() as storage:
        error = await refused(storage)
    assert f"aws sso login --profile {PROFILE}" in error.hint


async def test_a_key_that_may_do_too_little_says_what_it_needs(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = s3_backend(server.with_new_bucket(), tmp_path, monkeypatch)
    write_aws_profile(tmp_path, server.new_key(("s3:GetObject", "s3:ListBucket")), monkeypatch)
    async with backend.open() as storage:
        assert await storage.list() == []
        with pytest.raises(CredentialsError, match="do not allow") as caught:
            await storage.upload("k", b"1")
    assert "s3:PutObject" in caught.value.hint


async def test_missing_credentials_and_profiles_are_named(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = s3_backend(server.with_new_bucket(), tmp_path, monkeypatch)
    async with backend.open(aws_profile="no-such-profile") as storage:
        error = await refused(storage)
        assert "no-such-profile" in str(error)
    (tmp_path / "aws-credentials").write_text("")
    async with backend.open(aws_profile="") as storage:
        error = await refused(storage)
        assert "no valid AWS credentials" in str(error)
        assert "aws sso login" in error.hint


async def test_an_expired_sign_in_names_the_command_that_renews_it(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = s3_backend(server.with_new_bucket(), tmp_path, monkeypatch)
    sso = f"[profile {PROFILE}]\nregion = eu-central-1\nsso_session = studio\nsso_account_id = 1\nsso_role_name = r\n"
    sso += "[sso-session studio]\nsso_region = eu-central-1\nsso_start_url = https://127.0.0.1/start\n"
    (tmp_path / "aws-config").write_text(sso)
    (tmp_path / "aws-credentials").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path))
    async with backend.open() as storage:
        error = await refused(storage)
    assert f"aws sso login --profile {PROFILE}" in error.hint


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"])
async def test_expired_credentials_are_the_persons_to_mend(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    backend = s3_backend(server.with_new_bucket(), tmp_path, monkeypatch)
    status = 400 if code == "ExpiredToken" else 403
    body = f"<Error><Code>{code}</Code><Message>The provided token has expired.</Message></Error>".encode()
    with fault_proxy(server.endpoint_url) as proxy:
        proxy.script(answer(status, body), times=None)
        async with backend.open(endpoint_url=proxy.url) as storage:
            for attempt in (storage.upload("k", b"1"), storage.read("k"), storage.list()):
                with pytest.raises(CredentialsError) as caught:
                    await attempt
                assert PROFILE in caught.value.hint
    assert proxy.count() == 3, "asking again cannot help"


async def test_a_role_is_assumed_on_top_of_the_profile(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = s3_backend(server.with_new_bucket(), tmp_path, monkeypatch)
    with server.client("iam") as iam:
        anyone = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
        role = iam.create_role(RoleName=tmp_path.name, AssumeRolePolicyDocument=document)["Role"]
        allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName=role["RoleName"], PolicyName="s3", PolicyDocument=policy)
    write_aws_profile(tmp_path, server.new_key(("sts:AssumeRole",)), monkeypatch)
    async with backend.open(sts_endpoint_url=server.endpoint_url) as storage:
        await refused(storage)
    async with backend.open(sts_endpoint_url=server.endpoint_url, role_arn=role["Arn"]) as storage:
        assert await storage.upload("k", b"1")
        assert await storage.read("k") == b"1"


async def test_aws_credentials_show_in_no_error_and_no_log(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    backend = s3_backend(server.with_new_bucket(), tmp_path, monkeypatch)
    write_aws_profile(tmp_path, CANARY, monkeypatch)
    async with backend.open() as storage:
        error = await refused(storage)
        assert "canary" not in told(error).lower()
    # … even where a server repeats everything it was sent.
    words = f"{CANARY.access_key} {CANARY.secret_key} {CANARY.session_token}"
    body = f"<Error><Code>AccessDenied</Code><Message>No: {words}</Message></Error>".encode()
    with fault_proxy(server.endpoint_url) as proxy:
        proxy.script(answer(403, body), times=None)
        async with backend.open(endpoint_url=proxy.url) as storage:
            with pytest.raises(CredentialsError) as caught:
                await storage.read("k")
            assert "canary" not in f"{caught.value} {caught.value.hint} {caught.value!r}".lower()
    assert "canary" not in caplog.text.lower().replace(tmp_path.name, "")


async def test_a_token_that_expires_in_the_middle_is_renewed_unseen(
    gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path
) -> None:
    backend = gcs_backend(gcs, google_tokens, tmp_path)
    async with backend.open() as storage:
        await storage.upload("k", b"1")
        assert google_tokens.authority.mints["access"] == 1
        google_tokens.authority.expire_now()
        assert await storage.upload("big", bytes(9 * 1024 * 1024))
        assert google_tokens.authority.mints["access"] == 2
        assert await storage.read("k") == b"1"
        google_tokens.authority.disabled.add(google_tokens.authority.account())
        error = await refused(storage)
    assert "Google" in str(error)


async def test_google_permissions_are_named(gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path) -> None:
    backend = gcs_backend(gcs, google_tokens, tmp_path)
    gcs.denied.add("storage.objects.create")
    async with backend.open() as storage:
        with pytest.raises(CredentialsError, match=r"storage\.objects\.create") as caught:
            await storage.upload("k", b"1")
        assert "role" in caught.value.hint
        assert await storage.list() == []


async def test_a_google_account_that_may_only_create_creates_once(
    gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path
) -> None:
    gcs.denied.add("storage.objects.delete")
    async with gcs_backend(gcs, google_tokens, tmp_path).open() as storage:
        for data in (b"1", bytes(9 * 1024 * 1024)):
            key = f"k{len(data)}"
            assert await storage.upload(key, data, create_only=True)
            assert not await storage.upload(key, data[:-1] + b"2", create_only=True)
            with pytest.raises(CredentialsError, match=r"storage\.objects\.delete"):
                await storage.upload(key, b"3")
            assert await storage.read(key) == data
    assert gcs.sessions.unfinished == 0


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"private_key": "canaryKEY"}', None])
async def test_a_key_file_that_is_none_is_named_and_not_shown(
    gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path, content: str | None
) -> None:
    backend = gcs_backend(gcs, google_tokens, tmp_path)
    path = tmp_path / "other.json"
    if content is not None:
        path.write_text(content)
    async with backend.open(service_account_key=str(path)) as storage:
        error = await refused(storage)
    assert "other.json" in str(error)
    assert "canary" not in told(error).lower()


async def test_google_credentials_show_in_no_error_and_no_log(
    gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    backend = gcs_backend(gcs, google_tokens, tmp_path)
    secret = json.loads((tmp_path / "service-account.json").read_text())["private_key"].splitlines()[3]
    async with backend.open() as storage:
        await storage.upload("big", bytes(9 * 1024 * 1024))
        google_tokens.authority.disabled.add(google_tokens.authority.account())
        google_tokens.authority.expire_now()
        error = await refused(storage)
    everything = caplog.text + told(error)
    for canary in (secret, "ya29.", "upload_id=", "assertion="):
        assert canary not in everything
    # … even where the token service repeats what it was sent.
    with fault_proxy(google_tokens.url) as proxy:
        reply = {"error": "invalid_grant", "error_description": f"You sent {secret} and ya29.{'canary0' * 6}"}
        proxy.script(answer(400, json.dumps(reply).encode()), times=None)
        settings = replace(backend.settings, token_url=f"{proxy.url}/token")
        async with replace(backend, settings=settings).open() as storage:
            error = await refused(storage)
    everything = caplog.text + told(error)
    assert "You sent" in str(error)
    assert secret not in everything
    assert "canary" not in everything
