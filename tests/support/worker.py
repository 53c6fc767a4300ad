"""Jobs in artifact storage, and requests to render their chunks."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from helios_gui.process.process_table import list_processes
from helios_gui.storage import StorageSettings, open_storage
from helios_gui.storage.bundle import scan_folder
from helios_gui.storage.bundle_upload import upload_bundle
from helios_gui.types import ArtifactStorage, AttemptResult, WorkerRequest
from helios_gui.worker.runtime import WorkerRuntime
from helios_gui.worker.worker_settings import WorkerSettings
from tests.support.waiting import eventually

SLOW = "sh -c 'echo frame=4; echo started > started; sleep 60 & sleep 60; echo late' out-0.txt"
FFMPEG = "ffmpeg -v error -f lavfi -i testsrc=size=64x36:rate=25"


def frames_command(count: int, output: str) -> str:
    """A command that makes a video of so many frames."""
    return f"{FFMPEG} -frames:v {count} -c:v mpeg4 {output}"


def renderers_below(folder: Path) -> list[int]:
    """The living processes of attempts that work below the folder: others of this machine may be other tests'."""
    found = []
    for entry in list_processes():
        with suppress(psutil.Error):  # it has just gone
            if (entry.attempt_id or entry.mark) and Path(psutil.Process(entry.pid).cwd()).is_relative_to(folder):
                found.append(entry.pid)
    return found


@dataclass(slots=True)
class Farm:
    """A storage with one job in it.

    ``command`` makes ``output`` (with frames where that is media) for each of ``chunks`` chunks of ``frames`` frames.
    """

    url: str
    settings: StorageSettings = field(default_factory=StorageSettings)
    job_id: str = "job-1"
    frames: int = 10

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")

    @property
    def job_url(self) -> str:
        """The job spec's URL."""
        return f"{self.url}/jobs/{self.job_id}/job.json"

    @asynccontextmanager
    async def storage(self) -> AsyncIterator[ArtifactStorage]:
        """The storage, open."""
        storage = open_storage(self.url, self.settings)
        try:
            yield storage
        finally:
            await storage.close()

    async def put_job(
        self, commands: Sequence[str], *, output: str = "out-{}.txt", folder: Path | None = None, **more: Any
    ) -> None:
        """Store a job with a chunk for each command; with ``folder`` as its asset bundle."""
        chunks = [
            {
                "id": index,
                "startFrame": index * self.frames,
                "frameCount": self.frames,
                "outputFile": output.format(index),
                "command": command,
            }
            for index, command in enumerate(commands)
        ]
        metadata = {"totalFrames": self.frames * len(chunks), "fps": 25, "width": 64, "height": 36}
        spec: dict[str, Any] = {"id": self.job_id, "metadata": metadata, "chunks": chunks, **more}
        async with self.storage() as storage:
            if folder is not None:
                await upload_bundle(storage, scan_folder(folder), f"jobs/{self.job_id}/manifest.json")
                spec["assetsUrl"] = f"{self.url}/jobs/{self.job_id}/manifest.json"
            await storage.upload(f"jobs/{self.job_id}/job.json", json.dumps(spec).encode())

    def event(self, index: int = 0, attempt: str = "a1", **more: Any) -> dict[str, Any]:
        """The request to make an attempt, as JSON."""
        url = f"{self.url}/jobs/{self.job_id}/attempts/{attempt}"
        return {"jobPath": self.job_url, "chunkIndex": index, "attemptId": attempt, "attemptUrl": url, **more}

    def request(self, index: int = 0, attempt: str = "a1", **more: Any) -> WorkerRequest:
        """The request to make an attempt."""
        return WorkerRequest.model_validate(self.event(index, attempt, **more))

    async def read(self, key: str) -> bytes:
        """An object's content; keys without a folder are the first attempt's."""
        async with self.storage() as storage:
            return await storage.read(self.key(key))

    async def write(self, key: str, data: bytes = b"", metadata: Mapping[str, str] | None = None) -> None:
        """Store an object."""
        async with self.storage() as storage:
            await storage.upload(self.key(key), data, metadata=metadata)

    async def keys(self) -> list[str]:
        """What the job's attempts have left, by key below ``attempts/``."""
        prefix = f"jobs/{self.job_id}/attempts/"
        async with self.storage() as storage:
            return [found.key.removeprefix(prefix) for found in await storage.list(prefix)]

    async def result(self, attempt: str = "a1") -> AttemptResult:
        """The durable result."""
        return AttemptResult.model_validate_json(await self.read(f"{attempt}/result.json"))

    def key(self, name: str) -> str:
        """The full key of what an attempt has left."""
        return f"jobs/{self.job_id}/attempts/{name}"


def worker_settings(root: Path, farm: Farm, **more: Any) -> WorkerSettings:
    """A worker that works in ``root``, with this process's environment, and looks for the cancel object often.

    It notes no progress, so that what it leaves does not depend on how long it takes.
    """
    quick = {"poll_interval": 0.05, "grace": 1.0, "progress_interval": 0.0}
    values: dict[str, Any] = {**quick, "environment": dict(os.environ), **more}
    return WorkerSettings(work_root=root, storage=farm.settings, **values)


@asynccontextmanager
async def worker(root: Path, farm: Farm, **more: Any) -> AsyncIterator[WorkerRuntime]:
    """A running worker."""
    async with WorkerRuntime(worker_settings(root, farm, **more)) as runtime:
        yield runtime


def leftovers(root: Path) -> list[str]:
    """What attempts have left in the worker's folder."""
    return [path.name for path in (root / "attempts").iterdir()]


async def rendering(root: Path) -> None:
    """Return once the slow renderer works."""
    await eventually(lambda: list(root.glob("attempts/*/job/started")))
