"""Two containers at one journal: each numbers its processes from 1, so that neither can look the other's up."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs
from helios_gui.process.process_identity import is_alive, this_process
from helios_gui.types import JobExecutionOptions, JobState, UserInputError
from tests.support.jobs import COUNTED, job_in, open_manager, runs, text_job, until
from tests.support.process_list import processes_in

GATED = "import os,sys,time\nopen('begun','w').close()\nwhile not os.path.exists('go'): time.sleep(.01)\n" + COUNTED
CONTAINER = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
RENDER = """
import asyncio, os, sys
from pathlib import Path
from helios_gui.process.process_identity import this_process
from tests.support.jobs import open_manager

async def main(folder, job_id):
    async with open_manager(folder) as manager:
        print(this_process(), os.getpid(), flush=True)
        await manager.resume_job(job_id)
        await manager.wait_job(job_id)

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


def can_have_containers() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run([*CONTAINER, "true"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not can_have_containers(), reason="no right to make namespaces")


async def test_a_job_of_another_container_is_left_alone_while_that_lives(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(1, GATED), JobExecutionOptions(job_dir=work), start=False)
    words = [*CONTAINER, sys.executable, "-c", RENDER, str(tmp_path), job_id]
    container = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert container.stdout is not None
    try:
        name, number = (await asyncio.to_thread(container.stdout.readline)).split()
        assert int(number) < 10, "it is not in a namespace of its own; otherwise this test shows nothing"
        await until((work / "begun").exists)
        async with open_manager(tmp_path) as manager:
            assert [(job.id, job.elsewhere) for job in manager.list_jobs()] == [(job_id, True)]
            other = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=work))
            await until(
                lambda: job_in(manager, other).state is JobState.COMPLETED or "waits" in job_in(manager, other).reason
            )
            await manager.cancel_job(other)  # which looks for what dead apps have left
            AttemptWorkdirs(work, "unknown").remove_orphans()
            assert (work / ".helios" / job_id).is_dir()
            assert container.poll() is None
        (work / "go").touch()
        assert await asyncio.to_thread(container.wait, 60) == 0
        assert runs(work) == ["0"]
        assert not is_alive(name, tmp_path / "jobs.sqlite.owners" / name.replace("@", "-"))
    finally:
        container.kill()
        container.communicate()


async def test_a_job_of_a_container_that_was_killed_goes_on(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(1, GATED), JobExecutionOptions(job_dir=work), start=False)
        known = job_in(manager, job_id)
        assert known.state is JobState.PENDING
        words = [*CONTAINER, sys.executable, "-c", RENDER, str(tmp_path), job_id]
        container = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        try:
            await until((work / "begun").exists)
            with pytest.raises(UserInputError, match="another Helios process"):
                await manager.resume_job(job_id)
        finally:
            container.kill()  # and with it all of its processes, as a container's end
            container.communicate()
        await until(lambda: not processes_in(work))
        (work / "go").touch()
        await manager.resume_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
    assert runs(work) == ["0"]


def test_a_name_of_a_version_without_namespaces_is_still_understood() -> None:
    assert is_alive(this_process())
    assert is_alive(this_process().rpartition("-")[0])
