"""S3 on this machine: ministack (checksums, conditional writes) and moto's server (signatures, keys, policies)."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from tests.cloud.servers.processes import port_answers, reserve_port, server_process

REGION = "eu-central-1"

OBJECT_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListBucket")
"""What artifact storage needs, and no more."""

_making_clients = threading.Lock()  # a session makes them for one thread at a time


@dataclass(frozen=True, slots=True)
class AwsKey:
    """An access key of an IAM user, or of a role's session when there is a ``session_token``."""

    access_key: str
    secret_key: str
    session_token: str | None = None
    user: str = ""


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running S3 with one bucket and one key that may use it.

    ``admin`` may do everything and belongs to the tests; ``key`` is what the code under test gets. ``enforces`` says
    whether the server checks signatures and policies.
    """

    name: str
    endpoint_url: str
    region: str
    bucket: str
    key: AwsKey
    admin: AwsKey
    enforces: bool

    @property
    def access_key(self) -> str:
        """The access key id of ``key``."""
        return self.key.access_key

    @property
    def secret_key(self) -> str:
        """The secret of ``key``."""
        return self.key.secret_key

    @contextmanager
    def client(self, service: str = "s3", key: AwsKey | None = None) -> Iterator[Any]:
        """A boto3 client for the server, as ``admin`` unless told otherwise; closed with the block."""
        with closing(_client(service, self.endpoint_url, key or self.admin)) as client:
            yield client

    def with_new_bucket(self) -> S3Server:
        """The same server with an empty bucket of its own, for one test."""
        bucket = f"helios-{uuid.uuid4().hex[:12]}"
        with self.client() as s3:
            _create_bucket(s3, bucket)
        return replace(self, bucket=bucket)

    def keys(self, prefix: str = "") -> list[str]:
        """The keys of all objects in the bucket."""
        with self.client() as s3:
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    def unfinished_uploads(self) -> list[str]:
        """The keys of multipart uploads that were begun and neither completed nor aborted."""
        with self.client() as s3:
            return [upload["Key"] for upload in s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ())]

    def new_key(self, actions: tuple[str, ...] = OBJECT_ACTIONS) -> AwsKey:
        """A key of a new IAM user who may do only ``actions``; none at all when empty. Only where ``enforces``."""
        with self.client("iam") as iam:
            return _create_user(iam, actions)

    def revoke(self, key: AwsKey) -> None:
        """Delete a key from ``new_key``: from now on its requests are refused with InvalidAccessKeyId."""
        with self.client("iam") as iam:
            iam.delete_access_key(UserName=key.user, AccessKeyId=key.access_key)


@cache
def _session() -> boto3.Session:
    """One for all tests of a process, as reading the services' descriptions anew takes longer than most tests."""
    return boto3.Session(region_name=REGION)


def _client(service: str, endpoint_url: str, key: AwsKey) -> Any:
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, proxies={})
    with _making_clients:
        return _session().client(
            service,
            endpoint_url=endpoint_url,
            config=config,
            aws_access_key_id=key.access_key,
            aws_secret_access_key=key.secret_key,
            aws_session_token=key.session_token,
        )


def _create_bucket(s3: Any, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})


def _create_user(iam: Any, actions: tuple[str, ...]) -> AwsKey:
    user = f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName="allowed", PolicyDocument=document)
    made = iam.create_access_key(UserName=user)["AccessKey"]
    return AwsKey(made["AccessKeyId"], made["SecretAccessKey"], user=user)


@contextmanager
def ministack_server() -> Iterator[S3Server]:
    """ministack with nothing but S3: verifies checksums and conditions, takes any key."""
    reservation = reserve_port()
    port = reservation.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    key = AwsKey("AKIAMINISTACKEXAMPLE", "ministack-secret-key")
    with reservation, tempfile.TemporaryDirectory() as folder:
        environment = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "SERVICES": "s3",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "S3_DATA_DIR": f"{folder}/s3",
            "STATE_DIR": f"{folder}/state",
            "TMPDIR": folder,
            "LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, "-m", "ministack"]
        with server_process(command, environment=environment, ready=lambda: port_answers(port)):
            server = S3Server("ministack", endpoint, REGION, "", key, key, enforces=False)
            yield server.with_new_bucket()


@contextmanager
def moto_server() -> Iterator[S3Server]:
    """moto's server with signatures, keys and policies enforced, once the users and the bucket are there."""
    reservation = reserve_port()
    port = reservation.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    anyone = AwsKey("AKIASETUPEXAMPLE", "set-up")
    program = Path(__file__).with_name("atomic_moto.py")
    command = [sys.executable, str(program), "-H", "127.0.0.1", "-p", str(port)]
    environment = {"MOTO_PORT": str(port), "INITIAL_NO_AUTH_ACTION_COUNT": "inf"}
    with reservation, server_process(command, environment=environment, ready=lambda: port_answers(port)):
        with closing(_client("iam", endpoint, anyone)) as iam:
            admin = _create_user(iam, ("*",))
            key = _create_user(iam, OBJECT_ACTIONS)
        # From here on every action is checked, as it would be with that many unchecked ones set at the start.
        httpx.post(f"{endpoint}/moto-api/reset-auth", content=b"0", trust_env=False).raise_for_status()
        server = S3Server("moto", endpoint, REGION, "", key, admin, enforces=True)
        yield server.with_new_bucket()
