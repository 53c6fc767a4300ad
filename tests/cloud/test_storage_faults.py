"""Transfers over a network that breaks: lost connections, damaged bytes, busy servers, names that are wrong."""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from helios_gui.net import aws_http
from helios_gui.storage import gcs_api, gcs_upload, s3_client
from helios_gui.storage.object_transfer import RETRIES_WITHOUT_PROGRESS, TRIES
from helios_gui.types import CredentialsError, FailureKind, StorageError
from helios_gui.utils import work_threads
from tests.cloud.servers.fault_proxy import FaultProxy, fault_proxy
from tests.cloud.servers.faults import Fault, answer, corrupt, corrupt_upload, drop, hold, refuse, slow, truncate
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.s3 import S3Server
from tests.cloud.storage_backends import (
    StorageBackend,
    cancel_when,
    gcs_backend,
    make_backend,
    s3_backend,
    session_server,
)
from tests.support.waiting import eventually

LARGE = random.Random(8).randbytes(18 * 1024 * 1024 + 7)
SMALL = b"frames" * 100


@pytest.fixture(scope="session", params=["ministack", "gcs"])
def storage_server(request: pytest.FixtureRequest) -> S3Server | str:
    return session_server(request)


@pytest.fixture
def direct(request: pytest.FixtureRequest, storage_server: S3Server | str) -> StorageBackend:
    return make_backend(request, storage_server)


@pytest.fixture
def proxy(direct: StorageBackend) -> Iterator[FaultProxy]:
    with fault_proxy(direct.settings.endpoint_url or direct.settings.gcs_endpoint_url) as proxy:
        yield proxy


@pytest.fixture
def backend(direct: StorageBackend, proxy: FaultProxy) -> StorageBackend:
    """The storage as it is seen through the proxy."""
    name = "endpoint_url" if direct.settings.endpoint_url else "gcs_endpoint_url"
    return replace(direct, settings=replace(direct.settings, **{name: proxy.url}))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def test_a_download_goes_on_where_the_connection_broke(
    backend: StorageBackend, proxy: FaultProxy, tmp_path: Path
) -> None:
    received: list[int] = []
    async with backend.open() as storage:
        await storage.upload("big", LARGE)
        get = r"/big(\?|$).*" if backend.kind == "ministack" else "alt=media"
        for cut in (5_000_000, 3_000_000, 0):
            proxy.script(truncate(cut), method="GET", path=get)
        await storage.download("big", tmp_path / "target", on_bytes=received.append, sha256=sha256(LARGE))
        assert proxy.count("GET", get) >= 4
    assert (tmp_path / "target").read_bytes() == LARGE
    assert sum(received) == len(LARGE)


async def test_a_download_that_never_gets_on_ends_and_can_be_continued(
    backend: StorageBackend, proxy: FaultProxy, tmp_path: Path
) -> None:
    async with backend.open() as storage:
        await storage.upload("big", LARGE)
        proxy.script(truncate(6_000_000), method="GET").script(truncate(0), method="GET", times=None)
        with pytest.raises(StorageError) as caught:
            await storage.download("big", tmp_path / "target", sha256=sha256(LARGE))
        assert caught.value.kind is FailureKind.TRANSIENT
        assert not (tmp_path / "target").exists()
        found = (tmp_path / "target.part").stat().st_size
        assert found > 0
        proxy.heal()
        received: list[int] = []
        await storage.download("big", tmp_path / "target", sha256=sha256(LARGE), on_bytes=received.append)
    assert (tmp_path / "target").read_bytes() == LARGE
    assert sum(received) == len(LARGE) - found


