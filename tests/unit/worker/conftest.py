"""What the tests of a worker's attempts share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.worker import Farm


@pytest.fixture
def farm(tmp_path: Path) -> Farm:
    """A storage in a folder."""
    return Farm((tmp_path / "farm").as_uri())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The worker's folder."""
    return tmp_path / "worker"
