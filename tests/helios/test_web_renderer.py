"""Compositions of Helios and of animation libraries, as npm has them, in our own renderer for web pages."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.page_sounds import RATE, hear, placed, write_wave
from tests.support.pages import pictures, running_browser

pytestmark = [pytest.mark.npm, pytest.mark.timeout(300)]

HERE = Path(__file__).parent
FPS = Fraction(30)
FRAMES, LATER = range(6), range(4, 6)
BITS, BIT_SIZE = 10, 20  # the composition's row of squares: its frame number in binary
NEEDS = {
    "sounding": "@helios-project/core/dist",
    "gsap": "gsap/dist/gsap.min.js",
    "anime": "animejs/dist/bundles/anime.esm.min.js",
    "three": "three/build",
    "lottie": "lottie-web/build/player/lottie.min.js",
    "playing": "@helios-project/core/dist",
    "canvas": "@helios-project/core/dist",
    "dom": "@helios-project/core/dist",
}


@pytest.fixture(scope="module")
def running(browser: Path) -> Iterator[str]:
    """A browser for all tests of this module; each page has a storage and a cache of its own."""
    with running_browser() as address:
        yield address


@pytest.fixture
def site(tmp_path: Path, node_modules: Path) -> Callable[[str], Path]:
    """Return the page of a name, in a folder with the packages that it needs."""

    def make(name: str) -> Path:
        shutil.copytree(HERE / "composition", tmp_path, dirs_exist_ok=True)
        shutil.copytree(HERE / "libraries", tmp_path, dirs_exist_ok=True)
        source, target = node_modules / NEEDS[name], tmp_path / "node_modules" / NEEDS[name]
        target.parent.mkdir(parents=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
        return tmp_path / f"{name}.html"

    return make


@pytest.mark.parametrize("name", [name for name in NEEDS if name != "sounding"])
async def test_a_frame_is_the_same_picture_in_every_run_and_in_every_chunk(
    name: str, site: Callable[[str], Path], running: str
) -> None:
    size = View(640, 360) if name in ("canvas", "dom") else View(160, 90)
    source = PageSource(site(name), size, FPS)
    whole = await pictures(source, FRAMES, running)
    assert len(set(whole)) >= 5, "the page does not move"
    assert await pictures(source, FRAMES, running) == whole
    assert await pictures(source, LATER) == whole[LATER.start :], "in a browser of its own"


@pytest.mark.parametrize(("name", "fps"), [("canvas", FPS), ("dom", FPS), ("dom", Fraction(30000, 1001))])
async def test_frame_n_of_a_composition_shows_frame_n(
    name: str, fps: Fraction, site: Callable[[str], Path], running: str
) -> None:
    source = PageSource(site(name), View(640, 360), fps)
    async with open_page(source, print, running) as page:
        said = await page.composition()
        assert (said.width, said.height, said.duration, said.fps) == (640, 360, 60, 30)
        assert [frame_number(await page.capture(frame)) for frame in range(4)] == [0, 1, 2, 3]
        await page.pass_frames(4, 46)
        assert [frame_number(await page.capture(frame)) for frame in (50, 51)] == [50, 51]


async def test_a_composition_that_plays_by_itself_is_left_to_its_own_clock(
    site: Callable[[str], Path], running: str
) -> None:
    lines: list[str] = []
    async with open_page(PageSource(site("playing"), View(160, 90), FPS), lines.append, running) as page:
        for frame in range(5):
            await page.capture(frame)
    # its duration is three frames, after which it begins again; the other one follows document.timeline
    assert lines == [f"[page] {frame % 3}.00 {frame}.00" for frame in range(5)]


async def test_the_sound_of_a_composition_is_what_its_driver_makes_of_it(
    site: Callable[[str], Path], tmp_path: Path, running: str
) -> None:
    page = site("sounding")
    write_wave(page.parent / "level.wav", [8000] * RATE)
    whole = await hear(page, tmp_path / "mix", running, range(60))
    rising = [8000 * sample // (RATE // 5) for sample in range(RATE // 5)]
    one, two = rising + [8000] * (RATE * 7 // 10), [4000] * RATE
    expected = placed((0.2, one), (0.8, two), frames=60)
    # The driver sets a volume at each frame: between two of them it goes steadily.
    assert max(abs(a - b) for a, b in zip(whole, expected, strict=True)) <= 8
    assert await hear(page, tmp_path / "mix", running, range(7, 29)) == whole[7 * RATE // 30 : 29 * RATE // 30]


def frame_number(picture: bytes) -> int:
    """Return the number that a frame carries in its bottom row of squares."""
    with av.open(io.BytesIO(picture)) as container:
        plane = next(container.decode(video=0)).reformat(format="gray").planes[0]
    row = bytes(plane)[(plane.height - BIT_SIZE // 2) * plane.line_size :]
    return int("".join("1" if row[place * BIT_SIZE + BIT_SIZE // 2] > 127 else "0" for place in range(BITS)), 2)