async def test_a_download_damaged_on_the_way_is_refused(
    backend: StorageBackend, proxy: FaultProxy, tmp_path: Path
) -> None:
    async with backend.open() as storage:
        await storage.upload("small", SMALL)
        path = "small" if backend.kind == "ministack" else "alt=media"
        proxy.script(corrupt(at=50), method="GET", path=path, times=None)
        with pytest.raises(StorageError, match="damaged"):
            await storage.download("small", tmp_path / "target")
        assert not list(tmp_path.glob("target*"))
        assert proxy.count("GET", path) == TRIES
        proxy.heal()
        proxy.script(corrupt(at=50), method="GET", path=path, times=TRIES - 1)
        await storage.download("small", tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == SMALL


@pytest.mark.parametrize("trouble", ["busy", "broken off", "silent"])
async def test_one_owner_tries_a_download_again_and_ends_in_the_time_that_is_stated(
    backend: StorageBackend, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """5 connections, not 5 of the SDK times 5 of ours times 3 of who asked."""
    wait = 0.3 if trouble == "silent" else 10.0  # instead of 30 s; nobody waits for a server that has answered
    fault = {"busy": answer(503), "broken off": drop(), "silent": hold(2)}[trouble]
    path = "small" if backend.kind == "ministack" else "alt=media"
    async with backend.open() as storage:
        await storage.upload("small", SMALL)
    monkeypatch.setattr(aws_http, "_SILENT_SECONDS", wait)
    monkeypatch.setattr(gcs_api, "_TIMEOUT", httpx.Timeout(30, read=wait))
    async with backend.open() as storage:
        proxy.script(fault, method="GET", path=path, times=None)
        begun = time.monotonic()
        with pytest.raises(StorageError) as caught:
            await storage.download("small", tmp_path / "target", sha256=sha256(SMALL))
        took = time.monotonic() - begun
    kind = FailureKind.THROTTLED if trouble == "busy" else FailureKind.TRANSIENT
    assert caught.value.kind is kind
    # A request whose connection was closed at once is repeated at once by aiohttp, below httpx: that costs no time.
    at_once = 2 if backend.kind == "gcs" and trouble == "broken off" else 1
    asked = (RETRIES_WITHOUT_PROGRESS + 1) * at_once
    await eventually(lambda: proxy.count("GET", path) >= asked)  # of the last silent one it may hear later than we
    assert proxy.count("GET", path) == asked
    pauses = 0.2 * (2 ** (RETRIES_WITHOUT_PROGRESS + 1) - 2)
    assert took < (RETRIES_WITHOUT_PROGRESS + 1) * 0.3 + pauses + 8, "8 s for a busy machine"


async def test_what_is_read_damaged_is_read_again_and_never_believed(
    backend: StorageBackend, proxy: FaultProxy
) -> None:
    async with backend.open() as storage:
        await storage.upload("small", SMALL)
        path = "small" if backend.kind == "ministack" else "alt=media"
        proxy.script(corrupt(at=50), method="GET", path=path, times=2)
        assert await storage.read("small") == SMALL
        proxy.script(corrupt(at=50), method="GET", path=path, times=None)
        with pytest.raises(StorageError, match="damaged") as caught:
            await storage.read("small")
        assert caught.value.kind is FailureKind.TRANSIENT
        assert proxy.count("GET", path) == 6


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
async def test_an_upload_damaged_on_the_way_is_never_stored(
    backend: StorageBackend, proxy: FaultProxy, data: bytes
) -> None:
    method = "PUT" if backend.kind == "ministack" or data is LARGE else "POST"
    at = 700 if backend.kind == "gcs" and data is SMALL else 50  # past the multipart head
    async with backend.open() as storage:
        proxy.script(corrupt_upload(at=at), method=method, path="key|upload", times=None)
        with pytest.raises(StorageError, match=r"damaged|changed"):
            await storage.upload("key", data)
        proxy.heal()
        assert await storage.head("key") is None
        assert await storage.upload("key", data)
        assert await storage.read("key") == data
    assert backend.unfinished() == 0


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
async def test_an_upload_damaged_once_is_sent_again_and_counted_once(
    backend: StorageBackend, proxy: FaultProxy, data: bytes
) -> None:
    method = "PUT" if backend.kind == "ministack" or data is LARGE else "POST"
    sent: list[int] = []
    async with backend.open() as storage:
        proxy.script(corrupt_upload(at=-100), method=method, path="key|upload")
        assert await storage.upload("key", data, create_only=True, on_bytes=sent.append)
        assert sum(sent) == len(data)
        assert await storage.read("key") == data
    assert backend.unfinished() == 0


async def test_an_upload_goes_on_after_lost_connections_and_busy_answers(
    backend: StorageBackend, proxy: FaultProxy
) -> None:
    async with backend.open() as storage:
        for data in (SMALL, LARGE):
            proxy.script(refuse()).script(answer(503), skip=1).script(drop(), method="PUT", skip=1)
            sent: list[int] = []
            assert await storage.upload("key", data, on_bytes=sent.append)
            assert sum(sent) == len(data), "bytes sent again are not counted again"
            assert await storage.read("key") == data
            proxy.heal()
    assert backend.unfinished() == 0


async def test_an_upload_whose_answer_was_lost_is_there_once(backend: StorageBackend, proxy: FaultProxy) -> None:
    """Asked to create, the storage may say that the object exists: it does, and is the right one."""
    async with backend.open() as storage:
        proxy.script(drop(after=0.5), method="PUT" if backend.kind == "ministack" else "POST", path="key|upload")
        await storage.upload("key", SMALL, create_only=True)
        found = await storage.head("key")
        assert found is not None
        assert found.sha256 == sha256(SMALL)


async def test_a_large_upload_whose_last_answer_was_lost_is_complete(
    backend: StorageBackend, proxy: FaultProxy
) -> None:
    method, path, skip = ("POST", "uploadId=", 0) if backend.kind == "ministack" else ("PUT", "upload_id=", 2)
    async with backend.open() as storage:
        proxy.script(drop(after=1), method=method, path=path, skip=skip)
        if backend.kind == "ministack":  # S3 itself may remember the upload for a while, or not
            gone = b"<Error><Code>NoSuchUpload</Code><Message>The specified upload does not exist.</Message></Error>"
            proxy.script(answer(404, gone), method=method, path=path)
        assert await storage.upload("big", LARGE)
        found = await storage.head("big")
        assert found is not None
        assert found.sha256 == sha256(LARGE)
    assert backend.unfinished() == 0


async def test_a_storage_that_stays_busy_is_told_from_one_that_is_broken(
    backend: StorageBackend, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_client, "_ATTEMPTS", 2)  # the pauses between them are the SDK's own
    slow_down = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
    async with backend.open() as storage:
        await storage.upload("key", SMALL)
        proxy.script(answer(503, slow_down), times=None)
        with pytest.raises(StorageError) as caught:
            await storage.upload("key", SMALL)
        assert caught.value.kind is FailureKind.THROTTLED
        proxy.heal()
        proxy.script(answer(500), times=None)
        with pytest.raises(StorageError) as caught:
            await storage.head("key")
        assert caught.value.kind is FailureKind.TRANSIENT


async def test_a_server_that_is_not_there_is_said_to_be_unreachable(backend: StorageBackend, proxy: FaultProxy) -> None:
    proxy.script(refuse(), times=None)
    async with backend.open() as storage:
        with pytest.raises(StorageError, match="cannot be reached") as caught:
            await storage.read("key")
        assert caught.value.kind is FailureKind.TRANSIENT


async def test_a_bucket_that_does_not_exist_is_named(backend: StorageBackend) -> None:
    scheme = backend.url.partition("://")[0]
    async with backend.open(f"{scheme}://no-such-bucket-here/prefix") as storage:
        for attempt in (
            storage.upload("key", b"1"),
            storage.upload("key", LARGE),
            storage.read("key"),
            storage.head("key"),
            storage.list(),
            storage.delete(["key"]),
        ):
            with pytest.raises(StorageError, match="no-such-bucket-here") as caught:
                await attempt
            assert caught.value.kind is FailureKind.FATAL
            assert "bucket" in caught.value.hint


@pytest.mark.parametrize("what", ["upload", "download"])
async def test_cancelling_does_not_wait_for_a_slow_network(
    backend: StorageBackend, proxy: FaultProxy, tmp_path: Path, what: str
) -> None:
    begun = asyncio.Event()
    async with backend.open() as storage:
        if what == "download":
            await storage.upload("big", LARGE)
        proxy.script(slow(400_000), times=None)
        begin = {"on_bytes": lambda count: begun.set()}
        if what == "upload":
            transfer = storage.upload("big", LARGE, **begin)
        else:
            transfer = storage.download("big", tmp_path / "target", sha256=sha256(LARGE), **begin)
        async with asyncio.timeout(20):  # the transfer itself would take 45 s
            await cancel_when(asyncio.create_task(transfer), begun)
        proxy.heal()
        assert (await storage.head("big") is None) == (what == "upload")
        assert not (tmp_path / "target").exists()
    assert backend.unfinished() == 0


async def test_a_server_that_falls_silent_does_not_hold_up_the_cancelling(
    backend: StorageBackend, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_threads, "_STOP_TIMEOUT", 0.3)
    speaks = threading.Event()
    async with backend.open() as storage:
        await storage.upload("key", SMALL)
        asked = proxy.count()
        proxy.script(hold(until=speaks.is_set), times=None)
        reading = asyncio.create_task(storage.read("key"))
        await eventually(lambda: proxy.count() > asked)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        speaks.set()
        proxy.heal()


@pytest.mark.parametrize("reached", ["", "bytes=0-999999999999"])
async def test_an_upload_of_which_nothing_ever_arrives_comes_to_an_end(
    backend: StorageBackend, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, reached: str
) -> None:
    """Something in between takes each part, and says every time that the next one is wanted."""
    if backend.kind != "gcs":
        pytest.skip("S3 has no such answer")
    monkeypatch.setattr(gcs_upload, "pause_before", lambda retry: 0.0)
    proxy.script(answer(308, headers={"Range": reached} if reached else {}), method="PUT", times=None)
    async with backend.open() as storage:
        with pytest.raises(StorageError, match="broke off"):
            await storage.upload("large", LARGE[: 9 * 1024 * 1024])
    assert proxy.count("PUT") <= 4 * (RETRIES_WITHOUT_PROGRESS + 1)


def s3_error(code: str, status: int) -> Fault:
    """S3's answer with an error code."""
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>odd</Message></Error>"
    return answer(status, text.encode(), {"Content-Type": "application/xml"})


@pytest.fixture
def s3(
    ministack: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[StorageBackend, FaultProxy]]:
    direct = s3_backend(ministack.with_new_bucket(), tmp_path, monkeypatch)
    with fault_proxy(direct.settings.endpoint_url) as proxy:
        yield replace(direct, settings=replace(direct.settings, endpoint_url=proxy.url)), proxy


@pytest.fixture
def google(
    gcs: GcsServer, google_tokens: GoogleTokenServer, tmp_path: Path
) -> Iterator[tuple[StorageBackend, FaultProxy]]:
    direct = gcs_backend(gcs, google_tokens, tmp_path)
    with fault_proxy(direct.settings.gcs_endpoint_url) as proxy:
        yield replace(direct, settings=replace(direct.settings, gcs_endpoint_url=proxy.url)), proxy


async def test_a_download_that_is_sent_from_its_beginning_is_begun_again(
    backend: StorageBackend, proxy: FaultProxy, tmp_path: Path
) -> None:
    """As by a proxy on the way that does not know ranges."""
    async with backend.open() as storage:
        await storage.upload("big", LARGE)
        get = r"/big(\?|$).*" if backend.kind == "ministack" else "alt=media"
        proxy.script(truncate(6_000_000), method="GET", path=get).script(answer(200, LARGE), method="GET", path=get)
        await storage.download("big", tmp_path / "target", sha256=sha256(LARGE))
    assert (tmp_path / "target").read_bytes() == LARGE
    assert proxy.count("GET", get) == 3


async def test_a_conflict_with_somebody_else_is_looked_at_again(s3: tuple[StorageBackend, FaultProxy]) -> None:
    backend, proxy = s3
    async with backend.open() as storage:
        proxy.script(s3_error("ConditionalRequestConflict", 409), method="PUT")
        assert await storage.upload("small", SMALL, create_only=True)
        assert await storage.read("small") == SMALL


async def test_what_another_has_stored_is_not_taken_for_a_large_upload(s3: tuple[StorageBackend, FaultProxy]) -> None:
    """The last answer says that there is no such upload; what lies there is not what was sent."""
    backend, proxy = s3
    async with backend.open() as storage:
        await storage.upload("big", SMALL)
        proxy.script(s3_error("NoSuchUpload", 404), method="POST", path="uploadId=")
        with pytest.raises(StorageError, match="NoSuchUpload"):
            await storage.upload("big", LARGE)
        assert await storage.read("big") == SMALL


async def test_what_s3_says_of_clocks_and_regions(s3: tuple[StorageBackend, FaultProxy]) -> None:
    backend, proxy = s3
    async with backend.open() as storage:
        proxy.script(s3_error("RequestTimeTooSkewed", 403), method="GET")
        with pytest.raises(CredentialsError) as caught:
            await storage.read("small")
        assert caught.value.hint == "Set this machine's clock."
    async with replace(backend, settings=replace(backend.settings, region="no region")).open() as storage:
        with pytest.raises(StorageError, match="S3 could not be asked") as refused:
            await storage.read("small")
        assert refused.value.kind is FailureKind.FATAL


async def test_odd_answers_of_cloud_storage(
    google: tuple[StorageBackend, FaultProxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, proxy = google
    async with backend.open() as storage:
        await storage.upload("small", SMALL)
        proxy.script(answer(503, b"", {"Retry-After": "soon"}), method="GET")
        assert [found.key for found in await storage.list()] == ["small"]
        part = answer(206, SMALL[:10], {"Content-Range": f"bytes 0-9/{len(SMALL)}"})
        proxy.script(part, method="GET", path="alt=media")
        await storage.download("small", tmp_path / "target", sha256=sha256(SMALL))
        assert (tmp_path / "target").read_bytes() == SMALL
        proxy.script(answer(401, b"{}"), method="GET", times=None)
        with pytest.raises(CredentialsError, match="does not accept the credentials"):
            await storage.list()
        proxy.heal()
        monkeypatch.setattr(gcs_api, "_LARGEST_ANSWER", 1000)
        proxy.script(answer(200, b" " * 2000), method="GET")
        with pytest.raises(StorageError, match="cannot be reached"):
            await storage.list()


async def test_a_large_upload_to_cloud_storage_that_is_answered_oddly(
    google: tuple[StorageBackend, FaultProxy],
) -> None:
    backend, proxy = google
    async with backend.open() as storage:
        proxy.script(answer(200, b"{}"), method="POST", path="resumable")
        with pytest.raises(StorageError, match="cannot be understood"):
            await storage.upload("big", LARGE)
        proxy.script(answer(503), method="PUT")
        assert await storage.upload("big", LARGE, sha256=sha256(LARGE))
    assert backend.keys() == ["big"]
