"""Where an attempt's things belong in storage, and the storages they lie in."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from helios_gui.storage import StorageSettings, join_url, open_storage, split_url
from helios_gui.types import ArtifactStorage, WorkerRequest


@dataclass(frozen=True, slots=True)
class AttemptUrls:
    """URLs. ``attempt`` is ``None`` for a caller who knows nothing of attempts: then only ``outputs`` is written to."""

    job: str
    attempt_id: str
    attempt: str | None
    outputs: str

    @classmethod
    def of(cls, request: WorkerRequest) -> AttemptUrls:
        """Where the request wants things. An attempt without a URL has its place beside the job spec.

        Raises ``UserInputError`` for what is not a storage URL.
        """
        job = request.job_path if "://" in request.job_path else Path(request.job_path).absolute().as_uri()
        folder = job.rpartition("/")[0]
        attempt = request.attempt_url
        if attempt is None and request.attempt_id:
            attempt = join_url(folder, f"attempts/{request.attempt_id}")
        split_url(job)
        if attempt is None:
            return cls(job, uuid.uuid4().hex, None, f"{folder}/output")
        attempt = attempt.rstrip("/")
        split_url(f"{attempt}/result.json")
        return cls(job, request.attempt_id or attempt.rpartition("/")[2], attempt, f"{attempt}/output")

    def output(self, name: str) -> str:
        """The URL of the output."""
        return join_url(self.outputs, name)

    @property
    def log(self) -> str | None:
        """The URL of the full log."""
        return self._part("log.txt")

    @property
    def result(self) -> str | None:
        """The URL of the durable result."""
        return self._part("result.json")

    @property
    def cancel(self) -> str | None:
        """The URL of the object that asks to stop."""
        return self._part("cancel")

    @property
    def progress(self) -> str | None:
        """The URL of the last that the renderer said of its progress, while it renders."""
        return self._part("progress")

    def _part(self, name: str) -> str | None:
        return None if self.attempt is None else f"{self.attempt}/{name}"


class Storages:
    """The storages of one attempt, opened when first needed; a context, which closes them."""

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings
        self._open: dict[str, ArtifactStorage] = {}

    def locate(self, url: str) -> tuple[ArtifactStorage, str]:
        """The storage of an object and its key there. Raises ``UserInputError`` for what is not a storage URL."""
        root, key = split_url(url)
        if root not in self._open:
            self._open[root] = open_storage(root, self._settings)
        return self._open[root], key

    async def exists(self, url: str) -> bool:
        """Whether there is such an object. Raises ``StorageError``."""
        storage, key = self.locate(url)
        return await storage.head(key) is not None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(storage.close() for storage in self._open.values()))
