"""The lines of a log by themselves: progress that overwrites itself, and how serious a line is."""

from __future__ import annotations

import pytest

from helios_gui.ui.logs.collapse import ProgressCollapser
from helios_gui.ui.logs.levels import LogLevel, level_of


@pytest.mark.parametrize(
    "lines",
    [
        ["Progress: Rendered 1 / 38 frames", "Progress: Rendered 2 / 38 frames"],
        ["Fra:1 Mem:10.1M | Time:00:01", "Fra:2 Mem:12.4M | Time:00:02"],
        ["Rendered 9/120, time remaining: 3s", "Rendered 10/120, time remaining: 2s"],
        ["  9 % done", " 10 % done"],
    ],
)
def test_progress_of_real_renderers_collapses(lines: list[str]) -> None:
    addition = ProgressCollapser().add(lines)
    assert addition.lines == (lines[1],)
    assert not addition.replaces_last


def test_other_lines_stay_even_when_they_look_alike() -> None:
    collapser = ProgressCollapser()
    assert collapser.add(["loading wood_1.png", "loading wood_2.png"]).lines == (
        "loading wood_1.png",
        "loading wood_2.png",
    )
    assert collapser.add(["Rendered 1/9", "warning", "Rendered 2/9"]).lines == (
        "Rendered 1/9",
        "warning",
        "Rendered 2/9",
    )
    again = collapser.add(["Rendered 3/9"])
    assert (again.replaces_last, again.lines) == (True, ("Rendered 3/9",))
    assert not collapser.add(["Written 1/9"]).replaces_last


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("Error: cannot open asset", LogLevel.ERROR),
        ("[libx264 @ 0x55] could not open encoder", LogLevel.ERROR),
        ("ModuleNotFoundError: No module named 'bpy'", LogLevel.ERROR),
        ("WARNING: texture missing", LogLevel.WARNING),
        ("[debug] error handler installed", LogLevel.QUIET),
        ("frame=  100 fps= 25 q=28.0 size=    1kB", LogLevel.QUIET),
        ("finished with 0 errors", LogLevel.PLAIN),
        ("Rendering the terrorist scene", LogLevel.PLAIN),
        ("x" * 100_000 + " error", LogLevel.PLAIN),
    ],
)
def test_lines_are_as_serious_as_their_words(line: str, level: LogLevel) -> None:
    assert level_of(line) is level
