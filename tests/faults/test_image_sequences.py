"""Image sequences after crashes, deletions and other jobs: frames that are there stay, and gaps are rendered again."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from helios_gui.jobfile.job_files import save_job
from helios_gui.types import ChunkState, JobExecutionOptions, JobState
from tests.support.cli import command, environment, run_cli
from tests.support.frame_jobs import frames_job, written_frames
from tests.support.jobs import job_in, open_manager, render, runs, until
from tests.support.waiting import wait_until


def kill_in_frame(tmp_path: Path, *settings: str, written: str = "") -> Path:
    """Render a job of three chunks, and kill the app while the second writes frame 4; the job's folder."""
    folder = tmp_path / "job"
    folder.mkdir(exist_ok=True)
    spec = frames_job(folder, "odd=4", "how=wait", *settings, sizes=(3, 3, 3), written=written)
    save_job(spec, folder / "job.json")
    app = subprocess.Popen(
        command("render", folder / "job.json", "--trust", "--overwrite", "--concurrency", "1"),
        env=environment(tmp_path / "home"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until((folder / "waiting").exists)
    app.send_signal(signal.SIGKILL)
    app.wait()
    (folder / "mended").touch()
    return folder


def test_after_a_kill_finished_chunks_are_not_rendered_again(tmp_path: Path) -> None:
    folder = kill_in_frame(tmp_path)
    before = {name: (folder / "frames" / name).stat().st_ino for name in written_frames(folder / "frames")}
    assert sorted(before) == [f"f_{frame:04d}.png" for frame in range(3)]
    done = run_cli(tmp_path / "home", "render", folder / "job.json", "--trust", "--resume")
    assert done.returncode == 0, done.stderr
    assert written_frames(folder / "frames") == [f"f_{frame:04d}.png" for frame in range(9)]
    assert {name: (folder / "frames" / name).stat().st_ino for name in before} == before
    assert runs(folder) == ["0", "3", "3", "6"]
    assert not (folder / ".helios").exists()


def test_after_a_kill_frames_that_were_pushed_aside_are_back(tmp_path: Path) -> None:
    """The command hides where it writes, so that it writes in the place of frames that were there."""
    frames = tmp_path / "job" / "frames"
    frames.mkdir(parents=True)
    (tmp_path / "job" / "same").symlink_to("frames")
    for frame in (3, 5):
        (frames / f"f_{frame:04d}.png").write_text("old")
    folder = kill_in_frame(tmp_path, written="same/f_%04d.png")
    assert not (frames / "f_0005.png").exists()
    done = run_cli(tmp_path / "home", "render", folder / "job.json", "--trust", "--overwrite", "--chunk", "2")
    assert done.returncode == 0, done.stderr
    assert [(frames / f"f_{frame:04d}.png").read_text() for frame in (3, 5)] == ["old", "old"]
    assert not [path for path in frames.iterdir() if path.name.startswith(".")]


async def test_deleted_frames_are_rendered_again_and_only_their_chunks(tmp_path: Path) -> None:
    spec = frames_job(tmp_path, sizes=(3, 3, 3), outputFile="film.mp4")
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, spec, tmp_path)
        assert job_in(manager, job_id).state is JobState.COMPLETED
        for frame in (4, 5):
            (tmp_path / "frames" / f"f_{frame:04d}.png").unlink()
        await manager.restitch(job_id)
        await manager.wait_job(job_id)
        job = job_in(manager, job_id)
        assert job.state is JobState.FAILED
        assert "f_####.png: frames 4-5 are missing." in job.reason
        await manager.resume_job(job_id)
        await manager.wait_job(job_id)
        assert job_in(manager, job_id).state is JobState.COMPLETED
    assert sorted(runs(tmp_path)) == ["0", "3", "3", "6"]


async def test_a_frame_that_was_painted_over_is_noticed(tmp_path: Path) -> None:
    spec = frames_job(tmp_path, sizes=(2, 2), outputFile="film.mp4")
    async with open_manager(tmp_path) as manager:
        job_id = await render(manager, spec, tmp_path)
        (tmp_path / "frames" / "f_0003.png").write_bytes((tmp_path / "frames" / "f_0000.png").read_bytes())
        await manager.restitch(job_id)
        await manager.wait_job(job_id)
        assert "were changed or replaced after they were rendered" in job_in(manager, job_id).reason
        status = await manager.get_job(job_id)
        assert status is not None
        assert [chunk.state for chunk in status.chunks] == [ChunkState.COMPLETED, ChunkState.PENDING]


async def test_two_jobs_of_the_same_frames_wait_for_each_other(tmp_path: Path) -> None:
    slow = frames_job(tmp_path, "odd=1", "how=wait", pattern="frames/f_####.png", name="Slow")
    other = frames_job(tmp_path, start=4, pattern="frames/f_%04d.png", name="Other")
    apart = frames_job(tmp_path, start=100, pattern="frames/f_####.png", name="Apart")
    async with open_manager(tmp_path, max_jobs=3) as manager:
        first = await manager.submit_job(slow, JobExecutionOptions(job_dir=tmp_path))
        await until((tmp_path / "waiting").exists)
        second = await manager.submit_job(other, JobExecutionOptions(job_dir=tmp_path, overwrite=True))
        await render(manager, apart, tmp_path)
        await until(lambda: "Slow" in job_in(manager, second).reason)
        assert not (tmp_path / "frames" / "f_0006.png").exists()
        (tmp_path / "mended").touch()
        await manager.cancel_job(first)
        await manager.wait_job(second)
        assert job_in(manager, second).state is JobState.COMPLETED


async def test_another_jobs_frames_are_replaced_only_when_agreed(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        await render(manager, frames_job(tmp_path, name="First"), tmp_path)
        other = frames_job(tmp_path, start=4, name="Second")
        overlapping = await render(manager, other, tmp_path)
        job = job_in(manager, overlapping)
        assert job.state is JobState.FAILED
        assert "exist already" in job.reason
        same = await render(manager, frames_job(tmp_path, name="Third"), tmp_path)
        assert "“First”" in job_in(manager, same).reason
        agreed = await render(manager, other, tmp_path, overwrite=True)
        assert job_in(manager, agreed).state is JobState.COMPLETED
        beside = await render(manager, frames_job(tmp_path, start=50), tmp_path)
        assert job_in(manager, beside).state is JobState.COMPLETED


async def test_a_cancelled_chunk_leaves_no_frames(tmp_path: Path) -> None:
    spec = frames_job(tmp_path, "odd=4", "how=wait", sizes=(3, 3))
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=tmp_path))
        await until((tmp_path / "waiting").exists)
        await until(lambda: len(written_frames(tmp_path / "frames")) == 3)
        await manager.cancel_job(job_id)
        await manager.wait_job(job_id)
    assert written_frames(tmp_path / "frames") == [f"f_{frame:04d}.png" for frame in range(3)]
    assert not list(tmp_path.rglob("*.kept"))
    assert not (tmp_path / ".helios").exists()


