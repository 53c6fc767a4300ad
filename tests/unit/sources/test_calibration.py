"""Test frames of a real page, and what they tell."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from helios_gui.sources.blend import BlendKind, BlendRequest
from helios_gui.sources.calibration import TriedFrame, calibrate, frames_to_try
from helios_gui.sources.page import PageFacts, PageKind, PageRequest
from helios_gui.sources.planned_job import plan_source_job
from helios_gui.types import HeliosError
from tests.support.blends import make_blend
from tests.support.browsers import require_browser

PAGE = """<!doctype html><style>body{margin:0}</style><script>
requestAnimationFrame(function draw(time) {
  const grey = Math.round(time / 40) * 5;
  document.body.style.background = `rgb(${grey},${grey},${grey})`;
  requestAnimationFrame(draw);
});</script><body>"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "film.html"
    path.write_text(PAGE)
    return path


async def ignore(tried: TriedFrame) -> None:
    """Nobody looks at the frames."""


async def test_test_frames_are_rendered_and_measured(page: Path, tmp_path: Path) -> None:
    require_browser()
    kind, facts = PageKind(), PageFacts(width=64, height=36)
    request = PageRequest(source=page, frames=41, fps=None)
    job = plan_source_job(kind, PageRequest(source=page, frames=41), facts)
    folder = tmp_path / "stills"
    folder.mkdir()
    seen: list[TriedFrame] = []

    async def see(tried: TriedFrame) -> None:
        seen.append(tried)

    found = await calibrate(kind, request, facts, job.spec, folder, see)
    assert [one.frame for one in seen] == [0, 10, 20, 40]
    assert found.frames == tuple(seen)
    greys = []
    for one in seen:
        with av.open(str(one.picture)) as picture:
            greys.append(bytes(next(picture.decode(video=0)).reformat(format="rgb24").planes[0])[0])
    assert greys == [round(frame * 1000 / 30 / 40) * 5 for frame in (0, 10, 20, 40)]
    pace = found.pace
    assert 0 < pace.frame < max(one.seconds for one in seen)
    assert pace.start >= 0
    assert pace.memory > 20_000_000, "a browser needs more"
    assert pace.processors > 0
    assert sorted(path.name for path in page.parent.iterdir()) == ["film.html", "stills"]


async def test_frames_of_a_scene_are_measured_as_the_files_that_they_are(tmp_path: Path) -> None:
    blend = make_blend(tmp_path / "Szene ü.blend", "scene.frame_end = 2")
    kind, request = BlendKind(), BlendRequest(source=blend, preset="png-frames")  # of a video, chunks make them, too
    facts = await kind.read(request, lambda line: None)
    job = plan_source_job(kind, request, facts)
    folder = tmp_path / "stills"
    folder.mkdir()
    found = await calibrate(kind, request, facts, job.spec, folder, ignore)
    assert [one.frame for one in found.frames] == [1, 2]
    assert found.pace.frame > 0
    assert found.pace.memory > 20_000_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Szene ü.blend", "stills"]


async def test_a_page_that_fails_says_why(page: Path, tmp_path: Path) -> None:
    require_browser()
    page.write_text("<script>throw new Error('the layer is missing')</script>")
    kind, facts = PageKind(), PageFacts(width=64, height=36)
    request = PageRequest(source=page, frames=41)
    job = plan_source_job(kind, request, facts)
    with pytest.raises(HeliosError, match="the layer is missing"):
        await calibrate(kind, request, facts, job.spec, tmp_path, ignore)


def test_frames_that_are_the_same_are_tried_once(page: Path) -> None:
    facts = PageFacts(width=64, height=36)
    for frames, wanted in ((1, (5,)), (2, (5, 6)), (3, (5, 6, 7)), (101, (5, 30, 55, 105))):
        job = plan_source_job(PageKind(), PageRequest(source=page, first_frame=5, frames=frames), facts)
        assert frames_to_try(job.spec) == wanted
