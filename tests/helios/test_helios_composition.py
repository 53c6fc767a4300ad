"""A real Helios composition, rendered chunk by chunk by Helios' own renderer, from a job file to one video."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import psutil
import pytest

from helios_gui.engine import open_engine
from helios_gui.jobfile.job_files import load_job
from helios_gui.stitcher import probe
from helios_gui.types import JobExecutionOptions, JobState, JobSummary
from helios_gui.utils.folders import AppFolders

pytestmark = [pytest.mark.npm, pytest.mark.timeout(300)]

FPS, WIDTH, HEIGHT = 30, 640, 360
CHUNKS = ((20, 17), (37, 17), (54, 11))  # start frame and frame count: like a real job, not from 0, the last shorter
FRAMES = [frame for start, count in CHUNKS for frame in range(start, start + count)]
BITS, BIT_SIZE = 10, 20  # the composition's row of squares: its frame number in binary


def write_job(folder: Path, mode: str, browser: Path) -> Path:
    """A job file in the form Helios writes."""
    options = f"--width {WIDTH} --height {HEIGHT} --fps {FPS} --mode {mode} --browser {browser}"
    chunks = [
        {
            "id": number,
            "startFrame": start,
            "frameCount": count,
            "outputFile": f"part_{number}.mov",
            "command": f"node render-chunk.js {mode}.html -o part_{number}.mov "
            f"--start-frame {start} --frame-count {count} {options}",
        }
        for number, (start, count) in enumerate(CHUNKS)
    ]
    metadata = {
        "totalFrames": len(FRAMES),
        "fps": FPS,
        "width": WIDTH,
        "height": HEIGHT,
        "duration": len(FRAMES) / FPS,
    }
    merge = " ".join(["helios merge daybreak.mp4", *(chunk["outputFile"] for chunk in chunks)])
    path = folder / "daybreak.helios.json"
    path.write_text(json.dumps({"metadata": metadata, "chunks": chunks, "mergeCommand": merge}))
    return path


async def render(job_file: Path, home: Path) -> JobSummary:
    """Run the job through the engine as the window and the terminal do."""
    async with open_engine(AppFolders.at(home)) as engine:
        options = JobExecutionOptions(job_dir=job_file.parent, source=job_file, concurrency=2, retries=0)
        job_id = await engine.manager.submit_job(load_job(job_file), options)
        summary = await engine.manager.wait_job(job_id)
        causes = [attempt.cause for attempt in await engine.manager.attempts(job_id)]
    assert summary.state is JobState.COMPLETED, (summary.reason, causes)
    return summary


def frame_numbers(path: Path) -> Iterator[int]:
    """The number each frame carries in its bottom row of squares."""
    with av.open(path) as container:
        for frame in container.decode(video=0):
            luma = frame.planes[0]
            row = bytes(luma)[(HEIGHT - BIT_SIZE // 2) * luma.line_size :]
            bits = "".join("1" if row[place * BIT_SIZE + BIT_SIZE // 2] > 127 else "0" for place in range(BITS))
            yield int(bits, 2)


def timestamps(path: Path) -> list[Fraction]:
    """When each frame is shown, in seconds."""
    with av.open(path) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def duration(path: Path) -> Fraction:
    """The video's length as its container tells it, in seconds."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        return stream.duration * stream.time_base


def browsers_of(folder: Path) -> list[psutil.Process]:
    """Browsers and renderers that an attempt in this folder has left running."""
    return [process for process in psutil.process_iter(["name", "cmdline", "cwd"]) if works_in(process, folder)]


def works_in(process: psutil.Process, folder: Path) -> bool:
    named = process.info["name"] in ("node", "chromium", "ffmpeg")
    return named and str(folder) in (process.info["cwd"] or "")


@pytest.mark.parametrize(("mode", "written_rate"), [("canvas", 25), ("dom", FPS)])
async def test_composition_becomes_one_video(
    mode: str, written_rate: int, job_dir: Path, browser: Path, tmp_path: Path
) -> None:
    job_file = write_job(job_dir, mode, browser)

    summary = await render(job_file, tmp_path / "home")

    chunk = probe(job_dir / "part_0.mov").video
    assert chunk is not None
    assert (chunk.packets, chunk.rate) == (CHUNKS[0][1], written_rate)
    assert summary.output == job_dir / "daybreak.mp4"
    assert list(frame_numbers(summary.output)) == FRAMES
    assert timestamps(summary.output) == [Fraction(index, FPS) for index in range(len(FRAMES))]
    assert duration(summary.output) == Fraction(len(FRAMES), FPS)
    assert ("retimed to 30 fps" in summary.report) == (mode == "canvas")
    assert browsers_of(job_dir) == []


async def test_cancelling_stops_the_browsers(job_dir: Path, browser: Path, tmp_path: Path) -> None:
    job_file = write_job(job_dir, "dom", browser)
    async with open_engine(AppFolders.at(tmp_path / "home")) as engine:
        options = JobExecutionOptions(job_dir=job_dir, concurrency=2)
        job_id = await engine.manager.submit_job(load_job(job_file), options)
        while not any(process.info["name"] == "chromium" for process in browsers_of(job_dir)):
            assert not engine.manager.list_jobs()[0].state.is_finished
            await asyncio.sleep(0.05)

        await engine.manager.cancel_job(job_id)
        summary = await engine.manager.wait_job(job_id)

        assert summary.state is JobState.CANCELLED
        assert browsers_of(job_dir) == []