def test_only_chunks_with_gaps_are_rendered_when_asked(tmp_path: Path) -> None:
    spec = frames_job(tmp_path, sizes=(3, 3, 3), outputFile="frames/f_####.png")
    save_job(spec, tmp_path / "job.json")
    home = tmp_path / "home"
    assert run_cli(home, "render", tmp_path / "job.json", "--trust", cwd=tmp_path).returncode == 0
    (tmp_path / "frames" / "f_0001.png").unlink()
    half = tmp_path / "frames" / "f_0007.png"
    half.write_bytes(half.read_bytes()[:40])
    kept = {name: (tmp_path / "frames" / name).stat().st_ino for name in written_frames(tmp_path / "frames")}
    done = run_cli(tmp_path / "other", "render", tmp_path / "job.json", "--trust", "--missing", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "9 frames (0-8) in frames/f_####.png, complete" in done.stdout
    assert sorted(runs(tmp_path)) == ["0", "0", "3", "6", "6"]
    for frame in (3, 4, 5):
        assert (tmp_path / "frames" / f"f_{frame:04d}.png").stat().st_ino == kept[f"f_{frame:04d}.png"]
    again = run_cli(home, "render", tmp_path / "job.json", "--trust", "--missing", cwd=tmp_path)
    assert (again.returncode, len(runs(tmp_path))) == (0, 5), again.stderr
    both = run_cli(home, "render", tmp_path / "job.json", "--trust", "--missing", "--resume", cwd=tmp_path)
    assert (both.returncode, "--missing finds out" in both.stderr) == (2, True)
