"""What a job would replace that is not its own: the finished video of another job, or a file of a person."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from helios_gui.jobfile.output_names import is_stitched_by_us
from helios_gui.orchestrator.chunk_places import OutputRecords, find_others_files, others_files_in_words
from helios_gui.orchestrator.claimed_names import Places, places_meet, places_of
from helios_gui.orchestrator.job_files import ends_as_frames, final_files, job_frames
from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.kept_outputs import restore_video
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.made_files import recognise_files, record_files, record_without_digest
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.output_leases import LeaseHolder, lease_of
from helios_gui.orchestrator.preflight import makes_final_output
from helios_gui.stitcher.workspace import read_delivered, remove_delivered
from helios_gui.translation import tr
from helios_gui.types import ChunkState, JobExecutionOptions, JobSpec, MadeFile, MadeVideo, Replacement, UserInputError
from helios_gui.types.sequences import read_pattern

_UNKNOWN = MadeFile(-1, 0, 0)
"""Recorded of a video while a job's own merge command writes it."""

_CLOCK_SLACK_SECONDS = 2.0  # file systems may keep times that coarsely
_NOTHING = MadeFile(-2, 0, 0)
"""Recorded where a merge command has failed and left no file; no file is like it."""


@runtime_checkable
class VideoRecords(Protocol):
    """Remembers which job made which video. Both methods may raise ``HeliosError``."""

    async def find_video(self, place: Path) -> MadeVideo | None:
        """Return what is recorded of the video that was made at a place."""
        ...

    async def record_video(self, place: Path, video: MadeVideo) -> None:
        """Record a video that was made."""
        ...


class SessionVideoRecords:
    """``VideoRecords`` as long as the program runs, for a repository that keeps none."""

    def __init__(self) -> None:
        self._videos: dict[Path, MadeVideo] = {}

    async def find_video(self, place: Path) -> MadeVideo | None:
        """Return what is recorded of the video that was made at a place."""
        return self._videos.get(place)

    async def record_video(self, place: Path, video: MadeVideo) -> None:
        """Record a video that was made."""
        self._videos[place] = video


async def find_replacement(job: LiveJob, records: VideoRecords) -> Replacement | None:
    """Return what lies in the place of a job's video, unless it is what this job, or its job file, has made before."""
    if not makes_final_output(job) or not await asyncio.to_thread(_find_present, job):
        return None
    if ends_as_frames(job):
        return await _find_replaced_frames(job, records)
    place = await asyncio.to_thread(_place_of, job)
    if await asyncio.to_thread(_was_delivered, job):
        await record_delivery(job, records)
        return None
    video = await records.find_video(place)
    if video is None or (video.file == _UNKNOWN and not _is_own(job, video)):
        return Replacement(job.output)
    if video.file == _UNKNOWN:  # the app died while a merge command wrote it: what is older was put there by others
        older = await asyncio.to_thread(_modified, job.output) < video.made_at - _CLOCK_SLACK_SECONDS
        return Replacement(job.output) if older else None
    if await asyncio.to_thread(recognise_files, final_files(job), video.file) is None:
        return Replacement(job.output)
    return None if _is_own(job, video) else Replacement(job.output, video.job_name, video.made_at)


async def _find_replaced_frames(job: LiveJob, records: VideoRecords) -> Replacement | None:
    """Return whose frames would be replaced; ``None`` once the job has begun to render them, or if some are missing.

    Frames are put in their place chunk by chunk. Where some of the job's own were removed, it is to make them again.
    """
    if any(chunk.attempts for chunk in job.chunks):
        return None
    video = await records.find_video(await asyncio.to_thread(_place_of, job))
    if video is None:
        return Replacement(job.output)
    if _is_own(job, video):
        present = await asyncio.to_thread(_find_present, job)
        is_changed = video.file not in (_UNKNOWN, _NOTHING) and len(present) == len(final_files(job))
        if not is_changed or await asyncio.to_thread(recognise_files, present, video.file) is not None:
            return None
        return Replacement(job.output)
    return Replacement(job.output, video.job_name, video.made_at)


def _find_present(job: LiveJob) -> list[Path]:
    return [file for file in final_files(job) if os.path.lexists(file)]


