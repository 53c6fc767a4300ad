"""The tables of the README say what becomes of chunks: each row is made again here by joining such chunks."""

from __future__ import annotations

import pytest

from tests.support.stitch_table import CODECS, FEATURES, Workshop, documented, two_tables


@pytest.fixture
def workshop(tmp_path, shared_reader):
    workshop = Workshop(tmp_path, shared_reader)
    workshop.materials()
    return workshop


@pytest.mark.parametrize("name", CODECS)
async def test_the_readme_says_what_becomes_of_chunks_of_a_codec(workshop, name):
    assert await workshop.codec_row(name) in documented().splitlines(keepends=True)


@pytest.mark.parametrize("name", FEATURES)
async def test_the_readme_says_what_becomes_of_what_lies_beside_the_picture(workshop, name):
    assert await workshop.feature_row(name) in documented().splitlines(keepends=True)


def test_the_tables_have_a_row_for_each_and_no_more():
    rows = [line for line in documented().splitlines(keepends=True) if line.startswith("| ")]
    codecs = [row for row in rows if row.split(" (")[0].removeprefix("| ") in CODECS]
    features = [row for row in rows if row.split(" | ")[0].removeprefix("| ") in FEATURES]
    assert (len(codecs), len(features)) == (len(CODECS), len(FEATURES))
    assert documented() == two_tables(codecs, features)
