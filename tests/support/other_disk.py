"""A folder on another disk than another one, as Linux has one in memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def folder_on_another_disk(than: Path) -> Iterator[Path]:
    """Make a folder on a disk that a file of ``than`` cannot be renamed to; skip the test where there is none."""
    disk = Path("/dev/shm")
    if not os.access(disk, os.W_OK) or disk.stat().st_dev == than.stat().st_dev:
        pytest.skip("there is no other disk")
    with tempfile.TemporaryDirectory(prefix="helios-test-", dir=disk) as folder:
        yield Path(folder)
