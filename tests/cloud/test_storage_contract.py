"""What every kind of artifact storage promises, on a folder and on each server."""

from __future__ import annotations

import asyncio
import hashlib
import random
from pathlib import Path

import pytest

from helios_gui.types import ArtifactNotFoundError, FailureKind, StorageError
from tests.cloud.servers.s3 import S3Server
from tests.cloud.storage_backends import KINDS, StorageBackend, cancel_when, make_backend, session_server

LARGE = random.Random(7).randbytes(20 * 1024 * 1024 + 11)
ODD_KEYS = (
    "Größe & 100%/日本語 (final) #2?.mov",
    "a+b=c/%2e%2e/'quoted' \"twice\"",
    "semi;colon,comma/~tilde/é.png",
    " leading and trailing /x ",
    "emoji/🎬.json",
    "<xml>&amp;/]]>",
)


@pytest.fixture(scope="session", params=KINDS)
def storage_server(request: pytest.FixtureRequest) -> S3Server | str:
    return session_server(request)


@pytest.fixture
def backend(request: pytest.FixtureRequest, storage_server: S3Server | str) -> StorageBackend:
    return make_backend(request, storage_server)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def test_an_object_comes_back_as_it_was_with_what_is_known_of_it(backend: StorageBackend, tmp_path: Path) -> None:
    source, target = tmp_path / "source.bin", tmp_path / "made" / "target.bin"
    source.write_bytes(b"frames" * 1000)
    metadata = {"frames": "50", "note": "größer als 100 % — 日本"}
    async with backend.open() as storage:
        assert await storage.head("jobs/1/out.mov") is None
        assert await storage.upload("jobs/1/out.mov", source, metadata=metadata)
        found = await storage.head("jobs/1/out.mov")
        assert found is not None
        assert (found.key, found.size, found.sha256) == ("jobs/1/out.mov", 6000, sha256(source.read_bytes()))
        assert dict(found.metadata) == metadata
        await storage.download("jobs/1/out.mov", target, sha256=found.sha256)
        assert await storage.read("jobs/1/out.mov") == source.read_bytes()
    assert target.read_bytes() == source.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == ["target.bin"]
    assert backend.keys() == ["jobs/1/out.mov"]


async def test_bytes_can_be_replaced_and_deleted_again(backend: StorageBackend) -> None:
    async with backend.open() as storage:
        for data in (b"first", b"second, longer", b""):
            assert await storage.upload("job.json", data, sha256=sha256(data))
            assert await storage.read("job.json") == data
            found = await storage.head("job.json")
            assert found is not None
            assert (found.size, found.sha256) == (len(data), sha256(data))
        await storage.delete(["job.json", "never/was"])
        await storage.delete([])
        assert await storage.head("job.json") is None
        assert await storage.list() == []