async def refuse_replacement(job: LiveJob, records: VideoRecords) -> None:
    """Raise ``UserInputError`` if a job would replace what is not its own, and nobody has agreed to that."""
    found = None if job.options.overwrite else await find_replacement(job, records)
    if found is not None:
        raise UserInputError(replacement_in_words(found), tr("Agree to replace it, or choose another name."))


def replacement_in_words(found: Replacement) -> str:
    """Return sentences for a person: what would be replaced, and whose it is."""
    words = [] if found.output is None else [_video_in_words(found, found.output)]
    if found.chunk_files is not None:
        words.append(others_files_in_words(found.chunk_files))
    return " ".join(words)


def _video_in_words(found: Replacement, output: Path) -> str:
    if read_pattern(output.name) is not None:
        return _frames_in_words(found, output)
    if found.process is not None:
        return tr("{output} is being made by the job “{name}” now.", output=output, name=found.made_by)
    if found.made_at is None:
        return tr("{output} exists already, and this job did not make it as it is now.", output=output)
    made_at = datetime.fromtimestamp(found.made_at).astimezone().strftime("%Y-%m-%d %H:%M")
    return tr(
        "{output} exists already: the job “{name}” made it on {date}.",
        output=output,
        name=found.made_by,
        date=made_at,
    )


def _frames_in_words(found: Replacement, output: Path) -> str:
    if found.process is not None:
        return tr("Frames of {output} are being made by the job “{name}” now.", output=output, name=found.made_by)
    if not found.made_by:
        return tr("Frames of {output} exist already, and this job did not make them as they are.", output=output)
    return tr("Frames of {output} exist already: the job “{name}” made them.", output=output, name=found.made_by)


@dataclass(frozen=True, slots=True)
class Claim:
    """What was known of a job's place, and what lay there, before the job began to write there."""

    video: MadeVideo | None = None
    present: MadeFile | None = None


async def claim_place(job: LiveJob, records: VideoRecords) -> Claim:
    """Record that a job is about to write in the very place of its end result, which the app's death may cut short.

    So do its own merge command, and chunks whose frames are the end result.
    """
    if not makes_final_output(job) or not (ends_as_frames(job) or not is_stitched_by_us(job.spec)):
        return Claim()
    place = await asyncio.to_thread(_place_of, job)
    claim = Claim(await records.find_video(place), await asyncio.to_thread(_glance_at_end, job))
    await records.record_video(place, MadeVideo(job.id, job.name, job.options.source, time.time(), _UNKNOWN))
    return claim


async def settle_claim(job: LiveJob, records: VideoRecords, claim: Claim | None = None) -> None:
    """Record what a merge command that failed or was stopped has left in the video's place, in place of the claim.

    An earlier file that was put back is again what it was before the ``claim``. Nothing is read: what was left may be
    large, and who cancels a job is waiting.
    """
    if makes_final_output(job) and not is_stitched_by_us(job.spec):
        left = await asyncio.to_thread(_glance_at_end, job)
        place = await asyncio.to_thread(_place_of, job)
        if claim is not None and left is not None and left == claim.present:
            left = _NOTHING
            if claim.video is not None:
                await records.record_video(place, claim.video)
                return
        video = MadeVideo(job.id, job.name, job.options.source, time.time(), left or _NOTHING)
        await records.record_video(place, video)


async def restore_earlier(job: LiveJob, records: VideoRecords | None) -> None:
    """Put back the video that a merge command was to replace when the app died; it may be replaced again."""
    if makes_final_output(job) and not is_stitched_by_us(job.spec):
        restored = await asyncio.to_thread(restore_video, job.output)
        if restored and records is not None:
            await settle_claim(job, records)


def _glance_at_end(job: LiveJob) -> MadeFile | None:
    try:
        return record_without_digest(*final_files(job))
    except OSError:
        return None


async def record_delivery(job: LiveJob, records: VideoRecords) -> None:
    """Record the video that a job has just made: the job may replace it again without a question.

    Nothing is recorded where there is no such video: the job's own merge command has put it elsewhere.
    """
    try:
        made = await asyncio.to_thread(
            record_without_digest if ends_as_frames(job) else record_files, *final_files(job)
        )
    except OSError:
        return
    place = await asyncio.to_thread(_place_of, job)
    await records.record_video(place, MadeVideo(job.id, job.name, job.options.source, time.time(), made))
    await asyncio.to_thread(remove_delivered, job.output, job.id)
    if job.options.overwrite:
        job.set_options(job.options.model_copy(update={"overwrite": False}))


