"""Asset bundles from one machine's folder through each storage to another machine's."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.storage.bundle import scan_folder
from helios_gui.storage.bundle_download import BlobCache, download_bundle
from helios_gui.storage.bundle_upload import upload_bundle
from helios_gui.storage.hash_cache import HashCache
from helios_gui.storage.manifest import Manifest, manifest_key
from helios_gui.storage.retention import remove_job
from helios_gui.types import BundleProgress, StorageError
from tests.cloud.servers.fault_proxy import FaultProxy, fault_proxy
from tests.cloud.servers.s3 import S3Server
from tests.cloud.storage_backends import KINDS, StorageBackend, cancel_when, make_backend, session_server

LARGE = random.Random(9).randbytes(9 * 1024 * 1024)


@pytest.fixture(scope="session", params=KINDS)
def storage_server(request: pytest.FixtureRequest) -> S3Server | str:
    return session_server(request)


@pytest.fixture
def backend(request: pytest.FixtureRequest, storage_server: S3Server | str) -> StorageBackend:
    return make_backend(request, storage_server)


@pytest.fixture
def proxy(backend: StorageBackend) -> Iterator[FaultProxy]:
    """Counts what goes by; only for storages on a server."""
    if backend.kind == "folder":
        pytest.skip("there is no network to count bytes on")
    with fault_proxy(backend.settings.endpoint_url or backend.settings.gcs_endpoint_url) as proxy:
        yield proxy


def through(backend: StorageBackend, proxy: FaultProxy) -> StorageBackend:
    name = "endpoint_url" if backend.settings.endpoint_url else "gcs_endpoint_url"
    return replace(backend, settings=replace(backend.settings, **{name: proxy.url}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A job's folder with a large file, a program, the same content twice, and something to leave out."""
    folder = tmp_path / "job"
    contents = {"footage/große Szene.mov": LARGE, "bin/tool.sh": b"#!/bin/sh\n", "a.txt": b"same", "b/c.txt": b"same"}
    for path, data in {**contents, "empty": b"", "left.tmp": b"x", ".heliosignore": b"*.tmp\n"}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "bin" / "tool.sh").chmod(0o755)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_a_bundle_arrives_as_it_was(backend: StorageBackend, tmp_path: Path, folder: Path) -> None:
    key = manifest_key("job-1")
    seen: list[BundleProgress] = []
    cache = BlobCache(tmp_path / "blobs")
    async with backend.open() as storage:
        found = scan_folder(folder)
        made = await upload_bundle(storage, found, key, cache=HashCache(tmp_path / "cache"), on_progress=seen.append)
        manifest = Manifest.from_json(await storage.read(key))
        assert manifest == made
        await download_bundle(storage, manifest, tmp_path / "worker", cache)
        await cache.close()
    expected = tree(folder)
    for left_out in ("left.tmp", ".heliosignore"):
        del expected[left_out]
    assert tree(tmp_path / "worker") == expected
    assert os.access(tmp_path / "worker" / "bin" / "tool.sh", os.X_OK)
    last = seen[-1]
    assert (last.files_done, last.files_total) == (5, 5)
    assert last.bytes_done == last.bytes_total == last.bytes_hashed == found.total_bytes
    assert last.bytes_skipped == 4, "the same content goes up once"
    assert [(one.files_done, one.bytes_done) for one in seen] == sorted(
        (one.files_done, one.bytes_done) for one in seen
    )
    assert len(backend.keys()) == 5


async def test_only_what_changed_is_sent_again(backend: StorageBackend, tmp_path: Path, folder: Path) -> None:
    seen: list[BundleProgress] = []
    async with backend.open() as storage:
        await upload_bundle(storage, scan_folder(folder), manifest_key("1"))
        (folder / "a.txt").write_bytes(b"changed")
        # By a machine that remembers nothing:
        await upload_bundle(storage, scan_folder(folder), manifest_key("2"), on_progress=seen.append)
        last = seen[-1]
        assert last.bytes_total - last.bytes_skipped == len(b"changed")
        manifest = Manifest.from_json(await storage.read(manifest_key("2")))
        cache = BlobCache(tmp_path / "blobs")
        await download_bundle(storage, manifest, tmp_path / "worker", cache)
        await cache.close()
    assert (tmp_path / "worker" / "a.txt").read_bytes() == b"changed"
    assert (tmp_path / "worker" / "b" / "c.txt").read_bytes() == b"same"


async def test_an_unchanged_bundle_of_1100_files_sends_no_blob(
    backend: StorageBackend, proxy: FaultProxy, tmp_path: Path
) -> None:
    if backend.kind == "moto":
        pytest.skip("takes minutes for the first upload")
    folder = tmp_path / "job"
    contents = 400 if backend.kind == "ministack" else 1100  # which takes its time for the first upload
    for number in range(1100):
        path = folder / f"shot {number % 40:02}" / f"frame {number:04}.exr"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % (number % contents) * 100)
    cache = HashCache(tmp_path / "cache")
    watched = through(backend, proxy)

    async def submit(job: str, cache: HashCache | None) -> tuple[float, int]:
        """Seconds of the submission, and bytes of blobs on the wire."""
        proxy.requests.clear()
        begun = time.perf_counter()
        async with watched.open() as storage:
            await upload_bundle(storage, scan_folder(folder), manifest_key(job), cache=cache)
        return time.perf_counter() - begun, sum(one.sent for one in proxy.requests if "manifest" not in one.path)

    async with backend.open() as storage:
        await upload_bundle(storage, scan_folder(folder), manifest_key("0"))
    first, sent = await submit("1", cache)  # others have uploaded it: one listing says so
    assert sent < 2000 if backend.kind == "ministack" else sent < 400_000
    second, sent = await submit("2", cache)
    manifests = [one for one in proxy.requests if one.method in ("PUT", "POST")]
    assert len(manifests) == 1, "nothing but the new manifest goes up"
    assert len(proxy.requests) <= 3
    assert sent == (0 if backend.kind == "ministack" else manifests[0].sent)
    print(f"{backend.kind}: {first:.2f} s remembering nothing, {second:.2f} s remembering the first")