async def test_an_empty_file_can_be_downloaded(backend: StorageBackend, tmp_path: Path) -> None:
    async with backend.open() as storage:
        await storage.upload("empty", b"")
        await storage.download("empty", tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""
    assert not (tmp_path / "empty.part").exists()


async def test_what_is_not_there_is_named(backend: StorageBackend, tmp_path: Path) -> None:
    async with backend.open() as storage:
        with pytest.raises(ArtifactNotFoundError, match="not/there"):
            await storage.read("not/there")
        with pytest.raises(ArtifactNotFoundError, match="not/there") as caught:
            await storage.download("not/there", tmp_path / "x")
        assert caught.value.kind is FailureKind.FATAL
        with pytest.raises(StorageError, match="missing-file"):
            await storage.upload("key", tmp_path / "missing-file")
    assert not list(tmp_path.glob("x*"))


async def test_an_object_larger_than_its_reader_allows_is_refused(backend: StorageBackend) -> None:
    async with backend.open() as storage:
        await storage.upload("result.json", b"x" * 1001)
        assert len(await storage.read("result.json", limit=1001)) == 1001
        with pytest.raises(StorageError, match=r"result\.json is larger than 1000 bytes"):
            await storage.read("result.json", limit=1000)


async def test_odd_names_keep_apart(backend: StorageBackend, tmp_path: Path) -> None:
    async with backend.open() as storage:
        for key in ODD_KEYS:
            assert await storage.upload(key, key.encode(), create_only=True)
        assert sorted(found.key for found in await storage.list()) == sorted(ODD_KEYS)
        for key in ODD_KEYS:
            assert await storage.read(key) == key.encode()
            found = await storage.head(key)
            assert found is not None
            assert found.key == key
        await storage.delete(ODD_KEYS)
        assert await storage.list() == []


@pytest.mark.parametrize("key", ["", "/abs", "../up", "a/../b", "a//b", "a/", ".", "line\nbreak", "nul\0", "\ud800"])
async def test_names_that_lead_elsewhere_are_refused(backend: StorageBackend, tmp_path: Path, key: str) -> None:
    async with backend.open() as storage:
        for attempt in (storage.upload(key, b"x"), storage.read(key), storage.head(key), storage.delete([key])):
            with pytest.raises(StorageError, match="cannot be a name"):
                await attempt
        with pytest.raises(StorageError, match="cannot be a name"):
            await storage.download(key, tmp_path / "x")


async def test_lists_are_complete_however_many_pages_they_take(backend: StorageBackend) -> None:
    count = 1010 if backend.kind == "ministack" else 130  # of its pages a thousand each
    keys = [f"blobs/{number % 7:02x}/{number:04}" for number in range(count)]
    if backend.kind == "gcs":
        keys += ["blobs/zz"]
    async with backend.open() as storage:
        left = iter(keys)

        async def upload_some() -> None:
            for key in left:
                await storage.upload(key, b"1")

        await asyncio.gather(*(upload_some() for _ in range(8)))
        await storage.upload("blobsy", b"22")
        await storage.upload("jobs/1/job.json", b"333")
        assert sorted(found.key for found in await storage.list("blobs/")) == sorted(keys)
        assert {found.key: found.size for found in await storage.list("jobs/1/j")} == {"jobs/1/job.json": 3}
        assert await storage.list("nothing/") == []
        await storage.delete(keys)
        assert sorted(found.key for found in await storage.list()) == ["blobsy", "jobs/1/job.json"]


@pytest.mark.parametrize("size", [100, 17 * 1024 * 1024])
async def test_of_twenty_writers_exactly_one_creates(backend: StorageBackend, size: int) -> None:
    if size > 100 and backend.kind == "moto":
        pytest.skip("takes its time with large objects")
    writers = 20 if size == 100 else 3
    contents = [bytes([number]) * size for number in range(writers)]
    async with backend.open(concurrency=writers) as storage:
        uploads = (storage.upload("output/chunk.mov", data, create_only=True) for data in contents)
        won = await asyncio.gather(*uploads)
        assert sum(won) == 1
        winner = contents[won.index(True)]
        assert await storage.read("output/chunk.mov") == winner
        found = await storage.head("output/chunk.mov")
        assert found is not None
        assert found.sha256 == sha256(winner)
        assert not await storage.upload("output/chunk.mov", b"late", create_only=True)
        assert await storage.read("output/chunk.mov") == winner
    assert backend.unfinished() == 0


async def test_whoever_loses_finds_the_winner_with_its_metadata(backend: StorageBackend) -> None:
    async with backend.open(concurrency=8) as storage:

        async def create(key: str, number: int) -> tuple[bool, str]:
            metadata = {"frames": str(number)}
            won = await storage.upload(key, bytes([number]) * 10, create_only=True, metadata=metadata)
            found = await storage.head(key)
            assert found is not None
            return won, found.metadata.get("frames", "nothing")

        for turn in range(10):
            outcomes = await asyncio.gather(*(create(f"output/{turn}", number) for number in range(8)))
            winners = [str(number) for number, (won, _) in enumerate(outcomes) if won]
            assert [seen for _, seen in outcomes] == winners * 8


@pytest.mark.usefixtures("in_step")
async def test_a_large_file_goes_up_and_comes_down_counted(backend: StorageBackend, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(LARGE)
    sent: list[int] = []
    received: list[int] = []
    async with backend.open() as storage:
        assert await storage.upload("big", source, sha256=sha256(LARGE), create_only=True, on_bytes=sent.append)
        assert not await storage.upload("big", source, create_only=True)
        await storage.download("big", target, sha256=sha256(LARGE), on_bytes=received.append)
    assert target.read_bytes() == LARGE
    assert sum(sent) == sum(received) == len(LARGE)
    assert len(sent) > 1
    assert backend.unfinished() == 0


@pytest.mark.usefixtures("in_step")
async def test_an_upload_cancelled_in_the_middle_leaves_nothing(backend: StorageBackend, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(LARGE)
    begun = asyncio.Event()
    async with backend.open() as storage:
        upload = storage.upload("big", source, on_bytes=lambda count: begun.set())
        await cancel_when(asyncio.create_task(upload), begun)
        assert await storage.head("big") is None
        assert backend.keys() == []
        assert backend.unfinished() == 0
        assert await storage.upload("big", b"the storage still works")


@pytest.mark.usefixtures("in_step")
async def test_a_download_cancelled_in_the_middle_is_continued(backend: StorageBackend, tmp_path: Path) -> None:
    target = tmp_path / "target"
    received: list[int] = []
    begun = asyncio.Event()
    async with backend.open() as storage:
        await storage.upload("big", LARGE)
        download = storage.download("big", target, on_bytes=lambda count: begun.set())
        await cancel_when(asyncio.create_task(download), begun)
        assert not target.exists()
        found = (tmp_path / "target.part").stat().st_size
        assert 0 < found < len(LARGE)
        await storage.download("big", target, on_bytes=received.append)
    assert target.read_bytes() == LARGE
    assert sum(received) == len(LARGE) - found


@pytest.mark.parametrize("size", [1, 5000, len(LARGE) - 1, len(LARGE)])
async def test_a_part_is_continued_by_range(backend: StorageBackend, tmp_path: Path, size: int) -> None:
    target = tmp_path / "target"
    (tmp_path / "target.part").write_bytes(LARGE[:size])
    received: list[int] = []
    async with backend.open() as storage:
        await storage.upload("big", LARGE)
        await storage.download("big", target, sha256=sha256(LARGE), on_bytes=received.append)
    assert target.read_bytes() == LARGE
    assert sum(received) == len(LARGE) - size


@pytest.mark.parametrize("found", [b"other", b"longer than what is asked for, and not the same"])
async def test_a_part_of_something_else_is_thrown_away(backend: StorageBackend, tmp_path: Path, found: bytes) -> None:
    target = tmp_path / "target"
    (tmp_path / "target.part").write_bytes(found)
    async with backend.open() as storage:
        await storage.upload("small", b"what is asked for")
        await storage.download("small", target)
    assert target.read_bytes() == b"what is asked for"
    assert not (tmp_path / "target.part").exists()


async def test_a_damaged_download_is_refused_and_removed(backend: StorageBackend, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"what was there")
    async with backend.open() as storage:
        await storage.upload("key", b"right")
        with pytest.raises(StorageError, match="damaged") as caught:
            await storage.download("key", target, sha256=sha256(b"promised"))
        assert caught.value.kind is FailureKind.TRANSIENT
        assert target.read_bytes() == b"what was there"
        assert not (tmp_path / "target.part").exists()
        backend.overwrite("key", b"wrong")
        if backend.kind != "folder":  # which notices that the file is another one, and hashes it anew
            with pytest.raises(StorageError, match="damaged"):
                await storage.download("key", target)
        assert target.read_bytes() == b"what was there"


async def test_a_file_that_is_not_what_its_checksum_says_is_not_stored(backend: StorageBackend, tmp_path: Path) -> None:
    source = tmp_path / "changed"
    for data in (b"small", LARGE):
        source.write_bytes(data)
        async with backend.open() as storage:
            with pytest.raises(StorageError, match="SHA-256"):
                await storage.upload("key", source, sha256=sha256(b"before"))
            assert await storage.head("key") is None
    assert backend.keys() == []
    assert backend.unfinished() == 0


async def test_a_closed_storage_says_so(backend: StorageBackend) -> None:
    async with backend.open() as storage:
        await storage.upload("key", b"1")
    with pytest.raises(StorageError, match="closed"):
        await storage.upload("key", b"2")
    assert backend.keys() == ["key"]
