"""The example that the window offers: a page of ours with sound, which is the same in every render."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.resources import resource_path
from helios_gui.sources.examples import Example, copy_example, example_folder
from helios_gui.sources.page import PageKind, PageRequest
from helios_gui.types import UserInputError
from helios_gui.ui.job.example_page import POSTER
from tests.support.browsers import require_browser


def pixels(path: Path) -> tuple[int, int, bytes]:
    """Return a picture's width, height, and red, green and blue of each pixel."""
    with av.open(str(path)) as picture:
        frame = next(picture.decode(video=0)).reformat(format="rgb24")
        return frame.width, frame.height, bytes(frame.planes[0])


def ignore(line: str) -> None:
    """Do nothing with what the page prints."""


async def test_the_example_is_ten_seconds_with_sound_and_every_still_is_the_same(tmp_path: Path) -> None:
    require_browser()
    page = copy_example(Example.SUNRISE, tmp_path / "Beispiel ü")
    kind, request = PageKind(), PageRequest(source=page, width=320, height=180)
    facts = await kind.read(request, ignore)
    assert (facts.width, facts.height, facts.fps, facts.seconds) == (1280, 720, 30, 10)
    assert facts.sound
    digests = set()
    for name in ("a.png", "b.png"):
        await kind.still(request, facts, 130, tmp_path / name, ignore)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
    with av.open(str(tmp_path / "a.png")) as picture:
        frame = next(picture.decode(video=0)).reformat(format="rgb24")
        assert frame.width == 320
        assert len(set(bytes(frame.planes[0]))) > 100, "the sky has many colours"


async def test_the_window_shows_a_frame_of_it_before_it_is_rendered(tmp_path: Path) -> None:
    require_browser()
    page, kind = copy_example(Example.SUNRISE, tmp_path), PageKind()
    request = PageRequest(source=page)
    await kind.still(request, await kind.read(request, ignore), 215, tmp_path / "a.png", ignore)
    *size, poster = pixels(resource_path(*POSTER))
    *same_size, frame = pixels(tmp_path / "a.png")
    assert size == same_size == [1280, 720]
    differences = sum(abs(one - other) for one, other in zip(poster, frame, strict=True))
    assert differences / len(frame) < 2, "but for what JPEG loses, and another browser's antialiasing"


def test_its_sound_is_as_long_as_it_is(tmp_path: Path) -> None:
    page = copy_example(Example.SUNRISE, tmp_path)
    with av.open(str(page.with_suffix(".ogg"))) as sound:
        frames = list(sound.decode(audio=0))
    assert abs(Fraction(sum(frame.samples for frame in frames), frames[0].sample_rate) - 10) < Fraction(1, 20)


def test_what_a_person_has_changed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path))
    page = copy_example(Example.SUNRISE, example_folder())
    assert page == tmp_path / "example" / "sunrise.html"
    assert copy_example(Example.SUNRISE, example_folder()) == page
    page.write_text("mine")
    with pytest.raises(UserInputError, match="another file"):
        copy_example(Example.SUNRISE, example_folder())
    assert page.read_text() == "mine"
