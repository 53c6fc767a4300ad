"""Test frames as a small job for a cloud: which frames, in which chunks, and the pace that they show."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.sources.canary import plan_canary
from helios_gui.sources.page import PageFacts, PageKind, PageRequest
from helios_gui.sources.planned_job import plan_source_job

SAID = PageFacts(width=64, height=36, seconds=Fraction(10), fps=Fraction(25), sound=True)


@pytest.mark.parametrize(
    ("options", "chunks", "frames"),
    [
        ({}, [range(1), range(1, 31), range(62, 63), range(124, 125), range(249, 250)], (0, 62, 124, 249)),
        ({"frames": 8}, [range(1), range(1, 8)], (0, 1, 3, 7)),
        ({"frames": 1}, [range(1)], (0,)),
        (
            {"frame_list": "5-7,40,60-90x10"},
            [range(5, 6), range(6, 8), range(40, 41), range(90, 91)],
            (5, 6, 40, 90),
        ),
    ],
)
def test_the_first_frame_some_after_it_and_the_others_alone(
    tmp_path: Path, options: dict[str, object], chunks: list[range], frames: tuple[int, ...]
) -> None:
    page = tmp_path / "film.html"
    page.write_text("<p>")
    request = PageRequest(source=page, output="out/film.mp4", **options)  # type: ignore[arg-type]
    spec = plan_source_job(PageKind(), request, SAID).spec
    canary = plan_canary(PageKind(), request, SAID, spec, tmp_path)
    assert [chunk.frames for chunk in canary.spec.chunks] == chunks
    assert canary.frames == frames
    assert all("helios-test-frames" in file.name for file in canary.outputs(tmp_path))


def test_the_pace_comes_from_a_frame_and_a_longer_chunk(tmp_path: Path) -> None:
    page = tmp_path / "film.html"
    page.write_text("<p>")
    request = PageRequest(source=page)
    spec = plan_source_job(PageKind(), request, SAID).spec
    canary = plan_canary(PageKind(), request, SAID, spec, tmp_path)
    pace = canary.pace({0: 2.1, 1: 5.0, 2: 2.2, 3: 2.1, 4: 2.3})
    assert (pace.start, pace.frame) == (pytest.approx(2.0), pytest.approx(0.1))
