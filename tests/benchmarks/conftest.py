from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.app import SWITCH_INTERVAL


@pytest.fixture
def app_threads() -> Iterator[None]:
    """Have threads take turns as in the app, whose window thread waits for none of them long."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def memory_path(tmp_path: Path) -> Iterator[Path]:
    """Return a folder in memory, else an ordinary one: on some disks a new file takes as long as a process."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="helios-benchmark-", dir=memory) as folder:
        yield Path(folder)
