"""What people write for a shell, and what only looks like it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from helios_gui.jobfile.shell_habits import MOST_NOTES, find_shell_habits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX conventions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.png", "literal[1].png", "post.sh"):
        (tmp_path / name).touch()
    (tmp_path / "post.sh").chmod(0o755)
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
        ("render ~root/scene.blend", "'~root/scene.blend'"),
        ("cp a.png o.png|cat", "'o.png|cat'"),
        ("cp a.png o.png;./post.sh", "'o.png;./post.sh'"),
        ("cp a.png o.png&&cat o.png", "'o.png&&cat'"),
        ("render o.mov>log.txt", "'o.mov>log.txt'"),
        ("render o.mov>>$LOG", "'o.mov>>$LOG'"),
        ("render o.mov # fast", "'#' begins no comment"),
        ("render a.mov\nrender b.mov", "lines of a command"),
        ("render {a,b}.png o.mov", "'{a,b}.png'"),
        ("render \u2013o x.mov", "'\u2013o'"),
        ("render \u201cx.mov\u201d", "'\u201cx.mov\u201d'"),
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
        "render file~ a~b 50% ~nobody-of-that-name/x #ff00ff a\u2013b",
        "render 'a.mov|cat' 'a.mov>log' '# no comment' '\u2013o' 'line\nbreak'",
        "render \\\n  a.mov \\\n  b.mov\n",
        "ffmpeg -i a.mov -filter_complex [0:v]scale=2.5[a];[a]null -f null select=a>0.5;b x.mov>=2",
        "ffmpeg -f tee [f=mp4]a.mp4|[f=mov]b.mov pan=stereo|c0=c1 concat:a.ts|cat.ts",
        'render {"a":1,"b":2} --range={1,2}',
    ],
)
def test_what_only_looks_like_it_is_left_alone(folder: Path, command: str) -> None:
    assert find_shell_habits([command], folder) == ()


def test_many_habits_are_bounded(folder: Path) -> None:
    assert len(find_shell_habits((f"render ~/{number}" for number in range(1000)), folder)) == MOST_NOTES


@pytest.mark.parametrize("part", [",", "{a,", "a.b|", "a.b>", "a.b;", "x.", "#", "\n"])
def test_long_commands_are_looked_at_in_linear_time(part: str, folder: Path) -> None:
    began = time.process_time()
    find_shell_habits(["render {" + part * 100_000], folder)
    assert time.process_time() - began < 5
