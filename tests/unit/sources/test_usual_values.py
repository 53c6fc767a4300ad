"""What is rendered of a source by default, and frame rates as people write them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.sources.source import JobRequest, SourceFacts
from helios_gui.sources.usual_values import FRAME_RATES, usual_values
from helios_gui.types.frame_rate import parse_rate, write_rate

SOURCE = Path("film.blend")


def test_the_person_comes_before_the_source_and_that_before_what_is_usual() -> None:
    facts = SourceFacts(width=640, height=360, fps=Fraction(25), first_frame=1, frames=250)
    plain = usual_values(JobRequest(source=SOURCE), facts)
    assert (plain.width, plain.height, plain.fps, plain.first, plain.frames) == (640, 360, 25, 1, 250)
    wanted = JobRequest(source=SOURCE, width=320, fps=Fraction(50), first_frame=10, frames=3)
    chosen = usual_values(wanted, facts)
    assert (chosen.width, chosen.height, chosen.fps, chosen.first, chosen.frames) == (320, 360, 50, 10, 3)
    silent = usual_values(JobRequest(source=SOURCE), SourceFacts())
    assert (silent.width, silent.height, silent.fps, silent.first, silent.frames) == (1920, 1080, 30, 0, 300)
    assert silent.is_length_assumed
    assert not plain.is_length_assumed


def test_a_length_in_seconds_follows_the_rate() -> None:
    facts = SourceFacts(fps=Fraction(29.97), seconds=Fraction(10))
    assert usual_values(JobRequest(source=SOURCE), facts).fps == Fraction(30000, 1001)
    assert usual_values(JobRequest(source=SOURCE, fps=Fraction(50)), facts).frames == 500
    assert usual_values(JobRequest(source=SOURCE, seconds=Fraction(2)), facts).frames == 60


@pytest.mark.parametrize("text", [*FRAME_RATES, "24000/1001", "15", "25/2", "47.952"])
def test_rates_are_read_as_they_are_written(text: str) -> None:
    assert parse_rate(write_rate(parse_rate(text))) == parse_rate(text)
