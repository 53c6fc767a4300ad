"""From finished chunks to the one file the artist wanted: our stitcher, or the job's own merge command."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.types import (
    FrameVerifier,
    RenderChunk,
    StitchError,
    StitchOptions,
    VerificationError,
    VideoStitcher,
    WorkerAdapter,
    WorkerJob,
)
from helios_gui.utils.commands import parse_command, redirect_output, resolve_program
from helios_gui.utils.media_names import is_media_name
from helios_gui.utils.merge_command import MergeRequest, replaceable_merge


class Delivery:
    """Makes a job's final output. ``local`` runs merge commands we do not recognise, as they are given."""

    def __init__(self, stitcher: VideoStitcher, local: WorkerAdapter, verify: FrameVerifier, log_root: Path) -> None:
        self._stitcher = stitcher
        self._local = local
        self._verify = verify
        self._log_root = log_root

    async def deliver(self, job: LiveJob, *, reencode: bool) -> str:
        """Make the final output of a job whose chunks are all completed; what was made, in words.

        Raises ``StitchError`` (or another ``HeliosError``); chunk outputs are never touched.
        """
        spec = job.spec
        request = replaceable_merge(spec)
        if spec.merge_command and request is None:
            return await self._run_merge_command(job, spec.merge_command)
        segments = [job.output_of(chunk) for chunk in job.chunks]
        if not spec.merge_command and not spec.output_file and not all(map(is_media_name, segments)):
            return f"{len(segments)} files rendered; they are no videos, so there is nothing to stitch"
        job.output.parent.mkdir(parents=True, exist_ok=True)
        options = _stitch_options(job, request, reencode=reencode)
        return str(await self._stitcher.stitch(segments, job.output, options, job.progress_stitch))

    async def _run_merge_command(self, job: LiveJob, merge_command: str) -> str:
        job_dir = job.options.job_dir
        command = parse_command(merge_command)
        named = job.spec.output_file is not None
        if job.spec.output_file is not None:
            command, named = redirect_output(command, job.spec.output_file, job.output, job_dir=job_dir)
        whole = RenderChunk(
            id=0,
            start_frame=job.chunks[0].spec.start_frame,
            frame_count=job.frames_total,
            output_file=job.output.name,
            command=merge_command,
        )
        result = await self._local.execute(
            WorkerJob(
                job_id=job.id,
                attempt_id=f"{job.id}.merge",
                chunk=whole,
                chunk_index=0,
                command=resolve_program(command, job_dir=job_dir),
                job_dir=job_dir,
                output=job.output,
                log_path=self._log_root / job.id / "merge.log",
            )
        )
        if not result.ok:
            raise StitchError(f"The job's merge command failed: {result.message}", "Its output is in merge.log.")
        if not named and not await asyncio.to_thread(job.output.exists):
            return "merged by the job's own command; it does not say where, so the result was not verified"
        try:
            await self._verify(job.output, whole)
        except VerificationError as error:
            raise StitchError(f"The job's merge command reported success, but {error}") from error
        return f"{len(job.chunks)} chunks merged by the job's own command, {job.frames_total} frames"


def _stitch_options(job: LiveJob, request: MergeRequest | None, *, reencode: bool) -> StitchOptions:
    metadata = job.spec.metadata
    return StitchOptions(
        frames=job.frames_total,
        rate=metadata.rate,
        width=metadata.width,
        height=metadata.height,
        video_codec=(request.video_codec or "") if request else "",
        audio_codec=(request.audio_codec or "") if request else "",
        quality=request.quality if request else None,
        reencode=reencode,
    )


def failed_chunks_in_words(job: LiveJob, causes: Sequence[tuple[int, str]]) -> str:
    """One sentence on the chunks (id, cause) that failed."""
    first_id, first_cause = causes[0]
    if len(causes) == 1:
        return f"Chunk {first_id} failed: {first_cause}"
    return f"{len(causes)} of {len(job.chunks)} chunks failed; the first is chunk {first_id}: {first_cause}"
