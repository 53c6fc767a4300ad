"""A window and a terminal at one journal: two real processes, of which only one works on a job at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Self

import pytest

from helios_gui.engine import JobManager, open_engine
from helios_gui.types import (
    ChunkChanged,
    ChunkState,
    JobAdded,
    JobChanged,
    JobExecutionOptions,
    JobState,
    JobSummary,
    NotFoundError,
    UserInputError,
)
from helios_gui.utils.folders import AppFolders
from tests.support.jobs import COUNTED, job_in, open_manager, python, runs, text_job, until
from tests.support.process_list import processes_in
from tests.support.queue_walk import contradictions
from tests.support.waiting import PATIENCE

MERGE = "open('film.txt','w').write('film')"
GATED = "import os,sys,time\nwhile not os.path.exists('go'): time.sleep(.01)\n" + COUNTED

# Does what it is told, line by line on its standard input, and answers each line with one of its own.
TERMINAL = """
import asyncio, json, sys
from pathlib import Path
from tests.support.jobs import job_in, open_manager

async def main(folder, job_id):
    async with open_manager(folder) as manager:
        async def tell():
            known = [job.id for job in manager.list_jobs()]
            state = job_in(manager, job_id).state.value if job_id in known else None
            print(json.dumps({"jobs": known, "state": state}), flush=True)
        await tell()
        while line := await asyncio.to_thread(sys.stdin.readline):
            command = line.strip()
            if command == "close":
                return
            await getattr(manager, command)(job_id)
            await tell()

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""

WALKER = """
import asyncio, sys
from pathlib import Path
from tests.support.queue_walk import Walk

asyncio.run(Walk(Path(sys.argv[1]), sys.argv[2]).wander())
"""


