"""Whether two jobs would write a file of one name, of which neither lists the frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.orchestrator.claimed_names import ClaimedNames, places_meet, places_of

FOLDER = Path("/renders")

MEETING = {
    "a frame in both": ("f_%04d.png", range(1, 10), "f_%04d.png", range(9, 20), True),
    "following frames": ("f_%04d.png", range(1, 10), "f_%04d.png", range(10, 20), False),
    "another case": ("F_%04d.PNG", range(1, 10), "f_####.png", range(9, 20), True),
    "another width": ("f_%04d.png", range(1, 10), "f_%02d.png", range(1, 10), False),
    "numbers wider than both": ("f_%04d.png", range(9990, 10001), "f_%02d.png", range(10000, 10002), True),
    "a number that is partly text": ("f_1%03d.png", range(5, 6), "f_%04d.png", range(1000, 1006), True),
    "another number, partly text": ("f_1%03d.png", range(5, 6), "f_%04d.png", range(1006, 1010), False),
    "partly text behind": ("f_%03d5.png", range(100, 101), "f_%04d.png", range(1000, 1006), True),
    "another layer": ("f_%04d.png", range(1, 10), "f_%04d_mask.png", range(1, 10), False),
    "another take": ("take1_%04d.png", range(1, 10), "take2_%04d.png", range(1, 10), False),
    "numbers at two places": ("s_%04d_v01.png", range(1, 3), "s_0001_v%02d.png", range(1, 2), True),
    "others at two places": ("s_%04d_v01.png", range(1, 3), "s_0001_v%02d.png", range(2, 3), False),
    "a frame alone": ("f_%04d.png", range(1, 10), "F_0009.png", range(0), True),
    "a file that is no frame": ("f_%04d.png", range(1, 10), "f_0010.png", range(0), False),
    "a file that is like none": ("f_%04d.png", range(1, 10), "f_a.png", range(0), False),
}


@pytest.mark.parametrize("case", MEETING)
def test_names_meet_where_one_file_would_have_both(case: str) -> None:
    name, frames, other, other_frames, meet = MEETING[case]
    some, others = places_of([FOLDER / name], frames), places_of([FOLDER / other], other_frames)
    assert places_meet(some, others) is places_meet(others, some) is meet
    elsewhere = places_of([Path("/elsewhere") / other], other_frames)
    assert not places_meet(some, elsewhere)


def test_names_are_the_same_when_they_were_written_to_a_file() -> None:
    (claimed,) = places_of([FOLDER / "f_%04d.png", FOLDER / "film.mov"], range(3, 9)).values()
    assert ClaimedNames.from_json(claimed.to_json()) == claimed
