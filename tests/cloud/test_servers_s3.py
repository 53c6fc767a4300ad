"""The S3 servers the other tests stand on: do they check what the real service checks?"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from tests.cloud.servers.s3 import S3Server


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_keeps_objects_with_their_metadata(s3_server: S3Server) -> None:
    server = s3_server.with_new_bucket()
    with server.client(key=server.key) as s3:
        s3.put_object(Bucket=server.bucket, Key="a/b ü+=.txt", Body=b"hello", Metadata={"sha256": "abc"})
        found = s3.get_object(Bucket=server.bucket, Key="a/b ü+=.txt")
        with found["Body"] as body:
            assert body.read() == b"hello"
        assert found["Metadata"] == {"sha256": "abc"}
        ranged = s3.get_object(Bucket=server.bucket, Key="a/b ü+=.txt", Range="bytes=2-")
        with ranged["Body"] as body:
            assert body.read() == b"llo"
    assert server.keys() == ["a/b ü+=.txt"]


def test_creates_only_once(s3_server: S3Server) -> None:
    server = s3_server.with_new_bucket()
    with server.client(key=server.key) as s3:
        s3.put_object(Bucket=server.bucket, Key="once", Body=b"first", IfNoneMatch="*")
        with pytest.raises(ClientError) as error:
            s3.put_object(Bucket=server.bucket, Key="once", Body=b"second", IfNoneMatch="*")
    assert code_of(error) == "PreconditionFailed"


def test_ministack_verifies_checksums(ministack: S3Server) -> None:
    # Only where the algorithm is named as well, which boto3 does not do by itself beside a given checksum.
    wrong = base64.b64encode(hashlib.sha256(b"something else").digest()).decode()
    with ministack.client() as s3, pytest.raises(ClientError) as error:
        s3.put_object(Bucket=ministack.bucket, Key="k", Body=b"data", ChecksumAlgorithm="SHA256", ChecksumSHA256=wrong)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_moto_checks_signatures(moto: S3Server) -> None:
    forged = replace(moto.key, secret_key="not the secret")
    with moto.client(key=forged) as s3, pytest.raises(ClientError) as error:
        s3.put_object(Bucket=moto.bucket, Key="k", Body=b"data")
    assert code_of(error) == "SignatureDoesNotMatch"


def test_moto_checks_policies(moto: S3Server) -> None:
    reader = moto.new_key(("s3:GetObject",))
    with moto.client(key=reader) as s3, pytest.raises(ClientError) as error:
        s3.put_object(Bucket=moto.bucket, Key="k", Body=b"data")
    assert code_of(error) == "AccessDenied"


def test_moto_refuses_revoked_keys(moto: S3Server) -> None:
    key = moto.new_key()
    with moto.client(key=key) as s3:
        s3.put_object(Bucket=moto.bucket, Key="k", Body=b"data")
        moto.revoke(key)
        with pytest.raises(ClientError) as error:
            s3.put_object(Bucket=moto.bucket, Key="k", Body=b"data")
    assert code_of(error) == "InvalidAccessKeyId"


def test_moto_says_who_one_is(moto: S3Server) -> None:
    with moto.client("sts", key=moto.key) as sts:
        assert sts.get_caller_identity()["Arn"].endswith(moto.key.user)
