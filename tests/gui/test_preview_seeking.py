"""Wishes to seek, bundled to what a decoder can do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from helios_gui.ui.preview.seeking import Seeker


class Recorder:
    """A seeker and what came out of it."""

    def __init__(self) -> None:
        self.seeker = Seeker()
        self.seeks: list[int] = []
        self.frames: list[int] = []
        self.seeker.seek_now.connect(self.seeks.append)
        self.seeker.shown.connect(lambda index, _picture: self.frames.append(index))


@pytest.fixture
def recorder(qtbot: QtBot) -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.seeker.clear()


def test_a_hundred_wishes_cost_two_seeks_and_end_at_the_newest(recorder: Recorder) -> None:
    for frame in range(100):
        recorder.seeker.request(frame)
    assert recorder.seeks == [0]
    assert recorder.seeker.wanted == 99
    recorder.seeker.receive(0, None, playing=False)
    assert recorder.seeks == [0, 99]
    recorder.seeker.receive(99, None, playing=False)
    assert recorder.frames == [0, 99]
    assert recorder.seeker.wanted is None


def test_a_wish_for_the_frame_reached_costs_no_seek(recorder: Recorder) -> None:
    recorder.seeker.request(5)
    recorder.seeker.request(9)
    recorder.seeker.request(5)
    recorder.seeker.receive(5, None, playing=False)
    assert recorder.seeks == [5]
    assert recorder.seeker.wanted is None


def test_frames_from_before_the_seek_are_held_back(recorder: Recorder) -> None:
    recorder.seeker.request(40)
    recorder.seeker.receive(7, None, playing=True)
    recorder.seeker.receive(8, None, playing=True)
    assert recorder.frames == []
    recorder.seeker.receive(41, None, playing=True)
    assert recorder.frames == [41]


def test_a_seek_that_lands_elsewhere_ends_there(recorder: Recorder, qtbot: QtBot) -> None:
    recorder.seeker.request(40)
    recorder.seeker.receive(36, None, playing=False)
    recorder.seeker.request(41)
    qtbot.waitUntil(lambda: recorder.frames == [36])
    assert recorder.seeks == [40, 41]


def test_a_seek_that_brings_nothing_does_not_block_the_next(recorder: Recorder, qtbot: QtBot) -> None:
    recorder.seeker.request(40)
    recorder.seeker.request(3)
    qtbot.waitUntil(lambda: recorder.seeks == [40, 3])


def test_clear_forgets_everything(recorder: Recorder) -> None:
    recorder.seeker.request(40)
    recorder.seeker.request(3)
    recorder.seeker.clear()
    assert recorder.seeker.wanted is None
    recorder.seeker.receive(7, None, playing=False)
    assert recorder.frames == [7]
    assert recorder.seeks == [40]
