"""Where an attempt's things belong in storage, and the storages they lie in."""

from __future__ import annotations

import asyncio
import hashlib
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from helios_gui.jobfile.strict_json import is_unicode
from helios_gui.storage import StorageSettings, join_url, open_storage, parse_url, split_url
from helios_gui.translation import tr
from helios_gui.types import ArtifactStorage, UserInputError, WorkerRequest

_ATTEMPT_ID = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True, slots=True)
class AttemptUrls:
    """URLs. ``attempt`` is ``None`` for a caller who knows nothing of attempts: then only ``outputs`` is written to."""

    job: str
    attempt_id: str
    attempt: str | None
    outputs: str

    @classmethod
    def of(cls, request: WorkerRequest, output_url: str = "") -> AttemptUrls:
        """Return where the request wants things. An attempt without a URL has its place beside the job spec.

        A job that is read over HTTP has no such place: what its caller names no URL for goes below ``output_url``.
        Raises ``UserInputError`` for what is not a storage URL, or would lead out of the folder it names.
        """
        _check_place(request)
        job = _job_url(request.job_path)
        if is_web_url(job):
            if not request.attempt_url and not output_url:
                raise UserInputError(
                    tr("The job is read over HTTP, so that the worker does not know where to put its output."),
                    tr("Send an attemptUrl, or set HELIOS_WORKER_OUTPUT_URL of the worker to a storage URL."),
                )
            name = hashlib.sha256(job.encode()).hexdigest()[:16]
            attempt_id = request.attempt_id or (request.attempt_url or "").rstrip("/").rpartition("/")[2]
            if request.attempt_url:
                below = request.attempt_url.rstrip("/")
                split_url(f"{below}/result.json")
                return cls(job, attempt_id, below, f"{below}/output")
            return cls(job, uuid.uuid4().hex, None, join_url(output_url, f"jobs/{name}/output"))
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
        """Return the URL of the output."""
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


def is_web_url(url: str) -> bool:
    """Return whether a job is to be read over HTTP."""
    return url.startswith(("http://", "https://"))


def _job_url(job_path: str) -> str:
    """Return the job's URL: paths, and the original's ``local://`` and a path, are files."""
    path = job_path.removeprefix("local://")
    return job_path if "://" in path else Path(path).absolute().as_uri()


def _check_place(request: WorkerRequest) -> None:
    """Refuse ids and URLs that would put an attempt's files elsewhere than they seem to."""
    name = request.attempt_id
    if name and (not _ATTEMPT_ID.fullmatch(name) or not name.strip(".") or not is_unicode(name)):
        raise UserInputError(
            tr("The attemptId cannot be a name."),
            tr("Use up to 200 characters without slashes and control characters."),
        )
    if request.attempt_url is not None and ".." in unquote(request.attempt_url).replace("\\", "/").split("/"):
        raise UserInputError(tr("The attemptUrl leads out of its folder."), tr("Leave out “..”."))


class Storages:
    """The storages of one attempt, opened when first needed; a context, which closes them."""

    def __init__(self, settings: StorageSettings) -> None:
        self._settings = settings
        self._open: dict[str, ArtifactStorage] = {}

    def locate(self, url: str) -> tuple[ArtifactStorage, str]:
        """Return the storage of an object and its key there.

        Raises ``UserInputError`` for what is not a storage URL.
        """
        root, key = split_url(url)
        if root not in self._open:
            self._open[root] = open_storage(root, self._settings)
        return self._open[root], key

    def folder(self, url: str) -> ArtifactStorage:
        """Return the storage of all that lies below a URL. Raises ``UserInputError`` for what is not a storage URL."""
        root = parse_url(_job_url(url)).url
        if root not in self._open:
            self._open[root] = open_storage(root, self._settings)
        return self._open[root]

    async def exists(self, url: str) -> bool:
        """Return whether there is such an object. Raises ``StorageError``."""
        storage, key = self.locate(url)
        return await storage.head(key) is not None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(storage.close() for storage in self._open.values()))
