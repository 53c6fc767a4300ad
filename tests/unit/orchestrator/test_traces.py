"""What is left of a job that never ran, as far as the journal knows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.orchestrator import traces
from helios_gui.orchestrator.kept_outputs import kept_path
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.traces import Traces
from helios_gui.process.work_marks import ATTEMPT_VARIABLE, work_marks, working_on
from helios_gui.types import JobExecutionOptions
from tests.support.instant import InstantWorkers
from tests.support.jobs import open_manager, render, text_job

DEAD = "app-99999999@1"


async def test_files_of_a_run_are_traces(tmp_path: Path) -> None:
    job = make_live_job("job", text_job(2), JobExecutionOptions(job_dir=tmp_path))
    found = Traces()
    assert not await found.may_be_left(job)
    (tmp_path / ".helios" / "leases").mkdir(parents=True)
    (tmp_path / ".helios" / "leases" / "other-1.lease").touch()
    (tmp_path / ".helios" / "other").mkdir()
    assert not await found.may_be_left(job), "they are of another job"
    for trace in (
        tmp_path / ".helios" / "job",
        tmp_path / ".helios" / "leases" / "job-1.lease",
        kept_path(job.output_of(job.chunks[1]), "lost"),
    ):
        trace.touch()
        assert await found.may_be_left(job), trace
        trace.unlink()
    assert not await found.may_be_left(job)


async def test_processes_whose_app_is_dead_are_traces(tmp_path: Path) -> None:
    job = make_live_job("job", text_job(1), JobExecutionOptions(job_dir=tmp_path))
    for job_id, file in (("job", tmp_path / "elsewhere"), ("lost", job.output_of(job.chunks[0]))):
        with working_on(job_id, file):
            marks = {name: DEAD if name.startswith("HELIOS_APP") else value for name, value in work_marks().items()}
        with subprocess.Popen(
            [sys.executable, "-c", "input()"], env={**marks, ATTEMPT_VARIABLE: "x"}, stdin=subprocess.PIPE
        ) as process:
            try:
                assert await Traces().may_be_left(job), job_id
            finally:
                process.kill()
    assert not await Traces().may_be_left(job)


async def test_what_never_ran_is_removed_without_a_look_for_its_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, looks = InstantWorkers(), list[int]()
    list_orphans = traces.list_orphans
    monkeypatch.setattr(traces, "list_orphans", lambda: looks.append(1) or list_orphans())
    async with open_manager(tmp_path, adapter=workers) as manager:
        options = JobExecutionOptions(job_dir=tmp_path)
        fresh = [await manager.submit_job(text_job(1), options, start=False) for _ in range(25)]
    async with open_manager(tmp_path, adapter=workers) as manager:
        await manager.delete_jobs(fresh[:24])
        assert len(looks) <= 12, "one for all who ask at about the same time"
        assert workers.reclaimed == []
        (tmp_path / ".helios" / fresh[24]).mkdir(parents=True)
        await manager.delete_job(fresh[24])
        assert workers.reclaimed != []
        assert not (tmp_path / ".helios").exists()
        assert manager.list_jobs() == []
        done = await render(manager, text_job(1), tmp_path / "done")
        await manager.delete_job(done)
        assert workers.finished[-1] == (done, True, True)
