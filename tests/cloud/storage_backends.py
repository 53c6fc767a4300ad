"""Every kind of artifact storage on a server (or a folder) of its own, with a look behind the scenes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from helios_gui.storage import StorageSettings, local, object_transfer, open_storage, progress, s3
from helios_gui.types import ArtifactStorage
from tests.cloud.servers.gcs import GcsServer
from tests.cloud.servers.google_tokens import GoogleTokenServer
from tests.cloud.servers.s3 import AwsKey, S3Server

KINDS = ("folder", "ministack", "moto", "gcs")
PROFILE = "studio"


@dataclass(frozen=True, slots=True)
class StorageBackend:
    """``keys`` are those on the server, below the storage's prefix; ``unfinished`` counts uploads never ended."""

    kind: str
    url: str
    settings: StorageSettings
    keys: Callable[[], list[str]]
    unfinished: Callable[[], int]
    overwrite: Callable[[str, bytes], None]

    @asynccontextmanager
    async def open(self, url: str = "", **changes: object) -> AsyncIterator[ArtifactStorage]:
        """A storage that is closed with the block; ``changes`` are settings."""
        storage = open_storage(url or self.url, replace(self.settings, **changes))
        try:
            yield storage
        finally:
            await storage.close()


def session_server(request: pytest.FixtureRequest) -> S3Server | str:
    """For a session's fixture with the parameters ``KINDS``: the S3 servers outlive the tests, the others do not."""
    kind: str = request.param
    return request.getfixturevalue(kind) if kind in ("ministack", "moto") else kind


def make_backend(request: pytest.FixtureRequest, server: S3Server | str) -> StorageBackend:
    """For a test's fixture, on what ``session_server`` answered."""
    tmp_path: Path = request.getfixturevalue("tmp_path")
    if isinstance(server, S3Server):
        return s3_backend(server.with_new_bucket(), tmp_path, request.getfixturevalue("monkeypatch"))
    if server == "gcs":
        return gcs_backend(request.getfixturevalue("gcs"), request.getfixturevalue("google_tokens"), tmp_path)
    return _folder(tmp_path / "shared folder")


def _folder(root: Path) -> StorageBackend:
    def keys() -> list[str]:
        return [
            path.relative_to(root).as_posix()
            for path in sorted(root.rglob("*"))
            if path.is_file() and ".helios-storage" not in path.parts
        ]

    def unfinished() -> int:
        return len([*(root / ".helios-storage" / "parts").glob("*")])

    def overwrite(key: str, data: bytes) -> None:
        (root / key).write_bytes(data)

    return StorageBackend("folder", root.as_uri(), StorageSettings(), keys, unfinished, overwrite)


def write_aws_profile(folder: Path, key: AwsKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the profile ``studio`` with the key in an AWS configuration of the test's own."""
    lines = [f"[{PROFILE}]", f"aws_access_key_id = {key.access_key}", f"aws_secret_access_key = {key.secret_key}"]
    if key.session_token:
        lines.append(f"aws_session_token = {key.session_token}")
    (folder / "aws-credentials").write_text("\n".join(lines) + "\n")
    (folder / "aws-config").write_text(f"[profile {PROFILE}]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "aws-credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "aws-config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def s3_backend(server: S3Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> StorageBackend:
    """A storage below ``studio/renders`` in the server's bucket, through an AWS profile."""
    write_aws_profile(folder, server.key, monkeypatch)
    prefix = "studio/renders/"

    def keys() -> list[str]:
        return sorted(key.removeprefix(prefix) for key in server.keys(""))

    def overwrite(key: str, data: bytes) -> None:
        with server.client() as client:
            metadata = client.head_object(Bucket=server.bucket, Key=prefix + key)["Metadata"]
            client.put_object(Bucket=server.bucket, Key=prefix + key, Body=data, Metadata=metadata)

    settings = StorageSettings(aws_profile=PROFILE, endpoint_url=server.endpoint_url)
    url = f"s3://{server.bucket}/{prefix}"
    return StorageBackend(server.name, url, settings, keys, lambda: len(server.unfinished_uploads()), overwrite)


def gcs_backend(server: GcsServer, tokens: GoogleTokenServer, folder: Path) -> StorageBackend:
    """A storage below ``studio/renders`` in the bucket ``renders``, with a service account's key."""
    key = folder / "service-account.json"
    tokens.write_service_account_key(key)
    prefix = "studio/renders/"

    def keys() -> list[str]:
        return [name.removeprefix(prefix) for name in server.names("renders")]

    def overwrite(key: str, data: bytes) -> None:
        server.buckets.objects("renders")[prefix + key].data = data

    settings = StorageSettings(gcs_endpoint_url=server.url, service_account_key=str(key))
    url = f"gs://renders/{prefix}"
    return StorageBackend("gcs", url, settings, keys, lambda: server.sessions.unfinished, overwrite)


@pytest.fixture
def in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transfers go on only when the event loop has heard of what they moved: none ends before it can be cancelled."""

    def on_loop(on_bytes: Callable[[int], None]) -> Callable[[int], None]:
        loop, pass_on = asyncio.get_running_loop(), object_transfer.on_loop(on_bytes)

        def report(count: int) -> None:
            heard = threading.Event()
            pass_on(count)
            loop.call_soon_threadsafe(heard.set)
            heard.wait(10)

        return report

    for module in (local, s3):
        monkeypatch.setattr(module, "on_loop", on_loop)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)  # nor before anybody is told how far it is


async def cancel_when(task: asyncio.Task[object], happened: asyncio.Event) -> None:
    """Wait for the event, cancel the task, and see that the cancellation comes through."""
    waiting = asyncio.create_task(happened.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    assert not task.done(), "the transfer ended before it could be cancelled"
    await waiting
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
