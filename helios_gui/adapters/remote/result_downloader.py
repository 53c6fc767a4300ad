"""Bringing home what an attempt in the cloud left: its log in any case, its output when it made one."""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from helios_gui.adapters.remote.messages import explain_foreign_url, explain_no_output
from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.storage_layout import AttemptKeys
from helios_gui.media.frame_archive import unpack_frames
from helios_gui.process.log_limit import LOG_LIMIT
from helios_gui.process.process_outcome import describe_exit, program_name
from helios_gui.storage import parse_url
from helios_gui.storage.object_transfer import TooLargeError
from helios_gui.translation import tr
from helios_gui.types import (
    ArtifactNotFoundError,
    AttemptResult,
    CredentialsError,
    FailureKind,
    StorageError,
    StoredOutput,
    UserInputError,
    VerificationError,
    WorkerJob,
    WorkerResult,
)
from helios_gui.types.sequences import frame_files

logger = logging.getLogger(__name__)

_TAIL_LINES = 40
_LONGEST_MESSAGE = 20_000
_LONGEST_LINE = 4_000
"""Characters: of all problems of a job file, and of a line that a renderer printed."""
_SHORT_LOG = 64 * 1024
"""Bytes of a log that is read in one piece, as most are."""


@dataclass(frozen=True, slots=True)
class ResultDownloader:
    """Downloads the output and the log of one attempt. ``name`` is what people call the worker."""

    link: ReconnectingStorage
    job: WorkerJob
    name: str

    async def download(self, place: AttemptKeys, result: AttemptResult) -> WorkerResult:
        """Return the attempt's end as the engine sees it, with output and log where they belong.

        Raises ``StorageError`` when a finished output cannot be fetched (yet).
        """
        tail = _tail(result)
        failed = result.failure is not None or result.exit_code != 0
        if failed and tail:
            self.job.on_lines(tail)
        if failed or result.artifact is None:
            if not self._keep_log(result):
                await self._fetch_log(place, result)
            failure, message = (
                self._describe_failure(result, tail) if failed else (FailureKind.FATAL, explain_no_output(self.name))
            )
            return WorkerResult(result.exit_code, failure, message, tail, _duration(result))
        key = self._key_of(result.artifact)
        async with asyncio.TaskGroup() as group:
            if not self._keep_log(result):
                group.create_task(self._fetch_log(place, result))
            problem = await self._fetch_output(key, result.artifact)
        if problem is not None:
            raise problem
        # What came home has the checksum of the file in which the worker counted them.
        frames = result.artifact.frames if result.artifact.sha256 else None
        sha256 = "" if self.job.chunk.pattern else result.artifact.sha256.lower()  # a sequence comes as an archive
        return WorkerResult(0, tail=tail, duration=_duration(result), frames=frames, sha256=sha256)

    def note(self, text: str) -> None:
        """Write a line of ours into the attempt's log."""
        try:
            self.job.log_path.parent.mkdir(parents=True, exist_ok=True)
            with self.job.log_path.open("a", encoding="utf-8") as log:
                log.write(f"{text}\n")
        except OSError as error:
            logger.warning("%s cannot be written: %s", self.job.log_path, error)
        self.job.on_lines((text,))

    def _describe_failure(self, result: AttemptResult, tail: tuple[str, ...]) -> tuple[FailureKind, str]:
        kind = result.failure or FailureKind.TRANSIENT
        if result.message:
            return kind, _shortened(result.message, _LONGEST_MESSAGE)
        if result.exit_code is None:
            return kind, tr("{name} ended without saying how.", name=self.name)
        return kind, describe_exit(program_name(self.job), result.exit_code, tail)

    async def _fetch_output(self, key: str, artifact: StoredOutput) -> StorageError | None:
        """Fetch the output, and return why it could not be. The storage itself tries several times if need be."""
        is_sequence = self.job.chunk.pattern is not None
        target = self.job.output.with_name(f"{self.job.attempt_id}.tar") if is_sequence else self.job.output
        try:
            await self.link.storage.download(key, target, sha256=artifact.sha256)
            if is_sequence:
                await asyncio.to_thread(unpack_frames, target, frame_files(self.job.output, self.job.chunk.frames))
        except StorageError as error:
            return error
        except VerificationError as error:
            return StorageError(str(error), error.hint, kind=FailureKind.TRANSIENT)
        return None

    def _key_of(self, artifact: StoredOutput) -> str:
        try:
            found, root = parse_url(artifact.url), parse_url(self.link.url)
        except UserInputError:
            found = None
        prefix = f"{root.path}/" if found and root.path else ""
        if found is None or (found.kind, found.bucket) != (root.kind, root.bucket) or not found.path.startswith(prefix):
            raise StorageError(explain_foreign_url(self.name, self.link.url), kind=FailureKind.FATAL)
        return found.path[len(prefix) :]

    def _keep_log(self, result: AttemptResult) -> bool:
        """Add to the attempt's log what the answer holds of it; whether that is all that can be had."""
        if result.log_url and not result.whole_log:
            return False
        self._write_log(result.output or result.stdout if result.whole_log else _printed_text(result))
        return True

    async def _fetch_log(self, place: AttemptKeys, result: AttemptResult) -> None:
        """Add the full log to the attempt's, or else what the answer holds of it. A log is never worth a failure."""
        try:
            added = await self._add_log(place)
        except OSError as error:
            logger.warning("The log %s cannot be written: %s", self.job.log_path, error)
        else:
            if not added:
                self._write_log(_printed_text(result))

    def _write_log(self, said: str) -> None:
        try:
            _append_text(f"{said}\n".encode("utf-8", "replace") if said else b"", self.job.log_path)
        except OSError as error:
            logger.warning("The log %s cannot be written: %s", self.job.log_path, error)

    async def _add_log(self, place: AttemptKeys) -> bool:
        """Return whether the full log could be had."""
        target = self.job.log_path
        part = target.with_name(f"{target.name}.fetched")
        try:
            try:
                _append_text(await self.link.storage.read(place.log, limit=_SHORT_LOG), target)
            except TooLargeError:
                part.parent.mkdir(parents=True, exist_ok=True)
                found = await self.link.storage.head(place.log)
                if found is None or found.size > LOG_LIMIT.most:  # our own worker leaves none that is larger
                    return False
                await self.link.storage.download(place.log, part)
                await asyncio.to_thread(_append_file, part, target)
        except CredentialsError:
            self.link.renew()
        except ArtifactNotFoundError:
            pass
        except StorageError as error:
            logger.info("The log of %s cannot be fetched: %s", place.name, error)
        else:
            return True
        return False


def _append_file(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("ab") as write:
        shutil.copyfileobj(read, write)
    source.unlink()


def _append_text(said: bytes, target: Path) -> None:
    """Append a text; not on a thread, as handing over what is that short would take longer."""
    try:
        log = target.open("ab")
    except FileNotFoundError:  # once a job
        target.parent.mkdir(parents=True, exist_ok=True)
        log = target.open("ab")
    with log:
        log.write(said)


def _printed_text(result: AttemptResult) -> str:
    return "\n".join(filter(None, (result.stdout, result.output, result.stderr)))


def _tail(result: AttemptResult) -> tuple[str, ...]:
    return tuple(_shortened(line, _LONGEST_LINE) for line in _printed_text(result).splitlines()[-_TAIL_LINES:])


def _shortened(text: str, most: int) -> str:
    """Return a text as it may be shown and kept: a foreign worker's can have as many megabytes as its answer."""
    return text if len(text) <= most else f"{text[:most]}…"


def _duration(result: AttemptResult) -> float:
    if result.started_at is None or result.finished_at is None:
        return 0.0
    return max(0.0, result.finished_at - result.started_at)
