"""What is noted of attempts until the journal has it: whole notes only, also on a full disk, and for no longer."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from helios_gui.orchestrator.output_notes import OutputNotes
from helios_gui.orchestrator.output_rows import write_outputs
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.types import JobState, KnownOutput, MadeFile
from tests.support.instant import InstantWorkers
from tests.support.jobs import job_in, open_manager, text_job, until
from tests.support.queue_steps import ended, options

PLACE, OTHER = Path("/work/part_0.mov"), Path(os.fsdecode(b"/work/p\xe4rt\n_1.mov"))
MADE = MadeFile(2**62, 2**63 - 1, 2**63 - 1)


def test_what_is_made_takes_the_place_of_what_is_being_made(tmp_path: Path) -> None:
    notes = OutputNotes(tmp_path / "notes")
    notes.begin("job", {PLACE: KnownOutput(2.5, 1.5)})
    size = (notes.folder / "job").stat().st_size
    notes.begin("job", {OTHER: KnownOutput(3.5, 3.0)})
    notes.begin("other", {PLACE: KnownOutput(4.5, 4.0)})
    notes.finish("job", PLACE, MADE)
    assert notes.read("job") == {PLACE: KnownOutput(2.5, 1.5, made=MADE), OTHER: KnownOutput(3.5, 3.0)}
    assert (notes.folder / "job").read_bytes()[size:].count(b"\n") == 1
    notes.begin("job", {PLACE: KnownOutput(6.5, 6.0)})
    assert notes.read("job")[PLACE] == KnownOutput(6.5, 6.0), "another attempt"
    assert sorted(notes.read_all()[PLACE], key=lambda known: known.noted_at) == [
        KnownOutput(4.5, 4.0),
        KnownOutput(6.5, 6.0),
    ]
    notes.remove("job")
    notes.finish("job", PLACE, MADE)
    assert notes.read("job") == {}
    assert notes.job_ids() == ["other"]
    notes.close()


def test_an_earlier_process_has_left_notes_and_half_a_note(tmp_path: Path) -> None:
    first = OutputNotes(tmp_path / "notes")
    first.begin("job", {PLACE: KnownOutput(2.5, 1.5)})
    first.close()
    with (tmp_path / "notes" / "job").open("ab") as file:
        file.write(b'["/work/part_7.mov", 2.5,\n[]\n{}\n["/x", "y", 1]\n\n')
    second = OutputNotes(tmp_path / "notes")
    second.begin("job", {OTHER: KnownOutput(4.5, 3.5)})
    second.finish("job", OTHER, MADE)
    second.close()
    assert second.read("job") == {PLACE: KnownOutput(2.5, 1.5), OTHER: KnownOutput(4.5, 3.5, made=MADE)}


def test_where_only_half_a_note_has_room_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes, write = OutputNotes(tmp_path / "notes"), os.write
    notes.begin("job", {PLACE: KnownOutput(2.5, 1.5)})
    left = 40

    def write_what_fits(descriptor: int, data: bytes) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, data[:left])
        left -= written
        return written

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_what_fits)
        with pytest.raises(OSError, match="No space"):
            notes.begin("job", {OTHER: KnownOutput(4.5, 3.5)})
    notes.begin("job", {OTHER: KnownOutput(5.5, 5.0)})
    assert notes.read("job") == {PLACE: KnownOutput(2.5, 1.5), OTHER: KnownOutput(5.5, 5.0)}
    notes.close()


def test_without_a_folder_nothing_is_noted(tmp_path: Path) -> None:
    (tmp_path / "in the way").touch()
    notes = OutputNotes(tmp_path / "in the way" / "notes")
    with pytest.raises(NotADirectoryError):
        notes.begin("job", {PLACE: KnownOutput(2.5, 1.5)})
    notes.finish("job", PLACE, MADE)
    assert notes.read_all() == {}
    assert notes.job_ids() == []


async def test_the_journal_takes_over_what_is_newer_than_what_it_has(tmp_path: Path) -> None:
    now, older, newer = time.time(), KnownOutput(5.0, made=MADE), KnownOutput(50.0, made=MadeFile(7, 7, 7, "x"))
    repository = SqliteJobRepository(tmp_path / "jobs.sqlite")
    await repository.open()
    try:
        with repository._transaction() as db:
            write_outputs(db, {PLACE: older, OTHER: newer})
        repository.notes.begin("job", {PLACE: KnownOutput(10.0, 9.0), OTHER: KnownOutput(10.0, 9.0)})
        places = [PLACE, OTHER, Path("/nowhere")]
        assert (await repository.find_outputs(places))[PLACE] == [older, KnownOutput(10.0, 9.0)]
        await repository.settle_notes("job")
        await repository.settle_notes("unknown")
        assert repository.notes.job_ids() == []
        found = await repository.find_outputs(places)
        assert found[OTHER] == [newer]
        (known,) = found[PLACE]
        assert known.made == MADE, "the attempt has made nothing else"
        assert known.begun_at == 9.0
        assert known.ended_at is not None
        assert known.ended_at >= now, "nobody works on it any more"
    finally:
        await repository.close()


async def test_nothing_is_noted_any_more_when_a_job_is_over(tmp_path: Path) -> None:
    workers, folder = InstantWorkers(), tmp_path / "jobs.sqlite.outputs"
    seen = []

    async def look(_: object) -> None:
        seen.append(os.listdir(folder))

    workers.acts = dict.fromkeys(range(3), look)
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(3), options(tmp_path, merge=False))
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert seen == [[job_id]] * 3
        assert os.listdir(folder) == []


async def test_notes_stay_while_the_journal_is_held_and_go_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "jobs.sqlite.outputs"
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        manager._repository._connection.execute("PRAGMA busy_timeout=50")
        job_id = await manager.submit_job(text_job(1), options(tmp_path, merge=False), start=False)
        held = sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)
        with closing(held):
            await manager.resume_job(job_id)
            await until(lambda: manager._scheduler.is_running(job_id) and job_in(manager, job_id).started_at)
            held.execute("BEGIN IMMEDIATE")
            assert await ended(manager, job_id) is JobState.COMPLETED
            assert os.listdir(folder) == [job_id]
            held.execute("ROLLBACK")
        await manager.delete_job(job_id)
    assert os.listdir(folder) == [job_id]
    async with open_manager(tmp_path) as manager:
        assert os.listdir(folder) == []
        assert await manager.replacements.of_new_job(text_job(1), options(tmp_path, merge=False)) is None
