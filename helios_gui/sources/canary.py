"""Canaries: the test frames of a planned job as a small job of its own, which the workers of a cloud render first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from helios_gui import product
from helios_gui.jobfile.frame_list import list_of
from helios_gui.sources.calibration import frames_to_try, pace_of
from helios_gui.sources.source import AnyKind, JobRequest, SourceFacts
from helios_gui.translation import tr
from helios_gui.types import JobSpec, RenderChunk
from helios_gui.types.cost import RenderPace
from helios_gui.types.sequences import frame_files, read_pattern
from helios_gui.web.ffmpeg_call import call_ffmpeg

_STEM = ".helios-test-frames"
"""Of the canary's job file, which is not written, and so of its outputs."""


@dataclass(frozen=True, slots=True)
class Canary:
    """The test frames of a planned job, as a small job of its own.

    Attributes:
        spec: Its job: the first frame alone, some frames after it, and the others alone. Its paths are relative to the
            folder of the planned job, which its workers need.
        frames: The frames to look at.
    """

    spec: JobSpec
    frames: tuple[int, ...]

    def outputs(self, folder: Path) -> list[Path]:
        """Return the files that it makes in a folder."""
        return [file for chunk in self.spec.chunks for file in frame_files(folder / chunk.output_file, chunk.frames)]

    def pace(self, seconds: Mapping[int, float]) -> RenderPace:
        """Return the pace of the workers.

        Args:
            seconds: What each chunk took, by its id.
        """
        chunks = self.spec.chunks
        longest = max(chunks, key=lambda chunk: chunk.frame_count)
        singles = [seconds[chunk.id] for chunk in chunks if chunk.frame_count == 1]
        single = min(singles, default=seconds[longest.id])
        return pace_of(single, seconds[longest.id], longest.frame_count, 0, 1.0)


def plan_canary(kind: AnyKind, request: JobRequest, facts: SourceFacts, spec: JobSpec, folder: Path) -> Canary:
    """Plan the canary of a job. It reads the disk, and writes nothing.

    Args:
        kind: The source's kind.
        request: What the job was planned from.
        facts: What the source says about itself.
        spec: The planned job.
        folder: The folder of its job file.

    Raises:
        UserInputError: The frames cannot be rendered alone.
    """
    frames = frames_to_try(spec)
    run = spec.chunks[0].frames[1 : 1 + kind.trial_frames]
    ranges = [range(frames[0], frames[0] + 1), *([run] if run else [])]
    last = ranges[-1][-1]
    ranges += [range(frame, frame + 1) for frame in frames if frame > last]
    output = Path(spec.output_file or "video.mp4")
    is_pictures = read_pattern(output.name) is not None
    small = replace(
        request,
        job=folder / f"{_STEM}{product.SUFFIXES[0]}",
        first_frame=None,
        frames=None,
        seconds=None,
        frame_list=list_of(ranges),
        output=f"{_STEM}_{'#' * 6 if is_pictures else ''}{output.suffix}",
        number_output=False,
        chunk_size=max(map(len, ranges)),
    )
    planned = kind.plan(small, facts, folder / f"{_STEM}{product.SUFFIXES[0]}")
    held = {frame for chunk in planned.chunks for frame in chunk.frames}
    return Canary(planned, tuple(frame for frame in frames if frame in held))


async def save_canary_picture(canary: Canary, frame: int, folder: Path, picture: Path) -> None:
    """Save one of the frames of a canary that was rendered.

    Args:
        canary: The canary.
        frame: One of its frames.
        folder: Where its outputs are.
        picture: The PNG picture to write.

    Raises:
        HeliosError: The frame cannot be read.
    """
    chunk = _chunk_of(canary.spec.chunks, frame)
    output = folder / chunk.output_file
    place = chunk.frames.index(frame)
    if chunk.pattern is not None:
        output, place = frame_files(output, range(frame, frame + 1))[0], 0
    chosen = f"select=eq(n\\,{place}),format=rgb24"
    arguments = ["-i", f"file:{output}", "-vf", chosen, "-frames:v", "1", f"file:{picture}"]
    await call_ffmpeg(arguments, tr("reading a test frame"))


async def remove_canary(canary: Canary, folder: Path) -> None:
    """Remove what a canary has made."""
    for file in canary.outputs(folder):
        await asyncio.to_thread(file.unlink, missing_ok=True)


def _chunk_of(chunks: Iterable[RenderChunk], frame: int) -> RenderChunk:
    return next(chunk for chunk in chunks if frame in chunk.frames)
