from __future__ import annotations

import asyncio
import hashlib
import mmap
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.storage import open_storage
from helios_gui.storage.bundle_download import BlobCache, download_bundle
from helios_gui.storage.manifest import Manifest, ManifestFile, blob_key
from helios_gui.types import ArtifactNotFoundError, ArtifactStorage, StorageError

LARGE = os.urandom(5 * 1024 * 1024)


@asynccontextmanager
async def worker(tmp_path: Path, limit: int = 10**9) -> AsyncIterator[tuple[ArtifactStorage, BlobCache]]:
    storage = open_storage((tmp_path / "storage").as_uri())
    cache = BlobCache(tmp_path / "blobs", limit)
    try:
        yield storage, cache
    finally:
        await cache.close()
        await storage.close()


async def stored(storage: ArtifactStorage, files: dict[str, bytes], *, executable: bool = False) -> Manifest:
    """A manifest of the files, their blobs uploaded."""
    entries = []
    for path, data in files.items():
        sha256 = hashlib.sha256(data).hexdigest()
        await storage.upload(blob_key(sha256), data, create_only=True)
        entries.append(ManifestFile.of(path, len(data), sha256, executable=executable))
    return Manifest(files=tuple(entries))


def blobs(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "blobs").glob("*/*")}


async def test_a_warm_worker_downloads_nothing(tmp_path: Path) -> None:
    files = {"a": b"1", "sub/b": b"1", "sub/large": LARGE, "empty": b""}
    async with worker(tmp_path) as (storage, cache):
        manifest = await stored(storage, files)
        await download_bundle(storage, manifest, tmp_path / "first", cache)
        await storage.delete([found.key for found in await storage.list()])
        progress = []
        await download_bundle(storage, manifest, tmp_path / "second", cache, on_progress=progress.append)
        assert progress[-1].files_done == 4
        assert progress[-1].bytes_done == progress[-1].bytes_skipped == len(LARGE) + 2
    for target in ("first", "second"):
        assert {path: (tmp_path / target / path).read_bytes() for path in files} == files
    async with worker(tmp_path) as (storage, cache):  # and so does one that was started anew
        await download_bundle(storage, manifest, tmp_path / "third", cache)


def _overwrite(asset: Path) -> None:
    with asset.open("r+b") as stream:  # in place, as no well-behaved program does
        stream.write(b"spoil")


def _overwrite_and_put_times_back(asset: Path) -> None:
    before = asset.stat()
    _overwrite(asset)
    os.utime(asset, ns=(before.st_atime_ns, before.st_mtime_ns))


