"""kill -9 of the app in the middle of a job: nothing finished is rendered again, nothing is left running."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import probe
from helios_gui.types import AttemptState, ChunkState, ExecutionPolicy, JobSpec, JobState
from tests.support.jobs import open_manager, python, text_job
from tests.support.process_list import processes_in
from tests.support.waiting import eventually, wait_until

APP = """
import asyncio, sys
from pathlib import Path
from helios_gui.types import ExecutionPolicy, JobExecutionOptions, JobSpec
from tests.support.jobs import open_manager

async def main(folder, work):
    spec = JobSpec.model_validate_json((work / "spec.json").read_text())
    async with open_manager(folder, ExecutionPolicy(concurrency=3, retries=0)) as manager:
        job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=work))
        await manager.wait_job(job_id)

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""

# Counts its run, renders with ffmpeg, and from chunk 4 on hangs (with a child of its own) until "go" is there.
RENDER = """
import os, subprocess, sys, time
output, chunk, ffmpeg = sys.argv[1:]
open('runs.txt', 'a').write(chunk + '\\n')
if int(chunk) >= 4 and not os.path.exists('go'):
    subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'], start_new_session=True)
    while not os.path.exists('go'): time.sleep(.01)
subprocess.run([ffmpeg, '-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=64x36:r=30', '-frames:v', '5',
                '-c:v', 'mpeg4', output], check=True)
"""


def media_job(count: int) -> JobSpec:
    spec = text_job(count, frames=5)
    chunks = tuple(
        chunk.model_copy(
            update={
                "output_file": f"part_{chunk.id}.mov",
                "command": python(RENDER, f"part_{chunk.id}.mov", str(chunk.id), str(find_ffmpeg())),
            }
        )
        for chunk in spec.chunks
    )
    return spec.model_copy(update={"chunks": chunks, "output_file": "out.mp4"})


@pytest.fixture
def killed(tmp_path: Path) -> tuple[Path, Path]:
    """An app killed while chunks 4, 5 and 6 of 8 ran; its (data folder, job folder)."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "spec.json").write_text(media_job(8).to_json())
    app = subprocess.Popen([sys.executable, "-c", APP, str(tmp_path), str(work)])
    try:
        finished = [work / f"part_{index}.mov" for index in range(4)]
        wait_until(lambda: app.poll() is not None or (all(f.exists() for f in finished) and _runs(work) == 7))
        assert app.poll() is None, "the app ended by itself"
    finally:
        app.kill()
        app.wait()
    return tmp_path, work


def _runs(work: Path) -> int:
    record = work / "runs.txt"
    return len(record.read_text().split()) if record.exists() else 0


async def test_resume_after_kill_renders_no_finished_chunk_again(killed: tuple[Path, Path]) -> None:
    folder, work = killed
    assert len(processes_in(work)) >= 3, "the renderers outlive the app; otherwise this test shows nothing"
    async with open_manager(folder, ExecutionPolicy(concurrency=3, retries=0)) as manager:
        (summary,) = manager.list_jobs()
        assert summary.state is JobState.INTERRUPTED
        started_before = set(processes_in(work))
        await manager.resume_job(summary.id)
        await eventually(lambda: not any(process.is_running() for process in started_before), "the renderers' end")
        (work / "go").touch()
        summary = await manager.wait_job(summary.id)
        assert summary.state is JobState.COMPLETED, summary.reason
        ran = (work / "runs.txt").read_text().split()
        assert [ran.count(str(index)) for index in range(8)] == [1, 1, 1, 1, 2, 2, 2, 1]
        assert probe(work / "out.mp4").frames == 40
        attempts = await manager.attempts(summary.id, 5)
        assert [attempt.state for attempt in attempts] == [AttemptState.UNKNOWN, AttemptState.SUCCEEDED]
        status = await manager.get_job(summary.id)
        assert status is not None
        assert {chunk.state for chunk in status.chunks} == {ChunkState.COMPLETED}
    assert not processes_in(work)


async def test_an_output_cut_short_is_not_trusted(killed: tuple[Path, Path]) -> None:
    folder, work = killed
    part = work / "part_2.mov"
    part.write_bytes(part.read_bytes()[:-200])
    (work / "go").touch()
    async with open_manager(folder, ExecutionPolicy(concurrency=3, retries=0)) as manager:
        (summary,) = manager.list_jobs()
        await manager.resume_job(summary.id)
        assert (await manager.wait_job(summary.id)).state is JobState.COMPLETED
    ran = (work / "runs.txt").read_text().split()
    assert ran.count("2") == 2
    assert ran.count("1") == 1
    assert probe(work / "out.mp4").frames == 40
