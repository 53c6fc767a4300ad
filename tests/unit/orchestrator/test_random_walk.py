"""A queue after any commands, in any order, with restarts in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.orchestrator import journal
from tests.support.queue_walk import Walk


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_walk(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_COLLECT_SECONDS", 0.002)
    await Walk(tmp_path, str(seed)).run()
