"""The files that a job writes, one by one: an output that is an image sequence is as many files as it has frames."""

from __future__ import annotations

from pathlib import Path

from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.types.sequences import frame_files, read_pattern


def chunk_files(job: LiveJob, chunk: LiveChunk) -> list[Path]:
    """Return the files of a chunk's finished output."""
    return frame_files(job.output_of(chunk), chunk.spec.frames)


def final_files(job: LiveJob) -> list[Path]:
    """Return the files that are the end result of a job: a video, or all frames."""
    if not ends_as_frames(job):
        return [job.output]
    return [file for chunk in job.chunks for file in frame_files(job.output, chunk.spec.frames)]


def job_frames(job: LiveJob) -> range:
    """Return the range of the frames' numbers of a job, of which not all need be rendered."""
    return range(job.chunks[0].spec.start_frame, job.chunks[-1].spec.end_frame + 1)


def ends_as_frames(job: LiveJob) -> bool:
    """Return whether the end result is the image sequence that the chunks write, so that nothing is stitched."""
    return job.spec.renders_frames and read_pattern(job.output.name) is not None


def missing_frames(job: LiveJob, chunk: LiveChunk) -> list[int]:
    """Return the frames of a chunk's image sequence whose files are not there. Blocking."""
    files = zip(chunk.spec.frames, chunk_files(job, chunk), strict=True)
    return [frame for frame, file in files if not file.exists()]
