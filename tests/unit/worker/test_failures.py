"""How attempts end that are stopped or that fail: what is left, and what the caller is told."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from helios_gui.types import FailureKind, WorkerRequest
from tests.support.waiting import eventually
from tests.support.worker import SLOW, Farm, frames_command, leftovers, renderers_below, rendering, worker

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")


class TestStops:
    async def test_cancelled_before_it_starts(self, farm: Farm, root: Path, tmp_path: Path) -> None:
        await farm.put_job([f"touch {tmp_path}/ran"])
        await farm.write("a1/cancel")
        async with worker(root, farm, poll_interval=3600) as runtime:
            result = await runtime.handle(farm.request())
        assert result.failure is FailureKind.FATAL
        assert result.message == "The attempt was cancelled before its first frame was done."
        assert not (tmp_path / "ran").exists()
        assert await farm.result() == result

    async def test_cancelled_while_rendering(self, farm: Farm, root: Path) -> None:
        await farm.put_job([SLOW])
        async with worker(root, farm) as runtime:
            task = asyncio.create_task(runtime.handle(farm.request()))
            await rendering(root)
            await eventually(lambda: len(renderers_below(root)) >= 3)
            await asyncio.sleep(0.2)
            await farm.write("a1/cancel")
            result = await task
            assert renderers_below(root) == [], "no child or grandchild is left"
        assert result.failure is FailureKind.FATAL
        assert result.message == "The attempt was cancelled at frame 4 of 10."
        assert result.frames_done == 4
        assert (await farm.read("a1/log.txt")).decode().splitlines() == ["frame=4", result.message]
        assert await farm.result() == result
        assert leftovers(root) == []

    async def test_the_time_limit(self, farm: Farm, root: Path) -> None:
        await farm.put_job([SLOW])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(), limit=8.0)
            assert renderers_below(root) == []
        assert result.failure is FailureKind.TRANSIENT
        assert result.message == "The worker hit its 8 s limit at frame 4 of 10; use chunks of at most 3 frames."
        assert result.finished_at is not None
        assert result.started_at is not None
        assert result.finished_at - result.started_at < 8.0, "it still reports in time"
        assert await farm.result() == result

    async def test_the_callers_time_limit(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["sleep 60"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(timeLimit=1.5), limit=900)
        assert "hit its 1.5 s limit before the first of 10 frames was done" in result.message

    async def test_the_end_of_the_worker(self, farm: Farm, root: Path) -> None:
        await farm.put_job([SLOW])
        async with worker(root, farm) as runtime:
            task = asyncio.create_task(runtime.handle(farm.request()))
            await rendering(root)
            await asyncio.sleep(0.2)
            runtime.shut_down()
            result = await task
            assert renderers_below(root) == []
            again = await runtime.handle(farm.request(attempt="a2"))
        assert result.failure is FailureKind.TRANSIENT
        assert result.message == "The worker was shut down at frame 4 of 10."
        assert await farm.result() == result
        assert again.message == "The worker was shut down before its first frame was done."

    async def test_cancelling_the_task(self, farm: Farm, root: Path) -> None:
        await farm.put_job([SLOW])
        async with worker(root, farm) as runtime:
            task = asyncio.create_task(runtime.handle(farm.request()))
            await rendering(root)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert renderers_below(root) == []
        assert leftovers(root) == []
        assert await farm.keys() == []


class TestFailures:
    async def test_wrong_number_of_frames(self, farm: Farm, root: Path) -> None:
        await farm.put_job([frames_command(7, "out-0.mov")], output="out-{}.mov")
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert (result.exit_code, result.failure) == (1, FailureKind.TRANSIENT)
        assert result.message == "The renderer reported success, but out-0.mov has 7 frames instead of 10."
        assert await farm.keys() == ["a1/log.txt", "a1/result.json"]

    async def test_no_output(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["true"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.message == "The renderer reported success, but out-0.txt is missing."

    async def test_an_old_output_in_the_bundle_is_none(self, farm: Farm, root: Path, tmp_path: Path) -> None:
        assets = tmp_path / "assets"
        assets.mkdir()
        (assets / "out-0.txt").write_text("last week's")
        await farm.put_job(["true"], folder=assets)
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.message == "The renderer reported success, but out-0.txt is missing."

    async def test_exit_code(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["sh -c 'echo no such layer; exit 3'"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert (result.exit_code, result.failure) == (3, FailureKind.TRANSIENT)
        assert result.message == '"sh" ended with exit code 3: no such layer'
        assert (result.output, result.stderr) == ("no such layer", result.message)

    async def test_missing_program(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["no-such-renderer out-0.txt"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.failure is FailureKind.FATAL
        assert "'no-such-renderer' was not found" in result.message
        assert result.message in (await farm.read("a1/log.txt")).decode()

    async def test_no_such_job(self, farm: Farm, root: Path) -> None:
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.failure is FailureKind.FATAL
        assert "jobs/job-1/job.json" in result.message

    async def test_no_such_chunk(self, farm: Farm, root: Path) -> None:
        await farm.put_job(["true"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(7))
        assert result.failure is FailureKind.FATAL
        assert result.message == "The job has no chunk with the id 7."

    async def test_a_spec_that_is_none(self, farm: Farm, root: Path) -> None:
        async with farm.storage() as storage:
            await storage.upload("jobs/job-1/job.json", b"{")
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request())
        assert result.failure is FailureKind.FATAL

    async def test_a_disk_that_cannot_be_written_to(self, farm: Farm, root: Path) -> None:
        """The renderer takes the attempt's folder away, so that not even the worker's note has a place."""
        await farm.put_job(["sh -c 'rm -rf ../../$(basename $(dirname $PWD)); exec sleep 60'"])
        async with worker(root, farm) as runtime:
            result = await runtime.handle(farm.request(), limit=6)
        assert "hit its 6 s limit" in result.message
        assert await farm.result() == result

    async def test_no_storage_url(self, farm: Farm, root: Path) -> None:
        async with worker(root, farm) as runtime:
            result = await runtime.handle(WorkerRequest(job_path="ftp://host/job.json", chunk_index=0))
        assert (result.exit_code, result.failure) == (1, FailureKind.FATAL)
        assert "ftp" in result.message
