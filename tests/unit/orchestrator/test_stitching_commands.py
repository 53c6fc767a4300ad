"""Commands and trouble while a job is stitched, and stitching it again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from helios_gui.orchestrator.kept_outputs import kept_path
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.output_leases import OutputLease, lease_of
from helios_gui.orchestrator.replacements import SessionVideoRecords, VideoRecords, claim_place, find_replacement
from helios_gui.types import (
    ChunkState,
    JobState,
    NotFoundError,
    UserInputError,
    WorkerPool,
)
from tests.support.instant import Gate, InstantWorkers, TextStitcher
from tests.support.jobs import job_in, open_manager, python, until
from tests.support.queue_steps import ended, options, stitched


async def test_commands_while_it_is_stitched(tmp_path: Path) -> None:
    stitcher = TextStitcher()
    stitcher.hold = asyncio.Event()
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=stitcher) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path))
        await until(lambda: stitcher.working)
        assert job_in(manager, job_id).state is JobState.STITCHING
        await manager.pause_job(job_id)
        await manager.resume_job(job_id)
        with pytest.raises(UserInputError, match="being stitched"):
            await manager.retry_chunks(job_id, [0])
        with pytest.raises(UserInputError, match="still running"):
            await manager.restitch(job_id)
        with pytest.raises(UserInputError, match="is running"):
            await manager.options.set_profile(job_id, "Other")
        await manager.cancel_job(job_id)
        assert not stitcher.working
        assert await ended(manager, job_id) is JobState.CANCELLED
        assert job_in(manager, job_id).counts == {ChunkState.COMPLETED: 2}
        stitcher.hold.set()
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert (tmp_path / "out.txt").read_text() == "01"


async def test_restitch_without_a_part_fails_clearly_and_resume_renders_just_that(tmp_path: Path) -> None:
    workers = InstantWorkers()
    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await manager.submit_job(stitched(3), options(tmp_path))
        assert await ended(manager, job_id) is JobState.COMPLETED
        (tmp_path / "part_1.txt").unlink()
        await manager.restitch(job_id)
        assert await ended(manager, job_id) is JobState.FAILED
        summary = job_in(manager, job_id)
        assert summary.reason == "part_1.txt is missing. Render it again. The rendered chunks are kept."
        assert summary.report == ""
        assert (tmp_path / "part_0.txt").exists()
        assert (tmp_path / "out.txt").read_text() == "012"
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert workers.runs == {0: 1, 1: 2, 2: 1}


async def test_the_report_says_how_many_chunks_are_as_they_were_found(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        for found, words in (
            ("0", "; 1 chunk was there before and is as it was found"),
            ("01", "; 2 chunks were there"),
        ):
            folder = tmp_path / found
            folder.mkdir()
            for chunk in found:
                (folder / f"part_{chunk}.txt").write_text("before")
            job_id = await manager.submit_job(stitched(3), options(folder, keep_finished=True))
            assert await ended(manager, job_id) is JobState.COMPLETED
            assert words in job_in(manager, job_id).report
        job_id = await manager.submit_job(stitched(3), options(tmp_path / "none", keep_finished=True))
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert "found" not in job_in(manager, job_id).report


async def test_restitch_needs_no_profile_but_all_chunks(tmp_path: Path) -> None:
    gone = False

    def pools(name: str) -> WorkerPool:
        if gone:
            raise NotFoundError(f"There is no profile {name}.")
        return WorkerPool(name, InstantWorkers())

    async with open_manager(tmp_path, stitcher=TextStitcher(), pools=pools) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path))
        await ended(manager, job_id)
        gone = True
        await manager.restitch(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        gone = False
        held = await manager.submit_job(stitched(2), options(tmp_path / "b"), start=False)
        with pytest.raises(UserInputError, match=r"2 chunks of .* not rendered yet"):
            await manager.restitch(held)


async def test_restitch_waits_for_nobody_but_refuses_beside_a_rival(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher()) as manager:
        first = await manager.submit_job(stitched(2), options(tmp_path))
        await ended(manager, first)
        workers.acts = {0: gate}
        second = await manager.submit_job(stitched(2), options(tmp_path, overwrite=True))
        await until(lambda: gate.waiting)
        with pytest.raises(UserInputError, match="writes the same files"):
            await manager.restitch(first)
        assert job_in(manager, first).state is JobState.COMPLETED
        gate.open()
        assert await ended(manager, second) is JobState.COMPLETED


async def test_restitch_to_a_new_name_refuses_what_another_job_makes(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {0: gate}
    async with open_manager(tmp_path, adapter=workers, stitcher=TextStitcher()) as manager:
        rival = await manager.submit_job(stitched(2), options(tmp_path / "b"))
        await until(lambda: gate.waiting)
        workers.acts = {}
        job_id = await manager.submit_job(stitched(2), options(tmp_path / "a"))
        assert await ended(manager, job_id) is JobState.COMPLETED
        with pytest.raises(UserInputError, match="writes the same files"):
            await manager.restitch(job_id, output=tmp_path / "b" / "out.txt")
        assert job_in(manager, job_id).state is JobState.COMPLETED
        assert job_in(manager, job_id).output == tmp_path / "a" / "out.txt"
        gate.open()
        assert await ended(manager, rival) is JobState.COMPLETED


async def test_a_new_name_that_cannot_be_made_leaves_the_job_its_own(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path / "a"))
        assert await ended(manager, job_id) is JobState.COMPLETED
        taken = tmp_path / "taken.txt"
        taken.write_text("somebody's")
        await manager.restitch(job_id, output=taken)
        assert await ended(manager, job_id) is JobState.FAILED
        assert "exists already" in job_in(manager, job_id).reason
        status = await manager.get_job(job_id)
        assert (status.summary.output, status.options.output) == (tmp_path / "a" / "out.txt", None)
        await manager.restitch(job_id, output=tmp_path / "free.txt")
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert (job_in(manager, job_id).output, taken.read_text()) == (tmp_path / "free.txt", "somebody's")
    async with open_manager(tmp_path) as manager:
        assert job_in(manager, job_id).output == tmp_path / "free.txt"


async def test_a_file_older_than_a_merge_that_died_is_not_replaced(tmp_path: Path) -> None:
    spec = stitched(2).model_copy(update={"merge_command": python("open('out.txt','w').write('whole')")})
    records = SessionVideoRecords()
    job = make_live_job("j1", spec, options(tmp_path))
    await claim_place(job, records)  # and then the app was killed
    (tmp_path / "out.txt").write_text("what the merge command had written of it")
    assert await find_replacement(job, records) is None
    (tmp_path / "out.txt").write_text("somebody's, moved here")
    os.utime(tmp_path / "out.txt", (1_700_000_000, 1_700_000_000))
    assert await find_replacement(job, records) is not None


async def test_a_file_that_takes_the_place_of_a_cancelled_merge_is_not_replaced(tmp_path: Path) -> None:
    merge = python("open('out.txt','w').write('half'); import time; time.sleep(60)")
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        spec = stitched(2).model_copy(update={"merge_command": merge})
        job_id = await manager.submit_job(spec, options(tmp_path))
        await until(lambda: (tmp_path / "out.txt").exists() and (tmp_path / "out.txt").read_text() == "half")
        await manager.cancel_job(job_id)
        (tmp_path / "out.txt").write_text("somebody's")
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.FAILED
        assert "exists already" in job_in(manager, job_id).reason
        assert (tmp_path / "out.txt").read_text() == "somebody's"


async def test_a_video_that_a_failed_merge_was_to_replace_is_whose_it_was(tmp_path: Path) -> None:
    half = stitched(2).model_copy(
        update={"merge_command": python("open('out.txt','w').write('half'); raise SystemExit(3)")}
    )
    whole = stitched(2).model_copy(update={"merge_command": python("open('out.txt','w').write('whole')")})
    source, video = tmp_path / "job.json", tmp_path / "out.txt"
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        await ended(manager, await manager.submit_job(whole, options(tmp_path, source=source)))
        failed = await manager.submit_job(half, options(tmp_path, source=source))
        assert await ended(manager, failed) is JobState.FAILED
        assert video.read_text() == "whole"
        assert await manager.replacements.of_new_job(whole, options(tmp_path, source=source)) is None

        video.write_text("somebody's")
        failed = await manager.submit_job(half, options(tmp_path, source=source, overwrite=True))
        assert await ended(manager, failed) is JobState.FAILED
        assert video.read_text() == "somebody's"
        assert await manager.replacements.of_new_job(whole, options(tmp_path, source=source)) is not None


async def test_a_video_that_a_merge_was_to_replace_when_the_app_died_is_put_back(tmp_path: Path) -> None:
    merge = python("raise SystemExit(3)")
    spec, video = stitched(2).model_copy(update={"merge_command": merge}), tmp_path / "out.txt"
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        job_id = await manager.submit_job(spec, options(tmp_path), start=False)
        kept_path(video, job_id).write_text("whole")
        video.write_text("half")
        records = manager._repository
        assert isinstance(records, VideoRecords)
        await claim_place(await manager._queue.load(job_id), records)
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.FAILED
        assert "merge command failed" in job_in(manager, job_id).reason
        assert video.read_text() == "whole"
        assert await manager.replacements.of_job(job_id) is None


async def test_the_lease_that_a_run_still_has_is_no_rival_of_its_own_job(tmp_path: Path) -> None:
    """Who resumes a job right after it was paused was asked whether it may replace what it was about to make."""
    video = tmp_path / "out.txt"
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path), start=False)
        leases = {
            "": lease_of(await manager._queue.load(job_id)),
            "Other": OutputLease("other", "Other", [video], video, tmp_path),
        }
        for name, lease in leases.items():
            assert await asyncio.to_thread(lease.take) is None
            found = await manager.replacements.of_job(job_id)
            await asyncio.to_thread(lease.release)
            assert (found.made_by if found else "") == name


async def test_a_duplicate_may_not_replace_what_its_original_may(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        (tmp_path / "out.txt").write_text("somebody's")
        original = await manager.submit_job(stitched(2), options(tmp_path, overwrite=True), start=False)
        copy = await manager.duplicate_job(original)
        await manager.resume_job(copy)
        assert await ended(manager, copy) is JobState.FAILED
        assert "exists already" in job_in(manager, copy).reason
        assert (tmp_path / "out.txt").read_text() == "somebody's"
        await manager.resume_job(original)
        assert await ended(manager, original) is JobState.COMPLETED
        assert (tmp_path / "out.txt").read_text() == "01"


async def test_restitch_cancelled_at_once(tmp_path: Path) -> None:
    stitcher = TextStitcher()
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=stitcher) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path))
        await ended(manager, job_id)
        await manager.restitch(job_id)
        await manager.cancel_job(job_id)
        assert await ended(manager, job_id) is JobState.CANCELLED
        await manager.restitch(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED


async def test_a_defect_in_the_stitcher_ends_the_job_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stitcher = TextStitcher()
    stitcher.error = ZeroDivisionError("oops")
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=stitcher) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path))
        assert await ended(manager, job_id) is JobState.FAILED
        assert "ZeroDivisionError" in job_in(manager, job_id).reason
        stitcher.error = None
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
    assert "unexpected error" in caplog.text


async def test_nothing_is_stitched_while_another_job_writes_the_same_files(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers(), stitcher=TextStitcher()) as manager:
        job_id = await manager.submit_job(stitched(2), options(tmp_path))
        assert await ended(manager, job_id) is JobState.COMPLETED
        video = tmp_path / "out.txt"
        lease = OutputLease("other", "Titles", [video], video, tmp_path)
        assert await asyncio.to_thread(lease.take) is None
        await manager.restitch(job_id)
        assert await ended(manager, job_id) is JobState.FAILED
        assert "“Titles” of another Helios process" in job_in(manager, job_id).reason
        await asyncio.to_thread(lease.release)
        await manager.restitch(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
