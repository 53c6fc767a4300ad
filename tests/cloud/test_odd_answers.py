"""Connection tests of every kind against endpoints that answer anything: they end in words, never in a traceback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.cloud_run.profile import CloudRunProfile
from helios_gui.adapters.own_worker.profile import OwnWorkerProfile
from helios_gui.pools import check_connection
from helios_gui.types import CheckLine
from tests.cloud.servers.google_tokens import GoogleTokenServer

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
ANSWERS = {
    "nothing": b"",
    "no HTTP": b"220 smtp ready\r\n",
    "no body": OK + b"Content-Length: 0\r\n\r\n",
    "half a body": OK + b"Content-Length: 1000\r\n\r\n{",
    "no JSON": OK + b"\r\n<h1>hello</h1>",
    "null": OK + b"Content-Type: application/json\r\n\r\nnull",
    "a list": OK + b"Content-Type: application/json\r\n\r\n[1]",
    "deep": OK + b"Content-Type: application/json\r\n\r\n" + b"[" * 50_000,
    "odd types": OK + b"Content-Type: application/json\r\n\r\n"
    b'{"version": 7, "access_token": [], "id_token": {}, "expires_in": "x", "items": 3, "Timeout": "x"}',
    "an odd version": OK + b'Content-Type: application/json\r\n\r\n{"version": "\xf0\x9f\x98\x80..", "busy": []}',
    "no text": OK + b"\r\n\xff\xfe\x00\xd8",
    "no XML": OK + b"Content-Type: application/xml\r\n\r\n<a><b></a>",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "an error without words": b"HTTP/1.1 500 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "an odd status": b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    "a huge version": OK + b'\r\n{"version": "' + b"1" * 500_000 + b'"}',
    "an endless moment": OK + b'\r\n{"access_token": "x", "expires_in": 1e308, "version": "1"}',
    "deep and out of order": b"HTTP/1.1 500 X\r\nConnection: close\r\n\r\n" + b"[" * 50_000,
    "a deep error of a function": OK + b"X-Amz-Function-Error: Unhandled\r\n\r\n" + b"[" * 50_000,
    "an empty listing": OK + b"\r\n<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
    "a listing without names": OK + b"\r\n<ListBucketResult><Contents><A/></Contents></ListBucketResult>",
    "a page of objects without names": OK + b'\r\n{"items": [{}]}',
    "a page again and again": OK + b'\r\n{"items": [], "nextPageToken": "x"}',
    "a redirect to itself": b"HTTP/1.1 307 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "not allowed": b'HTTP/1.1 403 No\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"message": []}',
}


@asynccontextmanager
async def serving(answer: bytes) -> AsyncIterator[str]:
    """Answers every request with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


def profiles(url: str, key: str) -> list[Profile]:
    """A profile of each kind all of whose endpoints are there."""
    return [
        CloudRunProfile(
            name="run",
            service_url=url,
            storage_url="gs://bucket",
            service_account_key=key,
            token_endpoint=url,
            gcs_endpoint=url,
        ),
        CloudRunProfile(
            name="meta", service_url=url, storage_url="gs://bucket", metadata_host=url.removeprefix("http://")
        ),
        OwnWorkerProfile(name="own", service_url=url, storage_url="s3://bucket", s3_endpoint=url),
        OwnWorkerProfile(
            name="own", service_url=url, storage_url="gs://bucket", service_account_key=key, gcs_endpoint=url
        ),
        AwsLambdaProfile(
            name="aws",
            function="render",
            region="eu-central-1",
            storage_url="s3://bucket",
            lambda_endpoint=url,
            s3_endpoint=url,
            sts_endpoint=url,
        ),
    ]


async def collect(profile: Profile) -> list[CheckLine]:
    return [line async for line in check_connection(profile)]


@pytest.fixture
def key(google_tokens: GoogleTokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A service account's key file, and AWS credentials."""
    path = tmp_path / "key.json"
    google_tokens.write_service_account_key(path)
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "example"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ):
        monkeypatch.setenv(name, value)
    return str(path)


async def test_a_connection_test_ends_in_words(key: str) -> None:
    """All at once: what takes time is the waiting between the clouds' own retries."""

    async def judge(name: str) -> list[str]:
        async with serving(ANSWERS[name]) as url:
            found = await asyncio.gather(*map(collect, profiles(url, key)))
        return [f"{name}: {lines}" for lines in found if not _is_told(lines)]

    silent = await asyncio.gather(*map(judge, ANSWERS))
    assert silent == [[]] * len(ANSWERS)


def _is_told(lines: list[CheckLine]) -> bool:
    details = [line.detail for line in lines]
    unread = any("could not be understood" in detail for detail in details)  # the last resort, not known to renders
    return any(line.ok is not True for line in lines) and all(details) and len("".join(details)) < 10_000 and not unread
