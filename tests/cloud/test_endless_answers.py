"""Answers of S3 and STS that do not end, or come a byte at a time: each is given up, in words, in a bounded time."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.adapters.aws_lambda.aws_credentials import AwsCredentials, AwsIdentity
from helios_gui.net import aws_http
from helios_gui.storage import StorageSettings, open_storage, s3
from helios_gui.storage.object_transfer import RETRIES_WITHOUT_PROGRESS
from helios_gui.types import ArtifactStorage, FailureKind, StorageError
from tests.cloud.servers.endless import EndlessServer, endless_server
from tests.cloud.servers.s3 import AwsKey
from tests.cloud.storage_backends import PROFILE, write_aws_profile
from tests.support.mail_server import make_certificate

OK = b"HTTP/1.1 200 OK\r\n"
XML = OK + b"Content-Type: application/xml\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LIST = b'<?xml version="1.0"?><ListBucketResult><Name>b</Name>'
MORE = LIST + b"<IsTruncated>true</IsTruncated><NextContinuationToken>%d</NextContinuationToken></ListBucketResult>"
SECONDS = 0.6
LIMIT = 256 * 1024

Answer = Callable[[EndlessServer, int], Iterator[bytes]]


def dripping_status(server: EndlessServer, number: int) -> Iterator[bytes]:
    yield from server.drip(OK[:-2] + bytes(3000).replace(b"\0", b"."))


def endless_status(server: EndlessServer, number: int) -> Iterator[bytes]:
    yield from server.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)


def dripping_body(server: EndlessServer, number: int) -> Iterator[bytes]:
    yield XML + b"\r\n" + LIST
    yield from server.drip()


def endless_body(server: EndlessServer, number: int) -> Iterator[bytes]:
    yield XML + b"\r\n" + LIST
    yield from server.flood(b"<a>" + b"x" * 10_000 + b"</a>")


def endless_chunks(server: EndlessServer, number: int) -> Iterator[bytes]:
    yield XML + CHUNKED
    yield from server.flood(b"2710\r\n" + b"x" * 10_000 + b"\r\n")


def endless_error(server: EndlessServer, number: int) -> Iterator[bytes]:
    yield b"HTTP/1.1 404 Not Found\r\nContent-Type: application/xml\r\n\r\n<Error><Code>NoSuchKey</Code>"
    yield from server.flood(b"<a>" + b"x" * 10_000 + b"</a>")


def dripping_error(server: EndlessServer, number: int) -> Iterator[bytes]:
    yield b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\n\r\n<Error>"
    yield from server.drip()


WHOLE = (dripping_status, endless_status, dripping_body, endless_body, endless_chunks)
ERRORS = (endless_error, dripping_error)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(aws_http, "ANSWER_SECONDS", SECONDS)
    monkeypatch.setattr(aws_http, "STREAM_SECONDS", SECONDS)
    monkeypatch.setattr(aws_http, "ANSWER_BYTES", LIMIT)
    write_aws_profile(tmp_path, AwsKey("AKIAEXAMPLE", "secret"), monkeypatch)


def storage_at(server: EndlessServer) -> ArtifactStorage:
    settings = StorageSettings(endpoint_url=server.url, aws_profile=PROFILE)
    return open_storage("s3://bucket/films", settings)


@pytest.mark.parametrize("script", [*WHOLE, *ERRORS], ids=lambda script: script.__name__)
async def test_an_answer_that_does_not_end_is_given_up_at_once(script: Answer) -> None:
    with endless_server(script) as server:
        storage = storage_at(server)
        began = time.monotonic()
        try:
            with pytest.raises(StorageError) as caught:
                await storage.list("a/")
        finally:
            await storage.close()
    told = str(caught.value)
    assert "for a/ was given up: the answer " in told
    if script is not endless_status:  # which takes a while to be read
        assert ("is longer than any" in told) is script.__name__.startswith("endless")
    assert len(server.requests) == 1, "it was asked again"
    assert time.monotonic() - began < 20
    assert caught.value.kind is FailureKind.TRANSIENT


@pytest.mark.parametrize("call", ["head", "read", "upload", "delete", "download"])
async def test_so_is_that_of_every_call(call: str, tmp_path: Path) -> None:
    with endless_server(dripping_status if call == "head" else dripping_error) as server:
        storage = storage_at(server)
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "head": lambda: storage.head("a"),
            "read": lambda: storage.read("a"),
            "upload": lambda: storage.upload("a", b"frames"),
            "delete": lambda: storage.delete(["a"]),
            "download": lambda: storage.download("a", tmp_path / "a"),
        }
        try:
            with pytest.raises(StorageError, match="was given up: the answer did not end within 1 s"):
                await calls[call]()
        finally:
            await storage.close()
    assert not (tmp_path / "a").exists()


async def test_a_dripping_download_ends_although_bytes_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(server: EndlessServer, number: int) -> Iterator[bytes]:
        yield OK + b"Content-Length: 1000000\r\nContent-Range: bytes 0-999999/1000000\r\n\r\n"
        yield from server.drip()

    monkeypatch.setattr("helios_gui.storage.object_transfer._FIRST_PAUSE", 0.01)
    with endless_server(drip) as server:
        storage = storage_at(server)
        try:
            with pytest.raises(StorageError, match="less than 65536 bytes came"):
                await storage.download("film.mov", tmp_path / "film.mov")
            with pytest.raises(StorageError, match="less than 65536 bytes came"):
                await storage.read("result.json")
        finally:
            await storage.close()
    assert sum("film.mov" in line for line in server.requests) == RETRIES_WITHOUT_PROGRESS + 1
    assert not (tmp_path / "film.mov").exists()


async def test_a_slow_download_that_gets_on_is_no_dripping_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_http, "STREAM_BYTES", 1000)
    monkeypatch.setattr(aws_http, "STREAM_SECONDS", 2.0)
    data = b"frame" * 1000

    def slowly(server: EndlessServer, number: int) -> Iterator[bytes]:
        yield OK + b"Content-Length: %d\r\n\r\n" % len(data)
        for start in range(0, len(data), 500):
            server.stopped.wait(0.1)
            yield data[start : start + 500]

    with endless_server(slowly) as server:
        storage = storage_at(server)
        try:
            await storage.download("film.mov", tmp_path / "film.mov")
        finally:
            await storage.close()
    assert (tmp_path / "film.mov").read_bytes() == data


async def test_the_end_of_an_upload_in_parts_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 sends blanks for minutes while it puts the parts together."""
    monkeypatch.setattr("helios_gui.storage.s3_upload.SINGLE_LIMIT", 1)
    began = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
    ended = b"<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"

    def upload(server: EndlessServer, number: int) -> Iterator[bytes]:
        line = server.requests[number]
        if "?uploads" in line:
            yield XML + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(began) + began
        elif line.startswith("PUT"):
            yield OK + b'ETag: "e"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
        else:
            yield XML + b'Connection: close\r\n\r\n<?xml version="1.0"?>'
            yield from server.drip(b" " * int(2 * SECONDS / 0.03))
            yield ended

    with endless_server(upload) as server:
        storage = storage_at(server)
        try:
            assert await storage.upload("a", b"frames")
        finally:
            await storage.close()


