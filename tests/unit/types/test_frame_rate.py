"""Frame rates stay exact from the job file to what people read."""

from __future__ import annotations

import json
import pickle
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.jobfile.job_files import build_job
from helios_gui.types import JobFileError, JobMetadata, JobSpec
from helios_gui.types.frame_rate import parse_rate, rate_in_job_file, rate_text


def metadata(fps: object) -> JobMetadata:
    return JobMetadata.model_validate({"totalFrames": 1, "fps": fps, "width": 64, "height": 64})


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        (24, Fraction(24)),
        (23.976, Fraction(24000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("24000/1001", Fraction(24000, 1001)),
        ("30000 / 1001", Fraction(30000, 1001)),
        (29.97, Fraction(30000, 1001)),
        ("60000/1001", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("1234567/54321", Fraction(1234567, 54321)),
        ("30", Fraction(30)),
    ],
)
def test_a_job_file_may_write_its_rate_in_many_ways(written: object, exact: Fraction) -> None:
    found = metadata(written)
    assert found.rate == exact
    assert json.loads(found.model_dump_json(by_alias=True))["fps"] == written
    assert pickle.loads(pickle.dumps(found)).rate == exact
    assert float(found.fps) == pytest.approx(float(exact), abs=0.005)


@pytest.mark.parametrize("written", ["fast", "0", "1/0", "-24", "1001", "0/5", "nan", "24,5", "1e3", "24/", "²/1"])
def test_what_is_no_rate_is_named(written: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(written)):
        parse_rate(written)
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "a.mov", "command": "r a.mov"}
    document: dict[str, Any] = {
        "metadata": {"totalFrames": 1, "fps": written, "width": 64, "height": 64},
        "chunks": [chunk],
    }
    with pytest.raises(JobFileError) as caught:
        build_job(document, "job.json", tmp_path)
    assert [(problem.path, "must be a rate such as 30" in problem.message) for problem in caught.value.problems] == [
        ("metadata.fps", True)
    ]


@given(st.fractions(min_value=Fraction(1, 100), max_value=1000, max_denominator=9999))
def test_a_rate_in_a_job_file_is_read_as_the_same(rate: Fraction) -> None:
    assert metadata(rate_in_job_file(rate)).rate == rate


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (Fraction(25), "25"),
        (Fraction(25, 2), "12.5"),
        (Fraction(30000, 1001), "29.97 (30000/1001)"),
        (Fraction(24000, 1001), "23.976 (24000/1001)"),
        (Fraction(2997, 100), "29.97 (2997/100)"),
    ],
)
def test_people_read_the_exact_rate(rate: Fraction, words: str) -> None:
    assert rate_text(rate) == words


def test_an_exact_rate_survives_the_job_file(tmp_path: Path) -> None:
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "a.mov", "command": "r a.mov"}
    rate = {"totalFrames": 1, "fps": "24000/1001", "width": 64, "height": 64}
    spec = build_job({"metadata": rate, "chunks": [chunk]}, "job.json", tmp_path)
    again = JobSpec.model_validate_json(spec.to_json())
    assert again == spec
    assert again.metadata.rate == Fraction(24000, 1001)
    assert spec.model_copy().metadata.rate == Fraction(24000, 1001)


@pytest.mark.parametrize(
    "fps", [0, 5e-324, 0.00009, 1000.1, "1/10001", "1/999999999999999999999", "2147483648/2147483649"]
)
def test_rates_that_nothing_can_play_are_refused(fps: object) -> None:
    with pytest.raises(ValueError, match="fps"):
        metadata(fps)
    assert metadata("1/10000").rate == Fraction(1, 10_000)
