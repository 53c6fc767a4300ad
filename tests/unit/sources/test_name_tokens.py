"""Names of outputs with tokens, and numbers where a name is taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.sources.name_tokens import TokenValues, fill_name, has_tokens, numbered_name
from helios_gui.sources.page import PageFacts, PageKind, PageRequest
from helios_gui.sources.planned_job import plan_source_job, save_planned_job
from helios_gui.types import UserInputError

VALUES = TokenValues(
    name="Größe 1", day=date(2026, 2, 3), width=1920, height=1080, fps=Fraction(24000, 1001), profile="studio/aws"
)
SAID = PageFacts(width=640, height=360, seconds=Fraction(1), fps=Fraction(25))


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{name}.mp4", "Größe 1.mp4"),
        ("{date}/{name}_{width}x{height}.mov", "2026-02-03/Größe 1_1920x1080.mov"),
        ("{fps} {profile}.mp4", "23.976 studio_aws.mp4"),
        ("{{name}}.mp4", "{name}.mp4"),
        ("plain.mp4", "plain.mp4"),
    ],
)
def test_tokens_are_replaced(tmp_path: Path, template: str, name: str) -> None:
    assert has_tokens(template) is ("{" in template)
    assert fill_name(template, VALUES, tmp_path) == name


def test_a_version_is_the_first_without_a_file(tmp_path: Path) -> None:
    assert fill_name("{name}_{version}.mp4", VALUES, tmp_path) == "Größe 1_v001.mp4"
    (tmp_path / "Größe 1_v001.mp4").touch()
    (tmp_path / "Größe 1_v003.mp4").touch()
    assert fill_name("{name}_{version}.mp4", VALUES, tmp_path) == "Größe 1_v002.mp4"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{nam}.mp4", "{nam}"),
        ("{}.mp4", "{}"),
        ("{name!r}.mp4", "token"),
        ("{name.x}.mp4", "token"),
        ("{name", "braces"),
    ],
)
def test_a_name_with_a_wrong_token_is_refused(tmp_path: Path, template: str, words: str) -> None:
    with pytest.raises(UserInputError) as caught:
        fill_name(template, VALUES, tmp_path)
    assert words in f"{caught.value} {caught.value.hint}"


def test_a_number_makes_a_taken_name_free(tmp_path: Path) -> None:
    (tmp_path / "a.b.mp4").touch()
    (tmp_path / "a.b 2.mp4").symlink_to("nowhere")
    assert numbered_name("a.b.mp4", tmp_path) == "a.b 3.mp4"
    assert numbered_name("a.b.mp4", tmp_path, own="a.b 2.mp4") == "a.b 2.mp4"
    assert numbered_name("sub/x.mp4", tmp_path) == "sub/x.mp4"


@pytest.mark.parametrize(
    ("there", "wanted"), [("FILM.MP4", "FILM.mp4"), ("cafe\N{COMBINING ACUTE ACCENT}.mp4", "caf\u00e9.mp4")]
)
def test_a_name_that_is_another_file_only_here_is_not_free(there: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / there).touch()
    assert numbered_name(wanted, tmp_path) == wanted.replace(".mp4", " 2.mp4")


def test_the_planned_output_has_the_sizes_of_the_video(tmp_path: Path) -> None:
    page = tmp_path / "film.html"
    page.write_text("<p>")
    request = PageRequest(source=page, scale=2, output="{name}_{width}x{height}_{fps}_{profile}.webm", profile="Wolke")
    job = plan_source_job(PageKind(), request, SAID)
    assert job.spec.output_file == "film_1280x720_25_Wolke.webm"
    assert job.spec.chunks[0].output_file.endswith(".webm")


def test_a_taken_output_gets_a_number_but_not_the_jobs_own(tmp_path: Path) -> None:
    page = tmp_path / "film.html"
    page.write_text("<p>")
    (tmp_path / "film.mp4").touch()
    request = PageRequest(source=page, output="{name}.mp4", number_output=True)
    first = plan_source_job(PageKind(), request, SAID)
    assert first.spec.output_file == "film 2.mp4"
    save_planned_job(first)
    (tmp_path / "film 2.mp4").touch()
    again = plan_source_job(PageKind(), request, SAID)
    assert (again.spec.output_file, again.is_there) == ("film 2.mp4", True)


@pytest.mark.parametrize(
    ("rate", "text"), [(Fraction(30), "30"), (Fraction(24000, 1001), "23.976"), (Fraction(299_999, 10_000), "30")]
)
def test_a_rate_in_a_name_has_no_point_at_its_end(tmp_path: Path, rate: Fraction, text: str) -> None:
    assert fill_name("{fps}", replace(VALUES, fps=rate), tmp_path) == text
