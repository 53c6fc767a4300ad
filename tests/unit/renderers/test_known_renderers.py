from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.process.process_outcome import describe_exit
from helios_gui.renderers.known_renderers import (
    KNOWN_RENDERERS,
    find_failure_cause,
    find_progress,
    is_folded,
)
from helios_gui.renderers.progress import ProgressReader
from helios_gui.ui.logs.collapse import ProgressCollapser

BLENDER_3 = "Fra:104 Mem:{}M (Peak 272.58M) | Time:00:07.64 | Remaining:00:08.10 | Mem:71.1M, Peak:71.1M | Sample {}/64"
FFMPEG = "frame={:5} fps= 24 q=28.0 size=    1024kB time=00:00:01.40 bitrate=5991.9kbits/s speed=0.96x"
AUDIO = "size=     {}KiB time=00:00:0{}.00 bitrate= 128.0kbits/s speed=  60x"


@dataclass(frozen=True)
class Line:
    """A line of a renderer, the next one of its kind, and what is made of it in a chunk of 120 frames from 100."""

    text: str
    following: str
    frames_done: int | None
    folds: bool = True


PROGRESS = [
    Line("Progress: Rendered 9 / 120 frames", "Progress: Rendered 18 / 120 frames", 9),
    Line(FFMPEG.format(12), FFMPEG.format(1234), 12),
    Line("frame=   12 fps=0.0 q=0.0 Lsize=N/A time=N/A", "frame=   13 fps=1.0 q=-1.0 Lsize=N/A time=N/A", 12, False),
    Line(AUDIO.format(16, 1), AUDIO.format(2048, 2), None),
    Line("frame=12", "frame=13", 12),
    Line(BLENDER_3.format("130.48", 1), BLENDER_3.format("131.02", 2), 4),
    Line("Fra:104 Mem:12.36M (0.00M, Peak 14.83M) | Time:00:00.12", "Fra:105 Mem:12.4M (1.1M, Peak 9M) | Time:0:9", 4),
    Line("Fra: 104 | Sample 1", "Fra: 105 | Sample 2", 4),
    Line(
        "00:03.579  render           | Fra: 104 | Remaining: 00:10.41 | Mem: 1039M | Sample 1/256",
        "00:04.001  render           | Fra: 105 | Remaining: 00:09.10 | Mem: 1041M | Sample 2/256",
        4,
    ),
    Line("Rendered 12/120, time remaining: 2s", "Rendered 13/120, time remaining: 1s", 12),
    Line("(2/3) ━━━━━━ Rendering frames (4x) 12/120", "(2/3) ━━━━━━ Rendering frames (4x) 13/120", 12),
    Line("Encoded 3/120", "Encoded 4/120", None),
    Line("(3/3) ━━━━━━ Encoding video 3/120", "(3/3) ━━━━━━ Encoding video 4/120", None),
    Line("Bundling 21%", "Bundling 35%", None),
]
"""What renderers print again and again."""


@pytest.mark.parametrize("line", PROGRESS, ids=lambda line: line.text[:40])
def test_progress_outcome_and_log_agree(line: Line) -> None:
    assert ProgressReader(120, 100).feed([line.text]) == line.frames_done
    assert is_folded(line.text)
    if line.folds:  # not the one whose next line has another sign
        assert ProgressCollapser().add([line.text, line.following]).lines == (line.following,)
    for program in ("ffmpeg", "blender", "helios", "remotion", "render.sh"):
        cause = describe_exit(program, 1, ["no such layer: titles", line.text])
        assert cause.endswith("no such layer: titles"), "progress explains no failure"


