"""The tables of the README say what becomes of chunks: made again here by joining such chunks."""

from __future__ import annotations

from tests.support.stitch_table import documented, tables


async def test_the_readme_says_what_is_joined_as_is_anew_or_not_at_all(tmp_path, shared_reader):
    assert documented() == await tables(tmp_path, shared_reader)
