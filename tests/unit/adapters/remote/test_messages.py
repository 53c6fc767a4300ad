"""What adapters say."""

from __future__ import annotations

import re

import pytest

from helios_gui.adapters.remote.messages import explain_stopping, explain_time_limit, frames_in
from helios_gui.types import RenderChunk

CHUNK = RenderChunk(id=1, start_frame=100, frame_count=60, output_file="a.mov", command="x")


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (38, "The function hit its 120 s limit at frame 38 of 60; use chunks of at most 30 frames."),
        (1, "The function hit its 120 s limit at frame 1 of 60; use chunks of at most 1 frame."),
        (0, "The function hit its 120 s limit before the first of 60 frames was done; give it more time or use"),
    ],
)
def test_time_limits(done: int, words: str) -> None:
    assert explain_time_limit("the function", 120.0, done, CHUNK).startswith(words)


def test_frames_are_read_from_logs() -> None:
    assert frames_in("START\nProgress: Rendered 12 / 60 frames\nEND", CHUNK) == 12
    assert frames_in("nothing", CHUNK) == 0


def test_a_stop_that_is_not_confirmed_names_the_time() -> None:
    assert re.search(r"may still bill until \d\d:\d\d:\d\d\.$", explain_stopping("the function", 30))
