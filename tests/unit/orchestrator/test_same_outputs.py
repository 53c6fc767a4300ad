"""A report names chunks of the same content, by what was recorded when they were made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.frame_jobs import frames_job
from tests.support.jobs import job_in, open_manager, render, text_job

PAIRS = "import sys; open(sys.argv[1], 'w').write(str(int(sys.argv[2]) // 2))"
ALL_ALIKE = "import sys; open(sys.argv[1], 'w').write('frames 0-9')"


async def test_chunks_of_a_renderer_that_ignores_its_frame_range_are_named(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(3, ALL_ALIKE), tmp_path / "job")
        job = job_in(manager, job_id)
    words = "chunks 1-2 are the same as chunk 0, byte for byte: either nothing moves there, or the renderer does not "
    words += "heed its frame range"
    assert job.state == "completed"
    assert job.report.endswith(f"; {words}")


async def test_each_group_is_named_with_its_first_chunk(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(5, PAIRS), tmp_path / "job", merge=False)
        _, *notes = job_in(manager, job_id).report.split("; ")
    assert [note.partition(",")[0] for note in notes] == [
        "chunk 1 is the same as chunk 0",
        "chunk 3 is the same as chunk 2",
    ]


async def test_it_is_known_after_a_new_start_without_reading_again(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(2, ALL_ALIKE), tmp_path / "job")
    async with open_manager(tmp_path) as manager:
        await manager.restitch(job_id)
        await manager.wait_job(job_id)
        assert "chunk 1 is the same as chunk 0" in job_in(manager, job_id).report


@pytest.mark.parametrize("one_colour", [False, True])
async def test_sequences_are_compared_as_wholes(one_colour: bool, tmp_path: Path) -> None:
    """Frames of the second chunk that are equal to each other say nothing; chunks that are equal do."""
    spec = frames_job(tmp_path, *(["colour=5"] if one_colour else []), outputFile="frames/f_####.png")
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, spec, tmp_path)
        report = job_in(manager, job_id).report
    assert ("chunk 1 is the same as chunk 0" in report) is one_colour


@pytest.mark.parametrize("code", [ALL_ALIKE, PAIRS])
async def test_single_frames_may_be_equal(code: str, tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, text_job(3, code, frames=1), tmp_path / "job")
        assert "the same" not in job_in(manager, job_id).report
