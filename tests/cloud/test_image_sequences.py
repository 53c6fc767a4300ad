"""Image sequences rendered in a cloud come home frame by frame, and are the same job as on this machine."""

from __future__ import annotations

import json
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest

from helios_gui.media.frame_archive import pack_frames, unpack_frames
from helios_gui.orchestrator.executor import JobExecutor, RenderFailedError
from helios_gui.stitcher import FfmpegStitcher, MediaVerifier, probe
from helios_gui.types import ExecutionPolicy, JobExecutionOptions, JobSpec, VerificationError
from tests.cloud.projects import lambda_settings, open_project
from tests.cloud.servers.lambda_front import LambdaFront, lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.storage_backends import write_aws_profile
from tests.support.frame_jobs import frames_job, written_frames


@asynccontextmanager
async def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[JobExecutor, LambdaFront]]:
    """An executor over a function that renders, with a folder as storage."""
    with lambda_front(LambdaFunction(timeout=60, concurrency=3)) as front:
        write_aws_profile(tmp_path, front.key, monkeypatch)
        async with open_project(tmp_path / "job", lambda_settings(front, (tmp_path / "storage").as_uri())) as project:
            verifier = MediaVerifier()
            policy = ExecutionPolicy(concurrency=3, retries=0)
            try:
                yield JobExecutor(project.adapter, verifier, FfmpegStitcher(), policy=policy), front
            finally:
                await verifier.aclose()


def job_in(tmp_path: Path, *settings: str, **more: object) -> JobSpec:
    (tmp_path / "job" / "frames").mkdir(parents=True)
    (tmp_path / "job" / "frames" / "f_0001.png").write_text("of yesterday")
    (tmp_path / "job" / "scene.txt").write_text("needed")
    return frames_job(tmp_path / "job", *settings, sizes=(2, 3), **more)  # type: ignore[arg-type]


async def test_frames_come_home_and_are_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = job_in(tmp_path, outputFile="film.mp4")
    async with cloud(tmp_path, monkeypatch) as (executor, _):
        await executor.execute(spec, JobExecutionOptions(job_dir=tmp_path / "job"))
    assert written_frames(tmp_path / "job" / "frames") == [f"f_{frame:04d}.png" for frame in range(5)]
    assert probe(tmp_path / "job" / "film.mp4").frames == 5
    assert not list((tmp_path / "job").rglob("*.tar"))
    manifests = [json.loads(path.read_text()) for path in (tmp_path / "storage" / "jobs").rglob("manifest.json")]
    uploaded = {entry["path"] for manifest in manifests for entry in manifest.get("files", ())}
    assert uploaded == {"scene.txt"}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("odd=3", "how=missing"), "frame 3 is missing"),
        (("odd=3", "how=cut"), "frame 3 ends in the middle"),
        (("more=1",), "frame 2 was written, too"),
    ],
)
async def test_what_is_wrong_is_found_by_the_worker(
    settings: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = job_in(tmp_path, *settings)
    async with cloud(tmp_path, monkeypatch) as (executor, _):
        with pytest.raises(RenderFailedError, match=words):
            await executor.execute(spec, JobExecutionOptions(job_dir=tmp_path / "job"))


def test_nothing_but_the_frames_is_unpacked(tmp_path: Path) -> None:
    files = [tmp_path / f"f_{frame}.png" for frame in range(3)]
    for file in files:
        file.write_bytes(file.name.encode() * 1000)
    archive = tmp_path / "frames.tar"
    pack_frames(files, archive)
    same = tmp_path / "again.tar"
    pack_frames(files, same)
    assert archive.read_bytes() == same.read_bytes()
    (tmp_path / "home").mkdir()
    places = [tmp_path / "home" / file.name for file in files]
    unpack_frames(archive, places)
    assert [place.read_bytes() for place in places] == [file.read_bytes() for file in files]
    assert not archive.exists()


@pytest.mark.parametrize("kind", ["outside", "link", "cut", "no tar", "missing", "sparse", "odd sparse"])
def test_a_hostile_or_damaged_archive_is_refused(kind: str, tmp_path: Path) -> None:
    archive, home = tmp_path / "frames.tar", tmp_path / "home"
    home.mkdir()
    with tarfile.open(archive, "w") as tar:
        entry = tarfile.TarInfo("../outside.png" if kind == "outside" else "f_0.png")
        if kind == "link":
            entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(entry)
        elif "sparse" in kind:  # a petabyte, or no number at all, in a kilobyte
            size = "many" if kind.startswith("odd") else str(10**15)
            pax = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.size": size, "GNU.sparse.map": "0,0"}
            entry.pax_headers = {**pax, "GNU.sparse.name": entry.name}
            tar.addfile(entry)
        elif kind != "missing":
            entry.size = 100_000
            tar.addfile(entry, BytesIO(b"x" * 100_000))
    if kind == "cut":
        archive.write_bytes(archive.read_bytes()[:50_000])
    if kind == "no tar":
        archive.write_bytes(b"no archive at all" * 1000)
    with pytest.raises(VerificationError):
        unpack_frames(archive, [home / "f_0.png"])
    assert not (tmp_path / "outside.png").exists()
    assert not archive.exists()
    assert not (home / "f_0.png").is_symlink()
