"""**Render a test frame**: one tiny job through the adapter that renders use, and nothing of it left afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.base_profile import CloudProfile
from helios_gui.adapters.remote.adapter import RemoteAdapter
from helios_gui.adapters.remote.profile_checks import version_line
from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.result_watch import ResultWatch
from helios_gui.adapters.remote.storage_layout import AttemptKeys, job_prefix
from helios_gui.storage.manifest import blob_key
from helios_gui.translation import mark, tr, tr_count
from helios_gui.types import (
    AttemptResult,
    CheckLine,
    FailureKind,
    FrameVerifier,
    HeliosError,
    JobContext,
    JobMetadata,
    JobSpec,
    RenderChunk,
    WorkerJob,
    WorkerResult,
)
from helios_gui.utils.format import format_size
from helios_gui.utils.shielded import shielded
from helios_gui.utils.temporary_folders import temporary_folder

logger = logging.getLogger(__name__)

ProfileT = TypeVar("ProfileT", bound=CloudProfile)

FRAMES = 10
STOP_WAIT = 30.0
"""Seconds a worker gets to stop: what it leaves later, nobody removes."""
ANSWER_TIMEOUT = 240.0
"""Seconds a worker gets to answer: a large container may need minutes to start."""

_RENDER_LIMIT = 60.0
_LOOK = 0.5
_WIDTH, _HEIGHT, _FPS = 64, 36, 25
_ASSET = "connection-test.txt"
_OUTPUT = "connection-test.mp4"
_COMMAND = (
    f"ffmpeg -v error -f lavfi -i testsrc=size={_WIDTH}x{_HEIGHT}:rate={_FPS} -f ffmetadata -i {_ASSET} "
    f"-map_metadata 1 -frames:v {FRAMES} -c:v mpeg4 {_OUTPUT}"
)
_UPLOAD, _RENDER, _RESULT, _CLEAN_UP = mark("Upload"), mark("Test frame"), mark("Output"), mark("Clean-up")


async def check_round_trip(
    make_adapter: Callable[[ProfileT, AdapterContext], RemoteAdapter], profile: ProfileT, verify: FrameVerifier
) -> AsyncGenerator[CheckLine, None]:
    """Render a test frame with the profile's worker, and yield a line for each step.

    A few kB are uploaded and the worker runs for about a second. What was uploaded is removed before this ends,
    also when it is cancelled.
    """
    heard: list[AttemptResult] = []
    try:
        link = ReconnectingStorage(profile.storage_url, profile.storage_settings())
        adapter = make_adapter(
            profile.model_copy(update={"retention": "always"}), AdapterContext(on_result=heard.append, stop_wait=0.0)
        )
    except HeliosError as error:
        yield CheckLine.of_error(tr(_UPLOAD), error)
        return
    with temporary_folder("test") as folder:
        trip = _RoundTrip(adapter, link, verify, folder, heard)
        try:
            try:
                async with aclosing(trip.run()) as lines:
                    async for line in lines:
                        yield line
            except BaseException:
                outcome = await shielded(trip.remove())
                if not outcome.ok:  # else nobody would hear of it
                    logger.warning("%s %s", outcome.detail, outcome.advice)
                raise
            yield await shielded(trip.remove())
        finally:
            await shielded(_close(adapter, link))


class _RoundTrip:
    """One job with one chunk, and one attempt at it.

    The job has a file of its own whose content nobody else has: without it ffmpeg makes nothing, and it can be
    removed from storage although such files are shared.
    """

    def __init__(
        self,
        adapter: RemoteAdapter,
        link: ReconnectingStorage,
        verify: FrameVerifier,
        folder: Path,
        heard: list[AttemptResult],
    ) -> None:
        self._adapter = adapter
        self._link = link
        self._verify = verify
        self._folder = folder
        self._heard = heard
        self._job_id = f"connection-test-{secrets.token_hex(4)}"
        self._asset = f";FFMETADATA1\ntitle=Connection test {secrets.token_hex(16)}\n".encode()
        self._blob = blob_key(hashlib.sha256(self._asset).hexdigest())
        self._chunk = RenderChunk(id=0, start_frame=0, frame_count=FRAMES, output_file=_OUTPUT, command=_COMMAND)
        self._place = AttemptKeys(self._job_id, f"{self._job_id}.0.1")
        self._last_words = ""
        self._deadline = 0.0
        self._uploaded = False
        self._at_work = False

    async def run(self) -> AsyncGenerator[CheckLine, None]:
        """Send it there and back, as far as it goes."""
        yield CheckLine(tr(_UPLOAD), None, tr("A tiny job is on its way to the storage."))
        line = await self._upload()
        yield line
        if not line.ok:
            return
        yield CheckLine(tr(_RENDER), None, tr("The worker was asked; it may have to start first."))
        begun = asyncio.get_running_loop().time()
        result = await self._render()
        yield self._judge(result, asyncio.get_running_loop().time() - begun)
        version = version_line(self._heard[-1].worker_version) if self._heard else None
        if version is not None:
            yield version
        if result.ok:
            yield await self._check_output()

    async def remove(self) -> CheckLine:
        """Remove all that may have been uploaded, and look whether it is gone."""
        place = f"{self._link.url}/{job_prefix(self._job_id)}"
        try:
            if self._at_work:
                await self._stop()
            await self._adapter.finish(self._job_id, completed=False, deleted=True)
            # An adapter keeps what asks a worker to stop until it has, which is certain by now.
            await self._link.storage.delete([*await self._left(), self._blob])
            left = await self._left()
        except HeliosError as error:
            if self._uploaded:
                return CheckLine(
                    tr(_CLEAN_UP),
                    False,
                    tr("{place} cannot be removed: {error}", place=place, error=error),
                    tr("Remove it by hand."),
                )
            return CheckLine(
                tr(_CLEAN_UP),
                None,
                tr("Nobody can look whether anything is left: {error}", error=error),
                tr("Look at {place}.", place=place),
            )
        if left:
            return CheckLine(tr(_CLEAN_UP), False, tr("{place} is still there.", place=place), tr("Remove it by hand."))
        return CheckLine(tr(_CLEAN_UP), True, tr("Everything was removed from the storage."))

    async def _upload(self) -> CheckLine:
        job_dir = self._folder / "job"
        try:
            job_dir.mkdir()
            (job_dir / _ASSET).write_bytes(self._asset)
        except OSError as error:
            advice = tr("Make room in the folder for temporary files, or make it writable.")
            return CheckLine(
                tr(_UPLOAD),
                False,
                tr("{job_dir} cannot be written: {reason}.", job_dir=job_dir, reason=error.strerror or error),
                advice,
            )
        metadata = JobMetadata(total_frames=FRAMES, fps=_FPS, width=_WIDTH, height=_HEIGHT)
        spec = JobSpec(name=tr("Connection test"), metadata=metadata, chunks=(self._chunk,))
        try:
            await self._adapter.prepare(JobContext(self._job_id, spec, job_dir, job_dir / "film.mp4"))
            self._uploaded = True
            found = await self._link.storage.list(job_prefix(self._job_id))
        except HeliosError as error:
            return CheckLine.of_error(tr(_UPLOAD), error)
        sent = len(self._asset) + sum(stored.size for stored in found)
        return CheckLine(tr(_UPLOAD), True, tr("{size} went to {url}.", size=format_size(sent), url=self._link.url))

    async def _render(self) -> WorkerResult:
        job = WorkerJob(
            job_id=self._job_id,
            attempt_id=self._place.name,
            chunk=self._chunk,
            chunk_index=0,
            command=("ffmpeg",),
            job_dir=self._folder / "job",
            output=self._folder / _OUTPUT,
            log_path=self._folder / "log.txt",
            timeout=_RENDER_LIMIT,
            on_lines=self._listen,
        )
        self._at_work = True
        self._deadline = asyncio.get_running_loop().time() + ANSWER_TIMEOUT
        try:
            async with asyncio.timeout_at(self._deadline):
                result = await self._adapter.execute(job)
        except TimeoutError:
            message = tr(
                "No worker answered within {seconds:.0f} s. {words}",
                seconds=ANSWER_TIMEOUT,
                words=self._last_words,
            ).strip()
            return WorkerResult(None, FailureKind.TRANSIENT, message)
        self._at_work = False
        return result

    async def _stop(self) -> None:
        """Ask the worker to stop, and wait for the last it leaves. The adapter's own wait may have been cut short."""
        await self._link.storage.upload(self._place.cancel, b"", create_only=True)
        until = asyncio.get_running_loop().time() + STOP_WAIT
        if await ResultWatch(self._link, _LOOK).wait(self._place, until) is None:
            logger.warning("A worker did not confirm that it stopped rendering %s", self._place.name)

    def _listen(self, lines: Sequence[str]) -> None:
        if lines and asyncio.get_running_loop().time() < self._deadline:  # later ones are about stopping
            self._last_words = lines[-1]

    def _judge(self, result: WorkerResult, seconds: float) -> CheckLine:
        if not result.ok:
            advice = ""
            if result.exit_code:
                advice = tr(
                    "The test frame is made by the ffmpeg in the worker's image, which packaging/worker builds."
                )
            return CheckLine(tr(_RENDER), False, result.message or tr("The worker failed without saying why."), advice)
        heard = self._heard[-1]
        start = {True: tr(" (cold start)"), False: tr(" (no cold start)"), None: ""}[heard.cold_start]
        work = tr(", {duration:.1f} s of it at work", duration=result.duration) if result.duration else ""
        version = (
            tr(" Its version is {worker_version}.", worker_version=heard.worker_version) if heard.worker_version else ""
        )
        return CheckLine(
            tr(_RENDER),
            True,
            tr(
                "The worker answered after {seconds:.1f} s{start}{work}.{version}",
                seconds=seconds,
                start=start,
                work=work,
                version=version,
            ),
        )

    async def _check_output(self) -> CheckLine:
        output = self._folder / _OUTPUT
        try:
            await self._verify(output, self._chunk)
        except HeliosError as error:
            return CheckLine.of_error(tr(_RESULT), error)
        frames = tr_count("{number} frame", "{number} frames", FRAMES)
        return CheckLine(
            tr(_RESULT),
            True,
            tr(
                "It came home ({size}), with all of its {frames}.",
                size=format_size(output.stat().st_size),
                frames=frames,
            ),
        )

    async def _left(self) -> list[str]:
        storage = self._link.storage
        found = [stored.key for stored in await storage.list(job_prefix(self._job_id))]
        return found if await storage.head(self._blob) is None else [*found, self._blob]


async def _close(adapter: RemoteAdapter, link: ReconnectingStorage) -> None:
    try:
        await adapter.close()
    finally:
        await link.close()