def completes_job(job: LiveJob) -> bool:
    """Return whether all chunks will be there after the run that is asked for, so that the video is made."""
    asked = set(job.chunks_to_render())
    return all(chunk in asked or chunk.state is ChunkState.COMPLETED for chunk in job.chunks)


class Replacements:
    """Tells what jobs would replace before they run, and remembers what a person agreed to."""

    def __init__(
        self,
        queue: JobQueue,
        records: VideoRecords,
        outputs: OutputRecords | None,
        written: Callable[[], Awaitable[bool]],
    ) -> None:
        self._queue = queue
        self._records = records
        self._outputs = outputs
        self._written = written

    async def of_new_job(
        self, spec: JobSpec, options: JobExecutionOptions, *, video: bool = True
    ) -> Replacement | None:
        """Return what a job that is not in the queue would replace, or ``None``.

        Args:
            spec: The job.
            options: How it is to run.
            video: Whether it is going to make its video, so that this counts, too.

        Raises:
            UserInputError: The job cannot be used.
        """
        return await self._find_replacement(make_live_job("new", spec, options), video=video)

    async def of_job(self, job_id: str) -> Replacement | None:
        """Return what a job of the queue would replace that is not its own, or ``None``.

        Raises:
            NotFoundError: The job is not in the queue.
        """
        return await self._find_replacement(await self._queue.load(job_id))

    async def agree(self, job_id: str) -> None:
        """Have a job replace what lies in the place of its video, once.

        Raises:
            NotFoundError: The job is not in the queue.
        """
        job = await self._queue.load(job_id)
        job.set_options(job.options.model_copy(update={"overwrite": True}))

    async def _find_replacement(self, job: LiveJob, *, video: bool = True) -> Replacement | None:
        if job.options.overwrite:
            return None
        found = await self._find_video(job) if video else None
        if self._outputs is None:
            return found
        await self._written()
        chunk_files = await find_others_files(job, self._outputs)
        return found if chunk_files is None else replace(found or Replacement(), chunk_files=chunk_files)

    async def _find_video(self, job: LiveJob) -> Replacement | None:
        if not makes_final_output(job):
            return None
        holder = await asyncio.to_thread(lease_of(job).find_holder)
        if holder is not None and holder.same_video and not _is_its_own(holder, job):
            return Replacement(job.output, holder.job_name, process=holder.process)
        rival = await asyncio.to_thread(self._find_rival, job)
        if rival is not None:
            return Replacement(job.output, rival.name, process=os.getpid())
        return await find_replacement(job, self._records)

    def _find_rival(self, job: LiveJob) -> LiveJob | None:
        """Return another job of the queue that is about to make the same video."""
        place = _final_place(job)
        others = [other for other in self._queue.in_memory() if other.id != job.id and not other.is_idle]
        return next((other for other in others if places_meet(place, _final_place(other))), None)


def _is_its_own(holder: LeaseHolder, job: LiveJob) -> bool:
    """Return whether the lease is that of the job itself: a run keeps it for a moment after its last chunk."""
    return holder.job_id == job.id and holder.process == os.getpid()


def _is_own(job: LiveJob, video: MadeVideo) -> bool:
    return video.job_id == job.id or (video.source is not None and video.source == job.options.source)


def _was_delivered(job: LiveJob) -> bool:
    """Return whether the app died right after it had put this very file in its place."""
    noted = read_delivered(job.output, job.id)
    try:
        return noted is not None and noted == record_without_digest(*final_files(job))
    except OSError:
        return False


def _final_place(job: LiveJob) -> Places:
    return places_of([job.output], job_frames(job))


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _place_of(job: LiveJob) -> Path:
    """Return under which path the end result is recorded: its own, with its folder as it really is.

    That of an image sequence has the numbers of the frames, of which other jobs may make others.
    """
    folder = Path(os.path.realpath(job.output.parent))
    if not ends_as_frames(job):
        return folder / job.output.name
    files = final_files(job)
    return folder / f"{files[0].name}..{files[-1].name}"
