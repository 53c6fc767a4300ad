"""Following attempts whose workers tell of their progress."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helios_gui.adapters.remote import progress_watch
from helios_gui.adapters.remote.progress_watch import ProgressWatch
from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.storage_layout import AttemptKeys
from helios_gui.storage import StorageSettings
from tests.support.waiting import eventually

PLACES = [AttemptKeys("job", f"job.{number}.1") for number in range(20)]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_watch, "_BETWEEN", 0.01)


def tell(folder: Path, place: AttemptKeys, text: str) -> None:
    path = folder / place.progress
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def test_a_line_is_passed_on_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = ReconnectingStorage(tmp_path.as_uri(), StorageSettings())
    watch = ProgressWatch(link, 0.01)
    seen: list[str] = []
    polls = 0
    start_poll = watch._start_poll

    def counted_poll() -> None:
        nonlocal polls
        polls += 1
        start_poll()

    monkeypatch.setattr(watch, "_start_poll", counted_poll)
    tell(tmp_path, PLACES[0], "frame=1\n")
    with watch.follow(PLACES[0], seen.extend):
        await eventually(lambda: seen == ["frame=1"])
        before = polls
        await eventually(lambda: polls >= before + 2)
        assert seen == ["frame=1"]
        tell(tmp_path, PLACES[0], "frame=2")
        await eventually(lambda: seen == ["frame=1", "frame=2"])
    tell(tmp_path, PLACES[0], "frame=3")
    await eventually(lambda: watch._polling is None)
    assert watch._timer is None, "nothing is looked at any more"
    assert seen == ["frame=1", "frame=2"]
    await watch.close()
    await link.close()


async def test_many_are_followed_and_those_that_say_nothing_do_no_harm(tmp_path: Path) -> None:
    link = ReconnectingStorage(tmp_path.as_uri(), StorageSettings())
    watch = ProgressWatch(link, 0.01)
    seen: dict[str, list[str]] = {place.name: [] for place in PLACES}
    for place in PLACES[::2]:
        tell(tmp_path, place, place.name)
    tell(tmp_path, PLACES[1], "x" * 5000)
    following = [watch.follow(place, seen[place.name].extend) for place in PLACES]
    for each in following:
        each.__enter__()
    await eventually(lambda: all(seen[place.name] == [place.name] for place in PLACES[::2]))
    assert all(seen[place.name] == [] for place in PLACES[1::2])
    for each in following:
        each.__exit__(None, None, None)
    await watch.close()
    await link.close()


async def test_what_is_over_soon_is_not_asked_about(tmp_path: Path) -> None:
    link = ReconnectingStorage(tmp_path.as_uri(), StorageSettings())
    watch = ProgressWatch(link, 10.0)
    for place in PLACES:
        with watch.follow(place, lambda lines: None):
            await asyncio.sleep(0)
    assert link._current is None, "the storage was not even opened"
    await watch.close()


async def test_closing_in_the_middle_of_a_look(tmp_path: Path) -> None:
    link = ReconnectingStorage(tmp_path.as_uri(), StorageSettings())
    watch = ProgressWatch(link, 0.0)
    with watch.follow(PLACES[0], lambda lines: None):
        await eventually(lambda: watch._polling)
        await watch.close()
    await link.close()
