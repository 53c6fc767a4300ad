"""A worker's attempts with every kind of artifact storage."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.types import AttemptResult, FailureKind
from tests.cloud.servers.s3 import AwsKey, S3Server
from tests.cloud.storage_backends import (
    KINDS,
    StorageBackend,
    make_backend,
    s3_backend,
    session_server,
    write_aws_profile,
)
from tests.support.waiting import eventually
from tests.support.worker import Farm, frames_command, worker


@pytest.fixture(scope="session", params=KINDS)
def storage_server(request: pytest.FixtureRequest) -> S3Server | str:
    return session_server(request)


@pytest.fixture
def backend(request: pytest.FixtureRequest, storage_server: S3Server | str) -> StorageBackend:
    return make_backend(request, storage_server)


async def test_renders_a_chunk_of_a_bundle(backend: StorageBackend, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    command = frames_command(10, "$1").replace("ffmpeg", str(find_ffmpeg()), 1)
    (assets / "render.sh").write_text(f"echo rendering $1\n{command}\n")
    farm = Farm(backend.url, backend.settings)
    await farm.put_job(["sh render.sh out-0.mov"], output="out-{}.mov", folder=assets)
    async with worker(tmp_path / "worker", farm) as runtime:
        result = await runtime.handle(farm.request())
        again = await runtime.handle(farm.request())
    assert result.failure is None, result.message
    assert result == again == await farm.result()
    assert result.artifact is not None
    async with farm.storage() as storage:
        await storage.download(farm.key("a1/output/out-0.mov"), tmp_path / "home.mov", sha256=result.artifact.sha256)
    assert (tmp_path / "home.mov").stat().st_size == result.artifact.size
    assert await farm.keys() == ["a1/log.txt", "a1/output/out-0.mov", "a1/result.json"]
    assert backend.unfinished() == 0


async def test_a_race_has_one_winner(backend: StorageBackend, tmp_path: Path) -> None:
    farm = Farm(backend.url, backend.settings)
    await farm.put_job(["sh -c 'sleep 0.3; echo $$ > out-0.txt'"])
    results: list[AttemptResult] = []

    async def run(name: str) -> None:
        async with worker(tmp_path / name, farm) as runtime:
            results.append(await runtime.handle(farm.request()))

    await asyncio.gather(run("one"), run("another"))
    assert results[0] == results[1] == await farm.result()
    assert results[0].failure is None, results[0].message


async def test_cancelled_while_rendering(backend: StorageBackend, tmp_path: Path) -> None:
    farm = Farm(backend.url, backend.settings)
    await farm.put_job([f"sh -c 'touch {tmp_path}/started; sleep 60'"])
    async with worker(tmp_path / "worker", farm) as runtime:
        task = asyncio.create_task(runtime.handle(farm.request()))
        await eventually((tmp_path / "started").exists)
        await farm.write("a1/cancel")
        result = await task
    assert result.message == "The attempt was cancelled before its first frame was done."
    assert await farm.result() == result


async def test_a_worker_without_permission_says_so(
    moto: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = s3_backend(moto.with_new_bucket(), tmp_path, monkeypatch)
    farm = Farm(backend.url, backend.settings)
    await farm.put_job(["true"])
    reader: AwsKey = moto.new_key(("s3:ListBucket",))
    write_aws_profile(tmp_path, reader, monkeypatch)
    async with worker(tmp_path / "worker", farm) as runtime:
        result = await runtime.handle(farm.request())
    assert result.failure is FailureKind.BLOCKED
    assert result.message.startswith("The worker's own permissions do not suffice: ")
    assert reader.secret_key not in result.model_dump_json()
