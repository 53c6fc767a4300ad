from __future__ import annotations

import re
import subprocess
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.process.log_tail import LogTail
from helios_gui.renderers.progress import ProgressReader
from helios_gui.renderers.progress_pattern import LONGEST_PATTERN, ProgressPattern
from helios_gui.types import UserInputError

HELIOS = [
    "Starting render for composition: file:///show/composition.html",
    "Spawning FFmpeg: /usr/bin/ffmpeg -f image2pipe -framerate 30 -i - -c:v libx264 out.mp4",
    "Progress: Rendered 0 / 90 frames",
    "Progress: Rendered 9 / 90 frames",
    "Progress: Rendered 18 / 90 frames",
    "Page Log: 90 sprites",
]
BLENDER_4 = [
    "Blender 4.1.1 (hash e1743a0317bc built 2024-04-16 00:06:22)",
    "Fra:101 Mem:130.47M (Peak 206.18M) | Time:00:07.56 | Compositing | De-initializing execution",
    "Saved: 'output_frames/frame-101.png'",
    "Time: 00:07.71 (Saving: 00:00.07)",
    "Fra:104 Mem:130.48M (Peak 272.58M) | Time:00:07.64 | Remaining:00:08.10 | Scene | Sample 12/64",
]
BLENDER_5 = ["00:03.579  render           | Fra: 104 | Remaining: 00:10.41 | Mem: 1039M | Sample 1/256"]
REMOTION = ["Bundling 21%", "Rendered 1/30, time remaining: 2s", "Rendered 12/30, time remaining: 1s", "Encoded 3/30"]

SOURCE = ["-re", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=60:duration=1.2", "-c:v", "mjpeg"]


@pytest.mark.parametrize(
    ("lines", "frames", "start", "done"),
    [
        (HELIOS, 90, 300, 18),
        (BLENDER_4, 30, 100, 4),
        (BLENDER_5, 30, 100, 4),
        (REMOTION, 30, 60, 12),
        (["Rendered 30/60"], 30, 0, 15),
    ],
    ids=["helios", "blender 4", "blender 5", "remotion", "another total is a share"],
)
def test_known_renderers(lines: list[str], frames: int, start: int, done: int) -> None:
    assert ProgressReader(frames, start).feed(lines) == done


@pytest.mark.parametrize("extra", [(), ("-progress", "-", "-nostats")], ids=["statistics lines", "-progress"])
def test_ffmpeg_as_it_really_prints(tmp_path: Path, extra: tuple[str, ...]) -> None:
    import imageio_ffmpeg

    log = tmp_path / "log"
    with log.open("wb") as output:
        subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), *extra, "-stats_period", "0.02", *SOURCE, tmp_path / "out.mov"],
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )
    reader = ProgressReader(72, start_frame=500)
    seen = [reader.feed([line]) for line in LogTail(log).read_rest()]
    counts = [count for count in seen if count is not None]
    assert len(counts) > 2, "progress came in steps"
    assert counts == sorted(counts)
    assert counts[-1] == 72


def test_says_nothing_when_nothing_is_new() -> None:
    reader = ProgressReader(100)
    assert reader.feed([]) is None
    assert reader.feed(["hello", "keyframe=7", "drop_frames=3", "frames=12"]) is None
    assert reader.feed(["frame=   12 fps=0.0"]) == 12
    assert reader.feed(["frame=   12 fps=0.0"]) is None
    assert reader.frames_done == 12


def test_never_goes_back_nor_past_the_chunk() -> None:
    reader = ProgressReader(50)
    assert reader.feed(["frame=40"]) == 40
    assert reader.feed(["frame=3"]) is None, "a second pass counts anew"
    assert reader.feed(["frame=400"]) == 50
    assert ProgressReader(50, start_frame=100).feed(["Fra:7 Mem:1M"]) is None, "a frame before the chunk"


def test_newest_line_wins_however_many_came_before() -> None:
    reader = ProgressReader(10_000)
    assert reader.feed([f"frame={number}" for number in range(9_000)]) == 8_999
    assert reader.feed(["frame=9500"] + ["noise"] * 10) == 9_500


@pytest.mark.parametrize(
    ("pattern", "line", "done"),
    [
        (r"done (?P<frame>\d+)", "done 7", 7),
        (r"done (?P<frame>\d+) of (?P<total>\d+)", "done 5 of 10", 20),
        (r"(?P<percent>[\d.]+) ?%", "[####   ] 62.5%", 25),
        (r"done (?<frame>\d+)", "done 7", 7),
        (r"(?P<frame>\d+)(?<!9)", "done 7", 7),
        (r"done (?P<frame>\S+)", "done all", None),
        (r"done (?P<frame>\S+)", "done inf", None),
        (r"(?P<frame>\d+) of (?P<total>\d+)", "3 of 0", 3),
        (r"done (?P<frame>\d+)", "frame=12", None),
        (r"done (?P<frame>\d+)", "x" * 1000 + "done 7", None),
    ],
)
def test_pattern_of_a_job(pattern: str, line: str, done: int | None) -> None:
    assert ProgressReader(40, pattern=pattern).feed(["before", line, "after"]) == done


