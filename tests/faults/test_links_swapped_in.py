"""The output folder becomes a link to elsewhere after the job was checked: nothing is written there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.orchestrator.executor import JobExecutor, RenderFailedError
from helios_gui.stitcher import FfmpegStitcher, MediaVerifier
from helios_gui.types import JobExecutionOptions, JobMetadata, JobSpec, RenderChunk
from tests.support.jobs import python

WRITE = "import sys; open(sys.argv[1],'w').write('new')"
SWAP = "import os,sys; os.rename('out','away'); os.symlink(sys.argv[2],'out'); open(sys.argv[1],'w').write('new')"
IN_PLACE = "open('out/part.txt','w').write('new')"


def job(command: str, **more: object) -> JobSpec:
    chunk = RenderChunk(id=0, start_frame=0, frame_count=1, output_file="out/part.txt", command=command)
    metadata = JobMetadata(total_frames=1, fps=30, width=64, height=36)
    return JobSpec(metadata=metadata, chunks=(chunk,), **more)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "job" / "out").mkdir(parents=True)
    return tmp_path / "job"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "part.txt").write_text("precious")
    return tmp_path / "victim"


async def fails(spec: JobSpec, folder: Path) -> str:
    verifier = MediaVerifier()
    executor = JobExecutor(LocalAdapter(grace=0.2), verifier, FfmpegStitcher())
    try:
        with pytest.raises(RenderFailedError) as failed:
            await executor.execute(spec, JobExecutionOptions(job_dir=folder, retries=1, retry_delay=0.01))
    finally:
        verifier.close()
    return str(failed.value)


def assert_untouched(victim: Path) -> None:
    assert os.listdir(victim) == ["part.txt"]
    assert (victim / "part.txt").read_text() == "precious"


@pytest.mark.parametrize("code", [WRITE, IN_PLACE])
async def test_before_the_chunk(code: str, folder: Path, victim: Path) -> None:
    (folder / "out").rmdir()
    (folder / "out").symlink_to(victim)
    said = await fails(job(python(code, *(["out/part.txt"] if code == WRITE else []))), folder)
    assert "a link leads out of the job's folder" in said
    assert_untouched(victim)


async def test_by_the_chunk_itself(folder: Path, victim: Path) -> None:
    said = await fails(job(python(SWAP, "out/part.txt", str(victim))), folder)
    assert "a link leads out of the job's folder" in said
    assert_untouched(victim)


async def test_before_the_merge(folder: Path, victim: Path) -> None:
    swap = (
        "import os,shutil,sys; shutil.rmtree('films', ignore_errors=True); os.symlink(sys.argv[2],'films'); "
        "open(sys.argv[1],'w').write('new')"
    )
    merge = python("open('films/part.txt','w').write('film')")
    spec = job(python(swap, "out/part.txt", str(victim)), merge_command=merge, output_file="films/part.txt")
    assert "a link leads out of the job's folder" in await fails(spec, folder)
    assert_untouched(victim)


@pytest.mark.parametrize("name", [".helios", "out/part.txt"])
async def test_other_places_of_a_link(name: str, folder: Path, victim: Path) -> None:
    (folder / name).symlink_to(victim if name == ".helios" else victim / "part.txt")
    said = await fails(job(python(WRITE, "out/part.txt")), folder)
    assert "link" in said
    assert_untouched(victim)
