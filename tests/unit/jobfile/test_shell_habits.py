"""What people write for a shell, and what only looks like it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from helios_gui.jobfile.shell_habits import MOST_NOTES, find_shell_habits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX conventions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png", "literal[1].png"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("render $HOME/scene.blend", "'$HOME'"),
        ('render "${HOME}/my scene.blend"', "'${HOME}'"),
        ("render ~/scene.blend", "'~/scene.blend'"),
        ("render *.png", "'*.png'"),
        ("render [ab].png", "'[ab].png'"),
        ("render out.mov&", "'out.mov&'"),
        ("render a| tee log", "'a|'"),
        ("render $(date).mov", "'$(…)'"),
        ('render "`date`.mov"', "'`…`'"),
    ],
)
def test_what_a_shell_would_replace_is_named(folder: Path, command: str, words: str) -> None:
    (note,) = find_shell_habits([command, command], folder)
    assert words in note


@pytest.mark.parametrize(
    "command",
    [
        "render '$HOME/scene.blend' '~' '*.png'",
        "render --pattern=frame_$F4.exr",
        "ffmpeg -i a.mov -map 0:a? out.mov",
        "ffmpeg -i concat:a.ts|b.ts -vf crop=w/2:h*3/4 o.mov",
        "render literal[1].png *.exr http://host/?a=1&b=2",
        "render file~ a~b 50%",
    ],
)
def test_what_only_looks_like_it_is_left_alone(folder: Path, command: str) -> None:
    assert find_shell_habits([command], folder) == ()


def test_many_habits_are_bounded(folder: Path) -> None:
    assert len(find_shell_habits((f"render ~/{number}" for number in range(1000)), folder)) == MOST_NOTES
