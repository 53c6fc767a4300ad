"""Upload a job's asset bundle: only the files that storage does not hold yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from helios_gui.storage.bundle import BundleFile, BundleScan
from helios_gui.storage.hash_cache import HashCache
from helios_gui.storage.local_files import file_error, sha256_of
from helios_gui.storage.manifest import Manifest, ManifestFile, bad_manifest, blob_key
from helios_gui.storage.object_transfer import on_loop, run_workers, storage_threads
from helios_gui.storage.progress import BundleProgress, ProgressCounter, ignore_progress
from helios_gui.storage.settings import DEFAULT_CONCURRENCY
from helios_gui.types import ArtifactStorage
from helios_gui.utils.work_threads import Stop, WorkThreads

_HASH_THREADS = 4
_BATCH_FILES = 64
_BATCH_BYTES = 16 * 1024 * 1024
_ASKED_ONE_BY_ONE = 40
"""Blobs up to which each is asked for; more are looked up in one listing."""


async def upload_bundle(
    storage: ArtifactStorage,
    scan: BundleScan,
    manifest_key: str,
    *,
    cache: HashCache | None = None,
    on_progress: Callable[[BundleProgress], None] = ignore_progress,
    concurrency: int = DEFAULT_CONCURRENCY,
) -> Manifest:
    """Upload the files that are not in storage yet, then the manifest under ``manifest_key``.

    The next upload continues one that was cancelled or failed.

    Args:
        storage: Where to upload to.
        scan: The files of the job's folder.
        manifest_key: The key of the manifest in storage.
        cache: Remembers hashes and uploads; unchanged files are then not even read.
        on_progress: Called on the event loop, at most twenty times a second.
        concurrency: How many files are uploaded at once.

    Raises:
        StorageError: A transfer failed, a file changed meanwhile, or a path is not allowed in a manifest.
    """
    counter = ProgressCounter(len(scan.files), scan.total_bytes, on_progress)
    counter.publish(at_once=True)
    threads = storage_threads("helios-hash", _HASH_THREADS)
    try:
        hashes = await _hash(scan, cache, threads, counter)
        manifest = _make_manifest(scan, hashes)
        present = await _find_present(storage, manifest, cache, threads, concurrency)
        sources = {hashes[file.path]: scan.source(file) for file in scan.files}
        await _send(storage, manifest, sources, present, counter, concurrency)
        await storage.upload(manifest_key, manifest.to_json())
        if cache is not None:
            seen = manifest.blobs.keys() - present.remembered
            await threads.run(lambda stop: cache.remember_uploads(storage.url, manifest_key, seen))
    finally:
        await threads.aclose()
    counter.publish(at_once=True)
    return manifest


@dataclass(frozen=True, slots=True)
class _Present:
    """Blobs in storage: ``seen`` there just now, with their sizes, or ``remembered`` to have been seen before."""

    seen: Mapping[str, int]
    remembered: frozenset[str]

    def has(self, sha256: str, size: int) -> bool:
        return sha256 in self.remembered or self.seen.get(sha256) == size


async def _hash(
    scan: BundleScan, cache: HashCache | None, threads: WorkThreads, counter: ProgressCounter
) -> dict[str, str]:
    """Return the SHA-256 of every file, by path."""
    hashes = await threads.run(lambda stop: cache.hashes(scan)) if cache is not None else {}
    counter.hashed(sum(file.size for file in scan.files if file.path in hashes))
    batches = iter(_batches([file for file in scan.files if file.path not in hashes]))
    fresh: dict[str, str] = {}
    report = on_loop(counter.hashed)

    async def hash_some() -> None:
        for batch in batches:
            fresh.update(await threads.run(_hasher(scan, batch, report)))

    await run_workers(_HASH_THREADS, hash_some)
    if cache is not None and fresh:
        await threads.run(lambda stop: cache.remember_hashes(scan, fresh))
    return {**hashes, **fresh}


def _hasher(
    scan: BundleScan, batch: Collection[BundleFile], report: Callable[[int], None]
) -> Callable[[Stop], dict[str, str]]:
    def work(stop: Stop) -> dict[str, str]:
        try:
            # What was found may be a link to elsewhere by now; what is sent later has to have the same content.
            return {file.path: sha256_of(scan.source(file), stop, report, inside=scan.folder) for file in batch}
        except OSError as error:
            raise file_error(error) from error

    return work


def _batches(files: Collection[BundleFile]) -> list[list[BundleFile]]:
    """Put small files together: handing one to a thread costs more than hashing it."""
    batches: list[list[BundleFile]] = []
    size = 0
    for file in files:
        if not batches or len(batches[-1]) >= _BATCH_FILES or size + file.size > _BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(file)
        size += file.size
    return batches


def _make_manifest(scan: BundleScan, hashes: Mapping[str, str]) -> Manifest:
    try:
        return Manifest(
            files=tuple(
                ManifestFile.of(file.path, file.size, hashes[file.path], executable=file.executable)
                for file in scan.files
            )
        )
    except ValidationError as error:
        raise bad_manifest(error) from error


async def _find_present(
    storage: ArtifactStorage,
    manifest: Manifest,
    cache: HashCache | None,
    threads: WorkThreads,
    concurrency: int,
) -> _Present:
    """Return which blobs need not be sent. What is remembered counts while the manifest that came after it is there."""
    remembered = frozenset[str]()
    if cache is not None:
        known = await threads.run(lambda stop: cache.uploads(storage.url))
        if known.blobs and await storage.head(known.manifest_key) is not None:
            remembered = known.blobs & manifest.blobs.keys()
    unknown = manifest.blobs.keys() - remembered
    if len(unknown) > _ASKED_ONE_BY_ONE:
        listed = await storage.list("blobs/")
        return _Present({found.key.rpartition("/")[2]: found.size for found in listed}, remembered)
    seen: dict[str, int] = {}
    left = iter(unknown)

    async def ask_some() -> None:
        for sha256 in left:
            found = await storage.head(blob_key(sha256))
            if found is not None:
                seen[sha256] = found.size

    await run_workers(min(concurrency, len(unknown)), ask_some)
    return _Present(seen, remembered)


async def _send(
    storage: ArtifactStorage,
    manifest: Manifest,
    sources: Mapping[str, Path],
    present: _Present,
    counter: ProgressCounter,
    concurrency: int,
) -> None:
    missing = {sha256: size for sha256, size in manifest.blobs.items() if not present.has(sha256, size)}
    total = sum(file.size for file in manifest.files)
    counter.skipped(len(manifest.files) - len(missing), total - sum(missing.values()))
    # Large ones first, so that the end is not one large file alone.
    left = iter(sorted(missing, key=lambda sha256: -missing[sha256]))

    async def send_some() -> None:
        for sha256 in left:
            # A blob of another size is damaged, and worth replacing.
            create_only = sha256 not in present.seen
            sent = 0

            def count(more: int) -> None:
                nonlocal sent
                sent += more
                counter.sent(more)

            await storage.upload(
                blob_key(sha256), sources[sha256], sha256=sha256, create_only=create_only, on_bytes=count
            )
            counter.sent(max(0, missing[sha256] - sent))  # somebody else was faster
            counter.file_done()

    await run_workers(min(concurrency, len(missing)), send_some)
    await asyncio.sleep(0)
