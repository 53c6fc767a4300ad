"""What a dead app left beside a job's files goes at the next start, at the job's next run, and with the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.types import JobExecutionOptions, JobState
from tests.support.jobs import job_in, open_manager, text_job
from tests.support.waiting import eventually

NOBODY = "app-99999999@1"


def leave_behind(folder: Path, job_id: str, *, owner: str) -> None:
    """Make what a process leaves that dies while it joins, and while it copies a chunk's output to its place."""
    for place in (folder / "films", folder):
        stitch = place / ".helios" / job_id / "stitch"
        stitch.mkdir(parents=True)
        (stitch / "finished.part.mp4").write_text("half")
        if owner:
            (stitch / owner).touch()
    (folder / f".part_0.txt.{job_id}.part").write_text("half")
    (folder / "part_0.txt.part").write_text("a person's")


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.name.startswith(".") or ".part" in path.name)


def options(work: Path) -> JobExecutionOptions:
    (work / "films").mkdir(parents=True)
    return JobExecutionOptions(job_dir=work, output=work / "films" / "film.mp4", merge=False)


async def test_an_unfinished_video_goes_at_the_next_start(tmp_path: Path) -> None:
    work = tmp_path / "work"
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(1), options(work), start=False)
    leave_behind(work, job_id, owner=NOBODY)
    async with open_manager(tmp_path) as manager:
        await eventually(lambda: not (work / "films" / ".helios").exists())
        assert job_in(manager, job_id).state is not JobState.COMPLETED


@pytest.mark.parametrize("owner", [NOBODY, ""], ids=["this version", "earlier versions"])
async def test_all_of_it_goes_with_the_job(tmp_path: Path, owner: str) -> None:
    work = tmp_path / "work"
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(1), options(work), start=False)
        leave_behind(work, job_id, owner=owner)
        await manager.delete_job(job_id)
    assert left(work / "films") == []
    assert (work / "part_0.txt.part").read_text() == "a person's"
    assert f".part_0.txt.{job_id}.part" not in left(work)


async def test_all_of_it_goes_when_the_job_runs(tmp_path: Path) -> None:
    work = tmp_path / "work"
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(1), options(work), start=False)
        leave_behind(work, job_id, owner="")
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
    assert left(work) == ["part_0.txt.part"]
