"""A journal with damage of any kind, or of any earlier version: what can be read is kept, and the rest is set aside."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from helios_gui.orchestrator import journal_damage
from helios_gui.orchestrator.job_repository import Claim
from helios_gui.orchestrator.journal_rows import SCHEMA, JobEntry, JournalBatch
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.manager import JobManager
from helios_gui.orchestrator.repository import DamagedJobError, SqliteJobRepository
from helios_gui.profiles.trust import TrustStore
from helios_gui.types import Attempt, AttemptState, ChunkState, HeliosError, JobExecutionOptions, JobState
from tests.support.cli import run_cli
from tests.support.jobs import open_manager, text_job

PAGE = 4096

# The first schema as it was before jobs had a cost: they had an intent.
FIRST_SCHEMA = (
    SCHEMA[0]
    .replace("  reason TEXT NOT NULL, report", "  intent TEXT NOT NULL, reason TEXT NOT NULL, report")
    .replace(" cost REAL NOT NULL,", "")
)
EARLIER = {"first, without costs": (FIRST_SCHEMA,)} | {
    f"version {number}": SCHEMA[:number] for number in range(1, len(SCHEMA) + 1)
}


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteJobRepository]:
    repository = SqliteJobRepository(path)
    await repository.open()
    try:
        yield repository
    finally:
        await repository.close()


def rows_of(job_id: str, folder: Path) -> JournalBatch:
    options = JobExecutionOptions(job_dir=folder)
    job = LiveJob(job_id, text_job(3), options, folder / "out.mp4", name=f"job {job_id}")
    job.move_chunk(job.chunks[0], ChunkState.RUNNING)
    job.move_chunk(job.chunks[0], ChunkState.COMPLETED)
    attempt = Attempt(f"{job_id}.0.1", 0, 1, AttemptState.SUCCEEDED, 5.0, Path("/log"), 6.0, 0, "x" * 500)
    status = job.status()
    return JournalBatch(
        jobs={job_id: JobEntry(status.summary, options, job.spec)},
        chunks={(job_id, chunk.id): chunk for chunk in status.chunks},
        attempts={attempt.id: (job_id, attempt)},
    )


async def filled(path: Path, jobs: int) -> None:
    async with opened(path) as repository:
        for number in range(jobs):
            await repository.save(rows_of(f"{number:03}", path.parent))
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def test_a_lost_page_anywhere_loses_no_more_than_what_was_on_it(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 40)
    whole = path.read_bytes()
    kept_jobs = []
    for page in range(1, len(whole) // PAGE):
        path.write_bytes(whole[: page * PAGE] + bytes(PAGE) + whole[(page + 1) * PAGE :])
        async with opened(path) as repository:
            kept = [job.id for job in await repository.list_jobs() if await _is_readable(repository, job.id)]
            assert repository.problem or len(kept) == 40, "SQLite checks no page that only holds a part of a long text"
            await repository.save(rows_of("new", tmp_path))
        kept_jobs.append(len(kept))
        for aside in tmp_path.glob("jobs.sqlite.bad-*"):
            aside.unlink()
    assert max(kept_jobs) == 40, "a page of attempts costs no job"
    assert sorted(kept_jobs)[2] >= 25, "all but the roots of jobs and specs cost the jobs on them"


async def _is_readable(repository: SqliteJobRepository, job_id: str) -> bool:
    try:
        assert await repository.load_job(job_id) is not None
    except DamagedJobError:
        return False
    return True


async def test_a_damaged_journal_stays_where_it_is_until_what_can_be_read_of_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 40)
    whole = path.read_bytes()
    damaged = whole[:-PAGE] + bytes(PAGE)
    path.write_bytes(damaged)

    def disk_is_full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as full:
        full.setattr(journal_damage, "_copy", disk_is_full)
        repository = SqliteJobRepository(path)
        with pytest.raises(HeliosError, match="disk is full"):
            await repository.open()
        await repository.close()
    assert path.read_bytes()[PAGE:] == damaged[PAGE:]
    assert [file.name for file in tmp_path.iterdir() if not file.name.endswith(("-wal", "-shm", ".owners"))] == [
        path.name
    ]
    async with opened(path) as repository:
        assert "damaged" in repository.problem
        assert await repository.list_jobs()


async def test_a_file_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 40)
    whole = path.read_bytes()
    for size in (PAGE, 3 * PAGE, len(whole) // 2):
        path.write_bytes(whole[:size])
        async with opened(path) as repository:
            assert repository.problem
            await repository.save(rows_of("new", tmp_path))


def test_journals_that_are_damaged_in_the_same_second_are_all_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_damage.time, "strftime", lambda _: "20261130-120000")
    path = tmp_path / "jobs.sqlite"
    for number in range(3):
        path.write_text(f"damaged {number}")
        journal_damage.move_aside(path)
    kept = sorted(tmp_path.iterdir())
    assert [file.read_text() for file in kept] == ["damaged 0", "damaged 1", "damaged 2"]
    assert journal_damage.finish_salvage(path) is None, "nothing was salvaged"


DIES_AT_A_RENAME = """
import asyncio, os, sys
from pathlib import Path
from helios_gui.orchestrator.repository import SqliteJobRepository

