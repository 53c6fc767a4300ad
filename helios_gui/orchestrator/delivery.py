"""From finished chunks to the one file the artist wanted: our stitcher, or the job's own merge command."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from helios_gui.blender.sound import SUFFIX, mix_sound
from helios_gui.jobfile.command_line import parse_command, redirect_output
from helios_gui.jobfile.merge_command import MergeRequest, read_merge_output, replaceable_merge
from helios_gui.jobfile.output_names import names_final_output
from helios_gui.media.frame_files import frames_in_words
from helios_gui.media.media_verifier import is_media_name
from helios_gui.orchestrator.job_files import ends_as_frames
from helios_gui.orchestrator.kept_outputs import kept_aside
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.process.work_marks import working_on
from helios_gui.translation import tr, tr_count
from helios_gui.types import (
    FrameEncoder,
    FrameSequence,
    FrameVerifier,
    RenderChunk,
    SourceTracks,
    StitchError,
    StitchOptions,
    StitchReport,
    VerificationError,
    VideoStitcher,
    WorkerAdapter,
    WorkerJob,
)
from helios_gui.utils.real_folders import checked_place, real_place
from helios_gui.utils.shielded import shielded

logger = logging.getLogger(__name__)

_CLOCK_SLACK_SECONDS = 2.0  # file systems may keep times that coarsely


def merge_id(job_id: str) -> str:
    """Return the id for the processes of a job's own merge command, as attempts have theirs."""
    return f"{job_id}.merge"