@pytest.mark.parametrize("pattern", ["(", r"(\d+)", "(?P<other>x)", "", "(?P<frame>"])
def test_unusable_pattern_is_explained(pattern: str) -> None:
    with pytest.raises(UserInputError) as raised:
        ProgressPattern(pattern)
    assert "progress pattern" in str(raised.value)
    assert "(?P<frame>" in raised.value.hint


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"(?P<frame>(a+)+)$", "a" * 199 + "b"),
        (r"(?P<frame>(a|aa)+)$", "a" * 199 + "b"),
        (r"(?P<frame>x)|(?=(a+)+$)", "a" * 199 + "b"),
        (r"(?P<frame>(?:(?:(?:(?:a{1,999}){1,999}){1,999}){1,999}){1,999})z", "a" * 199),
        (r"(.*a)(.*a)(.*a)(.*a)(.*a)(.*a)(?P<frame>\d)", "a" * 199),
    ],
)
def test_slow_pattern_is_given_up_on(pattern: str, line: str) -> None:
    reader = ProgressReader(40, pattern=pattern)
    begun = time.thread_time()
    assert reader.feed([line] * 500) is None
    assert reader.feed(["7"]) is None
    assert time.thread_time() - begun < 1
    assert "takes too long" in reader.problem
    assert "no longer used" in reader.problem


def test_pattern_that_python_could_not_end_is_harmless() -> None:
    reader = ProgressReader(40, pattern=r"progress (?P<frame>\d+) of \d+ ((\d+,?)+)+$")
    assert reader.feed(["progress 1 of 5 " + "1" * 60 + " frames"]) is None
    assert reader.feed(["progress 1 of 5 " + "1" * 60]) == 1 or reader.problem


def test_pattern_that_is_only_unlucky_stays_in_use() -> None:
    reader = ProgressReader(40, pattern=r"done (?P<frame>\d+)")
    assert reader.feed(["noise of a renderer " * 10] * 100_000) is None
    assert reader.feed(["done 7"]) == 7
    assert reader.problem == ""


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?P<frame>a)" + "a" * 5_000_000, "5,000,012 characters"),
        ("(?P<frame>a)" + "a" * LONGEST_PATTERN, "characters"),
        ("(?P<frame>(?:(?:(?:(?:(?:x{50}){50}){50}){50}){50}){50})", "repeats too much"),
        ("(?P<frame>x{500000000})", "repeats too much"),
        ("(?P<frame>" + "(?:" * 330 + "a" + ")" * 330 + ")", "progress pattern"),
        (r"(?P<frame>a)\p{L}", "not a regular expression"),
        (r"(?P<frame>a)(?R)", "not a regular expression"),
        ("(?P<frame>\ud800", "not a regular expression"),
    ],
)
def test_pattern_that_is_dangerous_to_compile_is_refused_at_once(pattern: str, words: str) -> None:
    begun = time.thread_time()
    with pytest.raises(UserInputError, match=words) as raised:
        ProgressPattern(pattern)
    assert time.thread_time() - begun < 1
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"{(?P<frame>\d+)}", "{7}"),
        (r"frame{e}(?P<frame>\d+)", "frame{e}7"),  # regex alone would search fuzzily
        (r"(?:done){e<=3} (?P<frame>\d+)", "done{e<=3} 7"),
        (r"[{](?P<frame>\d{1,2})[}]", "{7}"),
        (r"\{(?P<frame>\d+)\}", "{7}"),
        (r"(?P<frame>\d)\N{EM DASH}", "7—"),
        (r"(?P<frame>\d{,5})$", "7"),
        (r"(?i)FRAME (?P<frame>\d+)", "frame 7"),
        (r"(?P<q>['\"])(?P<frame>\d+)(?P=q)", "'7'"),
        (r"(?>x*)(?P<frame>\d++)", "xx7"),
        (r"(?<=done )(?P<frame>\d+)(?! of)", "done 7"),
    ],
)
def test_patterns_mean_what_they_mean_to_python(pattern: str, line: str) -> None:
    expected = re.search(pattern, line)
    assert ProgressReader(40, pattern=pattern).feed([line]) == (int(expected["frame"]) if expected else None)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # "possible nested set"
@given(st.text(st.sampled_from("(?P<frame>)\\d+*{}[]|.^$a1,:=!") | st.characters(), max_size=40), st.text(max_size=250))
def test_any_pattern_is_refused_in_words_or_ends(pattern: str, line: str) -> None:
    try:
        reader = ProgressReader(40, pattern=f"(?P<frame>\\d*){pattern}")
    except UserInputError:
        return
    begun = time.thread_time()
    reader.feed([line, "7"])
    assert time.thread_time() - begun < 1


@given(st.lists(st.lists(st.text(max_size=60) | st.integers(0, 999).map("frame={}".format)), max_size=10))
def test_counts_only_rise_within_the_chunk(batches: list[list[str]]) -> None:
    reader = ProgressReader(100)
    counts = [count for batch in batches if (count := reader.feed(batch)) is not None]
    assert counts == sorted(set(counts))
    assert all(0 < count <= 100 for count in counts)


@pytest.mark.parametrize("pattern", [r"[[](?P<frame>\d+)", r"[a||b](?P<frame>\d+)"])
def test_a_pattern_that_python_warns_of_is_taken_in_silence(pattern: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ProgressPattern(pattern)
