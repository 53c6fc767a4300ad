"""A disk that is full in the middle of a render: the job waits and says for what, and goes on once there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from helios_gui.cli.doctor.check_result import CheckStatus
from helios_gui.cli.doctor.machine import _folder
from helios_gui.orchestrator import job_run
from helios_gui.orchestrator.attempt_workdirs import copy_into_place
from helios_gui.orchestrator.made_files import record_without_digest
from helios_gui.orchestrator.output_notes import OutputNotes
from helios_gui.types import ChunkState, ExecutionPolicy, JobExecutionOptions, JobState, KnownOutput
from tests.support.jobs import COUNTED, job_in, open_manager, runs, text_job
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="a disk of its own takes root on Linux"
)

# Writes 500 KB (its program prints little), and says what went wrong in Python's words, where it can.
LARGE = """
import sys
open('runs.txt', 'a').write(sys.argv[2] + '\\n')
print('rendering', sys.argv[2])
open(sys.argv[1], 'wb').write(bytes(500_000))
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "test", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, *, leave: int) -> Path:
    """Leave so many bytes of a disk; the program may write some of them at the same time."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while (room := os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize - leave) > 0:
            file.write(bytes(room))
    return ballast


def note_to_the_last_byte(notes: OutputNotes, job_id: str) -> None:
    while True:
        notes.begin(job_id, {Path("/nowhere"): KnownOutput(1.0)})


@pytest.mark.parametrize(("full", "leave"), [("home", 0), ("work", 0), ("work", 200_000)])
async def test_a_job_waits_for_room_and_goes_on(tmp_path: Path, small_disk: Path, full: str, leave: int) -> None:
    home, work = (small_disk, tmp_path / "work") if full == "home" else (tmp_path / "home", small_disk / "work")
    home.mkdir(exist_ok=True)
    work.mkdir()
    gate = "import os,time\nwhile os.path.exists('hold'): time.sleep(.01)\n"
    (work / "hold").touch()
    async with open_manager(home, ExecutionPolicy(concurrency=2, retries=0)) as manager:
        spec = text_job(4, gate + LARGE)
        job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=work))
        await eventually(lambda: job_in(manager, job_id).counts.get(ChunkState.RUNNING) == 2)
        ballast = fill(small_disk, leave=leave)
        (work / "hold").unlink()
        await eventually(lambda: "no space" in job_in(manager, job_id).reason)
        summary = job_in(manager, job_id)
        assert str(small_disk) in summary.reason
        assert summary.state is JobState.RUNNING
        assert summary.needs_a_person
        assert ChunkState.FAILED not in summary.counts
        tried = len(runs(work))
        ballast.unlink()
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.COMPLETED, summary.reason
        assert not summary.needs_a_person
        assert len(runs(work)) <= tried + 4, "no chunk is tried again and again"


async def test_a_chunk_is_not_begun_that_cannot_be_noted(tmp_path: Path, small_disk: Path) -> None:
    """On the journal's disk. One that was begun is noted as finished all the same."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "hold").touch()
    spec = text_job(2, "import os,time\nwhile os.path.exists('hold'): time.sleep(.01)\n" + COUNTED)
    async with open_manager(small_disk, ExecutionPolicy(concurrency=1, retries=0)) as manager:
        job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=work))
        notes = manager._repository.notes
        await eventually(lambda: notes.read(job_id))
        ballast = fill(small_disk, leave=0)
        with pytest.raises(OSError, match="No space"):
            note_to_the_last_byte(notes, job_id)
        (work / "hold").unlink()
        await eventually(lambda: "no space" in job_in(manager, job_id).reason)
        assert str(small_disk) in job_in(manager, job_id).reason
        assert runs(work) == ["0"]
        assert notes.read(job_id)[work / "part_0.txt"].made == record_without_digest(work / "part_0.txt")
        ballast.unlink()
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert runs(work) == ["0", "1"]


async def test_an_unattended_job_fails_where_no_room_is_made(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_run, "_UNATTENDED_SECONDS", 0.5)
    home = tmp_path / "home"
    home.mkdir()
    async with open_manager(home, ExecutionPolicy(concurrency=2, retries=0)) as manager:
        fill(small_disk, leave=200_000)
        options = JobExecutionOptions(job_dir=small_disk, unattended=True)
        job_id = await manager.submit_job(text_job(4, LARGE), options)
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.FAILED
        assert "no space left" in summary.reason


async def test_a_job_that_waits_for_room_can_be_paused_and_cancelled(tmp_path: Path, small_disk: Path) -> None:
    work = small_disk / "work"
    work.mkdir()
    fill(small_disk, leave=100_000)
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=2, retries=0)) as manager:
        job_id = await manager.submit_job(text_job(4, LARGE), JobExecutionOptions(job_dir=work))
        await eventually(lambda: "no space" in job_in(manager, job_id).reason)
        await manager.pause_job(job_id)
        assert (await manager.wait_job(job_id)).state is JobState.PAUSED
        await manager.resume_job(job_id)
        await eventually(lambda: "no space" in job_in(manager, job_id).reason)
        await manager.cancel_job(job_id)
        assert job_in(manager, job_id).state is JobState.CANCELLED


async def test_a_failure_that_has_nothing_to_do_with_the_disk_is_one(tmp_path: Path, small_disk: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(small_disk, ExecutionPolicy(concurrency=1, retries=0)) as manager:
        spec = text_job(1, "import sys; sys.exit(3)")
        job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=work))
        assert (await manager.wait_job(job_id)).state is JobState.FAILED


def test_an_output_that_does_not_fit_on_its_own_disk_leaves_no_part_there(tmp_path: Path, small_disk: Path) -> None:
    fill(small_disk, leave=300_000)
    finished = tmp_path / "finished.mov"
    finished.write_bytes(bytes(500_000))
    with pytest.raises(OSError, match="No space"):
        copy_into_place(finished, small_disk / "part.mov", "job")
    assert os.listdir(small_disk) == ["ballast"]
    assert finished.stat().st_size == 500_000


def test_doctor_says_that_nothing_can_be_kept_on_a_full_disk(small_disk: Path) -> None:
    fill(small_disk, leave=0)
    result = _folder("Data folder", small_disk / "data")
    assert result.status is CheckStatus.MISSING
    assert "0.0 GB free" in result.detail
    assert result.hint.startswith("Free some space")