async def test_what_is_remembered_is_not_believed_of_a_storage_that_was_cleared(
    backend: StorageBackend, tmp_path: Path, folder: Path
) -> None:
    cache = HashCache(tmp_path / "cache")
    async with backend.open() as storage:
        made = await upload_bundle(storage, scan_folder(folder), manifest_key("1"), cache=cache)
        await storage.delete([found.key for found in await storage.list()])
        await upload_bundle(storage, scan_folder(folder), manifest_key("2"), cache=cache)
        assert {file.blob_key for file in made.files} < set(backend.keys())


@pytest.mark.usefixtures("in_step")
async def test_a_cancelled_upload_is_continued(backend: StorageBackend, tmp_path: Path, folder: Path) -> None:
    for number in range(30):
        (folder / f"{number}.bin").write_bytes(b"%d" % number * 1000)
    cache = HashCache(tmp_path / "cache")
    begun = asyncio.Event()

    def watch(progress: BundleProgress) -> None:
        if progress.bytes_done > progress.bytes_skipped + 200_000:
            begun.set()

    async with backend.open(concurrency=3) as storage:
        upload = upload_bundle(
            storage, scan_folder(folder), manifest_key("1"), cache=cache, on_progress=watch, concurrency=3
        )
        await cancel_when(asyncio.create_task(upload), begun)
        assert await storage.head(manifest_key("1")) is None, "there is no manifest of half a bundle"
        assert backend.unfinished() == 0
        found = set(backend.keys())
        seen: list[BundleProgress] = []
        made = await upload_bundle(
            storage, scan_folder(folder), manifest_key("1"), cache=cache, on_progress=seen.append
        )
        assert {f"blobs/{digest[:2]}/{digest}" for digest in made.blobs} >= found
        done = sum(size for digest, size in made.blobs.items() if f"blobs/{digest[:2]}/{digest}" in found)
        assert seen[-1].bytes_skipped == done + 4


async def test_a_file_that_cannot_be_read_or_named_is_told(
    backend: StorageBackend, tmp_path: Path, folder: Path
) -> None:
    async with backend.open() as storage:
        found = scan_folder(folder)
        (folder / "a.txt").unlink()
        with pytest.raises(StorageError, match=r"a\.txt cannot be read"):
            await upload_bundle(storage, found, manifest_key("1"))
        (folder / "A.TXT").write_bytes(b"1")
        (folder / "a.txt").write_bytes(b"2")
        with pytest.raises(StorageError, match=r'"A\.TXT" and "a\.txt" are the same file on some systems') as caught:
            await upload_bundle(storage, scan_folder(folder), manifest_key("1"))
        assert "heliosignore" in caught.value.hint
        assert backend.keys() == []


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
@pytest.mark.parametrize("place", ["a.txt", "b"])
async def test_a_link_that_is_put_in_the_way_of_an_upload_leads_nowhere(
    backend: StorageBackend, tmp_path: Path, folder: Path, place: str
) -> None:
    """Somebody who can write to the job's folder, and to nothing else of this machine, is faster than the upload."""
    secret = tmp_path / "private" / "c.txt"
    secret.parent.mkdir()
    secret.write_text("password")
    found = scan_folder(folder)
    if place == "b":
        shutil.rmtree(folder / "b")
        (folder / "b").symlink_to(secret.parent)
    else:
        (folder / place).unlink()
        (folder / place).symlink_to(secret)
    async with backend.open() as storage:
        with pytest.raises(StorageError, match="a link leads out of the job's folder"):
            await upload_bundle(storage, found, manifest_key("job-1"))
        assert await storage.list() == []


async def test_a_jobs_artefacts_are_removed_and_those_of_others_stay(
    backend: StorageBackend, tmp_path: Path, folder: Path
) -> None:
    cache = HashCache(tmp_path / "cache")
    async with backend.open() as storage:
        await upload_bundle(storage, scan_folder(folder), manifest_key("1"), cache=cache)
        (folder / "only in 2").write_bytes(b"2")
        made = await upload_bundle(storage, scan_folder(folder), manifest_key("2"), cache=cache)
        await storage.upload("jobs/2/attempts/a/output/x.mov", b"x")
        await storage.upload("jobs/22/job.json", b"{}")
        assert await remove_job(storage, "2") == 2
        left = {found.key for found in await storage.list()}
        assert len(left) == len(made.blobs) + 2
        assert {"jobs/1/manifest.json", "jobs/22/job.json"} < left
        assert await remove_job(storage, "1") == 1
        assert await remove_job(storage, "1") == 0
        again = await upload_bundle(storage, scan_folder(folder), manifest_key("3"), cache=cache)
        worker = BlobCache(tmp_path / "blobs")
        await download_bundle(storage, again, tmp_path / "worker", worker)
        await worker.close()