left = int(sys.argv[2])
def die(event, arguments):
    global left
    if event == "os.rename" and str(arguments[0]).startswith(sys.argv[1]):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
sys.addaudithook(die)

async def main():
    repository = SqliteJobRepository(Path(sys.argv[1]))
    await repository.open()
    await repository.close()
asyncio.run(main())
"""


async def test_a_kill_between_the_renames_of_a_salvage_loses_no_job(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 40)
    whole = path.read_bytes()
    for renames in range(10):
        for left in tmp_path.iterdir():
            if left.is_file():  # the folder of living owners stays
                left.unlink()
        path.write_bytes(whole[:-PAGE] + bytes(PAGE))
        for part in ("-wal", "-shm"):  # what a killed app leaves is moved, too
            path.with_name(path.name + part).touch()
        died = subprocess.run([sys.executable, "-c", DIES_AT_A_RENAME, str(path), str(renames)], check=False)
        async with opened(path) as repository:
            kept = len(await repository.list_jobs())
            assert "damaged" in repository.problem or died.returncode == 0
        assert kept >= 25, f"killed at rename {renames + 1}"
        assert not list(tmp_path.glob("*.salvage*"))
        if died.returncode == 0:
            break
    assert renames >= 2, "it was killed twice at least"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE jobs SET state='archived' WHERE id='001'",
        "UPDATE jobs SET options='{' WHERE id='001'",
        "UPDATE jobs SET options='[]' WHERE id='001'",
        "UPDATE jobs SET counts='[1]' WHERE id='001'",
        "UPDATE jobs SET counts='{\"gone\": 1}' WHERE id='001'",
        "UPDATE jobs SET added_at='yesterday' WHERE id='001'",
        "UPDATE jobs SET output=x'00ff' WHERE id='001'",
        "UPDATE chunks SET state='archived' WHERE job_id='001' AND chunk_id=1",
        "UPDATE chunks SET attempts='many' WHERE job_id='001'",
        "UPDATE specs SET spec='{}' WHERE job_id='001'",
        "UPDATE specs SET spec='nothing' WHERE job_id='001'",
    ],
)
async def test_a_job_that_cannot_be_read_is_set_aside_and_the_others_are_kept(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 3)
    with closing(sqlite3.connect(path)) as journal:
        journal.execute(damage)
        journal.commit()
    async with open_manager(tmp_path) as manager:
        assert {"000", "002"} <= {job.id for job in manager.list_jobs()}
        assert await manager.get_job("000") is not None
        await _is_refused(manager, "001")
        assert [job.id for job in manager.list_jobs()] == ["000", "002"]
    aside = json.loads((tmp_path / "jobs.sqlite.bad-job-001.json").read_text())
    assert len(aside["chunks"]) == 3
    assert aside["jobs"][0]["name"] == "job 001"
    async with opened(path) as repository:
        assert repository.problem == "", "it is said once"


async def _is_refused(manager: JobManager, job_id: str) -> None:
    with pytest.raises(HeliosError):
        await manager.resume_job(job_id)


async def test_an_attempt_of_another_version_costs_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 1)
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("UPDATE attempts SET state='archived'")
        journal.commit()
    async with opened(path) as repository:
        assert [attempt.state for attempt in await repository.attempts("000")] == [AttemptState.UNKNOWN]


@pytest.mark.parametrize("steps", EARLIER.values(), ids=EARLIER.keys())
async def test_a_journal_of_every_earlier_version_goes_on(tmp_path: Path, steps: tuple[str, ...]) -> None:
    assert "intent" in FIRST_SCHEMA
    assert "cost" not in FIRST_SCHEMA
    path = tmp_path / "jobs.sqlite"
    await filled(tmp_path / "new.sqlite", 2)
    with closing(sqlite3.connect(path)) as old:
        for step in steps:
            old.executescript(step)
        old.execute(f"PRAGMA user_version={len(steps)}")
        with closing(sqlite3.connect(tmp_path / "new.sqlite")) as new:
            new.row_factory = sqlite3.Row
            for table in ("jobs", "specs", "chunks", "attempts"):
                known = [column[1] for column in old.execute(f"PRAGMA table_info({table})")]
                for row in new.execute(f"SELECT * FROM {table}"):
                    values = {"intent": "hold", **dict(row)}
                    marks = ",".join("?" * len(known))
                    old.execute(f"INSERT INTO {table} VALUES ({marks})", [values[name] for name in known])
        old.execute("UPDATE jobs SET state='running', owner='1@1.000' WHERE id='001'")
        old.execute("UPDATE jobs SET started_at=1000.0, finished_at=1060.0 WHERE id='000'")
        old.commit()
    async with opened(path) as repository:
        assert repository.problem == ""
        times = [job.work_seconds for job in await repository.list_jobs()]
        assert times == ([0.0, 0.0] if any("work_seconds" in step for step in steps) else [60.0, 0.0])
        assert [job.state for job in await repository.list_jobs()] == [JobState.PENDING, JobState.INTERRUPTED]
        status = await repository.load_job("001")
        assert status is not None
        assert [chunk.state for chunk in status.chunks] == [
            ChunkState.COMPLETED,
            ChunkState.PENDING,
            ChunkState.PENDING,
        ]
        assert len(await repository.attempts("001")) == 1
        assert await repository.claim("001", status.revision) is Claim.TAKEN
        await repository.save(rows_of("001", tmp_path))
        await repository.save(rows_of("new", tmp_path))
        assert len(await repository.list_jobs()) == 3
        assert await repository.speeds("Local") == []


def test_a_newer_journal_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "jobs.sqlite")) as journal:
        journal.execute("PRAGMA user_version=99")
    run = run_cli(tmp_path, "jobs")
    assert run.returncode != 0
    assert "newer version" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "content",
    [
        '{"jobs": ["good"], "folders": ["/srv/a\\u0000b", "/srv/good"], "uploads": []}',
        '{"jobs": ["good"], "folders": ["/srv/\\ud800", "/srv/good"], "uploads": []}',
        '{"jobs": ["good", 7], "folders": ["/srv/good"], "uploads": []}',
        '{"jobs": ["good"], "folders": ["/srv/good"], "uploads": "everything"}',
    ],
)
def test_a_bad_entry_among_what_is_trusted_costs_no_other(tmp_path: Path, content: str) -> None:
    path = tmp_path / "trust.json"
    path.write_text(content)
    trust = TrustStore(path)
    assert "damaged" in trust.problem
    (kept,) = tmp_path.glob("trust.json.bad-*")
    assert kept.read_text() == content
    assert json.loads(path.read_text()) == {"folders": ["/srv/good"], "jobs": ["good"], "uploads": []}
    assert TrustStore(path).problem == ""


@pytest.mark.parametrize("column", ["options", "spec", "name", "reason", "cause", "state", "id"])
async def test_a_byte_that_is_no_text_costs_no_other_job(tmp_path: Path, column: str) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 3)
    table = {"spec": "specs", "cause": "attempts"}.get(column, "jobs")
    key = "id" if table == "jobs" else "job_id"
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("PRAGMA foreign_keys=OFF")
        pieces = [f"CAST(substr({column},{part}) AS BLOB)" for part in ("1,3", "4")]
        damaged = f"CAST({pieces[0]}||x'ff'||{pieces[1]} AS TEXT)"
        journal.execute(f"UPDATE {table} SET {column}={damaged} WHERE {key}='001'")
        journal.commit()
    async with opened(path) as repository:
        found = [job.id for job in await repository.list_jobs()]
        assert {"000", "002"} <= set(found)
        for job_id in found:
            assert await _is_readable(repository, job_id) or (job_id, column) == ("001", "spec")
            assert all(attempt.cause.isascii() for attempt in await repository.attempts(job_id))
        await repository.save(rows_of("new", tmp_path))
    async with opened(path) as repository:
        texts = [text for job in await repository.list_jobs() for text in (job.id, job.name, job.reason)]
    "".join(texts).encode()
    set_aside = ("options", "spec", "state", "id")
    assert len(list(tmp_path.glob("jobs.sqlite.bad-job-*.json"))) == (column in set_aside)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sqlite_master SET sql=replace(sql,'frames_total','frbmes_total') WHERE name='jobs'",
        "UPDATE sqlite_master SET sql=replace(sql,'REFERENCES jobs','REFERENCES jobr') WHERE name='chunks'",
        "UPDATE sqlite_master SET sql=CAST(CAST(sql AS BLOB)||x'ff20' AS TEXT) WHERE name='chunks'",
        "PRAGMA user_version=0",
        "PRAGMA user_version=2",
        "PRAGMA user_version=1073741829",
    ],
)
async def test_a_damaged_description_of_the_tables_does_not_keep_the_app_from_starting(
    tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 3)
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("PRAGMA writable_schema=ON")
        journal.execute(damage)
        journal.commit()
    async with opened(path) as repository:
        assert "damaged" in repository.problem
        kept = await repository.list_jobs()
        assert len(kept) == (3 if "user_version" in damage or "jobr" in damage else len(kept))
        await repository.save(rows_of("new", tmp_path))
    assert list(tmp_path.glob("jobs.sqlite.bad-*"))


async def test_the_file_of_another_program_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE jobs (a)")
    async with opened(path) as repository:
        assert "set aside" in repository.problem
        await repository.save(rows_of("new", tmp_path))


async def test_whatever_is_flipped_the_journal_opens_or_says_why_not(tmp_path: Path) -> None:
    """A few seeded rounds; 2,000 were run once."""
    path = tmp_path / "jobs.sqlite"
    await filled(path, 4)
    whole = path.read_bytes()
    for seed in range(25):
        chance = random.Random(seed)
        damaged = bytearray(whole)
        lowest = chance.choice([0, 100, 100, PAGE])
        for _ in range(chance.choice([1, 3, 30])):
            damaged[chance.randrange(lowest, PAGE if lowest == 100 else len(damaged))] = chance.randrange(256)
        for left in tmp_path.iterdir():
            if left.is_file():
                left.unlink()
        path.write_bytes(damaged)
        with suppress(HeliosError):
            async with opened(path) as repository:
                for job in await repository.list_jobs():
                    await _is_readable(repository, job.id)
                    await repository.attempts(job.id)
                await repository.speeds("Local")
                await repository.save(rows_of("new", tmp_path))


async def test_damage_that_turns_up_in_use_is_salvaged_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    await filled(path, 40)
    async with opened(path) as repository:
        with path.open("r+b") as file:  # a disk that fails while the app runs
            file.seek(PAGE)
            file.write(bytes(path.stat().st_size - PAGE))
        await repository._run(lambda: repository._db.execute("PRAGMA shrink_memory"))
        with pytest.raises(HeliosError, match="malformed"):
            await repository.save(rows_of("new", tmp_path))
    async with opened(path) as repository:
        assert "damaged" in repository.problem
        await repository.save(rows_of("new", tmp_path))
    async with opened(path) as repository:
        assert repository.problem == ""