class Delivery:
    """Makes a job's final output. ``local`` runs merge commands we do not recognise, as they are given."""

    def __init__(
        self,
        stitcher: VideoStitcher,
        local: WorkerAdapter,
        verify: FrameVerifier,
        log_root: Path,
        environment: Mapping[str, str],
    ) -> None:
        self._stitcher = stitcher
        self._local = local
        self._verify = verify
        self._log_root = log_root
        self._environment = environment

    async def deliver(self, job: LiveJob, *, reencode: bool) -> str:
        """Make the final output of a job whose chunks are all completed; what was made, in words.

        Raises ``StitchError`` (or another ``HeliosError``); chunk outputs are never touched.
        """
        with working_on(job.id, real_place(job.output)):
            return await self._deliver(job, reencode=reencode)

    async def _deliver(self, job: LiveJob, *, reencode: bool) -> str:
        spec, place = job.spec, _place_of(job)
        request = replaceable_merge(spec)
        if spec.merge_command and request is None:
            return await self._run_merge_command(job, spec.merge_command)
        asked = job.options.output is not None or names_final_output(spec)
        if spec.renders_frames and (ends_as_frames(job) or not asked):
            return _frames_in_words(job)
        segments = [job.output_of(chunk) for chunk in job.chunks]
        no_output_asked = not spec.merge_command and not spec.output_file and not job.options.output
        if no_output_asked and not all(map(is_media_name, segments)):
            return tr_count(
                "{number} file rendered; it is no video, so there is nothing to stitch",
                "{number} files rendered; they are no videos, so there is nothing to stitch",
                len(segments),
            )
        try:
            await asyncio.to_thread(place.parent.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            hint = tr("Choose another output, or make its folder writable.")
            raise StitchError(
                tr("The folder {output} cannot be made: {reason}.", output=job.output.parent, reason=error.strerror),
                hint,
            ) from error
        options = _stitch_options(job, request, reencode=reencode)
        if not spec.renders_frames:
            return str(await self._stitcher.stitch(segments, place, options, job.set_stitch_progress))
        return str(await self._encode(job, place, options))

    async def _encode(self, job: LiveJob, place: Path, options: StitchOptions) -> StitchReport:
        """Make a video of image sequences; the sound of a Blender scene comes to it afterwards."""
        stitcher, tracks = self._stitcher, options.tracks_from
        if not isinstance(stitcher, FrameEncoder):
            raise StitchError(
                tr("The stitcher makes no video of image sequences."), tr("Name a merge command that does.")
            )
        sequences = [FrameSequence(job.output_of(chunk), chunk.spec.frames) for chunk in job.chunks]
        if tracks is None or tracks.path.suffix.lower() != SUFFIX:
            return await stitcher.encode_frames(sequences, place, options, job.set_stitch_progress)
        work = self._log_root / job.id
        await asyncio.to_thread(work.mkdir, parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="sound-", dir=work, ignore_cleanup_errors=True) as folder:
            pictures, sound = Path(folder) / f"pictures{place.suffix}", Path(folder) / "sound.wav"
            scene = job.spec.tracks_from.scene if job.spec.tracks_from else ""
            await mix_sound(tracks.path, scene, job.spec.chunks[-1].end_frame, sound, logger.debug)
            silent = replace(options, tracks_from=None)
            encoded = await stitcher.encode_frames(sequences, pictures, silent, job.set_stitch_progress)
            joined = StitchOptions(
                frames=options.frames,
                rate=options.rate,
                audio_codec=options.audio_codec,
                job_id=options.job_id,
                tracks_from=replace(tracks, path=sound),
            )
            report = await stitcher.stitch([pictures], place, joined, job.set_stitch_progress)
        return replace(report, segments=encoded.segments, notes=(*encoded.notes, *report.notes))

    async def _run_merge_command(self, job: LiveJob, merge_command: str) -> str:
        """Run the job's own merge command. An earlier video is kept until the new one is there and verified."""
        expected = job.spec.output_file or read_merge_output(job.spec) or str(job.output)
        command, named = redirect_output(
            parse_command(merge_command), expected, job.output, job_dir=job.options.job_dir
        )
        whole = RenderChunk(
            id=0,
            start_frame=job.chunks[0].spec.start_frame,
            frame_count=job.frames_total,
            output_file=job.output.name,
            command=merge_command,
        )
        is_known = job.options.output is not None or names_final_output(job.spec)
        started = time.time()
        with kept_aside(job.output, job.id) if is_known else nullcontext(enter_result=False) as is_cleared:
            await self._execute(job, command, whole)
            if is_cleared:
                is_written = await asyncio.to_thread(job.output.exists)
            else:
                is_written = await asyncio.to_thread(_written_since, started, job.output)
            return await self._judge_merge(job, whole, named=named, is_written=is_written)

    async def _judge_merge(self, job: LiveJob, whole: RenderChunk, *, named: bool, is_written: bool) -> str:
        """Return what a merge command has made, in words.

        Args:
            job: The job.
            whole: The job as one chunk.
            named: Whether the command was given the video's name.
            is_written: Whether the video is there, and new.

        Raises:
            StitchError: It is not what the job says it makes.
        """
        if not named and not is_written:
            if job.options.output is None and job.spec.output_file is not None:
                raise StitchError(
                    tr("The job's merge command reported success, but it did not write {output}.", output=job.output),
                    tr("Correct the command, or the job's “outputFile”."),
                )
            lost = tr(", and not in {output}", output=job.output.name) if job.options.output else ""
            return tr(
                "merged by the job's own command; it does not say where{lost}, so the result was not verified",
                lost=lost,
            )
        try:
            await self._verify(job.output, whole)
        except (VerificationError, OSError) as error:
            if job.options.output is None and job.spec.output_file is None and is_written:  # the job promises nothing
                return tr("merged by the job's own command; {problem}", problem=str(error).rstrip("."))
            raise StitchError(tr("The job's merge command reported success, but {error}", error=error)) from error
        return tr(
            "{chunks} merged by the job's own command, {frames}",
            chunks=tr_count("{number} chunk", "{number} chunks", len(job.chunks)),
            frames=tr_count("{number} frame", "{number} frames", job.frames_total),
        )

    async def _execute(self, job: LiveJob, command: tuple[str, ...], whole: RenderChunk) -> None:
        log = self._log_root / job.id / "merge.log"
        worker_job = WorkerJob(
            job_id=job.id,
            attempt_id=merge_id(job.id),
            chunk=whole,
            chunk_index=0,
            command=command,
            job_dir=job.options.job_dir,
            output=job.output,
            log_path=log,
            environment=self._environment,
        )
        try:
            result = await self._local.execute(worker_job)
        finally:
            await shielded(self._local.reclaim({merge_id(job.id)}))
        if not result.ok:
            raise StitchError(
                tr("The job's merge command failed: {message}", message=result.message),
                tr("What it said is in {log}.", log=log),
            )


def _frames_in_words(job: LiveJob) -> str:
    """Return the report of a job that ends as the frames that its chunks wrote, and that were verified one by one."""
    numbers = [frame for chunk in job.chunks for frame in chunk.spec.frames]
    places = {job.output_of(chunk) for chunk in job.chunks}
    place = str(_in_job(job, *places)) if len(places) == 1 else tr("the chunks' folders")
    return tr_count(
        "{number} frame ({frames}) in {place}, complete",
        "{number} frames ({frames}) in {place}, complete",
        len(numbers),
        frames=frames_in_words(numbers),
        place=place,
    )


def _in_job(job: LiveJob, path: Path) -> Path:
    """Return a path as it is seen from the job's folder, if it is in there."""
    folder = job.options.job_dir
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _place_of(job: LiveJob) -> Path:
    """Return where the finished video belongs: where the user said, or where the job says and no link leads astray.

    Raises:
        UserInputError: A link leads out of the job's folder.
    """
    if job.options.output:
        return job.output
    return checked_place(job.output, job.options.job_dir)


def _written_since(moment: float, path: Path) -> bool:
    try:
        return path.stat().st_mtime >= moment - _CLOCK_SLACK_SECONDS
    except OSError:
        return False


def _stitch_options(job: LiveJob, request: MergeRequest | None, *, reencode: bool) -> StitchOptions:
    metadata = job.spec.metadata
    return StitchOptions(
        frames=job.frames_total,
        frames_of_each=tuple(chunk.spec.frame_count for chunk in job.chunks),
        rate=metadata.rate,
        width=metadata.width,
        height=metadata.height,
        video_codec=(request.video_codec or "") if request else "",
        audio_codec=(request.audio_codec or "") if request else "",
        quality=request.quality if request else None,
        reencode=reencode,
        job_id=job.id,
        tracks_from=_source_tracks(job),
        frame_encoding=job.spec.frame_encoding,
    )


def _source_tracks(job: LiveJob) -> SourceTracks | None:
    source = job.spec.tracks_from
    if source is None:
        return None
    first = job.spec.chunks[0].start_frame
    return SourceTracks(job.options.job_dir / source.file, first, source.audio_codec, source.audio_bit_rate)
