"""What lands in a watched folder becomes a job, once, and is put away when the job has ended."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.types import JobState, UserInputError
from helios_gui.watch_folders.folder_watch import FolderWatch
from helios_gui.watch_folders.store import WatchFolderStore
from helios_gui.watch_folders.watch_events import WatchEvent
from helios_gui.watch_folders.watch_folder import WatchFolder
from tests.support.browsers import require_browser
from tests.support.jobs import runs
from tests.support.numbered_video import make_numbered
from tests.support.waiting import eventually
from tests.support.watched_folder import QUIET, Stand, jobs, states


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


async def test_a_job_file_is_added_once_also_after_a_restart(stand: Stand) -> None:
    stand.put()
    for number in range(2):
        (stand.place / f"frame_{number}.png").write_bytes(b"x")  # sequences are not to be taken
    async with stand.watching() as engine:
        await eventually(lambda: states(engine) == [JobState.PENDING])
        assert not jobs(engine)[0].in_line, "it was only to be added"
        other = stand.put("other.heliosjob")
        await eventually(lambda: len(jobs(engine)) == 2)
    async with stand.watching() as engine:
        stand.put("third.heliosjob")
        await eventually(lambda: len(jobs(engine)) == 3)
        other.write_text(other.read_text().replace("other.heliosjob", "changed"))
        await eventually(lambda: [job.name for job in jobs(engine)][3:] == ["changed"])
    assert runs(stand.place) == []


async def test_in_a_trusted_folder_it_is_rendered_and_put_away(stand: Stand) -> None:
    async with stand.watching(render=True) as engine:
        file = stand.put()
        await eventually(lambda: (stand.place / "done" / "job.json").exists())
        assert states(engine) == [JobState.COMPLETED]
        assert not file.exists()
        assert sorted(runs(stand.place)) == ["0", "1"]
        await eventually(lambda: stand.events == [WatchEvent.ADDED, WatchEvent.DONE])
        stand.put()  # the same once more is a new job
        await eventually(lambda: (stand.place / "done" / "job 2.json").exists())
        assert states(engine) == [JobState.COMPLETED] * 2


async def test_a_page_that_does_not_say_how_long_it_is_comes_back_with_what_a_person_can_do(stand: Stand) -> None:
    require_browser()
    async with stand.watching():
        (stand.place / "page.html").write_text("<h1>Hello</h1>")
        reason = stand.place / "failed" / "page.html.txt"
        await eventually(reason.exists, within=60)
        assert reason.read_text().count("page.html") == 1
        assert "New render" in reason.read_text()
        assert "--" not in reason.read_text(), "nobody gives options to a folder"
        assert stand.words(WatchEvent.FAILED) == [reason.read_text().strip()]


async def test_what_fails_is_put_away_with_the_reason(stand: Stand) -> None:
    async with stand.watching(render=True) as engine:
        stand.put("bad.heliosjob", "import sys; sys.exit('no texture')")
        (stand.place / "broken.heliosjob").write_text("{")
        failed = stand.place / "failed"
        await eventually(lambda: (failed / "bad.heliosjob.txt").exists())
        await eventually(lambda: (failed / "broken.heliosjob.txt").exists())
        assert "no texture" in (failed / "bad.heliosjob.txt").read_text()
        assert (failed / "bad.heliosjob").exists()
        assert states(engine) == [JobState.FAILED]
        assert stand.events.count(WatchEvent.FAILED) == 2
        assert all(words.count("broken.heliosjob") <= 1 for words in stand.words(WatchEvent.FAILED))


async def test_files_stay_where_they_are_if_that_is_chosen(stand: Stand) -> None:
    async with stand.watching(render=True, move=False) as engine:
        file = stand.put()
        await eventually(lambda: WatchEvent.DONE in stand.events)
        stand.put("second.heliosjob")
        await eventually(lambda: stand.events.count(WatchEvent.DONE) == 2)
        assert file.exists()
        assert len(jobs(engine)) == 2


async def test_what_cannot_be_moved_is_told_and_keeps_nothing_else_waiting(stand: Stand) -> None:
    for name in ("done", "failed"):
        (stand.place / name).write_text("not a folder")
    async with stand.watching(render=True) as engine:
        files = [stand.put("a.heliosjob"), stand.put("b.heliosjob")]
        (stand.place / "broken.heliosjob").write_text("{")
        await eventually(lambda: stand.events.count(WatchEvent.TROUBLE) == 3)
        later = stand.put("c.heliosjob")
        await eventually(lambda: stand.events.count(WatchEvent.TROUBLE) == 4)
        assert states(engine) == [JobState.COMPLETED] * 3
    words = [words for news, words in stand.told if news is WatchEvent.TROUBLE]
    assert all(" cannot be moved: " in each for each in words), words
    assert all(file.exists() for file in (*files, later))
    assert (stand.events.count(WatchEvent.DONE), stand.events.count(WatchEvent.FAILED)) == (3, 1)


async def test_without_trust_it_waits_for_a_person(stand: Stand) -> None:
    async with stand.watching(trusted=False, render=True) as engine:
        stand.put()
        await eventually(lambda: WatchEvent.WAITS in stand.events)
        assert states(engine) == [JobState.PENDING]
        assert runs(stand.place) == []


async def test_a_video_is_encoded_and_nothing_of_it_is_taken_up_again(stand: Stand, tmp_path: Path) -> None:
    video = make_numbered(tmp_path / "clip.mp4", 12, ["-c:v", "libx264", "-preset", "ultrafast"])
    async with stand.watching(render=True, preset="h264") as engine:
        shutil.copy(video, stand.place / "clip.mp4")
        await eventually(lambda: (stand.place / "done" / "clip.mp4").exists())
        (job,) = jobs(engine)
        assert job.output == stand.place / "rendered" / "clip.mp4"
        assert job.output.exists()
        stand.put()
        await eventually(lambda: (stand.place / "done" / "job.json").exists())
        assert len(jobs(engine)) == 2


async def test_a_file_comes_back_for_its_job_that_is_rendered_again(stand: Stand, tmp_path: Path) -> None:
    video = make_numbered(tmp_path / "clip.mp4", 12, ["-c:v", "libx264", "-preset", "ultrafast"])
    clip, done = stand.place / "clip.mp4", stand.place / "done" / "clip.mp4"
    async with stand.watching(render=True, preset="h264") as engine:
        shutil.copy(video, clip)
        await eventually(done.exists)
        (job,) = jobs(engine)
    async with stand.watching(render=True, preset="h264") as engine:
        status = await engine.manager.get_job(job.id)
        assert status is not None
        chunks = [chunk.id for chunk in status.chunks]
        await engine.manager.retry_chunks(job.id, chunks)
        assert (await engine.manager.wait_job(job.id)).state is JobState.COMPLETED
        await eventually(lambda: stand.events.count(WatchEvent.DONE) == 2)
        await eventually(lambda: done.exists() and not clip.exists())
        clip.write_bytes(b"another one")
        await engine.manager.retry_chunks(job.id, chunks)
        await eventually(lambda: WatchEvent.TROUBLE in stand.events)
        assert len(jobs(engine)) == 1
        assert f"was moved to {done} and cannot be moved back: File exists" in stand.told[-1][1]
        assert done.exists()


async def test_a_job_that_was_added_before_a_crash_is_not_added_again(stand: Stand) -> None:
    stand.put()
    async with stand.watching() as engine:
        await eventually(lambda: len(jobs(engine)) == 1)
    for taken_files in stand.folders.data.glob("watched-*.json"):
        taken_files.unlink()  # as if it had not been written any more
    async with stand.watching() as engine:
        stand.put("later.heliosjob")
        await eventually(lambda: WatchEvent.ADDED in stand.events[1:])
        await eventually(lambda: len(jobs(engine)) == 2)
        assert [job.name for job in jobs(engine)] == ["job.json", "later.heliosjob"]


async def test_trouble_is_told_once_and_ends_by_itself(stand: Stand) -> None:
    async with stand.watching() as engine:
        stand.place.rmdir()
        await eventually(lambda: stand.events == [WatchEvent.TROUBLE])
        stand.place.mkdir()
        stand.put()
        await eventually(lambda: len(jobs(engine)) == 1)
        await eventually(lambda: stand.events == [WatchEvent.TROUBLE, WatchEvent.ADDED])


async def test_a_profile_that_is_gone_is_no_fault_of_the_files(stand: Stand) -> None:
    async with stand.watching(profile="Night") as engine:
        file = stand.put()
        await eventually(lambda: stand.events == [WatchEvent.TROUBLE])
        assert file.exists()
        engine.profiles.save([LocalProfile(name="Night")], "Night")
        await eventually(lambda: [job.profile for job in jobs(engine)] == ["Night"])


async def test_two_do_not_watch_one_folder(stand: Stand) -> None:
    async with stand.watching() as engine:
        stand.put()
        await eventually(lambda: len(jobs(engine)) == 1)
        second = FolderWatch(engine, lambda news, words: stand.told.append((news, words)), QUIET)
        await second.watch([WatchFolder(path=stand.place, render=True)])
        await eventually(lambda: WatchEvent.TROUBLE in stand.events)  # the job may end before or after it
        assert "another Helios process watches it" in dict(stand.told)[WatchEvent.TROUBLE]
        await second.close()


def test_folders_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "watch-folders.json"
    folders = [WatchFolder(path=tmp_path, render=True, preset="h264"), WatchFolder(path=tmp_path / "b", move=False)]
    folders[1] = folders[1].model_copy(update={"sequences": True, "frames_minutes": 2.5, "fps": "23.976"})
    WatchFolderStore(path).save(folders)
    assert WatchFolderStore(path).folders == tuple(folders)
    assert not folders[0].sequences, "folders of earlier versions take none"
    with pytest.raises(UserInputError):
        WatchFolderStore(path).save([folders[0], folders[0]])
    with pytest.raises(ValueError, match="“fast” is no frame rate"):
        WatchFolder(path=tmp_path, fps="fast")
    path.write_text(path.read_text().replace('"render"', '"odd"'))
    store = WatchFolderStore(path)
    assert store.folders == (folders[1],)
    assert store.problem.startswith(f"The watched folder “{tmp_path}” is left out: odd: ")
    store.save(store.folders)
    assert '"odd"' in path.read_text(), "what this version does not know is kept"
