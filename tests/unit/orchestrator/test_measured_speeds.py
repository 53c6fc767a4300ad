"""Measured speeds in a journal of both sorts: whose they are, which count, and in a file from before they were kept."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from helios_gui.orchestrator.job_repository import JobRepository
from helios_gui.orchestrator.journal_rows import SCHEMA, JobEntry, JournalBatch
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.measured_speeds import JOBS_LIMIT
from helios_gui.orchestrator.memory_repository import InMemoryJobRepository
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.types import Attempt, AttemptState, JobExecutionOptions
from helios_gui.types.cost import RenderSpeed
from tests.support.jobs import text_job


@pytest.fixture(params=["memory", "file"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> JobRepository:
    return InMemoryJobRepository() if request.param == "memory" else SqliteJobRepository(tmp_path / "jobs.sqlite")


def batch(job_id: str, source: Path | None, *attempts: Attempt) -> JournalBatch:
    options = JobExecutionOptions(job_dir=Path("/films"), source=source)
    job = LiveJob(job_id, text_job(3), options, Path("/films/out.mp4"), name="Job")
    return JournalBatch(
        jobs={job_id: JobEntry(job.summary(), options, job.spec)},
        attempts={attempt.id: (job_id, attempt) for attempt in attempts},
    )


def attempt(
    name: str,
    seconds: float | None,
    *,
    profile: str = "studio",
    state: AttemptState = AttemptState.SUCCEEDED,
    ended: float = 100.0,
    frames: int = 10,
) -> Attempt:
    log = Path("/log")
    return Attempt(name, 0, 1, state, 5.0, log, ended, 0, profile=profile, frames=frames, seconds=seconds)


async def test_what_succeeded_through_the_profile_counts(repository: JobRepository) -> None:
    await repository.open()
    film, other = Path("/films/it's.json"), Path("/films/other.json")
    await repository.save(
        batch(
            "a",
            other,
            attempt("a.0.1", 2.0),
            attempt("a.1.1", 4.0, frames=20),
            attempt("a.2.1", 50.0, state=AttemptState.FAILED),
            attempt("a.2.2", 60.0, state=AttemptState.CANCELLED),
            attempt("a.2.3", 70.0, profile="elsewhere"),
            attempt("a.2.4", 0.0),
            attempt("a.2.5", None),
            attempt("a.2.6", 80.0, frames=0),
        )
    )
    await repository.save(batch("b", film, attempt("b.0.1", 1.0, ended=50.0)))
    await repository.save(batch("c", None, attempt("c.0.1", 3.0, ended=300.0)))
    a = RenderSpeed("a", 2, 30, 6.0)
    b = RenderSpeed("b", 1, 10, 1.0)
    c = RenderSpeed("c", 1, 10, 3.0)
    same = {"is_same_job": True}
    assert await repository.speeds("studio") == [c, a, b]
    assert await repository.speeds("studio", "new", film) == [RenderSpeed("b", 1, 10, 1.0, **same), c, a]
    assert await repository.speeds("Studio", "a") == [RenderSpeed("a", 2, 30, 6.0, **same), c, b]
    assert await repository.speeds("elsewhere") == [RenderSpeed("a", 1, 10, 70.0)]
    assert await repository.speeds("nowhere") == []
    await repository.save(JournalBatch(removed={"a"}))
    assert await repository.speeds("studio") == [c, b]
    await repository.close()


async def test_the_latest_jobs_are_enough_but_this_one_is_never_left_out(repository: JobRepository) -> None:
    await repository.open()
    for number in range(JOBS_LIMIT + 5):
        name = f"job{number}"
        await repository.save(batch(name, Path(f"/films/{name}.json"), attempt(f"{name}.0.1", 1.0, ended=number)))
    speeds = await repository.speeds("studio", source=Path("/films/job0.json"))
    await repository.close()
    assert [speed.job_id for speed in speeds[:2]] == ["job0", f"job{JOBS_LIMIT + 4}"]
    assert len(speeds) == JOBS_LIMIT


async def test_a_journal_from_before_speeds_were_kept_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA[0])
    connection.execute("PRAGMA user_version=1")
    connection.execute("INSERT INTO jobs SELECT 'old',0,'Old','completed','','','/o',3,1,3,'{}',1,1,2,0,'{}',NULL")
    connection.execute("INSERT INTO attempts VALUES ('old.0.1','old',0,1,'succeeded',1,2,0,'','/log')")
    connection.commit()
    connection.close()
    repository = SqliteJobRepository(path)
    await repository.open()
    assert repository.set_aside is None
    (found,) = await repository.attempts("old")
    assert (found.profile, found.frames, found.seconds) == ("", 0, None)
    await repository.save(batch("new", None, attempt("new.0.1", 1.0)))
    assert [speed.job_id for speed in await repository.speeds("studio")] == ["new"]
    await repository.close()