def _overwrite_mapped(asset: Path) -> None:
    before = asset.stat()
    with asset.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as mapped:
        mapped[:5] = b"spoil"
    os.utime(asset, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("spoil", [_overwrite, _overwrite_and_put_times_back, _overwrite_mapped])
async def test_what_a_renderer_does_to_its_files_reaches_no_other_attempt(
    tmp_path: Path, data: bytes, spoil: Callable[[Path], None]
) -> None:
    async with worker(tmp_path) as (storage, cache):
        manifest = await stored(storage, {"asset": data})
        await download_bundle(storage, manifest, tmp_path / "first", cache)
        asset = tmp_path / "first" / "asset"
        asset.chmod(0o644)
        spoil(asset)
        asset.chmod(0o444)
        await download_bundle(storage, manifest, tmp_path / "second", cache)
    assert (tmp_path / "second" / "asset").read_bytes() == data


async def test_a_blob_that_went_bad_on_the_disk_is_fetched_again(tmp_path: Path) -> None:
    async with worker(tmp_path) as (storage, cache):
        manifest = await stored(storage, {"asset": b"good"})
        await download_bundle(storage, manifest, tmp_path / "first", cache)
    blob = next((tmp_path / "blobs").glob("*/*"))
    stat = blob.stat()
    blob.write_bytes(b"evil")
    os.utime(blob, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    async with worker(tmp_path) as (storage, cache):
        await download_bundle(storage, manifest, tmp_path / "second", cache)
    assert (tmp_path / "second" / "asset").read_bytes() == b"good"


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
async def test_programs_stay_programs_and_small_files_can_be_written(tmp_path: Path) -> None:
    async with worker(tmp_path) as (storage, cache):
        tools = await stored(storage, {"tool": b"#!/bin/sh\n", "large tool": LARGE}, executable=True)
        data = await stored(storage, {"data": b"#!/bin/sh\n", "large data": LARGE})
        for number, manifest in enumerate((tools, data)):
            await download_bundle(storage, manifest, tmp_path / str(number), cache)
        for name in ("tool", "large tool"):
            assert os.access(tmp_path / "0" / name, os.X_OK)
        assert (tmp_path / "1" / "data").stat().st_mode & 0o777 == 0o644
        assert (tmp_path / "1" / "large data").read_bytes() == LARGE


async def test_the_longest_unused_blobs_leave_first(tmp_path: Path) -> None:
    contents = [bytes([number]) * 1000 for number in range(5)]
    digests = [hashlib.sha256(data).hexdigest() for data in contents]
    async with worker(tmp_path, limit=3000) as (storage, cache):
        for number, data in enumerate(contents[:3]):
            await download_bundle(storage, await stored(storage, {"x": data}), tmp_path / str(number), cache)
        assert blobs(tmp_path) == set(digests[:3])
        await download_bundle(storage, await stored(storage, {"x": contents[0]}), tmp_path / "again", cache)
        await download_bundle(storage, await stored(storage, {"x": contents[3]}), tmp_path / "3", cache)
        assert blobs(tmp_path) == {digests[0], digests[2], digests[3]}


async def test_a_bundle_larger_than_the_cache_still_arrives(tmp_path: Path) -> None:
    files = {f"{number}": bytes([number]) * 1000 for number in range(20)}
    async with worker(tmp_path, limit=2500) as (storage, cache):
        await download_bundle(storage, await stored(storage, files), tmp_path / "job", cache)
        assert {path: (tmp_path / "job" / path).read_bytes() for path in files} == files
        assert len(blobs(tmp_path)) == 2


async def test_what_one_bundle_needs_is_not_removed_by_another(tmp_path: Path) -> None:
    async with worker(tmp_path, limit=1000) as (storage, cache):
        mine, other = await stored(storage, {"x": b"m" * 900}), await stored(storage, {"y": b"o" * 900})
        with cache.hold(mine.blobs):
            await download_bundle(storage, mine, tmp_path / "mine", cache)
            await download_bundle(storage, other, tmp_path / "other", cache)
            assert blobs(tmp_path) == set(mine.blobs)
        await download_bundle(storage, other, tmp_path / "again", cache)
        assert blobs(tmp_path) == set(other.blobs)


async def test_two_attempts_at_once_download_a_blob_once(tmp_path: Path) -> None:
    async with worker(tmp_path) as (storage, cache):
        manifest = await stored(storage, {f"copy {number}": LARGE for number in range(6)})
        progress = []
        fetches = (
            download_bundle(storage, manifest, tmp_path / name, cache, on_progress=progress.append) for name in "abc"
        )
        await asyncio.gather(*fetches)
        done = [seen for seen in progress if seen.files_done == 6]
        assert sum(seen.bytes_done - seen.bytes_skipped for seen in done[-3:]) == len(LARGE)
    for name in "abc":
        assert all((tmp_path / name / f"copy {number}").read_bytes() == LARGE for number in range(6))


async def test_a_link_in_the_target_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "sub").symlink_to(tmp_path / "outside")
    async with worker(tmp_path) as (storage, cache):
        with pytest.raises(StorageError, match="outside the folder"):
            await download_bundle(storage, await stored(storage, {"sub/x": b"1"}), tmp_path / "job", cache)
    assert not list((tmp_path / "outside").iterdir())


async def test_a_link_in_a_files_place_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"untouched")
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "x").symlink_to(tmp_path / "outside")
    async with worker(tmp_path) as (storage, cache):
        await download_bundle(storage, await stored(storage, {"x": b"1"}), tmp_path / "job", cache)
    assert (tmp_path / "outside").read_bytes() == b"untouched"
    assert (tmp_path / "job" / "x").read_bytes() == b"1"


async def test_what_is_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    async with worker(tmp_path) as (storage, cache):
        manifest = await stored(storage, {"scene.bin": b"1"})
        (tmp_path / "job" / "scene.bin").mkdir(parents=True)
        with pytest.raises(StorageError, match=r"scene\.bin cannot be read or written: Is a directory"):
            await download_bundle(storage, manifest, tmp_path / "job", cache)
        (tmp_path / "blobs" / manifest.files[0].sha256[:2] / manifest.files[0].sha256).unlink()
        (tmp_path / "blobs" / manifest.files[0].sha256[:2] / manifest.files[0].sha256).mkdir()
        with pytest.raises(StorageError, match="cannot be read or written: Is a directory"):
            await download_bundle(storage, manifest, tmp_path / "other", cache)


async def test_a_missing_blob_is_named_and_a_wrong_one_refused(tmp_path: Path) -> None:
    async with worker(tmp_path) as (storage, cache):
        manifest = await stored(storage, {"x": b"right"})
        key = manifest.files[0].blob_key
        await storage.upload(key, b"wrong")
        with pytest.raises(StorageError, match="damaged"):
            await download_bundle(storage, manifest, tmp_path / "job", cache)
        await storage.delete([key])
        with pytest.raises(ArtifactNotFoundError, match=key):
            await download_bundle(storage, manifest, tmp_path / "job", cache)
    assert not (tmp_path / "job" / "x").exists()
    assert blobs(tmp_path) == set()
