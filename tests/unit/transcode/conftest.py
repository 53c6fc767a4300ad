"""What the tests of transcoding share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helios_gui.media.media_reader import MediaReader
from tests.support.media_here import ReaderHere


@pytest.fixture(scope="module")
def shared_reader() -> Iterator[MediaReader]:
    """Reads media for all tests of a module."""
    with ReaderHere() as reader:
        yield reader