class Terminal:
    """Another process with a manager at the same journal."""

    def __init__(self, folder: Path, job_id: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", TERMINAL, str(folder), job_id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def do(self, command: str = "") -> dict[str, object]:
        """Have it run a command; what it sees then."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if command:
            self.process.stdin.write(f"{command}\n")
            self.process.stdin.flush()
        line = await asyncio.to_thread(self.process.stdout.readline)
        assert line, "it has died"
        found = json.loads(line)
        assert isinstance(found, dict)
        return found

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close its manager and wait for its end."""
        await asyncio.to_thread(self.process.communicate, "close\n")


def job_state(folder: Path) -> str:
    """The state of the journal's only job, as it is on disk."""
    with contextlib.closing(sqlite3.connect(folder / "jobs.sqlite")) as connection:
        return str(connection.execute("SELECT state FROM jobs").fetchone()[0])


def is_taken(folder: Path) -> bool:
    """Whether a process works on a job of the journal."""
    with contextlib.closing(sqlite3.connect(folder / "jobs.sqlite")) as connection:
        return connection.execute("SELECT count(*) FROM jobs WHERE owner IS NOT NULL").fetchone() != (0,)


def last_summary(events: Sequence[object]) -> JobSummary | None:
    """The job as events have told of it last."""
    found = [event.summary for event in events if isinstance(event, JobAdded | JobChanged)]
    return found[-1] if found else None


def completed_in(events: Sequence[object]) -> list[int]:
    """The ids of the chunks that events say are completed."""
    chunks = [event.chunk for event in events if isinstance(event, ChunkChanged)]
    return [chunk.id for chunk in chunks if chunk.state is ChunkState.COMPLETED]


def running_chunks(folder: Path) -> int:
    """How many chunks of the journal's jobs are being rendered, as it is on disk."""
    with contextlib.closing(sqlite3.connect(folder / "jobs.sqlite")) as connection:
        return int(connection.execute("SELECT count(*) FROM chunks WHERE state='running'").fetchone()[0])


@contextlib.asynccontextmanager
async def one_in_line(manager: JobManager, folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Two jobs, of which the second waits in line until the block ends; the first is completed then."""
    for name in ("first", "second"):
        (folder / name).mkdir()
    first = await manager.submit_job(text_job(1, GATED), JobExecutionOptions(job_dir=folder / "first"))
    second = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=folder / "second"))
    yield first, second
    (folder / "first" / "go").touch()
    assert (await manager.wait_job(first)).state is JobState.COMPLETED


def change_elsewhere(folder: Path, job_id: str) -> None:
    """Change a job as another process does that has nothing more to do with it then."""
    with contextlib.closing(sqlite3.connect(folder / "jobs.sqlite")) as other, other:
        other.execute("UPDATE jobs SET name='renamed', revision=revision+1 WHERE id=?", (job_id,))


async def test_what_the_other_process_renders_is_left_alone_and_then_taken_over(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(3, GATED), JobExecutionOptions(job_dir=work), start=False)
        async with Terminal(tmp_path, job_id) as terminal:
            assert (await terminal.do())["jobs"] == [job_id]
            await terminal.do("resume_job")
            await until(lambda: is_taken(tmp_path))
            for command in (manager.resume_job, manager.cancel_job, manager.delete_job, manager.retry_chunks):
                with pytest.raises(UserInputError, match="another Helios process"):
                    await command(job_id)
            (work / "go").touch()
            assert (await terminal.do("wait_job"))["state"] == "completed"
            with pytest.raises(UserInputError, match="is completed"):
                await manager.resume_job(job_id)
            assert job_in(manager, job_id).counts == {ChunkState.COMPLETED: 3}
            await manager.move_job(job_id, 0)
    assert sorted(runs(work)) == ["0", "1", "2"]
    async with open_manager(tmp_path) as manager:
        assert job_in(manager, job_id).state is JobState.COMPLETED


async def test_a_job_that_the_other_process_stitched_again_is_seen(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    spec = text_job(2).model_copy(update={"output_file": "film.txt", "merge_command": python(MERGE)})
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=work))
        other = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=work), start=False)
        await manager.wait_job(job_id)
        first = job_in(manager, job_id)
        assert first.state is JobState.COMPLETED
        async with Terminal(tmp_path, job_id) as terminal:
            await terminal.do()
            heard: list[object] = []
            manager.subscribe(heard.extend)
            await terminal.do("restitch")
            assert (await terminal.do("wait_job"))["state"] == "completed"
            await until(lambda: any(isinstance(event, JobChanged) and event.summary.id == job_id for event in heard))
            assert job_in(manager, job_id).finished_at != first.finished_at
    async with open_manager(tmp_path) as manager, Terminal(tmp_path, other) as second:  # no job is in memory
        await second.do()
        await second.do("cancel_job")
        await until(lambda: job_in(manager, other).state is JobState.CANCELLED)


async def test_a_job_that_a_terminal_renders_is_in_the_window_when_it_is_done(tmp_path: Path) -> None:
    job_file = tmp_path / "job.json"
    job_file.write_text(text_job(2).to_json())
    environment = {**os.environ, "HELIOS_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "helios_gui", "render", str(job_file), "--trust", "--no-merge"]
    async with open_engine(AppFolders.at(tmp_path / "home")) as engine:
        heard: list[object] = []
        engine.manager.subscribe(heard.extend)
        terminal = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, text=True)
        assert terminal.returncode == 0, terminal.stderr
        await until(lambda: [job.state for job in engine.manager.list_jobs()] == [JobState.COMPLETED])
        (job,) = engine.manager.list_jobs()
        await until(lambda: last_summary(heard) == job)
        assert isinstance(heard[0], JobAdded)
        assert job.source == job_file
        await engine.manager.retry_chunks(job.id, [0])
        assert (await engine.manager.wait_job(job.id)).state is JobState.COMPLETED
    assert sorted(runs(tmp_path)) == ["0", "0", "1"]


async def test_a_job_the_other_process_removed(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=tmp_path), start=False)
    async with open_manager(tmp_path) as manager, Terminal(tmp_path, job_id) as terminal:
        await terminal.do()
        assert (await terminal.do("delete_job"))["jobs"] == []
        with pytest.raises(NotFoundError):
            await manager.resume_job(job_id)
        assert manager.list_jobs() == []


async def test_who_waits_for_a_job_in_line_hears_that_the_other_process_removed_it(tmp_path: Path) -> None:
    async with (
        open_manager(tmp_path, max_jobs=1) as manager,
        one_in_line(manager, tmp_path) as (first, second),
        Terminal(tmp_path, second) as terminal,
    ):
        assert (await terminal.do())["jobs"] == [first, second]
        await terminal.do("delete_job")
        async with asyncio.timeout(PATIENCE):
            assert (await manager.wait_job(second)).state is JobState.CANCELLED
        assert await manager.get_job(second) is None
    assert runs(tmp_path / "second") == []


async def test_a_job_that_the_other_process_changed_as_its_turn_came_is_rendered_all_the_same(tmp_path: Path) -> None:
    async with open_manager(tmp_path, max_jobs=1) as manager:
        async with one_in_line(manager, tmp_path) as (_, second):
            change_elsewhere(tmp_path, second)
        assert (await manager.wait_job(second)).state is JobState.COMPLETED
    assert runs(tmp_path / "second") == ["0"]


async def test_a_job_in_line_that_the_other_process_has_just_changed_is_cancelled_all_the_same(tmp_path: Path) -> None:
    async with open_manager(tmp_path, max_jobs=1) as manager:
        async with one_in_line(manager, tmp_path) as (_, second):
            change_elsewhere(tmp_path, second)
            await manager.cancel_job(second)
        assert job_in(manager, second).state is JobState.CANCELLED
    async with open_manager(tmp_path) as manager:
        assert job_in(manager, second).state is JobState.CANCELLED
    assert runs(tmp_path / "second") == []


async def test_a_change_while_a_job_is_being_cancelled_does_not_undo_that(tmp_path: Path) -> None:
    """The other process writes between the look at the journal and the write of what was cancelled."""
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=tmp_path), start=False)
        await manager.get_job(job_id)
        changes = []

        def change_once(events: object) -> None:
            if not changes:
                changes.append(change_elsewhere(tmp_path, job_id))

        cancelling = asyncio.create_task(manager.cancel_job(job_id))
        while not changes:
            await asyncio.sleep(0)
            if (await manager.get_job(job_id)).summary.reason == "cancelled":  # in memory, and not in the file
                change_once([])
        await cancelling
        assert job_in(manager, job_id).state is JobState.CANCELLED
    assert job_state(tmp_path) == "cancelled"


async def test_a_job_that_the_other_process_renders_is_seen_to_be_rendered_there(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    code = "import os,sys,time\nwhile not os.path.exists('go'+sys.argv[2]): time.sleep(.01)\n" + COUNTED
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(3, code), JobExecutionOptions(job_dir=work), start=False)
        assert await manager.get_job(job_id) is not None
        heard: list[object] = []
        manager.subscribe(heard.extend)
        async with Terminal(tmp_path, job_id) as terminal:
            await terminal.do()
            await terminal.do("resume_job")
            await until(lambda: job_in(manager, job_id).state is JobState.RUNNING)
            job = job_in(manager, job_id)
            assert (job.elsewhere, job.is_at_work, job.can_pause) == (True, False, False)
            assert "Another Helios process is rendering this job." in job.reason
            status = await manager.get_job(job_id)
            assert status is not None
            assert status.summary.elsewhere
            await until(lambda: job_in(manager, job_id).chunks_running)
            (work / "go0").touch()
            await until(lambda: job_in(manager, job_id).chunks_done == 1)
            await until(lambda: completed_in(heard) == [0])
            async with open_manager(tmp_path) as third:  # that is opened meanwhile
                assert job_in(third, job_id).elsewhere
                assert job_in(third, job_id).chunks_done == 1
            (work / "go1").touch()
            (work / "go2").touch()
            await terminal.do("wait_job")
            await until(lambda: not job_in(manager, job_id).elsewhere)
            assert job_in(manager, job_id).state is JobState.COMPLETED
            await until(lambda: last_summary(heard) == job_in(manager, job_id))
    assert sorted(runs(work)) == ["0", "1", "2"]


async def test_a_job_that_was_looked_at_while_another_process_rendered_it_goes_on_after_that_was_killed(
    tmp_path: Path,
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(3, GATED), JobExecutionOptions(job_dir=work), start=False)
    terminal = Terminal(tmp_path, job_id)
    await terminal.do()
    await terminal.do("resume_job")
    await until(lambda: job_state(tmp_path) == "running" and running_chunks(tmp_path))
    async with open_manager(tmp_path) as manager:
        with pytest.raises(UserInputError, match="another Helios process"):
            await manager.cancel_job(job_id)
        terminal.process.kill()
        terminal.process.communicate()
        (work / "go").touch()
        await until(lambda: job_in(manager, job_id).state is JobState.INTERRUPTED)
        assert ChunkState.RUNNING not in job_in(manager, job_id).counts
        await manager.resume_job(job_id)
        job = await manager.wait_job(job_id)
        assert (job.state, job.counts) == (JobState.COMPLETED, {ChunkState.COMPLETED: 3})


async def test_what_a_killed_process_left_can_be_cancelled_and_its_renderers_end(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    code = "import os,subprocess,sys,time\nsubprocess.Popen([sys.executable,'-S','-c','import time;time.sleep(600)'],"
    code += "start_new_session=True)\nopen('running','w').close()\ntime.sleep(600)"
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(1, code), JobExecutionOptions(job_dir=work), start=False)
    terminal = Terminal(tmp_path, job_id)
    await terminal.do()
    await terminal.do("resume_job")
    await until(lambda: (work / "running").exists() and job_state(tmp_path) == "running")
    terminal.process.kill()
    terminal.process.communicate()
    assert len(processes_in(work)) == 2, "the renderers outlive it; otherwise this test shows nothing"
    async with open_manager(tmp_path) as manager:
        job = job_in(manager, job_id)
        assert job.state is JobState.INTERRUPTED
        assert ChunkState.RUNNING not in job.counts
        await manager.cancel_job(job_id)
        job = job_in(manager, job_id)
        assert job.state is JobState.CANCELLED
        assert job.counts == {ChunkState.CANCELLED: 1}
        assert not (work / ".helios").exists()
        assert processes_in(work) == []


@pytest.mark.parametrize("seed", range(2))
async def test_two_that_give_any_commands_leave_a_journal_without_contradictions(seed: int, tmp_path: Path) -> None:
    walks = [
        subprocess.Popen([sys.executable, "-c", WALKER, str(tmp_path), f"{seed}-{name}"], stderr=subprocess.PIPE)
        for name in ("window", "terminal")
    ]
    said = [errors for _, errors in await asyncio.gather(*(asyncio.to_thread(walk.communicate) for walk in walks))]
    assert said == [b"", b""]
    assert [walk.returncode for walk in walks] == [0, 0]
    assert await contradictions(tmp_path) == []
