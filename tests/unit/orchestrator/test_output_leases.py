"""Leases: one job at a time writes a file, whatever it calls it and whatever process it runs in."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helios_gui.orchestrator import output_leases
from helios_gui.orchestrator.claimed_names import places_meet, places_of
from helios_gui.orchestrator.output_leases import LeaseHolder, OutputLease
from helios_gui.utils.os_lock import FileLock
from tests.support.waiting import wait_until


def lease(job_id: str, *files: Path) -> OutputLease:
    return OutputLease(job_id, f"Job {job_id}", files, files[-1], Path.cwd())


def test_the_second_job_is_told_who_writes_the_file(tmp_path: Path) -> None:
    first = lease("a", tmp_path / "part.mov", tmp_path / "a.mp4")
    second = lease("b", tmp_path / "part.mov", tmp_path / "b.mp4")
    same_video = lease("c", tmp_path / "other.mov", tmp_path / "a.mp4")
    assert first.take() is None
    assert second.take() == second.find_holder() == LeaseHolder("a", "Job a", os.getpid(), same_video=False)
    assert same_video.take() == LeaseHolder("a", "Job a", os.getpid(), same_video=True)
    assert lease("d", tmp_path / "mine.mov", tmp_path / "d.mp4").find_holder() is None
    first.release()
    assert second.find_holder() is None
    assert second.take() is None
    second.release()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["link/part.mov", "./part.mov", "link/../work/PART.mov", "../work/part.mov"])
def test_a_file_is_the_same_whatever_it_is_called(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "link").symlink_to(work)
    monkeypatch.chdir(work)
    first, second = lease("a", work / "part.mov"), lease("b", Path(name))
    assert places_meet(places_of([work / "part.mov"]), places_of([Path(name)]))
    assert first.take() is None
    assert second.take() is not None
    first.release()


def test_a_lease_on_several_folders_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    holder = lease("a", tmp_path / "z" / "final.mp4")
    both = lease("b", tmp_path / "a" / "part.mov", tmp_path / "z" / "final.mp4")
    assert holder.take() is None
    assert both.take() is not None
    assert not (tmp_path / "a").exists()
    third = lease("c", tmp_path / "a" / "part.mov")
    assert third.take() is None
    third.release()
    holder.release()
    assert not list(tmp_path.iterdir())


_HOLD = (
    "import sys; from pathlib import Path; from helios_gui.orchestrator.output_leases import OutputLease;"
    "file = Path(sys.argv[1]); lease = OutputLease('dead1', 'Dead', [file], file, file.parent);"
    "print(lease.take(), flush=True); sys.stdin.read()"
)


def test_the_lease_of_a_killed_process_is_free_and_its_unfinished_video_is_cleared(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "final.mp4")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "None\n"
    unfinished = tmp_path / ".helios" / "dead1" / "stitch"
    unfinished.mkdir(parents=True)
    second = lease("b", tmp_path / "final.mp4")
    assert second.take() == LeaseHolder("dead1", "Dead", process.pid, same_video=True)
    process.kill()
    process.communicate()
    wait_until(lambda: second.take() is None)
    assert not unfinished.exists()
    second.release()
    assert not list(tmp_path.iterdir())


def test_of_many_at_once_each_gets_it_once_and_nothing_is_left(tmp_path: Path) -> None:
    inside: list[str] = []
    overlaps: list[list[str]] = []

    def work(name: str) -> None:
        own = lease(name, tmp_path / "final.mp4")
        for _ in range(15):
            wait_until(lambda: own.take() is None)
            inside.append(name)
            time.sleep(0.001)  # so that others would come in
            if len(inside) > 1:
                overlaps.append(list(inside))
            inside.remove(name)
            own.release()

    threads = [threading.Thread(target=work, args=(f"job{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not overlaps
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    own = lease("a", tmp_path / "file" / "final.mp4")
    assert own.take() is None
    own.release()


def test_a_job_whose_folder_is_missing_gets_none_made(tmp_path: Path) -> None:
    own = OutputLease("a", "Job", [tmp_path / "gone" / "part.mov"], tmp_path / "gone" / "final.mp4", tmp_path / "gone")
    assert own.take() is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"[" * 200_000, b"\xff\xfe", b"{}", b"[]", b'{"job": 7, "names": 3}', b""])
def test_a_lease_that_came_with_somebodys_folder_holds_nobody_up(tmp_path: Path, content: bytes) -> None:
    strange = tmp_path / ".helios" / "leases" / "strange.lease"
    strange.parent.mkdir(parents=True)
    strange.write_bytes(content)
    mine = lease("a", tmp_path / "part.mov", tmp_path / "a.mp4")
    assert mine.find_holder() is None
    assert mine.take() is None
    mine.release()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_lease_that_is_no_file_holds_nobody_up(tmp_path: Path, make: Callable[[Path], None]) -> None:
    strange = tmp_path / ".helios" / "leases" / "strange.lease"
    strange.parent.mkdir(parents=True)
    make(strange)
    mine, other = (lease(name, tmp_path / "part.mov", tmp_path / f"{name}.mp4") for name in "ab")
    assert mine.take() is None
    assert other.take() == LeaseHolder("a", "Job a", os.getpid(), same_video=False)
    mine.release()
    assert os.path.lexists(strange)


@pytest.mark.skipif(sys.platform == "win32", reason="links take rights of their own")
def test_a_lease_that_came_with_somebodys_folder_clears_nothing_elsewhere(tmp_path: Path) -> None:
    victim, work = tmp_path / "victim", tmp_path / "work"
    (victim / "stitch").mkdir(parents=True)
    (victim / "stitch" / "precious").touch()
    strange = work / ".helios" / "leases" / "strange.lease"
    strange.parent.mkdir(parents=True)
    strange.write_text('{"job": "abc"}')
    (work / ".helios" / "abc").symlink_to(victim)
    mine = lease("a", work / "part.mov", work / "a.mp4")
    assert mine.take() is None
    mine.release()
    assert (victim / "stitch" / "precious").exists()


def test_a_job_has_one_lease_in_a_folder(tmp_path: Path) -> None:
    first, second = lease("a", tmp_path / "one.mov"), lease("a", tmp_path / "two.mov")
    assert first.take() is None
    assert second.take() == LeaseHolder("a", "Job a", os.getpid(), same_video=True)
    first.release()
    assert second.take() is None
    second.release()
    assert not list(tmp_path.iterdir())


def test_a_folder_whose_leases_somebody_holds_up_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_leases, "_GUARD_TIMEOUT", 0.01)
    first, second = lease("a", tmp_path / "part.mov"), lease("b", tmp_path / "part.mov")
    assert first.take() is None
    guard = FileLock.take(tmp_path / ".helios" / "leases" / output_leases._GUARD)
    assert guard is not None
    assert second.take() is None
    assert second.find_holder() is None
    assert not first.lack
    assert second.lack == f"the files in {tmp_path} cannot be held against other jobs (Connection timed out)"
    first.release()
    guard.release()
    assert second.take() is None, "the first one's lease was given up all the same"
    second.release()
    assert not list(tmp_path.iterdir())
