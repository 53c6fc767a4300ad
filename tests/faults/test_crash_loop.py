"""A short run of the crash loop; ``crash_loop.py`` says how to run a long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import crash_counts, crash_loop


def test_a_round_of_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = crash_loop.main(["--rounds", "1", "--seed", "3", "--kills", "3", "--in", str(tmp_path)])
    said = capsys.readouterr().out
    assert code == 0, said
    assert "0 faults" in said


def test_a_round_of_kills_of_the_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = crash_loop.main(["--rounds", "1", "--seed", "3", "--kills", "2", "--window", "--in", str(tmp_path)])
    assert code == 0, capsys.readouterr().out


def test_the_readme_has_the_counts_of_the_loop() -> None:
    counts = crash_counts.read_counts()
    assert sum(entry["kills"] for entry in counts) >= 1000
    assert crash_counts.readme_table() == crash_counts.table(counts)


def test_a_run_is_added_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts, readme = tmp_path / "counts.json", tmp_path / "README.md"
    counts.write_text("[]")
    readme.write_text(f"before\n{crash_counts.BEGIN}old\n{crash_counts.END}after\n")
    monkeypatch.setattr(crash_counts, "COUNTS", counts)
    monkeypatch.setattr(crash_counts, "README", readme)
    for seed in (7, 5):
        crash_counts.add_run("terminal", seed, 10, 60, 1)
    assert "| terminal (seeds 5 and 7) | 20 | 120 | 2 |" in crash_counts.readme_table()
    assert readme.read_text().startswith("before\n")
    assert readme.read_text().endswith("after\n")
    assert crash_counts.is_known("terminal", 5)
    assert not crash_counts.is_known("window, offscreen", 5)