@pytest.mark.parametrize(
    ("program", "tail", "cause"),
    [
        (
            "blender",
            [
                "Error: Cannot read file '/show/a.blend': No such file or directory",
                "Blender 4.1.1 (hash e1743a0317bc built 2024-04-16 00:06:22)",
                "Saved: '/show/out/0101.png'",
                "Time: 00:07.71 (Saving: 00:00.07)",
                "",
                "Error: Not freed memory blocks: 3, total unfreed memory 0.01 MB",
                "Blender quit",
            ],
            "Error: Cannot read file '/show/a.blend': No such file or directory",
        ),
        (
            "blender",
            [
                "Error: Python: Traceback (most recent call last):",
                '  File "/show/set_up.py", line 3, in <module>',
                "KeyError: 'Camera'",
                "location: /show/set_up.py:3",
                "Blender quit",
            ],
            "KeyError: 'Camera'",
        ),
        (
            "Blender",
            [
                "00:00.312  blend            | ERROR Cannot open the file",
                "00:00.400  render           | Fra: 101 | Mem: 1039M | Sample 1/256",
                "00:00.500  blend            | Blender quit",
            ],
            "00:00.312  blend            | ERROR Cannot open the file",
        ),
        (
            "ffmpeg",
            [
                "[libx264 @ 0x55] Error setting profile high.",
                FFMPEG.format(12),
                "[libx264 @ 0x55d0c8] frame I:1     Avg QP:18.00  size:   742",
                "[libx264 @ 0x55d0c8] kb/s:98.00",
                "[aac @ 0x55d0c8] Qavg: 120.000",
                "[out#0/mov @ 0x55d0] video:5KiB audio:0KiB subtitle:0KiB other streams:0KiB",
                "Press [q] to stop, [?] for help",
                "Conversion failed!",
            ],
            "[libx264 @ 0x55] Error setting profile high.",
        ),
        (
            "ffmpeg",
            ["Unknown encoder 'libx266'", "frame=0", "fps=0.00", "stream_0_0_q=0.0", "total_size=0", "progress=end"],
            "Unknown encoder 'libx266'",
        ),
        ("helios", ["Error: composition has no duration", "Closing the browser"], "Error: composition has no duration"),
        (
            "remotion",
            ["Error: Could not find composition with ID Titles", "    at selectComposition (file:///x.js:3:11)", ""],
            "Error: Could not find composition with ID Titles",
        ),
        ("render.sh", ["Error: no licence", "the farm is closed"], "the farm is closed"),
        ("render.sh", ["starting", "ffmpeg failed at frame=12"], "ffmpeg failed at frame=12"),
        ("render.sh", ["starting", "layer 3 of 9 is empty"], "layer 3 of 9 is empty"),
        ("render.sh", ["", "Rendered 3/9", " "], "Rendered 3/9"),
        ("render.sh", [], ""),
    ],
)
def test_cause_of_a_failure(program: str, tail: list[str], cause: str) -> None:
    assert find_failure_cause(tail, program) == cause


def test_counters_of_programs_nobody_has_described_fold() -> None:
    for line in ("[####  ] 62.5 %", "tile 3 / 9", "pass 1 of 2", "elapsed time=1.5s"):
        assert is_folded(line)
        assert find_progress(line) is None
    assert not is_folded("loading wood_1.png")
    assert not is_folded("frame=1 " + "x" * 400)


def test_names_and_programs_are_unique() -> None:
    programs = [program for renderer in KNOWN_RENDERERS for program in renderer.programs]
    assert len(set(programs)) == len(programs)
    assert all(program == program.lower() for program in programs)
    assert len({renderer.name for renderer in KNOWN_RENDERERS}) == len(KNOWN_RENDERERS)


HOSTILE = ["a", "1", " ", "=", "a=", "= x ", "Fra:", "Fra: ", "frame= ", "frame=1 / ", "Rendered 1", "00:", "at ", "^ "]
HOSTILE += ["time=-1", "[libx264 @ ", "Rendering frames (1x) 1", "Error: ", "11:11.1  render ", "N/A", "%", "é", "\0"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_expressions_take_linear_time(piece: str) -> None:
    """Ten times the text may cost ten times as long, not a hundred times."""

    def seconds(length: int) -> float:
        line = "!" + piece * (length // len(piece)) + "!"
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            for renderer in KNOWN_RENDERERS:
                for pattern in (*renderer.progress, *renderer.errors, *renderer.folded, *renderer.uninformative):
                    pattern.expression.search(line)
                    pattern.expression.search(line[1:])
            best = min(best, time.process_time() - start)
        return best

    assert seconds(10_000) < 40 * seconds(1_000) + 0.01


@given(st.lists(st.text(st.characters(), max_size=60) | st.sampled_from([line.text for line in PROGRESS])), st.text())
def test_any_text_is_understood_or_passed_over(lines: list[str], program: str) -> None:
    reader = ProgressReader(10, 2)
    reader.feed(lines)
    assert 0 <= reader.frames_done <= 10
    ProgressCollapser().add(lines)
    assert find_failure_cause(lines, program) in {"", *(line.strip() for line in lines)}
    for line in lines:
        if find_progress(line) is not None:
            assert is_folded(line)


@pytest.mark.parametrize("digits", [20, 300, 330, 5000])
def test_absurd_numbers_are_no_progress(digits: int) -> None:
    number = "9" * digits
    for line in (f"Rendered {number}/{number}", f"Rendered 1/{number}", f"Rendered {number}/3", f"frame={number}"):
        reader = ProgressReader(10)
        reader.feed([line])
        assert 0 <= reader.frames_done <= 10
