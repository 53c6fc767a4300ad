"""Test frames: a few frames are rendered once, and tell how a job looks and what it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from helios_gui.jobfile.command_line import parse_command, resolve_program
from helios_gui.process.process_runner import ProcessRunner
from helios_gui.sources.source import AnyKind, JobRequest, SourceFacts
from helios_gui.sources.wanted_frames import frame_at
from helios_gui.translation import tr
from helios_gui.types import HeliosError, JobSpec, WorkerJob
from helios_gui.types.cost import RenderPace
from helios_gui.types.sequences import frame_files, read_pattern

_LONGEST_TRIAL = 8.0
"""Seconds of the trial chunk, whose time without the start is divided by its frames."""
_SAMPLE = 0.25
"""Seconds between two looks at the memory of the trial's processes."""
_ATTEMPT = "test-frames"


@dataclass(frozen=True, slots=True)
class TriedFrame:
    """One frame that was rendered: its number, its picture, and how many seconds that took."""

    frame: int
    picture: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What test frames showed."""

    frames: tuple[TriedFrame, ...]
    pace: RenderPace


def frames_to_try(spec: JobSpec) -> tuple[int, ...]:
    """Return the numbers of the first, the quarter, the middle and the last frame; fewer where they are the same."""
    return tuple(dict.fromkeys(frame_at(spec, share) for share in (0, 1 / 4, 1 / 2, 1)))


async def calibrate(
    kind: AnyKind,
    request: JobRequest,
    facts: SourceFacts,
    spec: JobSpec,
    folder: Path,
    on_frame: Callable[[TriedFrame], Awaitable[None]],
) -> Calibration:
    """Render the test frames of a planned job, and a small chunk of it.

    Args:
        kind: The source's kind.
        request: What the job was planned from.
        facts: What the source says about itself.
        spec: The planned job.
        folder: An empty folder, for the pictures and the chunk.
        on_frame: Is awaited with each frame once it is rendered.

    Raises:
        HeliosError: A frame or the chunk cannot be rendered.
    """
    tried = []
    for frame in frames_to_try(spec):
        picture = folder / f"frame-{frame}.png"
        started = time.monotonic()
        await kind.still(request, facts, frame, picture, _ignore)
        tried.append(TriedFrame(frame, picture, time.monotonic() - started))
        await on_frame(tried[-1])
    single = min(one.seconds for one in tried)
    total = spec.metadata.total_frames
    count = max(1, min(total, kind.trial_frames, round(_LONGEST_TRIAL / max(single, 0.01) * 4)))
    first = spec.chunks[0].start_frame
    trial = replace(
        request,
        job=None,
        first_frame=first,
        frames=count,
        seconds=None,
        frame_list="",
        output=_trial_output(Path(spec.output_file or "trial.mp4")),
        number_output=False,
        chunk_size=count,
    )
    planned = await asyncio.to_thread(kind.plan, trial, facts, folder / "trial.helios.json")
    seconds, memory, processors = await _measure(planned, folder)
    pace = pace_of(single, seconds, planned.metadata.total_frames, memory, processors)
    return Calibration(tuple(tried), pace)


def _trial_output(output: Path) -> str:
    """Return an output of the same kind; that of pictures is a pattern."""
    return f"trial{'_####' if read_pattern(output.name) is not None else ''}{output.suffix}"


def pace_of(single: float, chunk: float, count: int, memory: int, processors: float) -> RenderPace:
    """Return the pace that two chunks show.

    Args:
        single: Seconds of one frame, with the start.
        chunk: Seconds of a chunk of several frames.
        count: How many these are.
        memory: Bytes that the chunk held at most.
        processors: How many the chunk kept busy.
    """
    if count == 1:
        return RenderPace(0.0, chunk, memory, processors)
    frame = max((chunk - single) / (count - 1), chunk / count / 20)
    return RenderPace(max(0.0, chunk - count * frame), frame, memory, processors)


async def _measure(spec: JobSpec, folder: Path) -> tuple[float, int, float]:
    """Run the only chunk of a job; return its seconds, its bytes of memory and the processors that it kept busy."""
    chunk = spec.chunks[0]
    command = await asyncio.to_thread(resolve_program, parse_command(chunk.command), job_dir=folder)
    job = WorkerJob(
        job_id=_ATTEMPT,
        attempt_id=f"{_ATTEMPT}-{time.monotonic_ns()}",
        chunk=chunk,
        chunk_index=0,
        command=command,
        job_dir=folder,
        output=folder / chunk.output_file,
        log_path=folder / "trial.log",
    )
    await asyncio.to_thread(job.output.parent.mkdir, parents=True, exist_ok=True)
    children = {child.pid for child in psutil.Process().children()}
    render = asyncio.ensure_future(ProcessRunner().run(job))
    memory, busy = 0, dict[int, float]()
    try:
        while not (await asyncio.wait({render}, timeout=_SAMPLE))[0]:
            memory = max(memory, await asyncio.to_thread(_measure_children, children, busy))
    finally:
        render.cancel()
        await asyncio.wait({render})
    result = render.result()
    if result.exit_code != 0 or not all(path.exists() for path in frame_files(job.output, chunk.frames)):
        words = result.message or "\n".join(result.tail[-5:])
        raise HeliosError(tr("The test frames could not be rendered: {words}", words=words))
    return result.duration, memory, max(0.1, sum(busy.values()) / max(result.duration, 0.01))


def _measure_children(others: set[int], busy: dict[int, float]) -> int:
    """Return the bytes that new children and their descendants use; note the processor time of each in ``busy``."""
    memory = 0
    for child in psutil.Process().children():
        if child.pid not in others:
            memory += sum(_processor_seconds(process, busy) for process in _family(child))
    return memory


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _processor_seconds(process: psutil.Process, busy: dict[int, float]) -> int:
    try:
        times = process.cpu_times()
        busy[process.pid] = times.user + times.system
        full = process.memory_full_info()
        # Browsers' processes share much: their proportional part, where the system tells it.
        return int(getattr(full, "pss", 0) or full.rss)
    except psutil.Error:
        return 0


def _ignore(line: str) -> None:
    """Do nothing with a line that a source's program prints."""
