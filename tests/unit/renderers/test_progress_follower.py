"""A job's own pattern is searched for beside the event loop; what known renderers print is read at once."""

from __future__ import annotations

import threading

from helios_gui.renderers.progress import NEWEST_LINES, ProgressReader
from helios_gui.renderers.progress_follower import ProgressFollower
from tests.support.waiting import eventually


class Told:
    def __init__(self) -> None:
        self.frames: list[int | None] = []
        self.threads: set[int] = set()

    def __call__(self, frames: int | None) -> None:
        self.frames.append(frames)
        self.threads.add(threading.get_ident())


async def test_known_renderers_are_read_at_once() -> None:
    told = Told()
    ProgressFollower(ProgressReader(10), told).feed(["frame=3"])
    assert told.frames == [3]


async def test_a_pattern_is_searched_for_elsewhere_and_told_here() -> None:
    told = Told()
    follower = ProgressFollower(ProgressReader(10, pattern=r"at (?P<frame>\d+)"), told)
    follower.feed(["at 1", "at 2"])
    assert told.frames == []
    follower.feed(["at 3"])
    follower.feed(["at 4", "nothing"])
    await eventually(lambda: told.frames == [2, 4])
    assert told.threads == {threading.get_ident()}


async def test_a_flood_waits_in_little_room_and_its_end_counts() -> None:
    told = Told()
    follower = ProgressFollower(ProgressReader(10_000_000, pattern=r"at (?P<frame>\d+)"), told)
    lines = [f"at {number}" for number in range(100 * NEWEST_LINES)]
    for begin in range(0, len(lines), NEWEST_LINES // 2):
        follower.feed(lines[begin : begin + NEWEST_LINES // 2])
    await eventually(lambda: len(lines) - 1 in told.frames)
    assert len(told.frames) <= 2


async def test_a_pattern_that_takes_too_long_holds_nothing_up() -> None:
    told = Told()
    reader = ProgressReader(10, pattern=r"^(?P<frame>(a|a)+)$")
    follower = ProgressFollower(reader, told)
    follower.feed(["a" * 60 + "!"])
    assert told.frames == [], "what is found is told by the loop, which has not run since"
    await eventually(lambda: told.frames == [None])
    assert "takes too long" in reader.problem


async def test_nothing_is_told_after_the_end() -> None:
    told, other = Told(), Told()
    pattern = r"at (?P<frame>\d+)"
    follower = ProgressFollower(ProgressReader(10, pattern=pattern), told)
    follower.feed(["at 1"])
    follower.close()
    ProgressFollower(ProgressReader(10, pattern=pattern), other).feed(["at 2"])
    await eventually(lambda: other.frames == [2])
    assert told.frames == []
