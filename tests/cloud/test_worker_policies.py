"""The least-privilege policies that come with the worker, enforced by a server that checks them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from helios_gui.storage import StorageSettings
from helios_gui.types import CredentialsError
from tests.cloud.servers.s3 import AwsKey, S3Server
from tests.cloud.storage_backends import PROFILE, write_aws_profile
from tests.support.worker import Farm, worker

POLICIES = Path(__file__).parents[2] / "packaging/worker/iam"
PREFIX = "studio"
LARGE = 20 * 1024 * 1024
"""Bytes that go up in several parts."""


def key_with(server: S3Server, policy: str) -> AwsKey:
    """A key of a user who may do what the policy says."""
    text = (POLICIES / policy).read_text().replace("BUCKET", server.bucket).replace("PREFIX", PREFIX)
    user = f"user-{uuid.uuid4().hex[:8]}"
    with server.client("iam") as iam:
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="policy", PolicyDocument=json.dumps(json.loads(text)))
        made = iam.create_access_key(UserName=user)["AccessKey"]
    return AwsKey(made["AccessKeyId"], made["SecretAccessKey"], user=user)


def may_delete(server: S3Server, key: AwsKey) -> bool:
    """Whether the key's bearer may delete the job: by itself, as this server takes lists for a matter of the bucket."""
    with server.client(key=key) as client:
        try:
            client.delete_object(Bucket=server.bucket, Key=f"{PREFIX}/jobs/job-1/job.json")
        except ClientError as error:
            return error.response["Error"]["Code"] != "AccessDenied"
    return True


async def test_both_suffice_and_the_functions_is_no_more_than_needed(
    moto: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = moto.with_new_bucket()
    farm = Farm(
        f"s3://{server.bucket}/{PREFIX}", StorageSettings(aws_profile=PROFILE, endpoint_url=server.endpoint_url)
    )
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "words.txt").write_text("hello")
    large = f"head -c {LARGE} /dev/zero"

    artist = key_with(server, "client-policy.json")
    write_aws_profile(tmp_path, artist, monkeypatch)
    await farm.put_job([f"sh -c 'cat words.txt; {large} > out-0.txt'", "true"], folder=assets)
    await farm.write("a2/cancel")

    function = key_with(server, "function-policy.json")
    write_aws_profile(tmp_path, function, monkeypatch)
    async with worker(tmp_path / "worker", farm) as runtime:
        result = await runtime.handle(farm.request())
        assert await runtime.handle(farm.request()) == result
        cancelled = await runtime.handle(farm.request(1, "a2"))
        plain = await runtime.handle(farm.request().model_copy(update={"attempt_id": None, "attempt_url": None}))
    assert result.failure is None, result.message
    assert (result.output, result.artifact and result.artifact.size) == ("hello", LARGE)
    assert "cancelled" in cancelled.message
    assert plain.failure is None, plain.message
    async with farm.storage() as storage:
        for forbidden in ("jobs/job-1/job.json", "blobs/aa/" + "a" * 64, "elsewhere.txt"):
            with pytest.raises(CredentialsError):
                await storage.upload(forbidden, b"x")
    assert not may_delete(server, function)

    write_aws_profile(tmp_path, artist, monkeypatch)
    assert await farm.result() == result
    assert may_delete(server, artist)
