"""A short run of the crash loop; ``crash_loop.py`` says how to run a long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import crash_loop


def test_a_round_of_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = crash_loop.main(["--rounds", "1", "--seed", "3", "--kills", "3", "--in", str(tmp_path)])
    said = capsys.readouterr().out
    assert code == 0, said
    assert "0 faults" in said


def test_a_round_of_kills_of_the_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = crash_loop.main(["--rounds", "1", "--seed", "3", "--kills", "2", "--window", "--in", str(tmp_path)])
    assert code == 0, capsys.readouterr().out