async def test_a_list_that_goes_on_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_MOST_PAGES", 20)

    def pages(server: EndlessServer, number: int) -> Iterator[bytes]:
        body = MORE % number
        yield XML + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    with endless_server(pages) as server:
        storage = storage_at(server)
        try:
            with pytest.raises(StorageError, match="does not end"):
                await storage.list()
        finally:
            await storage.close()
    assert len(server.requests) == 21


@pytest.mark.parametrize("script", [dripping_status, dripping_body, endless_body], ids=lambda script: script.__name__)
async def test_the_service_that_gives_out_roles_is_bounded_too(script: Answer) -> None:
    with endless_server(script) as server:
        identity = AwsIdentity(PROFILE, "arn:aws:iam::123456789012:role/render", "eu-central-1", server.url)
        with pytest.raises(StorageError, match="AWS cannot be reached: the answer "):
            await AwsCredentials(identity).get()
        assert len(server.requests) == 1
        settings = StorageSettings(aws_profile=PROFILE, role_arn=identity.role_arn, sts_endpoint_url=server.url)
        storage = open_storage("s3://bucket/films", replace(settings, endpoint_url=server.url))
        try:
            with pytest.raises(StorageError, match="was given up: the answer "):
                await storage.list()
        finally:
            await storage.close()


async def test_a_flood_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with endless_server(endless_body) as server:
        storage = storage_at(server)
        tracemalloc.start()
        try:
            with pytest.raises(StorageError, match="longer than any"):
                await storage.list()
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            await storage.close()
    assert most < 40 * 1024 * 1024


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
async def test_encrypted_answers_are_bounded_too(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    body = LIST + b"<Contents><Key>films/a</Key><Size>3</Size></Contents></ListBucketResult>"

    def first_whole(server: EndlessServer, number: int) -> Iterator[bytes]:
        yield XML + b"Connection: close\r\n"
        yield from server.drip() if number else iter([b"\r\n" + body])

    with endless_server(first_whole, certificate) as server:
        storage = storage_at(server)
        try:
            with pytest.raises(StorageError, match="certificate"):
                await storage.list()
        finally:
            await storage.close()
        monkeypatch.setenv(variable, str(certificate))
        storage = storage_at(server)
        try:
            assert [found.key for found in await storage.list()] == ["a"]
            with pytest.raises(StorageError, match="was given up: the answer did not end"):
                await storage.list()
        finally:
            await storage.close()


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    body = LIST + b"<Contents><Key>films/a</Key><Size>3</Size></Contents></ListBucketResult>"

    def whole(server: EndlessServer, number: int) -> Iterator[bytes]:
        yield XML + b"Connection: close\r\n\r\n" + body

    with endless_server(whole) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY")
        monkeypatch.delenv("no_proxy", raising=False)
        storage = open_storage(
            "s3://bucket/films", StorageSettings(endpoint_url="http://s3.example", aws_profile=PROFILE)
        )
        try:
            assert [found.key for found in await storage.list()] == ["a"]
        finally:
            await storage.close()
    assert proxy.requests[0].startswith("GET http://s3.example/bucket?")
