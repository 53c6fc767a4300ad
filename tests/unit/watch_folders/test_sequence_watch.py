"""Frames that land in a watched folder become one job, whole and once, and a new one where more of them land later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.engine import Engine, open_engine
from helios_gui.jobfile.job_files import save_job
from helios_gui.stitcher import probe
from helios_gui.types import JobState
from helios_gui.watch_folders import moving
from helios_gui.watch_folders.settled_files import FileState
from helios_gui.watch_folders.taken_files import TakenFiles
from helios_gui.watch_folders.watch_events import WatchEvent
from tests.support.browsers import require_browser
from tests.support.frame_jobs import frames_job
from tests.support.waiting import eventually
from tests.support.watched_folder import QUIET, Stand, jobs, land, states

PENDING, COMPLETED = JobState.PENDING, JobState.COMPLETED


class Frames(Stand):
    """Takes sequences as soon as they have not changed for a moment."""

    @asynccontextmanager
    async def watching(self, **settings: object) -> AsyncIterator[Engine]:
        usual: dict[str, object] = {"sequences": True, "frames_minutes": QUIET / 60, "preset": "h264"}
        async with super().watching(**usual | settings) as engine:  # type: ignore[arg-type]
            yield engine

    async def render_unwatched(self) -> None:
        """Have what landed taken, then rendered when nobody watches."""
        async with self.watching() as engine:
            await eventually(lambda: WatchEvent.ADDED in self.events)
        async with open_engine(self.folders) as engine:
            (job,) = jobs(engine)
            await engine.manager.resume_job(job.id)
            assert (await engine.manager.wait_job(job.id)).state is COMPLETED

    def taken_files(self) -> TakenFiles:
        (file,) = self.folders.data.glob("watched-*.json")
        return TakenFiles(file)


@pytest.fixture
def stand(tmp_path: Path) -> Frames:
    return Frames(tmp_path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


async def looked_again(stand: Frames) -> None:
    """Wait until what lies there now had its chance: something that lands now is taken, too."""
    before = len(stand.words(WatchEvent.ADDED))
    land(stand.place / f"later{before}", (1, 2))
    await eventually(lambda: any(f"later{before}/" in words for words in stand.words(WatchEvent.ADDED)))


def frames_of(video: Path) -> tuple[int, Fraction | None]:
    stream = probe(video).video
    assert stream is not None
    return stream.packets, stream.rate


async def test_frames_become_one_video_each_sequence_and_are_put_away(stand: Frames) -> None:
    land(stand.place, range(1, 6))
    land(stand.place / "sc010", range(98, 103), "f.{}.png")
    async with stand.watching(render=True, fps="23.976") as engine:
        await eventually(lambda: stand.events.count(WatchEvent.DONE) == 2)
        assert sorted(job.name for job in jobs(engine)) == ["sc010", "shot"]
        await eventually(lambda: (stand.place / "done" / "sc010" / "f.102.png").exists())
    for name, folder in (("shot", stand.place), ("sc010", stand.place / "sc010")):
        assert frames_of(stand.place / "rendered" / f"{name}.mp4") == (5, Fraction(24000, 1001))
        assert not list(folder.glob("*.png"))
        assert len(list((stand.place / "done" / name).glob("*.png"))) == 5
    assert "shot_####.png was added to the queue: frames 1-5" in stand.words(WatchEvent.ADDED)
    async with stand.watching(render=True) as engine:
        await looked_again(stand)
        assert len(jobs(engine)) == 3, "nothing twice"
        land(stand.place, range(1, 6))  # the same numbers once more are another take
        await eventually(lambda: (stand.place / "done" / "shot 2" / "shot_0005.png").exists())
        assert jobs(engine)[-1].output == stand.place / "rendered" / "shot 2.mp4"


async def test_a_gap_is_named_once_and_what_is_missing_waited_for(stand: Frames) -> None:
    land(stand.place, (1, 2, 5, 6, 8))
    (stand.place / "shot_0009.png").touch()  # as renderers do for a frame that is to come
    async with stand.watching():
        await eventually(lambda: WatchEvent.WAITS in stand.events)
    said = "shot_####.png is not complete: frames 3-4, 7, 9 are missing. It is taken once they have landed."
    async with stand.watching(move=False) as engine:
        await looked_again(stand)
        assert stand.words(WatchEvent.WAITS) == [said]
        land(stand.place, (3, 4, 7))
        await eventually(lambda: len(stand.words(WatchEvent.WAITS)) == 2)
        assert "frame 9 is missing" in stand.words(WatchEvent.WAITS)[1]
        land(stand.place, (9,))
        await eventually(lambda: "shot" in [job.name for job in jobs(engine)])
        assert jobs(engine)[-1].frames_total == 9
        assert names(stand.place)[-9:] == [f"shot_{number:04}.png" for number in range(1, 10)]


async def test_a_job_that_waits_is_replaced_where_more_frames_land(stand: Frames) -> None:
    land(stand.place, range(1, 4))
    async with stand.watching() as engine:
        await eventually(lambda: states(engine) == [PENDING])
        (first,) = jobs(engine)
        land(stand.place, range(4, 6))
        await eventually(lambda: [job.frames_total for job in jobs(engine)] == [5])
        assert jobs(engine)[0].id != first.id
        assert jobs(engine)[0].source == first.source
        (words,) = stand.words(WatchEvent.MORE)
        assert "The job of the frames 1-3 is taken out of the queue" in words


async def test_frames_that_land_after_the_video_is_done_bring_all_of_them_together(stand: Frames) -> None:
    land(stand.place / "sc020", range(1, 4))
    async with stand.watching(render=True) as engine:
        kept = stand.place / "done" / "sc020"
        await eventually(lambda: (kept / "shot_0003.png").exists())
        await eventually(lambda: WatchEvent.DONE in stand.events)
    async with stand.watching(render=True) as engine:  # also after a restart
        land(stand.place / "sc020", (5,))
        await eventually(lambda: len(stand.words(WatchEvent.WAITS)) == 1)
        assert (
            "frame 4 is missing between them and those that were taken before (1-3)" in stand.words(WatchEvent.WAITS)[0]
        )
        land(stand.place / "sc020", (4,))
        await eventually(lambda: stand.events.count(WatchEvent.DONE) == 2)
        assert "after a job was made of 1-3 alone: a new one is made of all" in stand.words(WatchEvent.MORE)[0]
        await eventually(lambda: (kept / "shot_0005.png").exists())
        assert len(names(kept)) == 5
        assert [job.frames_total for job in jobs(engine)] == [3, 5]
        assert frames_of(jobs(engine)[1].output)[0] == 5


async def test_where_frames_stay_more_of_them_make_a_new_job_of_all(stand: Frames) -> None:
    land(stand.place, (98, 99), "shot_{}.png")
    async with stand.watching(render=True, move=False) as engine:
        await eventually(lambda: WatchEvent.DONE in stand.events)
        land(stand.place, (100,), "shot_{}.png")  # the numbers get longer
        await eventually(lambda: stand.events.count(WatchEvent.DONE) == 2)
        assert [job.frames_total for job in jobs(engine)] == [2, 3]
        words = "shot_%d.png has changed after a job was made of the frames 98-99: a new one is made of 98-100."
        assert stand.words(WatchEvent.MORE) == [words]


async def test_a_job_that_ends_when_more_has_landed_is_not_told_as_done(stand: Frames) -> None:
    land(stand.place, (1, 2))
    await stand.render_unwatched()
    land(stand.place, (3,))
    async with stand.watching() as engine:
        await eventually(lambda: [job.frames_total for job in jobs(engine)] == [2, 3])
        assert WatchEvent.DONE not in stand.events
        (words,) = stand.words(WatchEvent.MORE)
        assert "“shot” is done, but with the frames 1-2 as they were then" in words
        assert names(stand.place)[-3:] == ["shot_0001.png", "shot_0002.png", "shot_0003.png"]


async def test_all_frames_of_what_fails_are_put_away_with_the_reason(stand: Frames) -> None:
    land(stand.place, range(1, 5))
    whole = (stand.place / "shot_0003.png").read_bytes()
    (stand.place / "shot_0003.png").write_bytes(whole[: len(whole) // 2])
    async with stand.watching(render=True) as engine:
        failed = stand.place / "failed" / "shot"
        await eventually(lambda: (failed / "shot_0004.png").exists())
        assert states(engine) == [JobState.FAILED]
        await eventually(lambda: len(names(failed)) == 5)
        (reason,) = failed.glob("*.txt")
        assert "frame 3" in reason.read_text()
        assert names(stand.place) == ["failed", "rendered"]


async def test_pictures_of_a_page_and_of_jobs_are_left_alone(stand: Frames) -> None:
    require_browser()
    land(stand.place / "assets", (1, 2))
    save_job(frames_job(stand.place, sizes=(2,), pattern="frames/f_####.png"), stand.place / "job.json")
    land(stand.place / "frames", (1, 2), "f_{:04}.png")
    land(stand.place / "own", (1, 2))
    save_job(frames_job(stand.place, sizes=(2,)), stand.place / "own" / "job.json")
    (stand.place / "page.html").write_text("<script>window.helios = {duration: 1}</script>")
    async with stand.watching(frames_minutes=10) as engine:
        await eventually(lambda: [job.name for job in jobs(engine)] == ["hot", "page"], lambda: stand.told)
        await eventually(lambda: len(stand.told) == 3)
    async with stand.watching() as engine:
        await looked_again(stand)
        assert [job.name for job in jobs(engine)] == ["hot", "page", "later2"]
    assert stand.words(WatchEvent.WAITS) == [
        "assets/shot_####.png landed with page.html and may belong to it: they are left alone."
    ]


async def test_one_picture_is_no_sequence_and_two_in_a_folder_have_names_of_their_own(stand: Frames) -> None:
    land(stand.place, (7,), "poster_{}.png")
    land(stand.place / "sc", (1, 2), "beauty.{:03}.png")
    land(stand.place / "sc", (1, 2), "depth.{:03}.png")
    async with stand.watching(render=True) as engine:
        await eventually(lambda: stand.events.count(WatchEvent.DONE) == 2)
        assert sorted(job.name for job in jobs(engine)) == ["sc_beauty", "sc_depth"]
        await eventually(lambda: len(names(stand.place / "done" / "sc")) == 4)
        assert (stand.place / "poster_7.png").exists()


async def test_frames_come_back_for_their_job_that_is_rendered_again(stand: Frames) -> None:
    land(stand.place, (1, 2))
    async with stand.watching(render=True) as engine:
        done = stand.place / "done" / "shot" / "shot_0002.png"
        await eventually(done.exists)
        await eventually(lambda: WatchEvent.DONE in stand.events)
        (job,) = jobs(engine)
        status = await engine.manager.get_job(job.id)
        assert status is not None
        await engine.manager.retry_chunks(job.id, [chunk.id for chunk in status.chunks])
        assert (await engine.manager.wait_job(job.id)).state is COMPLETED
        await eventually(lambda: stand.events.count(WatchEvent.DONE) == 2)
        await eventually(done.exists)
        assert len(jobs(engine)) == 1


def test_what_is_moved_back_is_not_new_meanwhile(tmp_path: Path) -> None:
    files, path = TakenFiles(tmp_path / "taken.json"), tmp_path / "shot_%d.png"
    state = FileState(1, 1)
    files.take(path, state, "job", "1-2")
    files.settle(path, moved_to=tmp_path / "done" / path.name)
    assert files.is_new(path, state), "others of that name may land"
    moved = files.moved("job")
    assert moved is not None
    files.begin_return(moved)
    assert not files.is_new(path, state)
    files.end_return(moved)
    assert files.is_new(path, state), "they could not be moved back"
    files.begin_return(moved)
    files.take_back(moved, state)
    assert not files.is_new(path, state)
    assert files.is_new(path, FileState(2, 2)), "it has changed since"


async def test_a_crash_while_frames_are_moved_loses_none(stand: Frames) -> None:
    land(stand.place, range(1, 5))
    await stand.render_unwatched()
    path, done = stand.place / "shot_%d.png", stand.place / "done" / "shot"
    stand.taken_files().begin_move(path, done / path.name)
    done.mkdir(parents=True)
    for number in (1, 2):
        (stand.place / f"shot_{number:04}.png").rename(done / f"shot_{number:04}.png")
    async with stand.watching() as engine:
        await eventually(lambda: len(names(done)) == 4)
        await looked_again(stand)
        assert [job.name for job in jobs(engine)] == ["shot", "later1"]
        assert not stand.words(WatchEvent.MORE)
        assert stand.taken_files().moved_from(path) is not None


def test_frames_are_moved_all_or_none(tmp_path: Path) -> None:
    land(tmp_path / "a", range(1, 4), "f{}.png")
    (tmp_path / "b" / "f3.png").mkdir(parents=True)  # in the way
    path, target = tmp_path / "a" / "f%d.png", tmp_path / "b" / "f%d.png"
    with pytest.raises(OSError, match="f3"):
        moving.move_frames(path, "1-3", target)
    assert names(tmp_path / "a") == ["f1.png", "f2.png", "f3.png"]
    (tmp_path / "b" / "f3.png").rmdir()
    assert moving.move_frames(path, "1-2", target) == target
    assert names(tmp_path / "a") == ["f3.png"]
